//! Telling each mail's story as it happens, from the ledger.

use std::collections::HashMap;
use std::time::Instant;

use domain::step::StepName;
use domain::{Intent, MailKey, MailState};
use ports::{Ledger, MailRecord};
use store_postgres::Store;

/// Follows mails and says what is new about them.
pub struct Story {
    began: Instant,
    known: HashMap<MailKey, Known>,
}

#[derive(Default)]
struct Known {
    seen: bool,
    route: Option<Intent>,
    steps: Vec<StepName>,
    is_over: bool,
}

impl Story {
    /// A story that begins now.
    pub fn begin() -> Self {
        Self {
            began: Instant::now(),
            known: HashMap::new(),
        }
    }

    /// What happened to a mail since the last look: a line an event. `name` is how the mail is
    /// called. The second value tells whether this look saw its end.
    pub async fn look(
        &mut self,
        ledger: &Store,
        name: &str,
        key: &MailKey,
    ) -> anyhow::Result<(Vec<String>, Option<MailRecord>)> {
        let known = self.known.entry(key.clone()).or_default();
        if known.is_over {
            return Ok((vec![], None));
        }
        let Some(record) = ledger.mail(key).await? else {
            return Ok((vec![], None));
        };
        let mut events = Vec::new();
        if !known.seen {
            known.seen = true;
            events.push("ingest saw it in Gmail's history".to_owned());
        }
        if record.route != known.route {
            known.route = record.route;
            let route = record.route.map(|i| i.to_string()).unwrap_or_default();
            let because = record.because.as_deref().unwrap_or_default();
            events.push(format!("routed to {route}: {because}"));
        }
        for (step, external_id) in ledger.steps_done(key).await? {
            if !known.steps.contains(&step) {
                known.steps.push(step);
                events.push(step_in_words(step, &external_id));
            }
        }
        if record.state.is_terminal() {
            known.is_over = true;
            events.push(end_in_words(&record.state));
        }
        let seconds = self.began.elapsed().as_secs_f32();
        let lines = events
            .iter()
            .map(|event| format!("{seconds:6.1}s  {name:<32}  {event}"))
            .collect();
        Ok((lines, known.is_over.then_some(record)))
    }
}

fn step_in_words(step: StepName, external_id: &str) -> String {
    match step {
        StepName::Ticket => {
            let reference = external_id.split_once(':').map_or(external_id, |(_, r)| r);
            format!("ticket {reference} stands in Odoo")
        }
        StepName::Turn => "the mail is noted on its ticket".to_owned(),
        StepName::Link => "the earlier ticket leads to it".to_owned(),
        StepName::Draft => format!("draft {external_id} waits in the Gmail thread"),
        StepName::Label => "the mail is labelled: it holds what is likely a password".to_owned(),
        StepName::Password => match external_id {
            "changed" => "the password is changed".to_owned(),
            other => format!("the password stays as it is ({other})"),
        },
        StepName::Findings => "the ticket says what was found".to_owned(),
        StepName::Note => "the ticket says what was done".to_owned(),
        StepName::Escalate => "the ticket's priority is raised".to_owned(),
        StepName::AlertSlack => "people are told on Slack".to_owned(),
        StepName::AlertEmail => "people are told by e-mail".to_owned(),
    }
}

fn end_in_words(state: &MailState) -> String {
    match state {
        MailState::Answered => "done: answered, a person sends the draft".to_owned(),
        MailState::HandedOff => "done: handed to a person".to_owned(),
        MailState::Skipped(reason) => format!("done: skipped, {reason}"),
        MailState::Parked(reason) => format!("done: parked in the error queue, {reason}"),
        MailState::Received | MailState::Routed => String::new(),
    }
}
