//! Letting mails in within the budgets.

use std::sync::Arc;

use domain::{MailKey, MailState};
use ports::{Admission, Budget, Ledger, Seen};
use time::{Duration, OffsetDateTime};

use super::{mail, mailbox, seen, start, thread};

const TWO: Budget = Budget {
    of_sender: 2,
    in_thread: 9,
};

async fn asked(ledger: &dyn Ledger, key: &MailKey, sender: &str, budget: Budget) -> Admission {
    at(ledger, key, sender, budget, start()).await
}

async fn at(
    ledger: &dyn Ledger,
    key: &MailKey,
    sender: &str,
    budget: Budget,
    now: OffsetDateTime,
) -> Admission {
    ledger
        .admit(key, sender, budget, now)
        .await
        .expect("an answer")
}

pub(super) async fn a_sender_is_let_in_until_the_budget_is_used_up(ledger: Arc<dyn Ledger>) {
    let mails = [
        mail(&*ledger, "a1").await,
        mail(&*ledger, "a2").await,
        mail(&*ledger, "a3").await,
    ];
    let mut said = vec![];
    for key in &mails {
        said.push(asked(&*ledger, key, "carla", TWO).await);
    }
    let [yes, over] = [Admission::Admitted, Admission::SenderOver];
    assert_eq!(said, [yes, yes, over]);
    assert_eq!(asked(&*ledger, &mails[2], "bo", TWO).await, yes);
}

pub(super) async fn a_mail_that_was_let_in_stays_so(ledger: Arc<dyn Ledger>) {
    let key = mail(&*ledger, "a1").await;
    asked(&*ledger, &key, "carla", TWO).await;
    let none = Budget {
        of_sender: 0,
        in_thread: 0,
    };
    assert_eq!(
        asked(&*ledger, &key, "carla", none).await,
        Admission::Admitted
    );
}

pub(super) async fn a_thread_is_let_in_until_its_budget_is_used_up(ledger: Arc<dyn Ledger>) {
    let (first, second) = (mail(&*ledger, "a1").await, mail(&*ledger, "a2").await);
    let one = Budget {
        of_sender: 9,
        in_thread: 1,
    };
    assert_eq!(
        asked(&*ledger, &first, "carla", one).await,
        Admission::Admitted
    );
    assert_eq!(
        asked(&*ledger, &second, "bo", one).await,
        Admission::ThreadOver
    );
    let elsewhere = Seen {
        thread: thread("t2"),
        ..seen("b1", MailState::Received)
    };
    let id = mailbox(&*ledger).await;
    let key = MailKey::new(id, elsewhere.message.clone());
    ledger.enter(id, &[elsewhere]).await.expect("entered");
    assert_eq!(asked(&*ledger, &key, "bo", one).await, Admission::Admitted);
}

pub(super) async fn after_a_day_the_budget_is_there_again(ledger: Arc<dyn Ledger>) {
    for (number, hours) in [0, 1, 25].into_iter().enumerate() {
        let key = mail(&*ledger, &format!("a{number}")).await;
        let now = start() + Duration::hours(hours);
        assert_eq!(
            at(&*ledger, &key, "carla", TWO, now).await,
            Admission::Admitted
        );
    }
}

pub(super) async fn of_many_at_once_no_more_are_let_in_than_the_budget_says(
    ledger: Arc<dyn Ledger>,
) {
    let mut mails = vec![];
    for number in 0..24 {
        mails.push(mail(&*ledger, &format!("a{number}")).await);
    }
    let tasks: Vec<_> = mails
        .into_iter()
        .map(|key| {
            let ledger = ledger.clone();
            tokio::spawn(async move { asked(&*ledger, &key, "carla", TWO).await })
        })
        .collect();
    let mut admitted = 0;
    for task in tasks {
        admitted += u32::from(task.await.expect("it ran") == Admission::Admitted);
    }
    assert_eq!(admitted, 2);
}
