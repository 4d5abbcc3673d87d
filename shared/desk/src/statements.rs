//! `bank_statement`: a statement of each account as a PDF on the draft, for the proven customer only.

use std::sync::Arc;
use std::time::Duration;

use domain::sender::SenderPolicy;
use domain::statement::{DEFAULT_MONTHS, Movements, Period, Statement};
use domain::{Intent, MailKey, MailState};
use ports::{Archive, Bank, CallError, Customer, File};
use sha2::{Digest, Sha256};
use time::{Date, OffsetDateTime};

use crate::drafting::{Drafting, Task};
use crate::letters::Delivery;
use crate::workplace::{Instead, Job, Taken, Workplace, Written};
use crate::{Failure, Worked, customer, texts};

/// What made a draft with statements, and one that asks for the months.
const WITH_STATEMENTS: &str = "statement v1";
const ASKS_FOR_MONTHS: &str = "statement months asked v1";

/// Prints a statement as a PDF: in this language, issued on this day. The error says what cannot be
/// printed, without content.
pub type Print = dyn Fn(&Statement, &str, Date) -> Result<Vec<u8>, String> + Send + Sync;

/// What an operator sets for statements.
#[derive(Debug, Clone)]
pub struct StatementSettings {
    /// Whose mails count as proven.
    pub sender: SenderPolicy,
    /// The most octets of files on one draft. What is larger is linked to.
    pub most_attached: usize,
    /// For how long such a link works.
    pub link_valid: Duration,
}

/// The `bank_statement` use case.
pub struct Statements {
    /// The mailbox, the ledger, the helpdesk.
    pub workplace: Workplace,
    /// The customers.
    pub bank: Arc<dyn Bank>,
    /// Where files are staged.
    pub archive: Arc<dyn Archive>,
    /// What prints them.
    pub print: Arc<Print>,
    /// What the operator set.
    pub settings: StatementSettings,
}

impl Statements {
    /// Works one mail to a draft with statements, or on to a person.
    pub async fn work(&self, key: &MailKey, deadline: OffsetDateTime) -> Result<Worked, Failure> {
        let intents = [Intent::BankStatement];
        let job = match self.workplace.take(key, &intents, deadline).await? {
            Taken::Job(job) => job,
            Taken::Ended(worked) => return Ok(worked),
        };
        let holder = match customer::proven(&job, &self.settings.sender) {
            Instead::Continue(address) => customer::customer(&*self.bank, &address).await?,
            Instead::Break(because) => Instead::Break(because),
        };
        let customer = match holder {
            Instead::Continue(customer) => customer,
            Instead::Break(because) => {
                return self.workplace.hand_over(&job, &because, None).await;
            }
        };
        let mut told = String::new();
        let made = self
            .workplace
            .draft(&job, async |drafting: &Drafting, task: &Task| {
                let (written, note) = match self.write(&job, drafting, task, &customer).await? {
                    Instead::Continue(done) => done,
                    Instead::Break(because) => return Ok(Instead::Break(because)),
                };
                told = note;
                Ok(Instead::Continue(written))
            })
            .await?;
        match made {
            Instead::Continue(made) => {
                told.push_str(&texts::draft_waits(
                    made.draft.answers.len(),
                    made.beside_a_persons,
                ));
                self.workplace.note(&job, told).await?;
                self.workplace.end(&job, made, MailState::Answered).await
            }
            Instead::Break(because) => self.workplace.hand_over(&job, &because, None).await,
        }
    }

