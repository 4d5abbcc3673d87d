//! A person sent something: what was really said becomes a turn, and the draft is settled.

use domain::state::SENT_BY_PEOPLE;
use domain::step::StepName;
use domain::{Intent, Mail, MailKey, MailState, TicketId, edit};
use ports::{CallError, Change, Direction, DraftOutcome, DraftRecord, MailRecord, NewTurn, Note};

use crate::drafting::HEADERS;
use crate::once::Steps;
use crate::triage::Triage;
use crate::{Failure, Worked, notes, reading, texts};

/// The share of changed words from which on a text is the person's own, not a draft with changes.
const OWN_TEXT: f32 = 0.8;

/// What a sent mail was made from.
struct Origin {
    /// The draft's mail and what became of the draft. `None` for a text of the person's own.
    sent: Option<(MailKey, DraftOutcome)>,
    /// All drafts about which something is known now.
    settled: Vec<(MailKey, DraftOutcome)>,
}

impl Triage {
    /// Records a mail that a person sent from the mailbox. In a thread without a ticket it is none of
    /// our business.
    pub(crate) async fn sent(
        &self,
        steps: &Steps,
        record: &MailRecord,
        mail: &Mail,
        raw: &[u8],
    ) -> Result<Worked, Failure> {
        let key = &record.key;
        let end = MailState::Skipped(SENT_BY_PEOPLE.to_owned());
        let origin = self.origin(record, mail, raw).await;
        let origin = origin.map_err(Failure::doing("settling the draft"))?;
        let about = self.about(record, &origin).await;
        let Some((ticket, intent)) = about.map_err(Failure::doing("reading the ledger"))? else {
            return self.apply(key, &Change::to(&["received"], end)).await;
        };
        let text = reading::masked(&mail.new_text);
        let note = Note {
            message_id: notes::note_id(key, StepName::Note, &self.settings.own_address),
            html: texts::sent(origin.sent.as_ref().map(|(_, outcome)| *outcome), &text),
            files: vec![],
        };
        notes::post_note(&*self.tickets, steps, key, StepName::Note, ticket, &note).await?;
        let turn = NewTurn {
            ticket,
            direction: Direction::Outgoing,
            intent,
            confidence: None,
            text,
        };
        let change = Change {
            settled: origin.settled,
            turn: Some(turn),
            ..Change::to(&["received"], end)
        };
        self.apply(key, &change).await
    }

    /// The ticket and the intent that the sent mail belongs to: its draft's, else those of the last
    /// mail of the thread.
    async fn about(
        &self,
        record: &MailRecord,
        origin: &Origin,
    ) -> Result<Option<(TicketId, Intent)>, CallError> {
        let mails = self
            .ledger
            .thread(record.key.mailbox(), &record.thread)
            .await?;
        let answered = origin.sent.as_ref().map(|(mail, _)| mail);
        let of_draft = mails.iter().find(|mail| Some(&mail.key) == answered);
        let last = mails.iter().rfind(|mail| mail.ticket.is_some());
        Ok(of_draft.or(last).and_then(|mail| {
            let (ticket, _) = mail.ticket.as_ref()?;
            Some((*ticket, mail.intent?))
        }))
    }

    /// What the sent mail was made from. A draft that was sent as it is still carries our headers;
    /// one that Gmail's page saved does not, and is known by its words. A draft that is gone without
    /// resembling what was sent was thrown away.
    async fn origin(
        &self,
        record: &MailRecord,
        mail: &Mail,
        raw: &[u8],
    ) -> Result<Origin, CallError> {
        let known = self
            .ledger
            .drafts(record.key.mailbox(), &record.thread)
            .await?;
        let open = |draft: &DraftRecord| {
            matches!(draft.outcome, DraftOutcome::Open | DraftOutcome::Discarded)
        };
        let mut gone: Vec<DraftRecord> = known.into_iter().filter(open).collect();
        if !gone.is_empty() {
            let standing = self.mailbox.drafts(&record.thread).await?;
            gone.retain(|known| !standing.iter().any(|draft| draft.id == known.draft.id));
        }
        let chosen = chosen(&gone, mail, raw);
        let outcome = |at: usize| match chosen {
            Some((chosen, outcome)) if chosen == at => outcome,
            _ => DraftOutcome::Discarded,
        };
        let settled = gone.iter().enumerate();
        Ok(Origin {
            sent: chosen.map(|(at, outcome)| (gone[at].mail.clone(), outcome)),
            settled: settled
                .map(|(at, draft)| (draft.mail.clone(), outcome(at)))
                .collect(),
        })
    }
}

/// Which of the drafts that are gone was sent, and with how many changes.
fn chosen(gone: &[DraftRecord], mail: &Mail, raw: &[u8]) -> Option<(usize, DraftOutcome)> {
    let text = reading::masked(&mail.new_text);
    let distance = |at: usize| edit::distance(&gone[at].draft.text, &text);
    if let Some(drafted) = mail_mime::drafted(raw, HEADERS) {
        let at = gone
            .iter()
            .rposition(|draft| drafted.answers.contains(&draft.mail))?;
        return Some(if drafted.is_untouched {
            (at, DraftOutcome::SentAsIs)
        } else {
            (at, by_distance(distance(at)))
        });
    }
    let distances = (0..gone.len()).map(|at| (at, distance(at)));
    let (at, nearest) = distances.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (nearest < OWN_TEXT).then(|| (at, by_distance(nearest)))
}

fn by_distance(distance: f32) -> DraftOutcome {
    if distance == 0.0 {
        DraftOutcome::SentAsIs
    } else {
        DraftOutcome::SentEdited { distance }
    }
}
