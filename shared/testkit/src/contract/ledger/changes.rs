//! Changes of a mail: all that they bring, or nothing.

use std::sync::Arc;

use domain::{DraftId, Intent, MailKey, MailState};
use ports::{Change, Ledger, QueueName};
use time::Duration;

use super::{applied, drafts, mail, routed, start, ticket, waiting};

pub(super) async fn a_mail_that_was_never_entered_is_unknown(ledger: Arc<dyn Ledger>) {
    let key = MailKey::parse("1-feed").expect("a valid key");
    assert_eq!(ledger.mail(&key).await.expect("read"), None);
    let change = Change::to(&["received"], MailState::Answered);
    assert!(!ledger.apply(&key, &change, start()).await.expect("tried"));
}

pub(super) async fn a_change_writes_all_it_brings(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    assert!(
        ledger
            .apply(&key, &routed(&key, "hello"), start())
            .await
            .expect("applied")
    );
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.state, MailState::Routed);
    assert_eq!(record.intent, Some(Intent::GeneralQuery));
    assert_eq!(record.because.as_deref(), Some("sure"));
    assert_eq!(record.confidence, Some(0.75));
    assert_eq!(record.ticket, Some(ticket()));
    let turns = ledger.turns(ticket().0, 10).await.expect("turns");
    assert_eq!((turns[0].text.as_str(), turns[0].at), ("hello", start()));
    let queues: Vec<QueueName> = waiting(&*ledger, start())
        .await
        .iter()
        .map(|(_, m)| m.queue)
        .collect();
    assert_eq!(
        queues,
        [QueueName::Mail, QueueName::Intent(Intent::GeneralQuery)]
    );
    let answered = Change {
        draft: Some(drafts::draft("r1", &[&key])),
        ..Change::to(&["routed"], MailState::Answered)
    };
    assert!(
        ledger
            .apply(&key, &answered, start())
            .await
            .expect("applied")
    );
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.draft, DraftId::parse("r1").ok());
    assert_eq!(record.ticket, Some(ticket()));
}

pub(super) async fn a_change_from_another_state_writes_nothing(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let change = Change {
        from: &["routed"],
        ..routed(&key, "hello")
    };
    assert!(!ledger.apply(&key, &change, start()).await.expect("tried"));
    assert!(
        ledger
            .turns(ticket().0, 10)
            .await
            .expect("turns")
            .is_empty()
    );
    assert_eq!(waiting(&*ledger, start()).await.len(), 1);
}

pub(super) async fn a_terminal_mail_does_not_change_again(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let parked = Change::to(&["received"], MailState::Parked("no From".into()));
    assert!(ledger.apply(&key, &parked, start()).await.expect("applied"));
    assert!(
        !ledger
            .apply(&key, &routed(&key, "x"), start())
            .await
            .expect("tried")
    );
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.state, MailState::Parked("no From".into()));
}

pub(super) async fn a_mail_that_is_handed_on_keeps_its_intent(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    ledger
        .apply(&key, &routed(&key, "hello"), start())
        .await
        .expect("applied");
    let handed_on = Change {
        route: Some((Intent::FallbackHuman, "no answer".into())),
        ..Change::to(&["routed"], MailState::Routed)
    };
    assert!(
        ledger
            .apply(&key, &handed_on, start())
            .await
            .expect("applied")
    );
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.intent, Some(Intent::GeneralQuery));
    assert_eq!(record.route, Some(Intent::FallbackHuman));
    assert_eq!(record.because.as_deref(), Some("no answer"));
}

pub(super) async fn a_mail_keeps_when_it_was_received(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    let change = Change {
        received: Some(start() - Duration::hours(1)),
        ..routed(&key, "hello")
    };
    assert!(applied(&*ledger, &key, &change, start()).await);
    let handed_on = Change::to(&["routed"], MailState::HandedOff);
    assert!(applied(&*ledger, &key, &handed_on, start()).await);
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.received_at, Some(start() - Duration::hours(1)));
    let thread = ledger.thread(key.mailbox(), &record.thread).await;
    assert_eq!(thread.expect("read")[0].received_at, record.received_at);
}

pub(super) async fn a_mail_that_is_handed_on_keeps_its_confidence(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    assert!(applied(&*ledger, &key, &routed(&key, "hello"), start()).await);
    let handed_on = Change {
        route: Some((Intent::FallbackHuman, "no answer".into())),
        ..Change::to(&["routed"], MailState::Routed)
    };
    assert!(applied(&*ledger, &key, &handed_on, start()).await);
    let record = ledger.mail(&key).await.expect("read").expect("there");
    assert_eq!(record.confidence, Some(0.75));
}
