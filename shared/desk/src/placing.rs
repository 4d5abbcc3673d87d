//! Which ticket a mail goes onto, and putting it there: opened or continued once, noted once, and
//! the earlier ticket told where its customer went on.

use std::ops::ControlFlow;

use domain::mail::domain_of;
use domain::mask::MaskedMail;
use domain::placement::Referred;
use domain::reference::find_reference;
use domain::step::StepName;
use domain::{Address, Intent, Mail, MailKey, TicketId, TicketRef};
use ports::{
    CallError, Direction, LastMail, MailRecord, NewTicket, Note, Owners, Ticket, Tickets, Turn,
};

use crate::once::{Outcome, Steps};
use crate::reading::Fetched;
use crate::routed::log_from_now_on;
use crate::triage::{Decision, Triage};
use crate::{Failure, notes, texts};

/// Turns among which the last one of the customer is looked for.
const LAST_TURNS: usize = 12;

impl Triage {
    /// The ticket that the mail speaks of, or that its thread is about, and whether the sender has a
    /// right to it. Of several tickets of a thread the last one that is about `intent`, else the last.
    pub(crate) async fn referred(
        &self,
        record: &MailRecord,
        mail: &Mail,
        intent: Option<Intent>,
    ) -> Result<Referred<Ticket>, Failure> {
        let own_domain = domain_of(&self.settings.own_address);
        let named = find_reference(mail, &self.settings.pattern, own_domain);
        let reference = match named {
            Some(reference) => reference,
            None => match self.ticket_of_thread(record, intent).await? {
                Some(reference) => reference,
                None => return Ok(Referred::Nothing),
            },
        };
        let found = self.tickets.find(&reference).await;
        let Some(ticket) = found.map_err(Failure::doing("looking up the ticket"))? else {
            return Ok(Referred::Unknown(reference));
        };
        let owned = owns(&*self.tickets, &ticket, mail.author(), self.settings.owners).await;
        if !owned.map_err(Failure::doing("looking up the ticket's owner"))? {
            return Ok(Referred::Strangers(reference));
        }
        let turns = self.ledger.turns(ticket.id, LAST_TURNS).await;
        let turns = turns.map_err(Failure::doing("reading the ledger"))?;
        let asked = |turn: &&Turn| turn.direction == Direction::Incoming;
        Ok(Referred::Own {
            last_intent: turns.iter().rfind(asked).map(|turn| turn.intent),
            closed: ticket.closed,
            ticket,
        })
    }

    /// The ticket of an earlier mail of the thread: a customer who writes again before any answer
    /// names no reference.
    async fn ticket_of_thread(
        &self,
        record: &MailRecord,
        intent: Option<Intent>,
    ) -> Result<Option<TicketRef>, Failure> {
        let mails = self
            .ledger
            .thread(record.key.mailbox(), &record.thread)
            .await;
        let mut mails = mails.map_err(Failure::doing("reading the ledger"))?;
        mails.retain(|mail| mail.key != record.key && mail.ticket.is_some());
        let about = mails.iter().rfind(|mail| mail.intent == intent);
        let chosen = about.or(mails.last()).and_then(|mail| mail.ticket.clone());
        Ok(chosen.map(|(_, reference)| reference))
    }

    /// Puts the mail onto its ticket and returns which that is.
    pub(crate) async fn ticket(
        &self,
        steps: &Steps,
        key: &MailKey,
        fetched: &Fetched,
        decision: &Decision,
        referred: &Referred<Ticket>,
    ) -> Result<(TicketId, TicketRef), Failure> {
        let last = LastMail {
            key: key.clone(),
            intent: decision.about,
            confidence: decision.confidence,
        };
        let placed = steps
            .once::<(), _, _, _, _>(
                key,
                StepName::Ticket,
                // Continuing and opening are idempotent, so acting again is looking.
                || async { Ok(None) },
                |_| async {
                    let continued = self.continued(decision, &last).await?;
                    let ticket = if let Some(ticket) = continued {
                        ticket
                    } else {
                        let new = new_ticket(&last, &fetched.mail, &decision.masked);
                        let opened = self.tickets.open(&new).await?;
                        (opened.id, opened.reference)
                    };
                    Ok(Outcome::Continue(external_id(&ticket)))
                },
            )
            .await?;
        let ControlFlow::Continue(id) = placed else {
            return Err(Failure::NotYet("the ticket step was broken off"));
        };
        let ticket = from_external_id(&id).ok_or(Failure::NotYet(
            "the ledger holds a ticket id that cannot be read",
        ))?;
        log_from_now_on(ticket.0);
        self.note_turn(steps, key, fetched, decision, referred, &ticket)
            .await?;
        self.note_link(steps, key, decision, referred, &ticket)
            .await?;
        Ok(ticket)
    }

