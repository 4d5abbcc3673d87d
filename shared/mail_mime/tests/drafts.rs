//! What is written into drafts, and how a draft is known again.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use domain::reference::RefPattern;
use domain::reply::Reply;
use domain::{Mail, MailKey, TicketRef};
use mail_mime::{Desk, DraftHeaders, Drafted, Limits, digest, drafted, files, read, write};
use proptest::prelude::*;

const HEADERS: DraftHeaders = DraftHeaders {
    mails: "X-Helpdesk-Mail",
    digest: "X-Helpdesk-Digest",
};

fn mail(text: &str) -> Mail {
    read(text.replace('\n', "\r\n").as_bytes(), Limits::default()).unwrap()
}

fn asked(subject: &str) -> Mail {
    Mail {
        subject: subject.to_owned(),
        ..mail(
            "From: Zoë <zoe@customer.test>\nSubject: x\nMessage-ID: <q@customer.test>\n\
             References: <p@customer.test>\n\nx\n",
        )
    }
}

fn written(subject: &str, text: &str) -> Vec<u8> {
    let keys = ["1-18c1", "1-18c2"].map(|key| MailKey::parse(key).unwrap());
    let ticket = TicketRef::parse("HT00012").unwrap();
    let (asked, pattern) = (asked(subject), RefPattern::default());
    let reply = Reply::to_mail(
        keys.to_vec(),
        &asked,
        &ticket,
        &pattern,
        "bank.test",
        text.into(),
    );
    let desk = Desk {
        name: "Bank Test".into(),
        address: "support@bank.test".into(),
    };
    let at = time::OffsetDateTime::from_unix_timestamp(1_793_610_000).unwrap();
    write(&reply.unwrap(), &desk, HEADERS, at).unwrap()
}

fn known(raw: &[u8]) -> Drafted {
    drafted(raw, HEADERS).unwrap()
}

#[test]
fn a_reply_reads_back_with_its_thread_headers() {
    let raw = written("Gebühr?", "Grüße\n--END_OF_PART\n.\n");
    assert!(
        !String::from_utf8_lossy(&raw).contains("END_OF_PART"),
        "customer text stands raw in the MIME"
    );
    let back = read(&raw, Limits::default()).unwrap();
    assert_eq!(back.subject, "Re: [HT00012] Gebühr?");
    assert_eq!(back.to[0].canonical(), "zoe@customer.test");
    let ids: Vec<&str> = back
        .references
        .iter()
        .map(domain::Rfc822MessageId::as_str)
        .collect();
    assert_eq!(ids, ["p@customer.test", "q@customer.test"]);
    assert_eq!(
        back.message_id.unwrap().as_str(),
        "HT00012.1-18c2@bank.test"
    );
    assert!(back.new_text.starts_with("Grüße"));
}

#[test]
fn a_draft_names_all_mails_that_it_answers() {
    let draft = known(&written("Card", "Hello"));
    let keys: Vec<String> = draft.answers.iter().map(ToString::to_string).collect();
    assert_eq!(keys, ["1-18c1", "1-18c2"]);
    assert_eq!(draft.to[0].canonical(), "zoe@customer.test");
}

#[test]
fn a_mail_without_our_header_is_no_draft_of_ours() {
    assert_eq!(drafted(b"From: a@x.test\r\n\r\nHello", HEADERS), None);
    let unreadable = b"From: a@x.test\r\nX-Helpdesk-Mail: ../x\r\n\r\nHello";
    assert_eq!(drafted(unreadable, HEADERS), None);
}

/// The written draft with one part exchanged for another.
fn changed(from: &str, to: &str) -> Vec<u8> {
    let raw = String::from_utf8(written("Card", "Hello")).unwrap();
    assert!(raw.contains(from), "{raw}");
    raw.replace(from, to).into_bytes()
}

#[test]
fn whatever_a_person_changes_touches_the_draft() {
    assert!(known(&written("Card", "Hello")).is_untouched);
    for (from, to) in [
        ("SGVsbG8=", "SGVsbG8h"),
        ("zoe@customer.test", "eve@elsewhere.test"),
        ("[HT00012] Card", "[HT00012] Your card"),
        ("Subject:", "Cc: boss@bank.test\r\nSubject:"),
        ("Subject:", "Bcc: eve@elsewhere.test\r\nSubject:"),
    ] {
        assert!(!known(&changed(from, to)).is_untouched, "{to}");
    }
}

#[test]
fn a_draft_without_its_digest_counts_as_touched() {
    let gone = changed("X-Helpdesk-Digest", "X-Another");
    assert!(!known(&gone).is_untouched);
}

#[test]
fn a_letter_that_comes_back_quoted_is_read_without_the_quotation() {
    let letter = "Hello,\n\nA card costs 5 EUR. [1]\n\nSources:\n[1] Cards: https://help.bank.test/cards\n\n\
                  Kind regards\nBank Test\n\nYour reference: HT00012";
    let quoted = format!(
        "From: support@bank.test\nSubject: Re: Card\n\n{letter}\n\n\
         On Mon, 2 Nov 2026 at 10:00, Zoë <zoe@customer.test> wrote:\n> What does it cost?\n"
    );
    assert_eq!(mail(&quoted).new_text, letter);
}

#[test]
fn files_are_taken_out_by_their_place() {
    let raw = b"From: a@x.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\nHello\r\n\
        --b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n1,2\r\n\
        --b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=b.png\r\n\
        Content-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--b--\r\n";
    let names: Vec<String> = read(raw, Limits::default())
        .unwrap()
        .attachments
        .into_iter()
        .map(|file| file.name)
        .collect();
    assert_eq!(names, ["a.csv", "b.png"]);
    let contents = files(raw, &[1, 0, 7]);
    assert_eq!(contents, [&b"\x89PNG"[..], b"1,2", b""]);
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back_untouched(
        subject in "\\PC{0,60}",
        text in "(\\PC{0,90}\n){0,12}\\PC{0,40}",
    ) {
        let raw = written(&subject, &text);
        prop_assert!(known(&raw).is_untouched);
    }

    #[test]
    fn no_octets_make_the_reader_of_drafts_panic(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(files(&raw, &[0, 9]).len() == 2);
        prop_assert!(drafted(&raw, HEADERS).is_none() || digest(&raw).is_some());
    }
}
