//! `password_update`: the proven customer's password is changed once, or the draft says what is missing.
//!
//! **The values are read from the mail itself and go nowhere but into the bcrypt comparison.** What
//! the classifier said of them are placeholders. The words of a draft are the same whether a customer
//! has the address, the password was wrong, or there were too many wrong ones.

use std::sync::Arc;

use domain::mask::{Candidate, MaskedMail};
use domain::password::{Unfit, fits};
use domain::sender::{Sender, SenderPolicy, prove};
use domain::step::StepName;
use domain::{Entities, Intent, Mail, MailKey, MailState};
use mail_mime::Limits;
use ports::{Bank, CallError, Changed, Direction, PasswordChange};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use crate::drafting::{Drafting, Task};
use crate::letters::{Need, PasswordNews};
use crate::workplace::{Instead, Job, Taken, Workplace};
use crate::{Failure, Worked, customer, reading, texts};

/// What made a draft that asks for what is missing. Only mails answered by it are looked into again.
const ASKED: &str = "password asked v1";
const CHANGED: &str = "password changed v1";
const NOT_CHANGED: &str = "password not changed v1";

/// The `password_update` use case.
pub struct Passwords {
    /// The mailbox, the ledger, the helpdesk.
    pub workplace: Workplace,
    /// The customers.
    pub bank: Arc<dyn Bank>,
    /// Whose mails count as proven.
    pub sender: SenderPolicy,
}

/// What mails say of the passwords.
#[derive(Default)]
struct Said {
    /// The ways in which the current password can be read, the likeliest first.
    current: Vec<SecretString>,
    new: Option<SecretString>,
    /// Whether it is not sure where the new one ends.
    new_is_unclear: bool,
}

impl Said {
    /// Takes over from an earlier mail what is still missing.
    fn complete_with(&mut self, earlier: Self) {
        if self.current.is_empty() {
            self.current = earlier.current;
        }
        if self.new.is_none() {
            self.new = earlier.new;
            self.new_is_unclear = earlier.new_is_unclear;
        }
    }

    /// Both values, if the new one fits; else what is needed.
    fn checked(self, address: &str) -> Result<(Vec<SecretString>, SecretString), Vec<Need>> {
        let mut needs = Vec::new();
        if self.current.is_empty() {
            needs.push(Need::Current);
        }
        let Some(new) = self.new else {
            needs.push(Need::New);
            return Err(needs);
        };
        let current = self.current.first().map(ExposeSecret::expose_secret);
        match fits(new.expose_secret(), current, address) {
            _ if self.new_is_unclear => needs.push(Need::NewUnclear),
            Err(why) => needs.push(Need::Another(why)),
            Ok(()) => {}
        }
        if needs.is_empty() {
            Ok((self.current, new))
        } else {
            Err(needs)
        }
    }
}

/// How a request ends: the words for the customer, for the ticket, and whether a person is needed.
struct Ending {
    news: PasswordNews,
    made_by: &'static str,
    note: String,
    person: Option<String>,
}

impl Passwords {
    /// Works one mail to its draft, with the password changed where all is right.
    pub async fn work(&self, key: &MailKey, deadline: OffsetDateTime) -> Result<Worked, Failure> {
        let intents = [Intent::PasswordUpdate];
        let job = match self.workplace.take(key, &intents, deadline).await? {
            Taken::Job(job) => job,
            Taken::Ended(worked) => return Ok(worked),
        };
        let address = match customer::proven(&job, &self.sender) {
            Instead::Continue(address) => address,
            Instead::Break(because) => {
                return self.workplace.hand_over(&job, &because, None).await;
            }
        };
        let ending = self.ending(&job, &address).await?;
        let made = self
            .workplace
            .draft(&job, async |drafting: &Drafting, task: &Task| {
                let body = drafting.letter(task).password(&ending.news);
                let written = drafting.compose(task, &body, vec![], ending.made_by);
                Ok(Instead::Continue(written))
            })
            .await?;
        let made = match made {
            Instead::Continue(made) => made,
            Instead::Break(because) => {
                return self.workplace.hand_over(&job, &because, None).await;
            }
        };
        if let Some(because) = &ending.person {
            return self.workplace.hand_over(&job, because, Some(made)).await;
        }
        let waits = texts::draft_waits(made.draft.answers.len(), made.beside_a_persons);
        let html = format!("<p>{}</p>{waits}", texts::escape(&ending.note));
        self.workplace.note(&job, html).await?;
        self.workplace.end(&job, made, MailState::Answered).await
    }

    async fn ending(&self, job: &Job, address: &str) -> Result<Ending, Failure> {
        let said = self.said(job, address).await;
        let said = said.map_err(Failure::doing("reading the earlier mails"))?;
        let values = said.checked(address);
        // Asked for in every case, so that all cases take the same time.
        let customer = customer::customer(&*self.bank, address).await?;
        let no_customer = customer.break_value();
        match values {
            Err(needs) => Ok(Ending {
                note: texts::password_needs(&needs),
                news: PasswordNews::Needs(needs),
                made_by: ASKED,
                person: no_customer,
            }),
            Ok((current, new)) => {
                let changed = self.change(job, address, current, new).await?;
                Ok(after(changed, no_customer))
            }
        }
    }