    /// The ticket that takes the mail. `None` where none does, or where it was deleted meanwhile.
    async fn continued(
        &self,
        decision: &Decision,
        last: &LastMail,
    ) -> Result<Option<(TicketId, TicketRef)>, CallError> {
        let Some(ticket) = &decision.continues else {
            return Ok(None);
        };
        match self.tickets.resume(ticket.0, last).await {
            Ok(()) => Ok(Some(ticket.clone())),
            Err(CallError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn note_turn(
        &self,
        steps: &Steps,
        key: &MailKey,
        fetched: &Fetched,
        decision: &Decision,
        referred: &Referred<Ticket>,
        ticket: &(TicketId, TicketRef),
    ) -> Result<(), Failure> {
        let continues = decision.continues.as_ref() == Some(ticket);
        let about_ticket = match &decision.continues {
            Some(_) if continues => None,
            Some((_, gone)) => texts::other_ticket(&Referred::Unknown(gone.clone())),
            None => texts::other_ticket(referred),
        };
        let sorted = fetched.sorted_files(self.settings.files);
        let html = texts::incoming(&texts::IncomingTurn {
            mail: &fetched.mail,
            masked: &decision.masked,
            route: &decision.route,
            confidence: decision.confidence,
            files: &sorted,
            continues,
            about_ticket,
        });
        let note = Note {
            message_id: notes::note_id(key, StepName::Turn, &self.settings.own_address),
            html,
            files: fetched.files(&sorted, &decision.masked),
        };
        notes::post_note(&*self.tickets, steps, key, StepName::Turn, ticket.0, &note).await
    }

    /// Tells the sender's earlier ticket which new one this mail got.
    async fn note_link(
        &self,
        steps: &Steps,
        key: &MailKey,
        decision: &Decision,
        referred: &Referred<Ticket>,
        ticket: &(TicketId, TicketRef),
    ) -> Result<(), Failure> {
        let earlier = referred.own().filter(|_| decision.continues.is_none());
        let Some(earlier) = earlier else {
            return Ok(());
        };
        let note = Note {
            message_id: notes::note_id(key, StepName::Link, &self.settings.own_address),
            html: texts::went_on_in(&ticket.1, &decision.route),
            files: vec![],
        };
        notes::post_note(
            &*self.tickets,
            steps,
            key,
            StepName::Link,
            earlier.id,
            &note,
        )
        .await
    }
}

/// Whether the mail's one author is the ticket's customer.
async fn owns(
    tickets: &dyn Tickets,
    ticket: &Ticket,
    author: Option<&Address>,
    owners: Owners,
) -> Result<bool, CallError> {
    let Some(author) = author.map(Address::canonical) else {
        return Ok(false);
    };
    if ticket.owner.as_ref() == Some(&author) {
        return Ok(true);
    }
    tickets.is_owned_by(ticket.id, &author, owners).await
}

fn new_ticket(last: &LastMail, mail: &Mail, masked: &MaskedMail) -> NewTicket {
    NewTicket {
        key: last.key.clone(),
        subject: if masked.subject.trim().is_empty() {
            "(no subject)".to_owned()
        } else {
            masked.subject.clone()
        },
        description: texts::description(mail, masked),
        customer: mail.from.first().cloned().unwrap_or(Address {
            name: None,
            address: String::new(),
        }),
        intent: last.intent,
        confidence: last.confidence,
    }
}

fn external_id((id, reference): &(TicketId, TicketRef)) -> String {
    format!("{id}:{reference}")
}

fn from_external_id(text: &str) -> Option<(TicketId, TicketRef)> {
    let (id, reference) = text.split_once(':')?;
    Some((
        TicketId(id.parse().ok()?),
        TicketRef::parse(reference).ok()?,
    ))
}
