//! The cases about drafts.

use std::sync::Arc;
use std::time::Duration;

use domain::{DraftId, MailKey, ThreadId};
use ports::mailbox::DRAFT_HEADER;
use ports::{CallError, MailHead, Mailbox};

use super::{World, key_of, mail};
use crate::faults::Fault;
use crate::gmail::FakeGmail;

pub(super) fn reply(to: &str, subject: &str, key: &MailKey) -> Vec<u8> {
    format!(
        "From: support@bank.test\r\nTo: carla@customer.test\r\nSubject: {subject}\r\n\
         In-Reply-To: <{to}@customer.test>\r\nReferences: <{to}@customer.test>\r\n\
         {DRAFT_HEADER}: {key}\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n"
    )
    .into_bytes()
}

pub(super) async fn a_draft_is_among_the_drafts_of_its_thread(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let key = key_of(&head);
    let draft = reply("m1", "Re: Card", &key);
    let draft = mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect("the draft is created");
    let found = ids(&mailbox, &head.thread).await;
    assert_eq!(found, [draft]);
}

async fn ids(mailbox: &Arc<dyn Mailbox>, thread: &ThreadId) -> Vec<DraftId> {
    let drafts = mailbox.drafts(thread).await.expect("drafts are listed");
    drafts.into_iter().map(|draft| draft.id).collect()
}

/// What the drafts of a thread are, octet by octet.
async fn octets(mailbox: &Arc<dyn Mailbox>, thread: &ThreadId) -> Vec<Vec<u8>> {
    let drafts = mailbox.drafts(thread).await.expect("drafts are listed");
    drafts.into_iter().map(|draft| draft.raw).collect()
}

/// A mail with a draft in its thread.
async fn drafted(mailbox: &Arc<dyn Mailbox>, gmail: &FakeGmail) -> (MailHead, DraftId) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let draft = reply("m1", "Re: Card", &key_of(&head));
    let draft = mailbox.create_draft(&head.thread, &draft).await;
    (head, draft.expect("the draft is created"))
}

fn another(head: &MailHead) -> Vec<u8> {
    let mut mime = reply("m1", "Re: Card", &key_of(head));
    mime.extend(b"QW5vdGhlcg==\r\n");
    mime
}

pub(super) async fn the_latest_drafts_of_all_threads_are_shown(World { mailbox, gmail }: World) {
    let mut made = vec![];
    for _ in 0..2 {
        made.push(drafted(&mailbox, &gmail).await.1);
    }
    let latest = mailbox.latest_drafts(10).await.expect("a list");
    let mut ids: Vec<DraftId> = latest.into_iter().map(|draft| draft.id).collect();
    ids.sort();
    made.sort();
    assert_eq!(ids, made);
    assert_eq!(mailbox.latest_drafts(1).await.expect("a list").len(), 1);
}

pub(super) async fn a_replaced_draft_keeps_its_id(World { mailbox, gmail }: World) {
    let (head, draft) = drafted(&mailbox, &gmail).await;
    let new = another(&head);
    let replaced = mailbox.replace_draft(&draft, &head.thread, &new);
    replaced.await.expect("it is replaced");
    assert_eq!(ids(&mailbox, &head.thread).await, [draft]);
    assert_eq!(octets(&mailbox, &head.thread).await, [another(&head)]);
}

pub(super) async fn replacing_a_draft_twice_is_replacing_it_once(World { mailbox, gmail }: World) {
    let (head, draft) = drafted(&mailbox, &gmail).await;
    for _ in 0..2 {
        let new = another(&head);
        let replaced = mailbox.replace_draft(&draft, &head.thread, &new);
        replaced.await.expect("it is replaced");
    }
    assert_eq!(gmail.drafts().len(), 1);
}

pub(super) async fn a_draft_that_was_sent_cannot_be_replaced(World { mailbox, gmail }: World) {
    let (head, draft) = drafted(&mailbox, &gmail).await;
    gmail.send_draft(&draft);
    let new = another(&head);
    let replaced = mailbox.replace_draft(&draft, &head.thread, &new);
    let error = replaced.await.expect_err("it is gone");
    assert!(
        matches!(error, CallError::NotFound { what: "draft", .. }),
        "{error:?}"
    );
}

pub(super) async fn a_replacement_without_an_answer_is_repeated_or_told(
    World { mailbox, gmail }: World,
) {
    let (head, draft) = drafted(&mailbox, &gmail).await;
    gmail
        .faults
        .arm("drafts.update", Fault::TimeOutAfterSuccess, 1);
    let new = another(&head);
    let first = mailbox.replace_draft(&draft, &head.thread, &new);
    let first = first.await;
    assert!(
        matches!(first, Ok(()) | Err(CallError::Unreachable { .. })),
        "{first:?}"
    );
    let new = another(&head);
    let second = mailbox.replace_draft(&draft, &head.thread, &new);
    second.await.expect("the fault is over");
    assert_eq!(octets(&mailbox, &head.thread).await, [another(&head)]);
}

