//! `urgent_human` and `fallback_human`: people are told, the customer gets an acknowledgement draft.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::step::StepName;
use domain::{Intent, MailKey, MailState, TicketId, TicketRef};
use ports::{Alert, Alerts, CallError, Change, Clock, Ledger, MailRecord, Mailbox, Note, Tickets};
use time::OffsetDateTime;

use crate::drafting::{Drafting, Letterhead, Made, Task, Waiting};
use crate::letters::{ACKNOWLEDGEMENT, with_paragraph};
use crate::once::{Outcome, Steps};
use crate::reading::{self, Fetched, Reading};
use crate::routed::{apply, finish, mine, reroute};
use crate::{Failure, Worked, notes, texts};

/// The hand-off use case.
pub struct Handoff {
    /// The mailbox.
    pub mailbox: Arc<dyn Mailbox>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The helpdesk.
    pub tickets: Arc<dyn Tickets>,
    /// Slack.
    pub slack: Arc<dyn Alerts>,
    /// E-mail to the people on duty.
    pub email: Arc<dyn Alerts>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How drafts are signed.
    pub letterhead: Letterhead,
}

impl Handoff {
    /// Works one mail to its acknowledgement draft, with people alerted.
    pub async fn work(&self, key: &MailKey, deadline: OffsetDateTime) -> Result<Worked, Failure> {
        let record = self.ledger.mail(key).await;
        let record = record.map_err(Failure::doing("reading the ledger"))?;
        let intents = [Intent::UrgentHuman, Intent::FallbackHuman];
        let Some((record, ticket)) = mine(record, &intents) else {
            return Ok(Worked::NothingToDo);
        };
        let now = self.clock.now();
        let fetched = match reading::read(&*self.mailbox, &record, now).await? {
            Reading::Mail(fetched) => fetched,
            Reading::Deleted | Reading::Malformed(_) => {
                return finish(&*self.ledger, key, reading::deleted(), now).await;
            }
        };
        let urgent = record.route == Some(Intent::UrgentHuman);
        let steps = Steps {
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            deadline,
        };
        let drafting = Drafting::hold(
            self.mailbox.clone(),
            self.ledger.clone(),
            self.clock.clone(),
            self.letterhead.clone(),
            &record,
            deadline,
        )
        .await?;
        let made = acknowledge(&steps, &drafting, key, &fetched, &ticket.1).await;
        drafting.release().await;
        let made = made?;
        self.escalate(&steps, key, ticket.0, urgent).await?;
        self.alert_people(&steps, &record, &ticket, urgent).await?;
        self.note(&steps, &record, ticket.0, &made).await?;
        let handed_off = Change {
            draft: Some(made.draft),
            settled: made.settled,
            ..Change::to(&["routed"], MailState::HandedOff)
        };
        apply(&*self.ledger, key, &handed_off, now).await
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
                    self.tickets.escalate(ticket, urgent).await?;
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
    async fn alert_people(
        &self,
        steps: &Steps,
        record: &MailRecord,
        ticket: &(TicketId, TicketRef),
        urgent: bool,
    ) -> Result<(), Failure> {
        let alert = Alert {
            mail: record.key.clone(),
            ticket: ticket.1.clone(),
            ticket_link: self.tickets.link(ticket.0),
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
        tracing::error!(mail = %record.key, %step, reason, "The {step} step of mail {} is given up; the other channel delivered: {reason}", record.key);
        steps.abandon(&record.key, step, &reason).await
    }

    async fn note(
        &self,
        steps: &Steps,
        record: &MailRecord,
        ticket: TicketId,
        made: &Made,
    ) -> Result<(), Failure> {
        let because = record
            .because
            .as_deref()
            .unwrap_or("it is not for a machine");
        let html = format!(
            "<p>A person is needed: {}. People were alerted.</p>{}",
            texts::escape(because),
            texts::draft_waits(made.draft.answers.len(), made.beside_a_persons)
        );
        let own_address = &self.letterhead.desk.address;
        let note = Note {
            message_id: notes::note_id(&record.key, StepName::Note, own_address),
            html,
            files: vec![],
        };
        notes::post_note(
            &*self.tickets,
            steps,
            &record.key,
            StepName::Note,
            ticket,
            &note,
        )
        .await
    }
}

/// Puts the acknowledgement into the thread. An answer that waits there untouched is kept, and the
/// acknowledgement becomes a paragraph of it.
async fn acknowledge(
    steps: &Steps,
    drafting: &Drafting,
    key: &MailKey,
    fetched: &Fetched,
    ticket: &TicketRef,
) -> Result<Made, Failure> {
    let mut made = None;
    let drafted = steps
        .once::<std::convert::Infallible, _, _, _, _>(
            key,
            StepName::Draft,
            || drafting.find(),
            |_| async {
                let task = drafting.task(fetched, ticket).await?;
                let letter = receipt(drafting, &task);
                let put = drafting
                    .put(task, letter, ACKNOWLEDGEMENT.to_owned())
                    .await?;
                let id = put.draft.id.to_string();
                made = Some(put);
                Ok(Outcome::Continue(id))
            },
        )
        .await?;
    let ControlFlow::Continue(id) = drafted;
    if let Some(made) = made {
        return Ok(made);
    }
    let before = drafting.made_before(&id, ACKNOWLEDGEMENT.to_owned()).await;
    before.map_err(Failure::doing("reading the draft"))
}

fn receipt(drafting: &Drafting, task: &Task) -> String {
    let letter = drafting.letter(task);
    let urgent = task.waits_for_a_person().unwrap_or_default();
    let is_an_answer = |waiting: &Waiting| !waiting.route.is_a_persons();
    match &task.replaces {
        Some((_, standing)) if task.mails.iter().any(is_an_answer) => {
            with_paragraph(standing, &letter.receipt_paragraph(urgent))
        }
        _ => letter.acknowledgement(urgent),
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

/// Hands a mail of this intent to a person, for intents whose handler does not act by itself.
pub async fn defer(
    ledger: &dyn Ledger,
    key: &MailKey,
    intent: Intent,
    now: OffsetDateTime,
) -> Result<Worked, Failure> {
    let record = ledger
        .mail(key)
        .await
        .map_err(Failure::doing("reading the ledger"))?;
    let Some((record, _)) = mine(record, &[intent]) else {
        return Ok(Worked::NothingToDo);
    };
    let because = match intent {
        Intent::BankStatement => "account statements are made by a person",
        Intent::PasswordUpdate => "passwords are changed by a person",
        _ => "this intent is handled by a person",
    };
    reroute(ledger, &record, Intent::FallbackHuman, because, now).await
}
