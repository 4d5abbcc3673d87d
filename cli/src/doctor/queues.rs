//! The queues, and what lies in those that nobody works.

use std::collections::HashMap;

use futures_util::future::join_all;
use ports::QueueName;
use queue_sqs::SqsQueue;
use queue_sqs::dead::DeadLetters;

use super::Check;
use crate::deployed::{Deployed, asked};

/// Looks at all of them.
pub async fn at(deployed: &Deployed) -> Vec<Check> {
    let queues = QueueName::ALL.map(|queue| is_there(deployed, queue));
    let mut checks = join_all(queues).await;
    checks.extend(dead_letters(deployed.stack.name()).await);
    checks
}

async fn is_there(deployed: &Deployed, queue: QueueName) -> Check {
    let what = format!("queue {}", queue.as_str());
    let url = deployed.needs.queues.get(&queue);
    let Some(url) = url.filter(|url| !url.is_empty()) else {
        return Check::not_looked_at(what, "its setting is missing or bad");
    };
    let only = SqsQueue::of(&deployed.account, HashMap::from([(queue, url.clone())]));
    match asked(only.are_there()).await {
        Ok(()) => Check::ok(what, "is there"),
        Err(why) => {
            let says = format!("{why}: deploy the template again, which makes it");
            Check::bad(what, says)
        }
    }
}

/// Letters that lie there wait for a person. They are counted, and hidden from nobody.
async fn dead_letters(stack: &str) -> Vec<Check> {
    let letters = match asked(Box::pin(DeadLetters::of_stack(stack))).await {
        Ok(letters) => letters,
        Err(why) => return vec![Check::bad("dead letters", why)],
    };
    let counted = QueueName::ALL.map(|queue| lying(&letters, queue));
    join_all(counted).await
}

async fn lying(letters: &DeadLetters, queue: QueueName) -> Check {
    let (what, command) = match queue {
        QueueName::Errors => ("unreadable mails".to_owned(), "helpdesk errors list"),
        queue => (
            format!("dead letters {}", queue.as_str()),
            "helpdesk dlq list",
        ),
    };
    match asked(letters.count(queue)).await {
        Ok((0, 0)) => Check::ok(what, "none"),
        Ok((free, hidden)) => Check::warning(what, format!("{}: `{command}`", free + hidden)),
        Err(why) => Check::bad(what, why),
    }
}
