//! `general_query`: an answer from the operator's documents, as a draft, or a person instead.

use domain::mask::MaskedMail;
use domain::step::StepName;
use domain::{Intent, MailKey, MailState, TicketId};
use ports::{CallError, Direction};
use time::{Duration, OffsetDateTime};

use crate::drafting::{Drafting, Task, Waiting};
use crate::grounded::{Asked, CheckedAnswer, Grounded, Outcome};
use crate::letters::with_paragraph;
use crate::memory::remember;
use crate::triage::may_wait;
use crate::workplace::{Instead, Job, Taken, Workplace, Written};
use crate::{Failure, Worked, findings, reading};

/// The `general_query` use case.
pub struct Answering {
    /// The mailbox, the ledger, the helpdesk.
    pub workplace: Workplace,
    /// The knowledge base and the model.
    pub grounded: Grounded,
    /// How much of a conversation the answering model is shown, in tokens.
    pub memory: usize,
    /// How long a mail waits for a model or a knowledge base that cannot be reached, before a person
    /// gets it.
    pub patience: Duration,
}

impl Answering {
    /// Works one mail to its draft, or on to a person with what was found.
    pub async fn work(&self, key: &MailKey, deadline: OffsetDateTime) -> Result<Worked, Failure> {
        let intents = [Intent::GeneralQuery];
        let job = match self.workplace.take(key, &intents, deadline).await? {
            Taken::Job(job) => job,
            Taken::Ended(worked) => return Ok(worked),
        };
        let now = self.workplace.clock.now();
        // Known to the attempt that asked the model.
        let mut known: Option<Outcome> = None;
        let made = self
            .workplace
            .draft(&job, async |drafting: &Drafting, task: &Task| {
                let outcome = match self.answer(drafting, task, job.ticket.0).await {
                    Ok(outcome) => known.insert(outcome),
                    // Trying again changes nothing, and a person need not wait for it.
                    Err(CallError::Rejected { service, reason }) => {
                        return Ok(Instead::Break(format!("{service} refused: {reason}")));
                    }
                    Err(error) if may_wait(&error, &job.record, now, self.patience) => {
                        return Err(error);
                    }
                    Err(error) if error.is_passing() => {
                        return Ok(Instead::Break(format!("it waited long enough: {error}")));
                    }
                    Err(error) => return Err(error),
                };
                Ok(match &outcome.answer {
                    Ok(answer) => {
                        Instead::Continue(self.write(drafting, task, answer, &outcome.questions))
                    }
                    Err(why) => Instead::Break(why.to_string()),
                })
            })
            .await?;
        match made {
            Instead::Continue(made) => {
                let html = findings::of_answer(&made, known.as_ref());
                self.workplace.note(&job, html).await?;
                self.workplace.end(&job, made, MailState::Answered).await
            }
            Instead::Break(because) => self.hand_over(&job, &because, known.as_ref()).await,
        }
    }

    /// Hands the mail to a person, with what was found on the ticket.
    async fn hand_over(
        &self,
        job: &Job,
        because: &str,
        known: Option<&Outcome>,
    ) -> Result<Worked, Failure> {
        if let Some(html) = known.and_then(findings::without_answer) {
            self.workplace
                .note_as(job, StepName::Findings, html)
                .await?;
        }
        self.workplace.hand_over(job, because, None).await
    }

    /// The letter that answers all questions that wait in the thread. Mails that wait for a person
    /// are acknowledged in it; what another handler said of accounts stays word for word.
    fn write(
        &self,
        drafting: &Drafting,
        task: &Task,
        answer: &CheckedAnswer,
        questions: &[String],
    ) -> Written {
        let letter = drafting.letter(task);
        let body = letter.answer(&answer.sentences, &answer.sources, questions);
        let stays = task.holds_account_matters();
        let (mut text, files) = task.worded(stays, &body, vec![], || letter.with(&body));
        if let Some(urgent) = task.waits_for_a_person() {
            text = with_paragraph(&text, &letter.receipt_paragraph(urgent));
        }
        Written {
            letter: text,
            files,
            made_by: self.grounded.model.answering(),
        }
    }

    async fn answer(
        &self,
        drafting: &Drafting,
        task: &Task,
        ticket: TicketId,
    ) -> Result<Outcome, CallError> {
        let mut texts: Vec<String> = vec![];
        for waiting in &task.mails {
            if waiting.route == Intent::GeneralQuery {
                texts.push(self.asked(waiting).await?);
            }
        }
        let shown: Vec<MailKey> = task.mails.iter().map(|w| w.key.clone()).collect();
        let (ledger, model) = (&*self.workplace.ledger, &*self.grounded.model);
        let asked = Asked {
            texts,
            language: drafting.letter(task).language().to_owned(),
            on: self.workplace.clock.now().date(),
            memory: remember(ledger, model, ticket, &shown, self.memory).await?,
        };
        self.grounded.answer(&asked).await
    }

    /// What a mail asks, as it was masked when it came.
    async fn asked(&self, waiting: &Waiting) -> Result<String, CallError> {
        let turns = self.workplace.ledger.turns_of(&waiting.key).await?;
        let asked = turns
            .into_iter()
            .find(|turn| turn.direction == Direction::Incoming);
        Ok(match asked {
            Some(turn) => turn.text,
            None => reading::kept(&MaskedMail::of(&waiting.mail, true)),
        })
    }
}