    async fn change(
        &self,
        job: &Job,
        address: &str,
        current: Vec<SecretString>,
        new: SecretString,
    ) -> Result<Changed, Failure> {
        let now = self.workplace.clock.now();
        let outcome = job
            .steps
            .together(job.key(), StepName::Password, async |lease| {
                let change = PasswordChange {
                    mail: job.key().clone(),
                    lease,
                    address: address.to_owned(),
                    current,
                    new,
                    now,
                };
                let changed = self.bank.change_password(change).await?;
                Ok(changed.map(|changed| changed.as_str().to_owned()))
            })
            .await?;
        Changed::parse(&outcome).ok_or(Failure::NotYet(
            "the ledger holds a password step that this version does not know",
        ))
    }

    /// What this mail says, completed from the mails before it that were answered by a question.
    async fn said(&self, job: &Job, address: &str) -> Result<Said, CallError> {
        let record = &job.record;
        let mut said = self
            .said_in(&job.fetched.mail, record.key.clone(), &record.entities)
            .await?;
        let ledger = &*self.workplace.ledger;
        let (mailbox, thread) = (record.key.mailbox(), &record.thread);
        let asked = ledger.drafts(mailbox, thread).await?;
        let mut earlier = ledger.thread(mailbox, thread).await?;
        earlier.retain(|mail| {
            let was_asked = asked
                .iter()
                .any(|draft| draft.mail == mail.key && draft.draft.made_by == ASKED);
            mail.key != record.key && mail.ticket == record.ticket && was_asked
        });
        for mail in earlier.iter().rev() {
            if !said.current.is_empty() && said.new.is_some() {
                break;
            }
            let raw = match self.workplace.mailbox.fetch(mail.key.message()).await {
                // Deleted, as people are asked to.
                Err(CallError::NotFound { .. }) => continue,
                fetched => fetched?,
            };
            let Ok(read) = mail_mime::read(&raw.raw, Limits::default()) else {
                continue;
            };
            if prove(&read, &self.sender) != Sender::Proven(address.to_owned()) {
                continue;
            }
            let found = self.said_in(&read, mail.key.clone(), &mail.entities);
            said.complete_with(found.await?);
        }
        Ok(said)
    }

    /// What one mail says: the values behind the placeholders that the classifier named. Where the mail
    /// is not masked any more as it was when the classifier saw it, nothing is believed.
    async fn said_in(
        &self,
        mail: &Mail,
        key: MailKey,
        entities: &Entities,
    ) -> Result<Said, CallError> {
        let masked = MaskedMail::of(mail, true);
        let turns = self.workplace.ledger.turns_of(&key).await?;
        let kept = reading::kept(&masked);
        let shown = |turn: &ports::Turn| turn.direction == Direction::Incoming && turn.text == kept;
        if !turns.iter().any(shown) {
            return Ok(Said::default());
        }
        let find = |name: &Option<String>| masked.masks.candidate(name.as_deref()?);
        let new = find(&entities.new_pw);
        Ok(Said {
            current: find(&entities.current_pw).map(readings).unwrap_or_default(),
            new: new.map(|candidate| candidate.value.into()),
            new_is_unclear: new.is_some_and(|candidate| candidate.with_signs.is_some()),
        })
    }
}

/// The ways in which a value can be read.
fn readings(candidate: Candidate<'_>) -> Vec<SecretString> {
    let ways = [Some(candidate.value), candidate.with_signs];
    let mut ways: Vec<&str> = ways.into_iter().flatten().collect();
    ways.dedup();
    ways.into_iter().map(SecretString::from).collect()
}

/// What an attempt to change the password leads to. `no_customer` says why it is nobody's, if it was
/// nobody's just before.
fn after(changed: Changed, no_customer: Option<String>) -> Ending {
    let not_changed = |note: &str, person: Option<String>| Ending {
        news: PasswordNews::NotChanged,
        made_by: NOT_CHANGED,
        note: note.to_owned(),
        person,
    };
    match changed {
        Changed::Yes => Ending {
            news: PasswordNews::Changed,
            made_by: CHANGED,
            note: "The password was changed. The mail holds the old and the new one: delete it in Gmail."
                .to_owned(),
            person: None,
        },
        Changed::Wrong => not_changed(
            "The password was not changed: the current one in the mail is wrong.",
            None,
        ),
        Changed::Locked => not_changed(
            "",
            Some("the password was wrong five times within a day, so that it can no longer be changed by mail".to_owned()),
        ),
        Changed::NoCustomer => not_changed(
            "",
            no_customer.or_else(|| Some(customer::NOBODY.to_owned())),
        ),
    }
}

impl Need {
    /// What an agent reads of it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Current => "the current password",
            Self::New => "the new password",
            Self::NewUnclear => "the new password once more, for it is not clear where it ends",
            Self::Another(Unfit::TooShort) => "a longer new password",
            Self::Another(Unfit::TooLong) => "a shorter new password",
            Self::Another(Unfit::IsOld) => "a new password that is not the old one",
            Self::Another(Unfit::IsAddress) => "a new password without the address in it",
            Self::Another(Unfit::TooCommon) => "a new password that is harder to guess",
        }
    }
}
