//! What a run left behind, held against the promise: nothing lost, nothing twice.

use std::collections::{BTreeMap, BTreeSet};

use domain::step::StepName;
use ports::{Ledger, MailRecord};
use serde::Serialize;

use super::Came;
use super::traffic::{Kind, Traffic};
use crate::world::World;

/// What was found. All lists name what is wrong; empty ones are what is wanted.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// How many mails ended in which state.
    pub states: BTreeMap<String, usize>,
    /// Mails that the ledger does not know, or that have not ended.
    pub lost: Vec<String>,
    /// Tickets that no mail has, or mails whose ticket is not there.
    pub tickets: Vec<String>,
    /// Threads with more than one draft, drafts outside their thread, answered threads without one.
    pub drafts: Vec<String>,
    /// Notes that stand on a ticket twice.
    pub notes: Vec<String>,
    /// Passwords that were not changed exactly once.
    pub passwords: Vec<String>,
    /// Mails for a person of which nobody was told, and repeats that do not say that they may be one.
    pub alerts: Vec<String>,
    /// Alerts that were repeated, and said so.
    pub marked_repeats: usize,
    /// Messages that lie in dead-letter queues.
    pub dead_letters: Vec<String>,
    /// What customers could see in Odoo.
    pub seen_by_customers: usize,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        let wrong = [
            &self.lost,
            &self.tickets,
            &self.drafts,
            &self.notes,
            &self.passwords,
            &self.alerts,
            &self.dead_letters,
        ];
        wrong.iter().all(|list| list.is_empty()) && self.seen_by_customers == 0
    }
}

pub(super) async fn judge(
    world: &World,
    came: &[Came],
    traffic: &Traffic,
) -> anyhow::Result<Verdict> {
    let mut verdict = Verdict::default();
    let mut records = vec![];
    for mail in came {
        match world.ledger.mail(&mail.key).await? {
            Some(record) => {
                let state = record.state.name().to_owned();
                *verdict.states.entry(state).or_default() += 1;
                if !record.state.is_terminal() {
                    let (key, state) = (&record.key, record.state.name());
                    verdict.lost.push(format!("{key} is still {state}"));
                }
                records.push(record);
            }
            None => verdict.lost.push(format!("{} was never seen", mail.key)),
        }
    }
    tickets(world, &records, &mut verdict);
    drafts(world, &records, &mut verdict);
    alerts(world, &records, &mut verdict);
    if let Some(changes) = traffic.changes().await? {
        for mail in came.iter().filter(|mail| mail.kind == Kind::Password) {
            password(world, mail, &changes, &mut verdict).await?;
        }
    }
    for (name, url) in world.outputs.all() {
        if !name.ends_with("DeadLettersUrl") {
            continue;
        }
        for body in world.aws.queue_messages(url).await? {
            verdict.dead_letters.push(format!("{name}: {body}"));
        }
    }
    verdict.seen_by_customers = world.stand_ins.odoo.customer_visible_messages();
    Ok(verdict)
}

fn tickets(world: &World, records: &[MailRecord], verdict: &mut Verdict) {
    let odoo = &world.stand_ins.odoo;
    let there: BTreeSet<i64> = odoo.tickets().iter().map(|ticket| ticket.id.0).collect();
    let known: BTreeSet<i64> = records
        .iter()
        .filter_map(|record| record.ticket.as_ref().map(|(id, _)| id.0))
        .collect();
    for ticket in there.difference(&known) {
        verdict
            .tickets
            .push(format!("ticket {ticket} belongs to no mail"));
    }
    for ticket in known.difference(&there) {
        verdict
            .tickets
            .push(format!("ticket {ticket} is not in Odoo"));
    }
    for ticket in odoo.tickets() {
        let mut ids = BTreeSet::new();
        for note in odoo.notes(ticket.id) {
            if !ids.insert(note.message_id.clone()) {
                verdict
                    .notes
                    .push(format!("{} on {}", note.message_id, ticket.number));
            }
        }
    }
}

fn drafts(world: &World, records: &[MailRecord], verdict: &mut Verdict) {
    let gmail = &world.stand_ins.gmail;
    let mut of_thread: BTreeMap<String, usize> = BTreeMap::new();
    for (_, thread, _) in gmail.drafts() {
        *of_thread.entry(thread.to_string()).or_default() += 1;
    }
    for (thread, count) in of_thread.iter().filter(|(_, count)| **count > 1) {
        verdict
            .drafts
            .push(format!("thread {thread} has {count} drafts"));
    }
    for ghost in gmail.ghosts() {
        verdict
            .drafts
            .push(format!("draft {ghost} lies outside its thread"));
    }
    for record in records {
        let answered = matches!(record.state.name(), "answered" | "handed_off");
        if answered && !of_thread.contains_key(record.thread.as_str()) {
            verdict
                .drafts
                .push(format!("{} has no draft in its thread", record.key));
        }
    }
}

/// Alerts come at least once, and say so where they may be repeats.
fn alerts(world: &World, records: &[MailRecord], verdict: &mut Verdict) {
    let shown = world.stand_ins.slack.delivered();
    for record in records.iter().filter(|r| r.state.name() == "handed_off") {
        let key = record.key.to_string();
        // A key can be the beginning of another one.
        let names = |text: &str| {
            text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .any(|word| word == key)
        };
        let about: Vec<_> = shown.iter().filter(|alert| names(&alert.shown)).collect();
        let unmarked = about.iter().filter(|alert| !alert.shown.contains("repeat"));
        match (about.len(), unmarked.count()) {
            (0, _) => verdict.alerts.push(format!("nobody was told of {key}")),
            (_, 0 | 1) => verdict.marked_repeats += about.len() - 1,
            (_, many) => verdict
                .alerts
                .push(format!("{key} was told {many} times as new")),
        }
    }
}

/// The database counts changes of hashes by itself; a password changed means one.
async fn password(
    world: &World,
    mail: &Came,
    changes: &BTreeMap<String, usize>,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let Some(customer) = &mail.customer else {
        return Ok(());
    };
    let done = world.ledger.steps_done(&mail.key).await?;
    let changed = done
        .iter()
        .any(|(step, id)| *step == StepName::Password && id == "changed");
    let times = changes.get(customer).copied().unwrap_or_default();
    if times != usize::from(changed) {
        verdict.passwords.push(format!(
            "{} was to change the password of {customer}: it was changed {times} times",
            mail.key
        ));
    }
    Ok(())
}
