//! A helpdesk on fakes: mails go in, and the workers run until the queues are empty.

mod customers;
mod dying;
mod scripted;

use std::sync::{Arc, Mutex};

use desk::answer::Answering;
use desk::drafting::Letterhead;
use desk::grounded::Grounded;
use desk::handoff::Handoff;
use desk::ingest::Ingest;
use desk::passwords::Passwords;
use desk::retrieval::Retrieval;
use desk::statements::{StatementSettings, Statements};
use desk::triage::{Triage, TriageSettings};
use desk::workplace::Workplace;
use desk::{Failure, Worked, outbox};
use domain::attachments::FileLimits;
use domain::placement::ClosedTickets;
use domain::reference::RefPattern;
use domain::route::Thresholds;
use domain::sender::SenderPolicy;
use domain::{Intent, MailKey, MailState};
use grounding::LinkHosts;
use mail_mime::Desk;
use ports::{Budget, Clock, Outgoing, Owners, QueueName};
use testkit::alerts::FakeAlerts;
use testkit::archive::FakeArchive;
use testkit::bank::FakeBank;
use testkit::gmail::FakeGmail;
use testkit::knowledge::FakeKnowledge;
use testkit::ledger::FakeLedger;
use testkit::odoo::FakeOdoo;
use testkit::queue::FakeQueue;
use testkit::{FakeClock, Faults};
use time::Duration;

pub use customers::{CARLA, NEW, OLD, customers};
use dying::DyingLedger;
use scripted::{GoneAlerts, knowledge};
pub use scripted::{ScriptedModel, says};

pub const ADDRESS: &str = "support@bank.test";
/// How long an invocation may take, and how often a message is tried before it counts as dead.
const TIMEOUT: Duration = Duration::seconds(30);
const TRIES: usize = 8;
/// How long a mail waits for a model that cannot be reached.
const PATIENCE: Duration = Duration::minutes(5);
/// How much of a conversation the model is shown, in tokens.
const MEMORY: usize = 60;

pub struct House {
    pub gmail: Arc<FakeGmail>,
    pub odoo: Arc<FakeOdoo>,
    pub slack: Arc<FakeAlerts>,
    pub email: Arc<FakeAlerts>,
    pub model: Arc<ScriptedModel>,
    pub knowledge: Arc<FakeKnowledge>,
    pub book: Arc<FakeLedger>,
    pub bank: Arc<FakeBank>,
    pub archive: Arc<FakeArchive>,
    /// The most octets of files on a draft.
    pub most_attached: usize,
    pub ledger: Arc<DyingLedger>,
    pub queue: Arc<FakeQueue>,
    pub clock: Arc<FakeClock>,
    /// Whether Slack refuses every alert for good.
    pub slack_is_gone: bool,
    /// What an operator set about tickets.
    pub closed: ClosedTickets,
    pub owners: Owners,
    /// A ticket reference as this Odoo writes them.
    pub sample: &'static str,
    /// How many mails of one sender and in one thread are worked a day.
    pub budget: Budget,
    /// Messages that no try could work: what a dead-letter queue would hold.
    pub left: Mutex<Vec<Outgoing>>,
}

impl House {
    /// A house whose classifier says this intent of every mail.
    pub fn new(intent: Intent) -> Self {
        let clock = Arc::new(FakeClock::default());
        let book = Arc::new(FakeLedger::with_clock(clock.clone()));
        Self {
            gmail: Arc::new(FakeGmail::with_clock(ADDRESS, clock.clone())),
            odoo: Arc::new(FakeOdoo::with_faults(Arc::new(Faults::default()))),
            slack: Arc::default(),
            email: Arc::default(),
            model: Arc::new(ScriptedModel::saying(intent)),
            knowledge: Arc::new(knowledge()),
            ledger: Arc::new(DyingLedger::new(book.clone())),
            bank: Arc::new(FakeBank::new(book.clone(), customers())),
            archive: Arc::default(),
            most_attached: 10_000,
            book,
            queue: Arc::default(),
            clock,
            slack_is_gone: false,
            closed: ClosedTickets::default(),
            owners: Owners::default(),
            sample: "HT00012",
            budget: Budget::default(),
            left: Mutex::default(),
        }
    }