pub(super) async fn a_persons_draft_is_among_the_drafts_of_its_thread(
    World { mailbox, gmail }: World,
) {
    let (head, ours) = drafted(&mailbox, &gmail).await;
    let own =
        b"From: support@bank.test\r\nSubject: Re: Card\r\nIn-Reply-To: <m1@customer.test>\r\n\r\nx";
    let theirs = gmail.new_draft(Some(&head.thread), own);
    let theirs = theirs.expect("the thread is there").id;
    assert_eq!(ids(&mailbox, &head.thread).await, [ours, theirs]);
}

pub(super) async fn a_draft_that_was_thrown_away_is_not_among_them(
    World { mailbox, gmail }: World,
) {
    let (head, draft) = drafted(&mailbox, &gmail).await;
    gmail.delete_draft(&draft);
    assert!(ids(&mailbox, &head.thread).await.is_empty());
}

pub(super) async fn an_edited_draft_comes_as_it_is_now(World { mailbox, gmail }: World) {
    let (head, draft) = drafted(&mailbox, &gmail).await;
    gmail.edit_draft(&draft, "Another text.");
    let octets = octets(&mailbox, &head.thread).await;
    let now = gmail.draft(&draft).expect("the draft is there").message.raw;
    assert_eq!(octets, [now]);
}

pub(super) async fn a_draft_is_found_among_pages_of_drafts(World { mailbox, gmail }: World) {
    gmail.set_page_sizes(2, 2);
    let mut last = None;
    for n in 0..5 {
        let head = gmail.deliver(&mail(&format!("m{n}"), "Card", ""));
        let draft = reply(&format!("m{n}"), "Re: Card", &key_of(&head));
        let draft = mailbox
            .create_draft(&head.thread, &draft)
            .await
            .expect("it is created");
        last = Some((head, draft));
    }
    let (head, draft) = last.expect("drafts were made");
    assert_eq!(ids(&mailbox, &head.thread).await, [draft]);
}

pub(super) async fn a_draft_of_another_thread_is_not_among_them(World { mailbox, gmail }: World) {
    let (_, _) = drafted(&mailbox, &gmail).await;
    let other = gmail.deliver(&mail("m2", "Loan", ""));
    assert!(ids(&mailbox, &other.thread).await.is_empty());
}

pub(super) async fn a_draft_arrives_octet_by_octet(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let mut draft = reply("m1", "Re: Card", &key_of(&head));
    draft.extend(
        b"--\r\n\r\n--almost-a-boundary\r\n\n\n"
            .iter()
            .chain(&[0, 13, 10, 10, 13]),
    );
    mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect("the draft is created");
    assert_eq!(gmail.drafts()[0].2, draft);
}

pub(super) async fn a_fitting_draft_lands_in_the_thread(World { mailbox, gmail }: World) {
    gmail.deliver(&mail("m0", "Other", ""));
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let draft = reply("m1", "Re: [HT00012] Card", &key_of(&head));
    mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect("the draft is created");
    assert_eq!(gmail.drafts()[0].1, head.thread);
    assert_eq!(gmail.ghosts(), []);
}

pub(super) async fn a_draft_with_another_subject_becomes_a_ghost(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let draft = reply("m1", "Your enquiry", &key_of(&head));
    let draft = mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect("Gmail says nothing");
    assert_ne!(gmail.drafts()[0].1, head.thread);
    assert_eq!(gmail.ghosts(), [draft]);
}

pub(super) async fn a_draft_for_a_missing_thread_is_refused(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let nowhere = ThreadId::parse("00000000000000ff").expect("an id");
    let draft = reply("m1", "Re: Card", &key_of(&head));
    let error = mailbox
        .create_draft(&nowhere, &draft)
        .await
        .expect_err("there is no thread");
    assert!(matches!(error, CallError::NotFound { .. }), "{error:?}");
}

async fn creation_meets(World { mailbox, gmail }: World, fault: Fault, is_made: bool) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let key = key_of(&head);
    gmail.faults.arm("drafts.create", fault, 1);
    let draft = reply("m1", "Re: Card", &key);
    let error = mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect_err("no answer came");
    assert!(
        matches!(error, CallError::OutcomeUnknown { .. }),
        "{error:?}"
    );
    let found = ids(&mailbox, &head.thread).await;
    assert_eq!(!found.is_empty(), is_made);
    assert_eq!(gmail.drafts().len(), usize::from(is_made));
}

pub(super) async fn a_draft_whose_creation_times_out_is_found(world: World) {
    creation_meets(world, Fault::TimeOutAfterSuccess, true).await;
}

pub(super) async fn a_draft_whose_answer_is_garbled_is_found(world: World) {
    creation_meets(world, Fault::Malformed, true).await;
}

pub(super) async fn a_draft_that_the_service_broke_on_is_unknown(world: World) {
    creation_meets(world, Fault::ServerError, false).await;
}

pub(super) async fn a_limited_draft_leaves_nothing_behind(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    // Longer than anyone waits within a call, so that it is told.
    gmail
        .faults
        .arm("drafts.create", Fault::RateLimited(600), 1);
    let draft = reply("m1", "Re: Card", &key_of(&head));
    let error = mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect_err("the call is limited");
    let asked = Some(Duration::from_mins(10));
    assert!(
        matches!(error, CallError::RateLimited { retry_after, .. } if retry_after == asked),
        "{error:?}"
    );
    assert!(gmail.drafts().is_empty());
}
