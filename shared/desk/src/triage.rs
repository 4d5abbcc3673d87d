//! Triage: may a machine answer, what does the customer want, which ticket is it.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;

use domain::attachments::FileLimits;
use domain::automatic::automatic;
use domain::mask::MaskedMail;
use domain::placement::{ClosedTickets, Referred};
use domain::reference::RefPattern;
use domain::route::{Facts, Route, Thresholds, route};
use domain::step::StepName;
use domain::workflow::Place;
use domain::{Address, Entities, Intent, Mail, MailKey, MailState, TicketId, TicketRef};
use ports::{
    Admission, Budget, CallError, Change, ClassifyRequest, Clock, Direction, Ledger, MailRecord,
    Mailbox, Memory, Model, NewTurn, Outgoing, Owners, QueueName, Ticket, Tickets,
};
use sha2::{Digest, Sha256};
use time::{Date, Duration, OffsetDateTime};

use crate::memory::remember;
use crate::once::{Outcome, Steps};
use crate::reading::{self, Reading};
use crate::{Failure, Worked, routed};

/// The Gmail label of mails that hold what is likely a password.
pub const CREDENTIALS_LABEL: &str = "contains-credentials";

/// What an operator sets for triage.
#[derive(Debug, Clone)]
pub struct TriageSettings {
    /// The mailbox's own address.
    pub own_address: String,
    /// How ticket references look.
    pub pattern: RefPattern,
    /// The least confidence an intent needs.
    pub thresholds: Thresholds,
    /// What becomes of closed tickets that customers write about again.
    pub closed: ClosedTickets,
    /// Whose mails count as the ticket's customer's.
    pub owners: Owners,
    /// Which attachments go onto tickets.
    pub files: FileLimits,
    /// How much of a conversation the classifier is shown, in tokens.
    pub memory: usize,
    /// How many mails of one sender and in one thread are worked a day.
    pub budget: Budget,
    /// How long a mail waits for a classifier that cannot be reached, before a person gets it.
    pub patience: Duration,
}

/// The triage use case.
pub struct Triage {
    /// The mailbox.
    pub mailbox: Arc<dyn Mailbox>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The helpdesk.
    pub tickets: Arc<dyn Tickets>,
    /// The classifier.
    pub model: Arc<dyn Model>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the operator set.
    pub settings: TriageSettings,
}

/// What was decided about a mail. Kept in the ledger, so that a repeat goes the same way.
pub(crate) struct Decision {
    pub route: Route,
    /// All that leaves Gmail of the mail.
    pub masked: MaskedMail,
    /// How sure the classifier was. Known to the attempt that asked it.
    pub confidence: Option<f32>,
    /// What the mail counts as on its ticket.
    pub about: Intent,
    /// The sender's own ticket that takes the mail. Otherwise it gets a new one.
    pub continues: Option<(TicketId, TicketRef)>,
}

impl Triage {
    /// Works one mail up to its handler's queue, or to its end where no machine may answer it.
    pub async fn work(&self, key: &MailKey, deadline: OffsetDateTime) -> Result<Worked, Failure> {
        let record = self.ledger.mail(key).await;
        let record = record.map_err(Failure::doing("reading the ledger"))?;
        let Some(record) = record.filter(|r| r.state == MailState::Received) else {
            return Ok(Worked::NothingToDo);
        };
        let fetched = match reading::read(&*self.mailbox, &record, self.clock.now()).await? {
            Reading::Mail(fetched) => fetched,
            Reading::Deleted => return self.finish(key, reading::deleted()).await,
            Reading::Malformed(malformed) => {
                return self.park(&record, &malformed.to_string()).await;
            }
        };
        let steps = Steps {
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            deadline,
        };
        if fetched.is_sent() {
            return self
                .sent(&steps, &record, &fetched.mail, &fetched.raw.raw)
                .await;
        }
        if let Some(automatic) = automatic(&fetched.mail, &self.settings.own_address) {
            return self
                .finish(key, MailState::Skipped(automatic.to_string()))
                .await;
        }
        if let Some(over) = self.over_budget(key, &fetched.mail).await? {
            return self.finish(key, over).await;
        }
        let (decision, referred) = self.decide(&record, &fetched.mail).await?;
        let ticket = self
            .ticket(&steps, key, &fetched, &decision, &referred)
            .await?;
        if decision.masked.masks.hold_a_password() {
            self.label(&steps, key).await?;
        }
        let received = fetched.raw.received;
        self.hand_on(&record, decision, ticket, received).await
    }