    /// Puts a plain mail from Carla into the mailbox.
    pub fn receives(&self, subject: &str, text: &str) -> String {
        self.receives_raw(&format!(
            "From: Carla Kunde <carla@customer.test>\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\n\
             Message-ID: <{}@customer.test>\r\n\r\n{text}\r\n",
            subject.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
        ))
    }

    /// Puts a mail from Carla into the mailbox whose sender is proven.
    pub fn receives_proven(&self, subject: &str, text: &str) -> String {
        self.receives_proven_from(CARLA, subject, text)
    }

    /// The same from another address.
    pub fn receives_proven_from(&self, address: &str, subject: &str, text: &str) -> String {
        let (_, domain) = address.split_once('@').expect("an address");
        // A reply is known by the first mail's id, which its subject tells.
        let first = subject
            .trim_start_matches("Re: ")
            .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let (id, references) = if subject.starts_with("Re: ") {
            let number = self.gmail.place().0;
            (
                format!("{first}-{number}"),
                format!("References: <{first}@customer.test>\r\n"),
            )
        } else {
            (first, String::new())
        };
        self.receives_raw(&format!(
            "Authentication-Results: mx.google.com; dmarc=pass header.from={domain}\r\n\
             From: {address}\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\n\
             Message-ID: <{id}@customer.test>\r\n{references}\r\n{text}\r\n"
        ))
    }

    pub fn receives_raw(&self, raw: &str) -> String {
        self.gmail.deliver(raw.as_bytes()).id.to_string()
    }

    /// One push: the mailbox is synced.
    pub async fn sync(&self) -> Result<desk::ingest::Synced, ports::CallError> {
        let ingest = Ingest {
            mailbox: self.gmail.clone(),
            ledger: self.ledger.clone(),
            queue: self.queue.clone(),
            clock: self.clock.clone(),
            address: ADDRESS.into(),
        };
        ingest.sync(self.clock.now() + TIMEOUT).await
    }

    /// Works a queue message once, as a function's invocation does.
    pub async fn work(&self, message: &Outgoing) -> Result<(), Failure> {
        self.worked(message).await.map(drop)
    }

    /// The same, with what came of it.
    pub async fn worked(&self, message: &Outgoing) -> Result<Worked, Failure> {
        let deadline = self.clock.now() + TIMEOUT;
        let key = &message.mail;
        let worked = match message.queue {
            QueueName::Mail => self.triage().work(key, deadline).await,
            QueueName::Intent(Intent::GeneralQuery) => self.answering().work(key, deadline).await,
            QueueName::Intent(Intent::UrgentHuman | Intent::FallbackHuman) => {
                self.handoff().work(key, deadline).await
            }
            QueueName::Intent(Intent::BankStatement) => self.statements().work(key, deadline).await,
            QueueName::Intent(Intent::PasswordUpdate) => self.passwords().work(key, deadline).await,
            QueueName::Errors => return Ok(Worked::NothingToDo),
        };
        let (ledger, queue, clock) = (&*self.ledger, &*self.queue, &*self.clock);
        outbox::after(worked, ledger, queue, clock, deadline).await
    }

    /// Syncs and works until nothing waits. A message that fails is delivered again after its
    /// visibility timeout; one that fails every time is left for the next run.
    pub async fn runs(&self) {
        let left = std::mem::take(&mut *self.left.lock().unwrap());
        for message in left {
            self.works_until_done(&message).await;
        }
        for _ in 0..TRIES {
            if self.sync().await.is_ok() {
                break;
            }
            self.clock.pass(TIMEOUT);
        }
        for _ in 0..200 {
            let waiting: Vec<Outgoing> = QueueName::ALL
                .into_iter()
                .filter(|queue| *queue != QueueName::Errors)
                .flat_map(|queue| self.queue.take(queue))
                .collect();
            if waiting.is_empty() && self.is_settled() {
                return;
            }
            for message in waiting {
                self.works_until_done(&message).await;
            }
            self.clock.pass(TIMEOUT * 2);
            // The schedule: what an interrupted run left in the outbox is sent.
            drop(self.sync().await);
        }
    }

    async fn works_until_done(&self, message: &Outgoing) {
        for _ in 0..TRIES {
            if self.work(message).await.is_ok() {
                return;
            }
            self.clock.pass(TIMEOUT * 2);
        }
        self.left.lock().unwrap().push(message.clone());
    }

