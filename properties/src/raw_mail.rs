//! Any octets as a mail: read or refused, and all that triage does with it without asking anybody.

use desk::triage::{classify_request, facts, written_on};
use domain::attachments::{FileLimits, sort};
use domain::automatic::automatic;
use domain::mask::MaskedMail;
use domain::reference::{RefPattern, find_reference};
use domain::sender::{Sender, SenderPolicy, Trust, prove};
use domain::{Address, Mail};
use mail_mime::{Limits, files, read};
use ports::Memory;
use time::OffsetDateTime;

use crate::mask::{Numbering, is_masked};

const OWN: &str = "support@bank.test";

/// What stands above an HTML mail.
const HTML: &[u8] = b"From: carla@customer.test\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";

/// Reads the octets as a mail, twice, and works what was read. Octets that begin with a tag, which no
/// mail does, are taken for the body of an HTML mail.
///
/// # Panics
/// If something of it is not as the rest of the product relies on.
pub fn holds(data: &[u8]) {
    if data.starts_with(b"<") {
        holds(&[HTML, data].concat());
        return;
    }
    let limits = Limits::default();
    let mail = match read(data, limits) {
        Ok(mail) => mail,
        Err(malformed) => {
            assert_eq!(read(data, limits), Err(malformed), "read differs");
            return;
        }
    };
    assert!(read(data, limits).as_ref() == Ok(&mail), "read differs");
    is_clean(&mail, limits);
    files_are_as_told(data, &mail);
    mail_mime::digest(data);
    mail_mime::attached_files(data);

    automatic(&mail, OWN);
    let author = mail.from.first().map(Address::canonical);
    let own = author.unwrap_or_default();
    assert!(automatic(&mail, &own).is_some(), "our own mail is answered");

    for trust in [Trust::Dmarc, Trust::DmarcOrDkim] {
        is_proven_for_a_reason(&mail, trust);
    }
    find_reference(&mail, &RefPattern::default(), "bank.test");
    let only_author = facts(&mail).one_author;
    assert_eq!(only_author, mail.from.len() == 1);
    for expects_passwords in [false, true] {
        is_masked_whole(&mail, expects_passwords);
    }
}

/// What a database, a log, a header and a person's eye can take.
fn is_clean(mail: &Mail, limits: Limits) {
    assert!(!mail.from.is_empty(), "a mail has an author");
    for address in mail.from.iter().chain(&mail.reply_to).chain(&mail.to) {
        assert!(address.address.contains('@') && is_one_line(&address.address));
        assert!(address.name.as_deref().is_none_or(is_one_line));
    }
    assert!(is_one_line(&mail.subject));
    for text in [&mail.new_text, &mail.quoted_text] {
        assert!(text.chars().count() <= limits.text, "the text is cut");
        assert!(
            text.chars()
                .all(|c| matches!(c, '\n' | '\t') || !c.is_control())
        );
    }
    for (name, value) in &mail.headers {
        assert_eq!(*name, name.to_lowercase());
        assert!(!name.contains('\n') && is_one_line(value));
    }
    for (at, id) in mail.references.iter().enumerate() {
        assert!(!mail.references[..at].contains(id), "a reference is double");
    }
    assert!(mail.attachments.len() <= limits.parts);
    for file in &mail.attachments {
        assert!(is_one_line(&file.name), "a file's name is one line");
        assert_eq!(file.media_type, file.media_type.to_lowercase());
    }
}

fn is_one_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// Whether a file goes onto a ticket is decided by the size that was told before.
fn files_are_as_told(data: &[u8], mail: &Mail) {
    let all: Vec<usize> = (0..=mail.attachments.len()).collect();
    let contents = files(data, &all);
    assert_eq!(contents.len(), all.len());
    assert!(contents.last().is_some_and(Vec::is_empty), "no such file");
    for (file, content) in mail.attachments.iter().zip(&contents) {
        assert_eq!(file.size, content.len(), "a {}", file.media_type);
    }
    for may_hold_password in [false, true] {
        let sorted = sort(&mail.attachments, may_hold_password, FileLimits::default());
        assert_eq!(sorted.len(), mail.attachments.len());
        assert!(!may_hold_password || sorted.iter().all(Result::is_err));
    }
}

fn is_proven_for_a_reason(mail: &Mail, trust: Trust) {
    let policy = SenderPolicy {
        trust,
        ..SenderPolicy::default()
    };
    let Sender::Proven(address) = prove(mail, &policy) else {
        return;
    };
    assert_eq!(mail.author().map(Address::canonical), Some(address));
    let verdicts = mail
        .headers
        .iter()
        .filter(|(name, _)| name == "authentication-results");
    let ours = verdicts.filter(|(_, value)| {
        let lower = value.to_lowercase();
        lower.replace('\\', "").contains(&policy.authserv_id) && lower.contains("pass")
    });
    assert!(ours.count() > 0, "proven by nothing");
}

fn is_masked_whole(mail: &Mail, expects_passwords: bool) {
    let masked = MaskedMail::of(mail, expects_passwords);
    assert_eq!(masked.attachments.len(), mail.attachments.len());
    let names = mail.attachments.iter().map(|file| file.name.as_str());
    let texts: Vec<&str> = [mail.subject.as_str(), &mail.new_text]
        .into_iter()
        .chain(names)
        .collect();
    let outs = [&masked.subject, &masked.text];
    let outs = outs.into_iter().chain(&masked.attachments);
    let mut numbering = Numbering::default();
    for (text, out) in texts.iter().zip(outs) {
        is_masked(text, out, &masked.masks, &mut numbering);
    }
    numbering.are_of(&texts, &masked.masks);
    let on = written_on(mail, OffsetDateTime::UNIX_EPOCH);
    let request = classify_request(&masked, on, Memory::default());
    assert!(request.subject == masked.subject && request.text == masked.text);
}
