//! `urgent_human` and `fallback_human`: people are told, the customer gets an acknowledgement draft.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::step::StepName;
use domain::{Intent, MailKey, MailState, TicketId};
use ports::{Alert, Alerts, CallError, MailRecord};
use time::OffsetDateTime;

use crate::drafting::{Drafting, Made, Task, Waiting};
use crate::letters::ACKNOWLEDGEMENT;
use crate::once::{Outcome, Steps};
use crate::workplace::{Instead, Job, Taken, Workplace, Written};
use crate::{Failure, Worked, notes, texts};

/// The hand-off use case.
pub struct Handoff {
    /// The mailbox, the ledger, the helpdesk.
    pub workplace: Workplace,
    /// Slack.
    pub slack: Arc<dyn Alerts>,
    /// E-mail to the people on duty.
    pub email: Arc<dyn Alerts>,
}

impl Handoff {
    /// Works one mail to its acknowledgement draft, with people alerted.
    pub async fn work(&self, key: &MailKey, deadline: OffsetDateTime) -> Result<Worked, Failure> {
        let intents = [Intent::UrgentHuman, Intent::FallbackHuman];
        let job = match self.workplace.take(key, &intents, deadline).await? {
            Taken::Job(job) => job,
            Taken::Ended(worked) => return Ok(worked),
        };
        let made = self
            .workplace
            .draft(&job, async |drafting: &Drafting, task: &Task| {
                Ok(Instead::Continue(receipt(drafting, task)))
            })
            .await?;
        let Instead::Continue(made) = made else {
            return Err(Failure::NotYet("the acknowledgement was broken off"));
        };
        let urgent = job.record.route == Some(Intent::UrgentHuman);
        self.escalate(&job.steps, key, job.ticket.0, urgent).await?;
        self.alert_people(&job, urgent).await?;
        self.workplace.note(&job, note(&job.record, &made)).await?;
        self.workplace.end(&job, made, MailState::HandedOff).await
    }

    async fn escalate(
        &self,
        steps: &Steps,
        key: &MailKey,
        ticket: TicketId,
        urgent: bool,
    ) -> Result<(), Failure> {
        let done = steps
            .once::<std::convert::Infallible, _, _, _, _>(
                key,
                StepName::Escalate,
                // Escalating is idempotent, so acting again is looking.
                || async { Ok(None) },
                |_| async {
                    self.workplace.tickets.escalate(ticket, urgent).await?;
                    Ok(Outcome::Continue(ticket.to_string()))
                },
            )
            .await;
        match done {
            Ok(ControlFlow::Continue(_)) => Ok(()),
            Err(failure) => {
                notes::unless_deleted(failure, steps, key, StepName::Escalate, ticket).await
            }
        }
    }

    /// Both channels are tried. A channel that refuses for good is given up, as long as the other
    /// one delivers.
    async fn alert_people(&self, job: &Job, urgent: bool) -> Result<(), Failure> {
        let (record, steps, ticket) = (&job.record, &job.steps, &job.ticket);
        let alert = Alert {
            mail: record.key.clone(),
            ticket: ticket.1.clone(),
            ticket_link: self.workplace.tickets.link(ticket.0),
            thread_link: format!("https://mail.google.com/mail/#all/{}", record.thread),
            urgent,
            because: record.because.clone().unwrap_or_default(),
            may_be_repeat: false,
        };
        let slack = self
            .alert(steps, StepName::AlertSlack, &*self.slack, &alert)
            .await;
        let email = self
            .alert(steps, StepName::AlertEmail, &*self.email, &alert)
            .await;
        match (slack, email) {
            (Ok(()), Ok(())) => Ok(()),
            (Err(refused), Ok(())) if is_final(&refused) => {
                self.give_up(steps, record, StepName::AlertSlack, &refused)
                    .await
            }
            (Ok(()), Err(refused)) if is_final(&refused) => {
                self.give_up(steps, record, StepName::AlertEmail, &refused)
                    .await
            }
            (Err(failure), _) | (_, Err(failure)) => Err(failure),
        }
    }

    /// At least once: neither service tells what it delivered, so a repeat says that it may be one.
    async fn alert(
        &self,
        steps: &Steps,
        step: StepName,
        channel: &dyn Alerts,
        alert: &Alert,
    ) -> Result<(), Failure> {
        let done = steps
            .once::<std::convert::Infallible, _, _, _, _>(
                &alert.mail,
                step,
                || async { Ok(None) },
                |may_be_repeat| async move {
                    let alert = Alert {
                        may_be_repeat,
                        ..alert.clone()
                    };
                    channel.alert(&alert).await.map(Outcome::Continue)
                },
            )
            .await?;
        let ControlFlow::Continue(_) = done;
        Ok(())
    }

    async fn give_up(
        &self,
        steps: &Steps,
        record: &MailRecord,
        step: StepName,
        refused: &Failure,
    ) -> Result<(), Failure> {
        if matches!(refused, Failure::Abandoned { .. }) {
            return Ok(());
        }
        let reason = std::error::Error::source(refused)
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(name: "an alert is refused", mail = %record.key, %step, error = reason, "The {step} step of mail {} is given up; the other channel delivered: {reason}", record.key);
        steps.abandon(&record.key, step, &reason).await
    }
}

fn note(record: &MailRecord, made: &Made) -> String {
    let because = record
        .because
        .as_deref()
        .unwrap_or("it is not for a machine");
    format!(
        "<p>A person is needed: {}. People were alerted.</p>{}",
        texts::escape(because),
        texts::draft_waits(made.draft.answers.len(), made.beside_a_persons)
    )
}

/// The acknowledgement. An answer that waits there untouched is kept, and the acknowledgement becomes
/// a paragraph of it.
fn receipt(drafting: &Drafting, task: &Task) -> Written {
    let letter = drafting.letter(task);
    let urgent = task.waits_for_a_person().unwrap_or_default();
    let is_an_answer = |waiting: &Waiting| !waiting.route.is_a_persons();
    let stays = task.mails.iter().any(is_an_answer);
    let paragraph = letter.receipt_paragraph(urgent);
    let (letter, files) = task.worded(stays, &paragraph, vec![], || letter.acknowledgement(urgent));
    Written {
        letter,
        files,
        made_by: ACKNOWLEDGEMENT.to_owned(),
    }
}

/// Whether the channel itself refuses, and will refuse again.
fn is_final(failure: &Failure) -> bool {
    match failure {
        Failure::Abandoned { .. } => true,
        Failure::Call { cause, .. } => {
            matches!(
                cause,
                CallError::Rejected { .. } | CallError::Unauthorized { .. }
            )
        }
        _ => false,
    }
}
