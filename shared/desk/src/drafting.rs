//! The one current draft of a thread: what stands there, what it must answer, and putting it there.
//!
//! A draft that nobody has touched is replaced by one that answers all it answered and the new mail.
//! A draft that a person has worked on is theirs: it is left alone, and the new one stands beside it.
//! Gmail has no conditional update, so between looking and replacing a person could begin to type;
//! the two calls follow each other directly to keep that moment short.

use std::sync::Arc;

use domain::mail::domain_of;
use domain::reference::RefPattern;
use domain::reply::{Reply, recipient};
use domain::{DraftId, Entities, Intent, Mail, MailKey, ThreadId, TicketRef};
use mail_mime::{Desk, DraftHeaders, Drafted, Limits};
use ports::mailbox::{DIGEST_HEADER, DRAFT_HEADER};
use ports::{
    CallError, Clock, Draft, DraftOutcome, DraftRecord, File, Ledger, MailRecord, Mailbox, NewDraft,
};
use time::{Duration, OffsetDateTime};

use crate::Failure;
use crate::letters::{Letter, capitalised, with_paragraph};
use crate::reading::{self, Fetched};
use crate::workplace::{Workplace, Written};

/// The headers by which our drafts are known again.
pub(crate) const HEADERS: DraftHeaders = DraftHeaders {
    mails: DRAFT_HEADER,
    digest: DIGEST_HEADER,
};

/// How drafts are signed, and how they name tickets.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// Who signs.
    pub desk: Desk,
    /// How ticket references look.
    pub pattern: RefPattern,
}

/// What is recorded as having made a draft whose maker did not live to record it.
const MADE_BEFORE: &str = "an attempt that was broken off";

/// Drafts for one thread, held by the worker of one mail.
pub(crate) struct Drafting {
    mailbox: Arc<dyn Mailbox>,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    letterhead: Letterhead,
    record: MailRecord,
}

/// A mail that waits for an answer.
pub(crate) struct Waiting {
    pub key: MailKey,
    pub mail: Mail,
    /// Whose queue it was routed to.
    pub route: Intent,
    pub ticket: TicketRef,
    /// What it asks for in detail.
    pub entities: Entities,
    received: OffsetDateTime,
}

/// What a new draft has to do.
pub(crate) struct Task {
    /// The mails to answer, oldest first, at least one. The draft stands below the last.
    pub mails: Vec<Waiting>,
    /// The untouched draft in whose place it goes.
    pub replaces: Option<Standing>,
    /// Whether a draft that a person has worked on stays beside it.
    pub beside_a_persons: bool,
    /// Mails whose drafts are gone from the mailbox.
    gone: Vec<MailKey>,
}

/// An untouched draft of ours.
pub(crate) struct Standing {
    id: DraftId,
    letter: String,
    files: Vec<File>,
}

/// A draft that was made.
pub(crate) struct Made {
    pub draft: NewDraft,
    pub beside_a_persons: bool,
    /// What became of other drafts of the thread.
    pub settled: Vec<(MailKey, DraftOutcome)>,
}

impl Drafting {
    /// Takes the drafts of the mail's thread, which no other worker has until `until`, or
    /// [`release`](Self::release).
    pub async fn hold(
        workplace: &Workplace,
        record: &MailRecord,
        until: OffsetDateTime,
    ) -> Result<Self, Failure> {
        let Workplace {
            mailbox,
            ledger,
            clock,
            letterhead,
            ..
        } = workplace.clone();
        let now = clock.now();
        let length = (until - now).max(Duration::ZERO);
        let held = ledger.hold_thread(&record.key, &record.thread, now, length);
        if let Some(until) = held.await.map_err(Failure::doing("holding the thread"))? {
            return Err(Failure::ThreadHeld { until });
        }
        Ok(Self {
            mailbox,
            ledger,
            clock,
            letterhead,
            record: record.clone(),
        })
    }

    /// Gives the thread free. Where that fails, the hold ends by itself.
    pub async fn release(self) {
        let (key, thread) = (&self.record.key, &self.record.thread);
        if let Err(error) = self.ledger.release_thread(key, thread).await {
            tracing::warn!(mail = %key, %error, "The drafts of thread {thread} are held until the hold ends: {error}");
        }
    }

    /// The id of the draft that answers the mail already.
    pub async fn find(&self) -> Result<Option<String>, CallError> {
        let drafts = self.ours().await?;
        let answers = |(_, drafted): &&(Draft, Drafted)| drafted.answers.contains(&self.record.key);
        Ok(drafts
            .iter()
            .find(answers)
            .map(|(draft, _)| draft.id.to_string()))
    }

    async fn ours(&self) -> Result<Vec<(Draft, Drafted)>, CallError> {
        let drafts = self.mailbox.drafts(&self.record.thread).await?;
        let read = |draft: Draft| {
            let drafted = mail_mime::drafted(&draft.raw, HEADERS)?;
            Some((draft, drafted))
        };
        Ok(drafts.into_iter().filter_map(read).collect())
    }

