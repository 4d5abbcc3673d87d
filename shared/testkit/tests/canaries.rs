//! No marked secret is left in what leaves Gmail of a mail.

use domain::mask::MaskedMail;
use mail_mime::Limits;
use testkit::canary::mails;

#[test]
fn no_marked_secret_is_left_in_a_masked_mail() {
    let mails = mails();
    assert!(mails.len() >= 300, "{}", mails.len());
    let mut leaks = Vec::new();
    for canary in &mails {
        let mail = mail_mime::read(&canary.raw, Limits::default()).expect("a mail");
        let masked = MaskedMail::of(&mail, false);
        let shown = format!(
            "{}\n{}\n{:?}",
            masked.subject, masked.text, masked.attachments
        );
        let original = format!(
            "{}\n{}\n{:?}",
            mail.subject,
            mail.new_text,
            mail.attachments.iter().map(|a| &a.name).collect::<Vec<_>>()
        );
        let plain: String = shown.chars().filter(|c| c.is_alphanumeric()).collect();
        for marker in &canary.passwords {
            assert!(
                original.contains(marker.as_str()),
                "{}: {marker} is not there: {original}",
                canary.name
            );
            if shown.contains(marker.as_str()) {
                leaks.push(format!(
                    "{}: {marker}\n{original}\n=> {shown}\n",
                    canary.name
                ));
            }
        }
        for number in &canary.numbers {
            if plain.contains(number.as_str()) {
                leaks.push(format!("{}: {number}\n=> {shown}\n", canary.name));
            }
        }
    }
    let count = leaks.len();
    leaks.truncate(12);
    assert!(leaks.is_empty(), "{count} leaks\n{}", leaks.join("\n"));
}
