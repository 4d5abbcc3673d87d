//! Triage: may a machine answer, what does the customer want, which ticket is it.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::automatic::automatic;
use domain::mail::domain_of;
use domain::reference::{RefPattern, find_reference};
use domain::route::{Facts, Route, Thresholds, route};
use domain::step::StepName;
use domain::{Mail, MailKey, MailState, TicketId, TicketRef, mask};
use ports::{
    Change, ClassifyRequest, Clock, Direction, Ledger, MailRecord, Mailbox, Model, NewTicket,
    NewTurn, Note, Outgoing, QueueName, Ticket, Tickets, Turn,
};
use time::OffsetDateTime;

use crate::once::{Outcome, Steps};
use crate::reading::{self, Reading};
use crate::{Failure, Worked, notes, routed, texts};

/// Turns of the ticket that the classifier is shown.
const MEMORY: usize = 6;

/// What an operator sets for triage.
#[derive(Debug, Clone)]
pub struct TriageSettings {
    /// The mailbox's own address.
    pub own_address: String,
    /// How ticket references look.
    pub pattern: RefPattern,
    /// The least confidence an intent needs.
    pub thresholds: Thresholds,
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

/// The ticket that a mail belongs to, before anything is written.
struct Place {
    /// The sender's open ticket that the mail speaks of.
    referred: Option<Ticket>,
    /// What was said on it.
    memory: Vec<Turn>,
}

impl Triage {
    /// Works one mail up to its handler's queue, or to its end where no machine may answer it.
    pub async fn work(&self, key: &MailKey, deadline: OffsetDateTime) -> Result<Worked, Failure> {
        let record = self
            .ledger
            .mail(key)
            .await
            .map_err(Failure::doing("reading the ledger"))?;
        let Some(record) = record.filter(|r| r.state == MailState::Received) else {
            return Ok(Worked::NothingToDo);
        };
        let mail = match reading::read(&*self.mailbox, &record, self.clock.now()).await? {
            Reading::Mail(mail) => mail,
            Reading::Deleted => return self.finish(key, reading::deleted()).await,
            Reading::Malformed(malformed) => {
                return self.park(&record, &malformed.to_string()).await;
            }
        };
        if let Some(automatic) = automatic(&mail, &self.settings.own_address) {
            return self
                .finish(key, MailState::Skipped(automatic.to_string()))
                .await;
        }
        let place = self.place(&mail).await?;
        let route = self.decide(&record, &mail, &place).await?;
        let steps = Steps {
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            deadline,
        };
        let ticket = self.ticket(&steps, key, &mail, &route, place).await?;
        self.hand_on(&record, &mail, route, ticket).await
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
        };
        let parked = MailState::Parked(reason.to_owned());
        let change = Change {
            outbox: vec![error],
            ..Change::to(&["received"], parked)
        };
        self.apply(&record.key, &change).await
    }

    async fn apply(&self, key: &MailKey, change: &Change) -> Result<Worked, Failure> {
        routed::apply(&*self.ledger, key, change, self.clock.now()).await
    }

    /// The ticket that the mail speaks of, if it exists and belongs to the sender.
    async fn place(&self, mail: &Mail) -> Result<Place, Failure> {
        let own_domain = domain_of(&self.settings.own_address);
        let nothing = Place {
            referred: None,
            memory: vec![],
        };
        let Some(reference) = find_reference(mail, &self.settings.pattern, own_domain) else {
            return Ok(nothing);
        };
        let found = self.tickets.find(&reference).await;
        let author = mail.author().map(domain::Address::canonical);
        let owned = found
            .map_err(Failure::doing("looking up the ticket"))?
            .filter(|ticket| author.is_some() && ticket.owner == author && !ticket.closed);
        let Some(ticket) = owned else {
            return Ok(nothing);
        };
        let memory = self.ledger.turns(ticket.id, MEMORY).await;
        let memory = memory.map_err(Failure::doing("reading the ledger"))?;
        Ok(Place {
            referred: Some(ticket),
            memory,
        })
    }

    /// The route. Decided once and then kept in the ledger, so that a repeat goes the same way.
    async fn decide(
        &self,
        record: &MailRecord,
        mail: &Mail,
        place: &Place,
    ) -> Result<Route, Failure> {
        if let (Some(to), Some(because)) = (record.route, record.because.clone()) {
            return Ok(Route { to, because });
        }
        let request = classify_request(mail, place.memory.clone());
        let classification = match self.model.classify(&request).await {
            Ok(classification) => Some(classification),
            Err(error) => {
                tracing::error!(mail = %record.key, "Mail {} goes to a person, for the classifier failed: {error}", record.key);
                None
            }
        };
        let decided = route(
            classification.as_ref(),
            facts(mail),
            self.settings.thresholds,
        );
        tracing::info!(
            mail = %record.key, intent = %decided.to, because = decided.because,
            confidence = classification.map(|c| c.confidence),
            "Mail {} is routed to {}", record.key, decided.to
        );
        let kept = Change {
            route: Some((decided.to, decided.because.clone())),
            ..Change::to(&["received"], MailState::Received)
        };
        let applied = self
            .ledger
            .apply(&record.key, &kept, self.clock.now())
            .await;
        applied.map_err(Failure::doing("writing the ledger"))?;
        Ok(decided)
    }