    /// What a draft for the mail has to do, by what stands in the thread now.
    pub async fn task(&self, fetched: &Fetched, ticket: &TicketRef) -> Result<Task, CallError> {
        let mut task = Task {
            mails: vec![Waiting {
                key: self.record.key.clone(),
                mail: fetched.mail.clone(),
                route: self.record.route.unwrap_or(Intent::FallbackHuman),
                ticket: ticket.clone(),
                entities: self.record.entities.clone(),
                received: fetched.raw.received,
            }],
            replaces: None,
            beside_a_persons: false,
            gone: vec![],
        };
        let thread = &self.record.thread;
        let known = self
            .ledger
            .drafts(self.record.key.mailbox(), thread)
            .await?;
        let standing = self.mailbox.drafts(thread).await?;
        for draft in &standing {
            let record = known.iter().rfind(|record| record.draft.id == draft.id);
            match whose(draft, record) {
                Whose::Theirs => {}
                Whose::Touched => task.beside_a_persons = true,
                Whose::Ours(drafted) => {
                    if same_recipient(&drafted, &fetched.mail) {
                        self.add(&mut task, &drafted.answers).await?;
                        task.replaces = Some(Standing {
                            id: draft.id.clone(),
                            letter: drafted.text,
                            files: drafted.files,
                        });
                    }
                }
            }
        }
        let is_gone = |record: &&DraftRecord| {
            record.outcome == DraftOutcome::Open
                && !standing.iter().any(|draft| draft.id == record.draft.id)
        };
        task.gone = known
            .iter()
            .filter(is_gone)
            .map(|record| record.mail.clone())
            .collect();
        // Gmail's ids grow, which tells apart what came within one millisecond.
        let came = |waiting: &Waiting| (waiting.received, waiting.key.clone());
        task.mails.sort_by_key(came);
        Ok(task)
    }

    /// Adds the mails that an untouched draft answers. One that is gone needs no answer any more.
    async fn add(&self, task: &mut Task, answered: &[MailKey]) -> Result<(), CallError> {
        for key in answered {
            if task.mails.iter().any(|waiting| waiting.key == *key) {
                continue;
            }
            let Some(record) = self.ledger.mail(key).await? else {
                continue;
            };
            let (Some(route), Some((_, ticket))) = (record.route, record.ticket) else {
                continue;
            };
            let raw = match self.mailbox.fetch(key.message()).await {
                Err(CallError::NotFound { .. }) => continue,
                fetched => fetched?,
            };
            if let Ok(mail) = mail_mime::read(&raw.raw, Limits::default()) {
                task.mails.push(Waiting {
                    key: key.clone(),
                    mail,
                    route,
                    ticket,
                    entities: record.entities,
                    received: raw.received,
                });
            }
        }
        Ok(())
    }

    /// The letter that the task's draft holds: to the last mail, about all tickets.
    pub fn letter<'a>(&'a self, task: &'a Task) -> Letter<'a> {
        let written = |waiting: &Waiting| self.letterhead.pattern.written(&waiting.ticket);
        let tickets = task.mails.iter().map(written).collect();
        Letter::to(&task.last().mail, &self.letterhead.desk, tickets)
    }

    /// A letter with this body and these files. Where the draft that it replaces answers mails of
    /// another intent, the body becomes a paragraph of that, and its files stay.
    pub fn compose(&self, task: &Task, body: &str, files: Vec<File>, made_by: &str) -> Written {
        let own = self.record.route;
        let others = |waiting: &Waiting| Some(waiting.route) != own;
        let stays = task.mails.iter().any(others);
        let (letter, files) = task.worded(stays, &capitalised(body), files, || {
            self.letter(task).with(body)
        });
        Written {
            letter,
            files,
            made_by: made_by.to_owned(),
        }
    }

    /// Puts a letter into the thread, in the place of the untouched draft where there is one.
    pub async fn put(&self, task: Task, written: Written) -> Result<Made, CallError> {
        let Written {
            letter,
            files,
            made_by,
        } = written;
        let refuse =
            |error: &dyn std::fmt::Display| CallError::rejected("the reply", error.to_string());
        let desk = &self.letterhead.desk;
        let last = task.last();
        let answers: Vec<MailKey> = task
            .mails
            .iter()
            .map(|waiting| waiting.key.clone())
            .collect();
        let mut reply = Reply::to_mail(
            answers.clone(),
            &last.mail,
            &last.ticket,
            &self.letterhead.pattern,
            domain_of(&desk.address),
            letter.clone(),
        )
        .map_err(|error| refuse(&error))?;
        reply.files = files;
        let mime = mail_mime::write(&reply, desk, HEADERS, self.clock.now())
            .map_err(|error| refuse(&error))?;
        let id = self
            .place(task.replaces.as_ref().map(|standing| &standing.id), &mime)
            .await?;
        let discarded = task
            .gone
            .into_iter()
            .map(|mail| (mail, DraftOutcome::Discarded));
        Ok(Made {
            draft: NewDraft {
                id,
                answers,
                text: reading::masked(&letter),
                digest: mail_mime::digest(&mime).unwrap_or_default(),
                made_by,
            },
            beside_a_persons: task.beside_a_persons,
            settled: discarded.collect(),
        })
    }