    /// The draft, and what the ticket is told of it.
    async fn write(
        &self,
        job: &Job,
        drafting: &Drafting,
        task: &Task,
        customer: &Customer,
    ) -> Result<Instead<(Written, String)>, CallError> {
        let received = job.fetched.raw.received;
        let months = task.most_months().unwrap_or(DEFAULT_MONTHS);
        let letter = drafting.letter(task);
        let Ok(period) = Period::of_months(months, received.date()) else {
            let body = letter.asks_for_months();
            let written = drafting.compose(task, &body, vec![], ASKS_FOR_MONTHS);
            let note = "<p>The draft asks for how many months the statement is wanted.</p>";
            return Ok(Instead::Continue((written, note.to_owned())));
        };
        let movements = self.bank.movements(&customer.id, period).await?;
        let printed = self.printed(customer, period, movements, letter.language(), received);
        let files = match printed {
            Instead::Continue(files) => files,
            Instead::Break(because) => return Ok(Instead::Break(because)),
        };
        let note = texts::statements(files.len(), period);
        let (delivery, files) = self.delivered(job.key(), files, received).await?;
        let body = letter.statements(period, &delivery);
        let written = drafting.compose(task, &body, files, WITH_STATEMENTS);
        Ok(Instead::Continue((written, note)))
    }

    /// A PDF for each account, or what stops them.
    fn printed(
        &self,
        customer: &Customer,
        period: Period,
        movements: Vec<Movements>,
        language: &str,
        issued: OffsetDateTime,
    ) -> Instead<Vec<File>> {
        let count = movements.len();
        if count == 0 {
            return Instead::Break("the customer has no account".to_owned());
        }
        let mut files = Vec::with_capacity(count);
        for (movements, number) in movements.into_iter().zip(1..) {
            let stopped = |why: &dyn std::fmt::Display| {
                Instead::Break(format!(
                    "the statement of account {number} of {count} was stopped: {why}"
                ))
            };
            let document = document_number(customer, period, &movements);
            let name = file_name(&movements, period);
            let statement = Statement::new(customer.name.clone(), period, movements, document);
            let statement = match statement {
                Ok(statement) => statement,
                Err(contradiction) => return stopped(&contradiction),
            };
            match (self.print)(&statement, language, issued.date()) {
                Ok(content) => files.push(File {
                    name,
                    media_type: "application/pdf".to_owned(),
                    content,
                }),
                Err(why) => return stopped(&why),
            }
        }
        Instead::Continue(files)
    }

    /// Stages the files, and decides whether they hang on the draft or are linked to.
    async fn delivered(
        &self,
        key: &MailKey,
        files: Vec<File>,
        now: OffsetDateTime,
    ) -> Result<(Delivery, Vec<File>), CallError> {
        let place = |number: usize| format!("staging/{key}/{number}.pdf");
        for (file, number) in files.iter().zip(1..) {
            self.archive
                .write(&place(number), &file.media_type, &file.content)
                .await?;
        }
        let size: usize = files.iter().map(|file| file.content.len()).sum();
        if size <= self.settings.most_attached {
            return Ok((Delivery::Attached(files.len()), files));
        }
        let valid = self.settings.link_valid;
        let mut links = Vec::with_capacity(files.len());
        for (file, number) in files.iter().zip(1..) {
            links.push(self.archive.link(&place(number), &file.name, valid).await?);
        }
        let until = (now + valid).date();
        Ok((Delivery::Linked { links, until }, vec![]))
    }
}

/// The same number for the same statement, and another one for any other.
fn document_number(customer: &Customer, period: Period, movements: &Movements) -> String {
    let mut sha = Sha256::new();
    let mut add = |part: &str| {
        sha.update(part.len().to_le_bytes());
        sha.update(part);
    };
    add(&customer.id.0);
    add(&movements.account.iban);
    add(&format!("{} {}", period.from, period.to));
    add(&format!("{} {}", movements.opening, movements.closing));
    for row in &movements.rows {
        add(&format!("{} {} {}", row.date, row.amount, row.text));
    }
    let digest = sha.finalize();
    let hex: Vec<String> = digest[..6]
        .iter()
        .map(|octet| format!("{octet:02X}"))
        .collect();
    format!("{}-{}", period.to.year(), hex.concat())
}

/// Names the account by its last digits alone: names of files travel far.
fn file_name(movements: &Movements, period: Period) -> String {
    let iban = &movements.account.iban;
    let last = iban.get(iban.len().saturating_sub(4)..).unwrap_or_default();
    format!("statement-{last}-{}-{}.pdf", period.from, period.to)
}