    /// The state of a mail whose sender or thread has had as many mails worked as a day allows: it may
    /// be a machine that does not say so.
    async fn over_budget(&self, key: &MailKey, mail: &Mail) -> Result<Option<MailState>, Failure> {
        let budget = self.settings.budget;
        let sender = sender_digest(&mail.from);
        let admitted = self
            .ledger
            .admit(key, &sender, budget, self.clock.now())
            .await;
        Ok(
            match admitted.map_err(Failure::doing("letting the mail in"))? {
                Admission::Admitted => None,
                Admission::SenderOver => Some(MailState::Skipped(format!(
                    "over the budget: its sender had {} mails worked within a day",
                    budget.of_sender
                ))),
                Admission::ThreadOver => Some(MailState::Skipped(format!(
                    "over the budget: its thread had {} mails worked within a day",
                    budget.in_thread
                ))),
            },
        )
    }

    /// Marks a mail that holds what is likely a password, so that people find and delete it.
    async fn label(&self, steps: &Steps, key: &MailKey) -> Result<(), Failure> {
        let labelled = steps
            .once::<Infallible, _, _, _, _>(
                key,
                StepName::Label,
                // Labelling is idempotent, so acting again is looking.
                || async { Ok(None) },
                |_| async {
                    match self.mailbox.label(key.message(), CREDENTIALS_LABEL).await {
                        // Deleted meanwhile: nothing is left to mark.
                        Ok(()) | Err(CallError::NotFound { .. }) => {
                            Ok(Outcome::Continue(CREDENTIALS_LABEL.to_owned()))
                        }
                        Err(error) => Err(error),
                    }
                },
            )
            .await?;
        let ControlFlow::Continue(_) = labelled;
        Ok(())
    }

    async fn finish(&self, key: &MailKey, to: MailState) -> Result<Worked, Failure> {
        self.apply(key, &Change::to(&["received"], to)).await
    }

    async fn park(&self, record: &MailRecord, reason: &str) -> Result<Worked, Failure> {
        let error = Outgoing {
            queue: QueueName::Errors,
            mail: record.key.clone(),
            group: record.thread.clone(),
            reason: Some(reason.to_owned()),
            times: 0,
            trace: None,
        };
        let parked = MailState::Parked(reason.to_owned());
        let change = Change {
            outbox: vec![error],
            ..Change::to(&["received"], parked)
        };
        self.apply(&record.key, &change).await
    }

    pub(crate) async fn apply(&self, key: &MailKey, change: &Change) -> Result<Worked, Failure> {
        let now = self.clock.now();
        routed::apply(&*self.ledger, key, Place::Triage, change, now).await
    }

    /// The route, and whether the mail continues a ticket, with the ticket it speaks of. Decided once
    /// and then kept in the ledger.
    async fn decide(
        &self,
        record: &MailRecord,
        mail: &Mail,
    ) -> Result<(Decision, Referred<Ticket>), Failure> {
        let mut referred = self.referred(record, mail, None).await?;
        let masked = MaskedMail::of(mail, referred.is_about(Intent::PasswordUpdate));
        if let (Some(to), Some(because)) = (record.route, record.because.clone()) {
            let route = Route { to, because };
            let continues = record.ticket.clone();
            let classified = Classified {
                route,
                confidence: record.confidence,
                entities: None,
            };
            let decision = decision(classified, masked, continues, &referred);
            return Ok((decision, referred));
        }
        let classified = self.classified(record, mail, &masked, &referred).await?;
        let intent = classified.route.intent();
        let mut takes = referred.takes(intent, self.settings.closed);
        if !takes {
            // A thread can have several tickets: perhaps another one of them is about this.
            let other = self.referred(record, mail, intent).await?;
            takes = other.takes(intent, self.settings.closed);
            if takes {
                referred = other;
            }
        }
        let continues = referred
            .own()
            .filter(|_| takes)
            .map(|ticket| (ticket.id, ticket.reference.clone()));
        let kept = Change {
            route: Some((classified.route.to, classified.route.because.clone())),
            confidence: classified.confidence,
            entities: classified.entities.clone(),
            ticket: continues.clone(),
            ..Change::to(&["received"], MailState::Received)
        };
        let now = self.clock.now();
        let applied = self.ledger.apply(&record.key, &kept, now).await;
        applied.map_err(Failure::doing("writing the ledger"))?;
        let decision = decision(classified, masked, continues, &referred);
        Ok((decision, referred))
    }