    async fn place(&self, replaces: Option<&DraftId>, mime: &[u8]) -> Result<DraftId, CallError> {
        let thread: &ThreadId = &self.record.thread;
        if let Some(id) = replaces {
            match self.mailbox.replace_draft(id, thread, mime).await {
                Ok(()) => return Ok(id.clone()),
                // It was sent or thrown away at this very moment.
                Err(CallError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.mailbox.create_draft(thread, mime).await
    }

    /// The draft that an earlier attempt made, as it stands now. Where a person has sent it or thrown
    /// it away meanwhile, only its id is known.
    pub async fn made_before(&self, id: &str) -> Result<Made, CallError> {
        let id = DraftId::parse(id)
            .map_err(|_| CallError::rejected("the ledger", "a draft's id cannot be read"))?;
        let ours = self.ours().await?;
        let standing = ours.into_iter().find(|(draft, _)| draft.id == id);
        let (answers, text, digest) = match standing {
            Some((draft, drafted)) if drafted.is_untouched => {
                let digest = mail_mime::digest(&draft.raw).unwrap_or_default();
                (drafted.answers, reading::masked(&drafted.text), digest)
            }
            _ => (vec![self.record.key.clone()], String::new(), String::new()),
        };
        Ok(Made {
            draft: NewDraft {
                id,
                answers,
                text,
                digest,
                made_by: MADE_BEFORE.to_owned(),
            },
            beside_a_persons: false,
            settled: vec![],
        })
    }
}

impl Task {
    /// The mail that the draft stands below.
    pub fn last(&self) -> &Waiting {
        &self.mails[self.mails.len() - 1]
    }

    /// Letter and files of the new draft: what stands there with a further paragraph, if it is to stay
    /// and is there, else a letter of its own.
    pub fn worded(
        &self,
        stays: bool,
        paragraph: &str,
        files: Vec<File>,
        alone: impl FnOnce() -> String,
    ) -> (String, Vec<File>) {
        match &self.replaces {
            Some(standing) if stays => (
                with_paragraph(&standing.letter, paragraph),
                joined(&standing.files, files),
            ),
            _ => (alone(), files),
        }
    }

    /// The most months that a mail among them asks a statement for. `None` where none says.
    pub fn most_months(&self) -> Option<u32> {
        self.mails
            .iter()
            .filter(|waiting| waiting.route == Intent::BankStatement)
            .filter_map(|waiting| waiting.entities.months)
            .max()
    }

    /// Whether a mail among them is answered by what only its own handler can say again.
    pub fn holds_account_matters(&self) -> bool {
        let sensitive = [Intent::BankStatement, Intent::PasswordUpdate];
        self.mails
            .iter()
            .any(|waiting| sensitive.contains(&waiting.route))
    }

    /// Whether a mail among them waits for a person, and whether one of those is urgent.
    pub fn waits_for_a_person(&self) -> Option<bool> {
        let persons = self
            .mails
            .iter()
            .filter(|waiting| waiting.route.is_a_persons());
        persons
            .map(|waiting| waiting.route == Intent::UrgentHuman)
            .max()
    }
}

enum Whose {
    /// Not a draft of ours.
    Theirs,
    /// A draft of ours that a person has worked on.
    Touched,
    /// A draft of ours that nobody has touched.
    Ours(Drafted),
}

/// Whose a draft is now. Gmail's page drops our headers when it saves a draft, even where not a word
/// was changed; then the ledger knows it.
fn whose(draft: &Draft, record: Option<&DraftRecord>) -> Whose {
    if let Some(drafted) = mail_mime::drafted(&draft.raw, HEADERS) {
        return if drafted.is_untouched {
            Whose::Ours(drafted)
        } else {
            Whose::Touched
        };
    }
    let Some(record) = record else {
        return Whose::Theirs;
    };
    let same = mail_mime::digest(&draft.raw).is_some_and(|digest| digest == record.draft.digest);
    match mail_mime::read(&draft.raw, Limits::default()) {
        Ok(mail) if same => Whose::Ours(Drafted {
            answers: record.draft.answers.clone(),
            is_untouched: true,
            text: mail.new_text.clone(),
            files: mail_mime::attached_files(&draft.raw),
            to: mail.to,
        }),
        _ => Whose::Touched,
    }
}

/// The files of a standing draft, with new ones in the place of those of the same name.
fn joined(standing: &[File], new: Vec<File>) -> Vec<File> {
    let stays = |file: &&File| !new.iter().any(|other| other.name == file.name);
    let mut all: Vec<File> = standing.iter().filter(stays).cloned().collect();
    all.extend(new);
    all
}

/// Whether a draft goes to whom the reply to this mail would go: several people can write in one
/// thread, and none of them gets what was meant for another.
fn same_recipient(drafted: &Drafted, mail: &Mail) -> bool {
    match (drafted.to.as_slice(), recipient(mail)) {
        ([to], Some(recipient)) => to.canonical() == recipient.canonical(),
        _ => false,
    }
}