    fn is_settled(&self) -> bool {
        self.book
            .mails()
            .iter()
            .all(|mail| mail.state.is_terminal())
    }

    fn triage(&self) -> Triage {
        Triage {
            mailbox: self.gmail.clone(),
            ledger: self.ledger.clone(),
            tickets: self.odoo.clone(),
            model: self.model.clone(),
            clock: self.clock.clone(),
            settings: TriageSettings {
                own_address: ADDRESS.into(),
                pattern: self.pattern(),
                thresholds: Thresholds::default(),
                closed: self.closed,
                owners: self.owners,
                files: FileLimits::default(),
                memory: MEMORY,
                budget: self.budget,
                patience: PATIENCE,
            },
        }
    }

    fn answering(&self) -> Answering {
        Answering {
            workplace: self.workplace(),
            grounded: Grounded {
                retrieval: Retrieval {
                    knowledge: self.knowledge.clone(),
                    model: self.model.clone(),
                    product: None,
                },
                model: self.model.clone(),
                hosts: LinkHosts::parse("help.bank.test").unwrap(),
                journal: Arc::new(ports::NoJournal),
            },
            memory: MEMORY,
            patience: PATIENCE,
        }
    }

    fn workplace(&self) -> Workplace {
        Workplace {
            mailbox: self.gmail.clone(),
            ledger: self.ledger.clone(),
            tickets: self.odoo.clone(),
            clock: self.clock.clone(),
            letterhead: Letterhead {
                desk: Desk {
                    name: "Bank Test".into(),
                    address: ADDRESS.into(),
                },
                pattern: self.pattern(),
            },
        }
    }

    fn passwords(&self) -> Passwords {
        Passwords {
            workplace: self.workplace(),
            bank: self.bank.clone(),
            sender: SenderPolicy::default(),
        }
    }

    /// Statements that are "printed" as a line of text.
    fn statements(&self) -> Statements {
        Statements {
            workplace: self.workplace(),
            bank: self.bank.clone(),
            archive: self.archive.clone(),
            print: Arc::new(|statement, language, issued| {
                if statement.customer().contains('王') {
                    return Err("the customer's name holds characters that no font here has".into());
                }
                let (period, rows) = (statement.period(), statement.rows().len());
                let text = format!("{language} {issued} {period:?} {rows} rows");
                Ok(text.into_bytes())
            }),
            settings: StatementSettings {
                sender: SenderPolicy::default(),
                most_attached: self.most_attached,
                link_valid: std::time::Duration::from_hours(1),
            },
        }
    }

    fn handoff(&self) -> Handoff {
        Handoff {
            workplace: self.workplace(),
            slack: if self.slack_is_gone {
                Arc::new(GoneAlerts)
            } else {
                self.slack.clone()
            },
            email: self.email.clone(),
        }
    }

    fn pattern(&self) -> RefPattern {
        RefPattern::from_sample(self.sample).unwrap()
    }

    pub fn state(&self, message: &str) -> MailState {
        let key = MailKey::parse(&format!("1-{message}")).unwrap();
        let mails = self.book.mails();
        mails
            .into_iter()
            .find(|mail| mail.key == key)
            .expect("the mail was entered")
            .state
    }

    /// The drafts' texts with headers, decoded as a mail program would.
    pub fn drafts(&self) -> Vec<domain::Mail> {
        let read = |raw: &[u8]| mail_mime::read(raw, mail_mime::Limits::default()).unwrap();
        self.gmail
            .drafts()
            .iter()
            .map(|(_, _, raw)| read(raw))
            .collect()
    }

    /// Notes on all tickets.
    pub fn notes(&self) -> usize {
        self.odoo
            .tickets()
            .iter()
            .map(|t| self.odoo.notes(t.id).len())
            .sum()
    }

    /// The notes on the ticket that was opened as this one, from 0, as text.
    pub fn notes_on(&self, ticket: usize) -> Vec<String> {
        let id = self.odoo.tickets()[ticket].id;
        let notes = self.odoo.notes(id).into_iter();
        notes.map(|note| note.body).collect()
    }

    /// The only draft there is.
    pub fn only_draft(&self) -> domain::DraftId {
        match self.gmail.drafts().as_slice() {
            [(id, _, _)] => id.clone(),
            others => panic!("there are {} drafts", others.len()),
        }
    }
}
