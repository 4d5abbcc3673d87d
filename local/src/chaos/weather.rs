//! What goes wrong in a run: faults in every service, functions that are killed, a database that is
//! restarted, pushes that are lost or come twice, and messages that are delivered again.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Intent;
use ports::QueueName;
use serde::Serialize;
use serde_json::json;
use testkit::Faults;
use testkit::storm::Chance;

use super::{Came, Plan};
use crate::postgres::Postgres;
use crate::world::{World, function};

/// The functions that a mail passes through, with the queue of each.
const FUNCTIONS: [(&str, QueueName); 6] = [
    ("ingest", QueueName::Errors),
    ("triage", QueueName::Mail),
    ("bank_statement", QueueName::Intent(Intent::BankStatement)),
    ("password_update", QueueName::Intent(Intent::PasswordUpdate)),
    ("general_query", QueueName::Intent(Intent::GeneralQuery)),
    ("human_handoff", QueueName::Intent(Intent::UrgentHuman)),
];

/// Everything that was done to the product.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Told {
    /// Faults, by service and kind.
    pub faults: BTreeMap<String, BTreeMap<&'static str, u32>>,
    /// Functions that were killed, by name.
    pub killed: BTreeMap<&'static str, u32>,
    /// Restarts of the database.
    pub restarts: u32,
    /// Seconds in which every push was lost.
    pub seconds_without_pushes: u32,
    /// Seconds in which every push came twice.
    pub seconds_of_double_pushes: u32,
    /// Messages that were delivered again, out of their order.
    pub delivered_again: u32,
}

/// The weather over a world.
pub struct Weather {
    plan: Plan,
    /// The world's own database, which can be restarted here.
    postgres: Option<Postgres>,
    told: Told,
    since_restart: u32,
}

fn services(world: &World) -> Vec<(&'static str, Arc<Faults>)> {
    let all = &world.stand_ins;
    vec![
        ("gmail", all.gmail.faults.clone()),
        ("odoo", all.odoo.faults.clone()),
        ("gemini", all.gemini.faults.clone()),
        ("slack", all.slack.faults.clone()),
        ("qdrant", all.qdrant.faults.clone()),
    ]
}

impl Weather {
    pub(super) fn new(plan: &Plan, postgres: Option<Postgres>) -> Self {
        Self {
            plan: plan.clone(),
            postgres,
            told: Told::default(),
            since_restart: 0,
        }
    }

    /// The storm begins.
    pub(super) fn rises(&self, world: &World) {
        for ((_, faults), salt) in services(world).into_iter().zip(1..) {
            faults.storm(self.plan.seed ^ (salt << 32), self.plan.faults);
        }
    }

    /// The storm is over.
    pub(super) fn falls(&mut self, world: &World) {
        for (name, faults) in services(world) {
            self.told.faults.insert(name.to_owned(), faults.calm());
        }
        world.pusher.set_dropping(false);
        world.pusher.set_doubling(false);
    }

    /// What happens in this second.
    pub(super) async fn ticks(&mut self, world: &World, came: &[Came], chance: &mut Chance) {
        let (loses, doubles) = (chance.happens(0.2), chance.happens(0.2));
        world.pusher.set_dropping(loses);
        world.pusher.set_doubling(doubles);
        self.told.seconds_without_pushes += u32::from(loses);
        self.told.seconds_of_double_pushes += u32::from(doubles && !loses);
        if chance.happens(0.1) {
            let (victim, _) = FUNCTIONS[one_of(chance, FUNCTIONS.len())];
            if matches!(world.aws.kill_function(&function(victim)), Ok(true)) {
                *self.told.killed.entry(victim).or_default() += 1;
            }
        }
        if chance.happens(0.3) && !came.is_empty() {
            let mail = &came[one_of(chance, came.len())];
            let (name, queue) = FUNCTIONS[1 + one_of(chance, FUNCTIONS.len() - 1)];
            self.delivers_again(world, mail, name, queue).await;
        }
        self.since_restart += 1;
        if self.since_restart > 20 && chance.happens(0.05) {
            self.restarts();
        }
    }

    /// A message comes once more, whatever became of its mail. What the function says of it is its own
    /// matter.
    async fn delivers_again(&mut self, world: &World, mail: &Came, name: &str, queue: QueueName) {
        let arn = format!(
            "arn:aws:sqs:us-east-1:000000000000:helpdesk-{}.fifo",
            queue.as_str()
        );
        let event = json!({ "Records": [{
            "messageId": "again", "receiptHandle": "again", "eventSource": "aws:sqs",
            "eventSourceARN": arn, "body": json!({ "mail": mail.key.to_string() }).to_string(),
            "attributes": {}, "messageAttributes": {},
        }]});
        let name = function(name);
        let invoked = world.aws.invoke(&name, &event);
        if tokio::time::timeout(std::time::Duration::from_secs(5), invoked)
            .await
            .is_ok()
        {
            self.told.delivered_again += 1;
        }
    }

    fn restarts(&mut self) {
        if let Some(postgres) = &mut self.postgres {
            let restarted = tokio::task::block_in_place(|| postgres.restart());
            match restarted {
                Ok(()) => self.told.restarts += 1,
                Err(error) => tracing::error!("the database does not start again: {error:#}"),
            }
            self.since_restart = 0;
        }
    }

    /// All that was done.
    pub(super) fn told(&self) -> Told {
        self.told.clone()
    }
}

fn one_of(chance: &mut Chance, many: usize) -> usize {
    usize::try_from(chance.below(many as u64)).unwrap_or_default()
}
