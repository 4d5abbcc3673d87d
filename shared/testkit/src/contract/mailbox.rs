//! What every mailbox must do: the fake, and the adapter for Gmail's real protocol.

mod drafts;
mod labels;

use std::sync::Arc;
use std::time::Duration;

use domain::{GmailMessageId, HistoryId, MailKey, MailboxId};
use ports::{CallError, History, MailHead, Mailbox};
use time::OffsetDateTime;

use crate::faults::Fault;
use crate::gmail::FakeGmail;

/// A fresh mailbox: as the product reaches it, and the state behind it. Calls of `mailbox` must give
/// up within about a second.
pub struct World {
    /// What is tested.
    pub mailbox: Arc<dyn Mailbox>,
    /// What it works on.
    pub gmail: Arc<FakeGmail>,
}

/// Runs every case on a world of its own. Returns their names; panics at the first that fails.
pub async fn upholds<F, Fut>(world: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = World>,
{
    cases! { world:
        history_names_every_message_once_over_all_pages,
        a_history_without_changes_ends_at_the_cursor,
        a_page_of_history_may_be_empty_with_more_to_come,
        history_tells_drafts_from_mail_by_label,
        a_sent_draft_comes_back_as_sent_mail_of_its_thread,
        a_cursor_that_is_too_old_is_told,
        the_inbox_lists_all_pages_newest_first,
        the_inbox_leaves_out_what_came_before,
        the_inbox_leaves_out_sent_mail,
        fetch_returns_the_octets_as_they_came,
        fetching_a_missing_message_finds_nothing,
        drafts::a_draft_is_among_the_drafts_of_its_thread,
        drafts::a_draft_is_found_among_pages_of_drafts,
        drafts::a_draft_of_another_thread_is_not_among_them,
        drafts::a_persons_draft_is_among_the_drafts_of_its_thread,
        drafts::a_draft_that_was_thrown_away_is_not_among_them,
        drafts::an_edited_draft_comes_as_it_is_now,
        drafts::the_latest_drafts_of_all_threads_are_shown,
        drafts::a_replaced_draft_keeps_its_id,
        drafts::replacing_a_draft_twice_is_replacing_it_once,
        drafts::a_draft_that_was_sent_cannot_be_replaced,
        drafts::a_replacement_without_an_answer_is_repeated_or_told,
        drafts::a_draft_arrives_octet_by_octet,
        drafts::a_fitting_draft_lands_in_the_thread,
        drafts::a_draft_with_another_subject_becomes_a_ghost,
        drafts::a_draft_for_a_missing_thread_is_refused,
        drafts::a_draft_whose_creation_times_out_is_found,
        drafts::a_draft_whose_answer_is_garbled_is_found,
        drafts::a_draft_that_the_service_broke_on_is_unknown,
        a_read_survives_a_service_that_breaks_once,
        a_limited_read_is_waited_for_or_told,
        drafts::a_limited_draft_leaves_nothing_behind,
        a_watch_lapses_within_seven_days,
        labels::a_label_is_made_where_there_is_none,
        labels::a_label_put_twice_is_there_once,
        labels::a_label_that_is_there_is_used,
        labels::a_message_that_is_gone_takes_no_label,
        labels::a_label_whose_answer_is_lost_is_put_or_told,
    }
}

const LONGEST_WATCH: time::Duration = time::Duration::days(7);

fn mail(id: &str, subject: &str, extra: &str) -> Vec<u8> {
    format!(
        "From: Carla <carla@customer.test>\r\nTo: support@bank.test\r\nSubject: {subject}\r\n\
         Message-ID: <{id}@customer.test>\r\n{extra}\r\nHello, a question.\r\n"
    )
    .into_bytes()
}

fn key_of(head: &MailHead) -> MailKey {
    MailKey::new(MailboxId(1), head.id.clone())
}

/// All pages of history: messages, how many pages held none, the new cursor.
async fn all_history(mailbox: &dyn Mailbox, since: HistoryId) -> (Vec<MailHead>, usize, HistoryId) {
    let (mut all, mut empty, mut token) = (vec![], 0, None);
    loop {
        match mailbox
            .history(since, token.as_deref())
            .await
            .expect("history is listed")
        {
            History::CursorTooOld => panic!("the cursor {since} is kept"),
            History::Page {
                added,
                next,
                now_at,
            } => {
                empty += usize::from(added.is_empty() && next.is_some());
                all.extend(added);
                match next {
                    Some(next) => token = Some(next),
                    None => return (all, empty, now_at),
                }
            }
        }
    }
}

async fn all_inbox(mailbox: &dyn Mailbox, since: OffsetDateTime) -> Vec<GmailMessageId> {
    let (mut all, mut token) = (vec![], None);
    loop {
        let listing = mailbox
            .inbox(since, token.as_deref())
            .await
            .expect("the inbox is listed");
        all.extend(listing.messages.into_iter().map(|head| head.id));
        match listing.next {
            Some(next) => token = Some(next),
            None => return all,
        }
    }
}

fn ids(heads: &[MailHead]) -> Vec<&GmailMessageId> {
    heads.iter().map(|head| &head.id).collect()
}

async fn history_names_every_message_once_over_all_pages(World { mailbox, gmail }: World) {
    gmail.set_page_sizes(2, 2);
    let since = mailbox.now_at().await.expect("the place is told");
    let delivered: Vec<_> = (0..5)
        .map(|n| gmail.deliver(&mail(&format!("m{n}"), "Card", "")))
        .collect();
    let (seen, _, now_at) = all_history(&*mailbox, since).await;
    assert_eq!(seen, delivered);
    assert_eq!(now_at, gmail.place());
    assert_eq!(all_history(&*mailbox, now_at).await.0, []);
}

async fn a_history_without_changes_ends_at_the_cursor(World { mailbox, gmail }: World) {
    gmail.deliver(&mail("m1", "Card", ""));
    let since = mailbox.now_at().await.expect("the place is told");
    assert_eq!(all_history(&*mailbox, since).await, (vec![], 0, since));
}

async fn a_page_of_history_may_be_empty_with_more_to_come(World { mailbox, gmail }: World) {
    gmail.set_page_sizes(1, 1);
    let since = gmail.place();
    let first = gmail.deliver(&mail("m1", "Card", ""));
    gmail.relabel(&first.id, &[], &["UNREAD".into()]);
    let second = gmail.deliver(&mail("m2", "Loan", ""));
    let (seen, empty, _) = all_history(&*mailbox, since).await;
    assert_eq!(ids(&seen), [&first.id, &second.id]);
    assert_eq!(empty, 1);
}

async fn history_tells_drafts_from_mail_by_label(World { mailbox, gmail }: World) {
    let since = gmail.place();
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let draft = drafts::reply("m1", "Re: Card", &key_of(&head));
    mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect("the draft is created");
    let (seen, _, _) = all_history(&*mailbox, since).await;
    let labels: Vec<_> = seen.into_iter().map(|head| head.labels).collect();
    assert_eq!(
        labels,
        [
            vec!["INBOX".to_owned(), "UNREAD".to_owned()],
            vec!["DRAFT".to_owned()]
        ]
    );
}

async fn a_sent_draft_comes_back_as_sent_mail_of_its_thread(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    let key = key_of(&head);
    let draft = drafts::reply("m1", "Re: Card", &key);
    let draft = mailbox
        .create_draft(&head.thread, &draft)
        .await
        .expect("the draft is created");
    let since = gmail.place();
    gmail
        .send_draft(&draft)
        .expect("the draft is there to be sent");
    let (seen, _, _) = all_history(&*mailbox, since).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (&seen[0].thread, &seen[0].labels[..]),
        (&head.thread, &["SENT".to_owned()][..])
    );
    let drafts = mailbox.drafts(&head.thread).await;
    let drafts = drafts.expect("drafts are listed");
    assert!(drafts.is_empty(), "a sent draft is no draft");
}

