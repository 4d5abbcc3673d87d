//! What the handlers of routed mail share: taking a mail up, its one draft, its note, and its end.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::step::StepName;
use domain::{Intent, MailKey, MailState, TicketId, TicketRef};
use ports::{CallError, Change, Clock, File, Ledger, MailRecord, Mailbox, Note, Tickets};
use time::OffsetDateTime;

use crate::drafting::{Drafting, Letterhead, Made, Task};
use crate::once::{Outcome, Steps};
use crate::reading::{self, Fetched, Reading};
use crate::routed::{apply, finish, log_from_now_on, mine, place_of, reroute};
use crate::{Failure, Worked, notes};

/// What every handler works with.
#[derive(Clone)]
pub struct Workplace {
    /// The mailbox.
    pub mailbox: Arc<dyn Mailbox>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The helpdesk.
    pub tickets: Arc<dyn Tickets>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How drafts are signed.
    pub letterhead: Letterhead,
}

/// A routed mail in work.
pub(crate) struct Job {
    pub record: MailRecord,
    pub ticket: (TicketId, TicketRef),
    pub fetched: Fetched,
    pub steps: Steps,
}

impl Job {
    pub fn key(&self) -> &MailKey {
        &self.record.key
    }
}

/// Whether there is work to do.
pub(crate) enum Taken {
    Job(Box<Job>),
    Ended(Worked),
}

/// What a draft will say.
pub(crate) struct Written {
    pub letter: String,
    pub files: Vec<File>,
    /// What made it. Drafts are counted by it.
    pub made_by: String,
}

/// What a worker wrote, or why a person must.
pub(crate) type Instead<T> = ControlFlow<String, T>;

impl Workplace {
    /// Takes a mail up that waits in the queue of one of these intents.
    pub(crate) async fn take(
        &self,
        key: &MailKey,
        intents: &[Intent],
        deadline: OffsetDateTime,
    ) -> Result<Taken, Failure> {
        let record = self.ledger.mail(key).await;
        let record = record.map_err(Failure::doing("reading the ledger"))?;
        let Some((record, ticket)) = mine(record, intents) else {
            return Ok(Taken::Ended(Worked::NothingToDo));
        };
        log_from_now_on(ticket.0);
        let now = self.clock.now();
        let fetched = match reading::read(&*self.mailbox, &record, now).await? {
            Reading::Mail(fetched) => *fetched,
            Reading::Deleted | Reading::Malformed(_) => {
                let ended = finish(&*self.ledger, &record, reading::deleted(), now).await;
                return ended.map(Taken::Ended);
            }
        };
        let steps = Steps {
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            deadline,
        };
        Ok(Taken::Job(Box::new(Job {
            record,
            ticket,
            fetched,
            steps,
        })))
    }

    /// Puts the mail's one draft into its thread, as `write` words it for what stands there, or
    /// returns why a person must answer.
    pub(crate) async fn draft<W>(&self, job: &Job, write: W) -> Result<Instead<Made>, Failure>
    where
        W: AsyncFnOnce(&Drafting, &Task) -> Result<Instead<Written>, CallError>,
    {
        let drafting = Drafting::hold(self, &job.record, job.steps.deadline).await?;
        let drafted = Self::draft_held(job, &drafting, write).await;
        // A worker that got the same message is at the draft: the thread is still in its hands.
        if !matches!(drafted, Err(Failure::Busy { .. })) {
            drafting.release().await;
        }
        drafted
    }

    async fn draft_held<W>(
        job: &Job,
        drafting: &Drafting,
        write: W,
    ) -> Result<Instead<Made>, Failure>
    where
        W: AsyncFnOnce(&Drafting, &Task) -> Result<Instead<Written>, CallError>,
    {
        let mut made = None;
        let drafted = job
            .steps
            .once(
                job.key(),
                StepName::Draft,
                || drafting.find(),
                |_| async {
                    let task = drafting.task(&job.fetched, &job.ticket.1).await?;
                    let written = match write(drafting, &task).await? {
                        Instead::Continue(written) => written,
                        Instead::Break(because) => return Ok(Outcome::Break(because)),
                    };
                    let put = drafting.put(task, written).await?;
                    let id = put.draft.id.to_string();
                    made = Some(put);
                    Ok(Outcome::Continue(id))
                },
            )
            .await?;
        match (drafted, made) {
            (ControlFlow::Break(because), _) => Ok(Instead::Break(because)),
            (ControlFlow::Continue(_), Some(made)) => Ok(Instead::Continue(made)),
            (ControlFlow::Continue(id), None) => {
                let before = drafting.made_before(&id).await;
                let before = before.map_err(Failure::doing("reading the draft"))?;
                Ok(Instead::Continue(before))
            }
        }
    }

    /// Notes on the ticket what was done, once.
    pub(crate) async fn note(&self, job: &Job, html: String) -> Result<(), Failure> {
        self.note_as(job, StepName::Note, html).await
    }

    /// Posts a note that is a step of its own, once.
    pub(crate) async fn note_as(
        &self,
        job: &Job,
        step: StepName,
        html: String,
    ) -> Result<(), Failure> {
        let own_address = &self.letterhead.desk.address;
        let note = Note {
            message_id: notes::note_id(job.key(), step, own_address),
            html,
            files: vec![],
        };
        notes::post_note(
            &*self.tickets,
            &job.steps,
            job.key(),
            step,
            job.ticket.0,
            &note,
        )
        .await
    }

    /// Ends the mail with its draft.
    pub(crate) async fn end(
        &self,
        job: &Job,
        made: Made,
        to: MailState,
    ) -> Result<Worked, Failure> {
        let change = Change {
            draft: Some(made.draft),
            settled: made.settled,
            ..Change::to(&["routed"], to)
        };
        let from = place_of(&job.record);
        apply(&*self.ledger, job.key(), from, &change, self.clock.now()).await
    }

    /// Hands the mail to a person, with the draft where one was made already.
    pub(crate) async fn hand_over(
        &self,
        job: &Job,
        because: &str,
        made: Option<Made>,
    ) -> Result<Worked, Failure> {
        let now = self.clock.now();
        let to = Intent::FallbackHuman;
        reroute(&*self.ledger, &job.record, to, because, made, now).await
    }
}