    async fn classified(
        &self,
        record: &MailRecord,
        mail: &Mail,
        masked: &MaskedMail,
        referred: &Referred<Ticket>,
    ) -> Result<Classified, Failure> {
        let key = &record.key;
        let memory = match referred.own() {
            Some(ticket) => {
                let (ledger, model) = (&*self.ledger, &*self.model);
                let memory = remember(ledger, model, ticket.id, &[], self.settings.memory).await;
                memory.map_err(Failure::doing("reading the ledger"))?
            }
            None => Memory::default(),
        };
        let request = classify_request(masked, written_on(mail, record.seen_at), memory);
        let classification = match self.model.classify(&request).await {
            Ok(classification) => Some(classification),
            Err(cause) if may_wait(&cause, record, self.clock.now(), self.settings.patience) => {
                return Err(Failure::Call {
                    doing: "asking the classifier",
                    cause,
                });
            }
            Err(error) => {
                tracing::warn!(mail = %key, %error, "Mail {key} goes to a person, for the classifier failed: {error}");
                None
            }
        };
        let route = route(
            classification.as_ref(),
            facts(mail),
            self.settings.thresholds,
        );
        let confidence = classification.as_ref().map(|c| c.confidence);
        tracing::info!(
            mail = %key, intent = %route.to, because = route.because, confidence,
            "Mail {key} is routed to {}", route.to
        );
        Ok(Classified {
            route,
            confidence,
            entities: classification.map(|c| c.entities),
        })
    }

    async fn hand_on(
        &self,
        record: &MailRecord,
        decision: Decision,
        ticket: (TicketId, TicketRef),
        received: OffsetDateTime,
    ) -> Result<Worked, Failure> {
        let turn = NewTurn {
            ticket: ticket.0,
            direction: Direction::Incoming,
            intent: decision.about,
            confidence: decision.confidence,
            text: reading::kept(&decision.masked),
        };
        let route = decision.route;
        let work = Outgoing {
            queue: QueueName::Intent(route.to),
            mail: record.key.clone(),
            group: record.thread.clone(),
            reason: None,
            times: 0,
            trace: None,
        };
        let change = Change {
            route: Some((route.to, route.because.clone())),
            ticket: Some(ticket),
            turn: Some(turn),
            received: Some(received),
            outbox: vec![work],
            ..Change::to(&["received"], MailState::Routed)
        };
        let (key, applied) = (&record.key, self.apply(&record.key, &change).await?);
        if applied != Worked::NothingToDo {
            tracing::info!(mail = %key, intent = %route.to, "Mail {key} waits in the queue of {}", route.to);
        }
        Ok(applied)
    }
}

/// A mail whose intent could not be decided counts as what its ticket was about, where it continues
/// one.
fn decision(
    classified: Classified,
    masked: MaskedMail,
    continues: Option<(TicketId, TicketRef)>,
    referred: &Referred<Ticket>,
) -> Decision {
    let last = match referred {
        Referred::Own { last_intent, .. } if continues.is_some() => *last_intent,
        _ => None,
    };
    Decision {
        about: classified
            .route
            .intent()
            .or(last)
            .unwrap_or(classified.route.to),
        route: classified.route,
        masked,
        confidence: classified.confidence,
        continues,
    }
}

/// What the classifier made of a mail, and where it goes.
struct Classified {
    route: Route,
    confidence: Option<f32>,
    entities: Option<Entities>,
}

/// Whether a mail can wait for a service that cannot be reached now. Not for ever: then a person gets it.
pub(crate) fn may_wait(
    error: &CallError,
    record: &MailRecord,
    now: OffsetDateTime,
    patience: Duration,
) -> bool {
    error.is_passing() && now - record.seen_at < patience
}

/// Who wrote a mail, so that the ledger can count without knowing: a digest of the addresses in From.
pub fn sender_digest(authors: &[Address]) -> String {
    let mut authors: Vec<String> = authors.iter().map(Address::canonical).collect();
    authors.sort();
    let digest = Sha256::digest(authors.join("\n"));
    digest[..16]
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

/// The day on which a mail was written, by its own word, else on which it came.
pub fn written_on(mail: &Mail, came: OffsetDateTime) -> Date {
    mail.date.unwrap_or(came).date()
}

/// What the classifier is shown of a mail.
pub fn classify_request(mail: &MaskedMail, on: Date, memory: Memory) -> ClassifyRequest {
    ClassifyRequest {
        subject: mail.subject.clone(),
        text: mail.text.clone(),
        attachments: mail.attachments.clone(),
        on,
        memory,
    }
}

/// What code knows of a mail before it is routed.
pub fn facts(mail: &Mail) -> Facts {
    let has_text = !mail.new_text.trim().is_empty() || !mail.subject.trim().is_empty();
    Facts {
        one_author: mail.author().is_some(),
        has_text,
    }
}