async fn a_cursor_that_is_too_old_is_told(World { mailbox, gmail }: World) {
    let since = gmail.place();
    gmail.deliver(&mail("m1", "Card", ""));
    gmail.forget_history_before(gmail.place());
    let answer = mailbox.history(since, None).await.expect("history answers");
    assert_eq!(answer, History::CursorTooOld);
}

async fn the_inbox_lists_all_pages_newest_first(World { mailbox, gmail }: World) {
    gmail.set_page_sizes(2, 2);
    let start = gmail.now() - time::Duration::hours(1);
    let mut delivered: Vec<_> = (0..5)
        .map(|n| {
            let received = start + time::Duration::minutes(n);
            gmail
                .deliver_at(&mail(&format!("m{n}"), "Card", ""), received)
                .id
        })
        .collect();
    delivered.reverse();
    assert_eq!(
        all_inbox(&*mailbox, start - time::Duration::hours(1)).await,
        delivered
    );
}

async fn the_inbox_leaves_out_what_came_before(World { mailbox, gmail }: World) {
    let since = gmail.now() - time::Duration::hours(1);
    gmail.deliver_at(&mail("m1", "Card", ""), since - time::Duration::minutes(1));
    let at = gmail.deliver_at(&mail("m2", "Loan", ""), since);
    let after = gmail.deliver_at(&mail("m3", "Rent", ""), since + time::Duration::minutes(1));
    assert_eq!(all_inbox(&*mailbox, since).await, [after.id, at.id]);
}