    /// The mail's ticket: the sender's own where the intent is the same as last, else a new one.
    async fn ticket(
        &self,
        steps: &Steps,
        key: &MailKey,
        mail: &Mail,
        route: &Route,
        place: Place,
    ) -> Result<(TicketId, TicketRef), Failure> {
        let asked = |turn: &&Turn| turn.direction == Direction::Incoming;
        let last_intent = place.memory.iter().rfind(asked).map(|turn| turn.intent);
        let append = place
            .referred
            .as_ref()
            .filter(|_| last_intent == Some(route.to));
        let opened = steps
            .once::<(), _, _, _, _>(
                key,
                StepName::Ticket,
                // Opening is idempotent by the mail's key, so acting again is looking.
                || async { Ok(None) },
                |_| async {
                    let ticket = if let Some(ticket) = append {
                        ticket.clone()
                    } else {
                        let new = new_ticket(key, mail, route, place.referred.as_ref());
                        self.tickets.open(&new).await?
                    };
                    Ok(Outcome::Continue(external_id(&ticket)))
                },
            )
            .await?;
        let ControlFlow::Continue(id) = opened else {
            return Err(Failure::NotYet("the ticket step was broken off"));
        };
        let ticket = from_external_id(&id).ok_or(Failure::NotYet(
            "the ledger holds a ticket id that cannot be read",
        ))?;
        if append.is_some_and(|existing| existing.id == ticket.0) {
            self.append(steps, key, mail, route, ticket.0).await?;
        }
        Ok(ticket)
    }

    async fn append(
        &self,
        steps: &Steps,
        key: &MailKey,
        mail: &Mail,
        route: &Route,
        ticket: TicketId,
    ) -> Result<(), Failure> {
        let note = Note {
            message_id: notes::note_id(key, StepName::Append, &self.settings.own_address),
            html: texts::mail_as_html(mail, route),
        };
        notes::post_note(&*self.tickets, steps, key, StepName::Append, ticket, &note).await
    }

    async fn hand_on(
        &self,
        record: &MailRecord,
        mail: &Mail,
        route: Route,
        ticket: (TicketId, TicketRef),
    ) -> Result<Worked, Failure> {
        let turn = NewTurn {
            ticket: ticket.0,
            direction: Direction::Incoming,
            intent: route.to,
            text: reading::masked_text(mail),
        };
        let work = Outgoing {
            queue: QueueName::Intent(route.to),
            mail: record.key.clone(),
            group: record.thread.clone(),
            reason: None,
        };
        let change = Change {
            route: Some((route.to, route.because)),
            ticket: Some(ticket),
            turn: Some(turn),
            outbox: vec![work],
            ..Change::to(&["received"], MailState::Routed)
        };
        self.apply(&record.key, &change).await
    }
}

/// What the classifier is shown of a mail.
pub fn classify_request(mail: &Mail, memory: Vec<Turn>) -> ClassifyRequest {
    ClassifyRequest {
        subject: mask::mask_passwords(&mail.subject),
        text: mask::mask_passwords(&mail.new_text),
        attachments: mail.attachments.iter().map(|a| a.name.clone()).collect(),
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

fn new_ticket(key: &MailKey, mail: &Mail, route: &Route, earlier: Option<&Ticket>) -> NewTicket {
    let mut description = texts::mail_as_html(mail, route);
    if let Some(earlier) = earlier {
        description.push_str(&texts::earlier_ticket(&earlier.reference));
    }
    let subject = mask::mask_passwords(&mail.subject);
    NewTicket {
        key: key.clone(),
        subject: if subject.trim().is_empty() {
            "(no subject)".to_owned()
        } else {
            subject
        },
        description,
        customer: mail.from.first().cloned().unwrap_or(domain::Address {
            name: None,
            address: String::new(),
        }),
        intent: route.to,
    }
}

fn external_id(ticket: &Ticket) -> String {
    format!("{}:{}", ticket.id, ticket.reference)
}

fn from_external_id(text: &str) -> Option<(TicketId, TicketRef)> {
    let (id, reference) = text.split_once(':')?;
    Some((
        TicketId(id.parse().ok()?),
        TicketRef::parse(reference).ok()?,
    ))
}