async fn the_inbox_leaves_out_sent_mail(World { mailbox, gmail }: World) {
    gmail.deliver_sent(&mail("m1", "Card", ""));
    let since = gmail.now() - time::Duration::hours(1);
    assert_eq!(all_inbox(&*mailbox, since).await, []);
}

async fn fetch_returns_the_octets_as_they_came(World { mailbox, gmail }: World) {
    // Every octet there is, so that no encoding on the way can lose one.
    let mut raw = mail("m1", "Card", "");
    raw.extend(0..=255_u8);
    let head = gmail.deliver(&raw);
    let fetched = mailbox
        .fetch(&head.id)
        .await
        .expect("the message is fetched");
    let kept = gmail.message(&head.id).expect("the message is kept");
    assert_eq!(fetched.raw, raw);
    assert_eq!(fetched, kept);
}

async fn fetching_a_missing_message_finds_nothing(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    gmail.delete(&head.id);
    let error = mailbox
        .fetch(&head.id)
        .await
        .expect_err("the message is gone");
    assert!(matches!(error, CallError::NotFound { .. }), "{error:?}");
}

async fn a_read_survives_a_service_that_breaks_once(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    for fault in [
        Fault::ServerError,
        Fault::Refuse,
        Fault::Malformed,
        Fault::TimeOutAfterSuccess,
    ] {
        gmail.faults.arm("messages.get", fault, 1);
        let first = mailbox.fetch(&head.id).await;
        let passed = matches!(first, Ok(_) | Err(CallError::Unreachable { .. }));
        assert!(passed, "{fault:?}: {first:?}");
        mailbox.fetch(&head.id).await.expect("the fault is over");
    }
}

async fn a_limited_read_is_waited_for_or_told(World { mailbox, gmail }: World) {
    let head = gmail.deliver(&mail("m1", "Card", ""));
    gmail.faults.arm("messages.get", Fault::RateLimited(1), 1);
    match mailbox.fetch(&head.id).await {
        Ok(fetched) => assert_eq!(fetched.head.id, head.id),
        Err(CallError::RateLimited { retry_after, .. }) => {
            assert_eq!(retry_after, Some(Duration::from_secs(1)));
        }
        Err(error) => panic!("a limit is no other error: {error:?}"),
    }
}

async fn a_watch_lapses_within_seven_days(World { mailbox, gmail }: World) {
    gmail.deliver(&mail("m1", "Card", ""));
    let watch = mailbox
        .watch("projects/desk/topics/mail")
        .await
        .expect("the watch begins");
    let holds = watch.expires - gmail.now();
    assert!(holds.is_positive() && holds <= LONGEST_WATCH, "{holds}");
    assert_eq!(watch.now_at, gmail.place());
    let error = mailbox.watch("mail").await.expect_err("that is no topic");
    assert!(matches!(error, CallError::Rejected { .. }), "{error:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_fake_upholds_the_contract() {
        let names = upholds(|| async {
            let gmail = Arc::new(FakeGmail::new("support@bank.test"));
            World {
                mailbox: gmail.clone(),
                gmail,
            }
        })
        .await;
        println!("{}", names.join("\n"));
    }
}
