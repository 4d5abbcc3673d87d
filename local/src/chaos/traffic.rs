//! The mails of a run, drawn from its seed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use domain::MailKey;
use serde::Serialize;
use tempfile::TempDir;
use testkit::storm::Chance;
use tokio_postgres::{Client, NoTls};

use super::{Came, Plan};
use crate::postgres::Postgres;
use crate::world::{ADDRESS, World};

/// What the customers of a run have as their password before it, and its bcrypt hash.
const OLD_PASSWORD: &str = "Marmalade-Kite41";
const OLD_HASH: &str = "$2b$12$F65iwZJWQ9TloapD.w2fzevunnZUnd6sfVFpcMSuL.vab7G0Rx7Wu";

/// What a mail asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something that the documents answer.
    Question,
    /// A second mail in the thread of an earlier one.
    FollowUp,
    /// A statement, by a proven customer.
    Statement,
    /// Another password, by a proven customer.
    Password,
    /// A person, at once.
    Urgent,
    /// Nothing: a machine wrote it.
    Automatic,
    /// It cannot be read.
    Malformed,
}

/// The mails to come.
pub struct Traffic {
    chance: Chance,
    number: usize,
    /// Earlier questions, by the Message-ID and the sender.
    threads: Vec<(String, String)>,
    mails: usize,
    /// The world's own database, in which changes are counted.
    database: Option<String>,
}

/// Lets the database itself count how often each password changes.
const COUNTING: &str = "
    create table chaos_changes (number text not null);
    create function chaos_counts() returns trigger language plpgsql as $$
    begin
        insert into public.chaos_changes values (new.number);
        return new;
    end $$;
    create trigger chaos_counts after update of password_hash on bank.customers for each row
        when (old.password_hash is distinct from new.password_hash)
        execute function public.chaos_counts();";

impl Traffic {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            chance: Chance::seeded(plan.seed),
            number: 0,
            threads: vec![],
            mails: plan.mails,
            database: None,
        }
    }

    /// Makes a customer for each mail that may come, with an account, and lets the database count changes
    /// of passwords.
    pub(super) async fn prepare(&mut self, world: &World) -> anyhow::Result<()> {
        let folder = TempDir::with_prefix("automailhelpdesk-chaos-")?;
        let mut customers = "number,address,name,language,password_hash\n".to_owned();
        let mut accounts = "iban,customer,currency,name,opened_on,opening\n".to_owned();
        for number in 0..self.mails {
            let customer = customer(number);
            writeln!(
                customers,
                "{customer},{},Customer {number},en,{OLD_HASH}",
                address(number)
            )?;
            writeln!(
                accounts,
                "{},{customer},GBP,Current account,2024-02-01,100.00",
                iban(number)
            )?;
        }
        std::fs::write(folder.path().join("customers.csv"), customers)?;
        std::fs::write(folder.path().join("accounts.csv"), accounts)?;
        let transactions = "iban,reference,booked_on,text,amount,balance\n";
        std::fs::write(folder.path().join("transactions.csv"), transactions)?;
        let rows = store_postgres::read_csv(folder.path())?;
        world.ledger.import(&rows).await?;
        self.database = world.postgres.as_ref().map(Postgres::url);
        if let Some(client) = self.connected().await? {
            client.batch_execute(COUNTING).await?;
        }
        Ok(())
    }

    /// A connection to the world's own database, where it has one.
    async fn connected(&self) -> anyhow::Result<Option<Client>> {
        let Some(url) = &self.database else {
            return Ok(None);
        };
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(Some(client))
    }

    /// How often each customer's password changed, by the database's own count. Nothing where the
    /// database is not the world's own.
    pub(super) async fn changes(&self) -> anyhow::Result<Option<BTreeMap<String, usize>>> {
        let Some(client) = self.connected().await? else {
            return Ok(None);
        };
        let mut changes = BTreeMap::new();
        for row in client
            .query("select number from chaos_changes", &[])
            .await?
        {
            *changes.entry(row.try_get(0)?).or_default() += 1;
        }
        Ok(Some(changes))
    }

    /// How old mails were at their end, in seconds, the youngest first.
    pub(super) async fn ages(&self) -> anyhow::Result<Vec<f64>> {
        let Some(client) = self.connected().await? else {
            return Ok(vec![]);
        };
        let ages = "select extract(epoch from changed_at - seen_at)::float8 as age
                      from helpdesk.mails order by age";
        let rows = client.query(ages, &[]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The next mail comes.
    pub(super) fn delivers(&mut self, world: &World) -> Came {
        let number = self.number;
        self.number += 1;
        let kind = match self.chance.below(100) {
            0..50 => Kind::Question,
            50..60 if !self.threads.is_empty() => Kind::FollowUp,
            50..72 => Kind::Statement,
            72..82 => Kind::Password,
            82..90 => Kind::Urgent,
            90..97 => Kind::Automatic,
            _ => Kind::Malformed,
        };
        let raw = self.raw(kind, number);
        let (_, key): (_, MailKey) = world.deliver(raw.as_bytes());
        Came {
            key,
            kind,
            customer: (kind == Kind::Password).then(|| customer(number)),
            at: Instant::now(),
        }
    }

    fn raw(&mut self, kind: Kind, number: usize) -> String {
        let from = address(number);
        let id = format!("chaos{number}@customer.test");
        let proof =
            "Authentication-Results: mx.google.com; dmarc=pass header.from=customer.test\r\n";
        let mail = |headers: &str, from: &str, subject: &str, text: &str| {
            format!(
                "{headers}From: Customer {number} <{from}>\r\nTo: {ADDRESS}\r\nSubject: {subject}\r\n\
                 Message-ID: <{id}>\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n{text}\r\n"
            )
        };
        match kind {
            Kind::Question => {
                self.threads.push((id.clone(), from.clone()));
                mail(
                    "",
                    &from,
                    &format!("Replacement card {number}"),
                    "How much does a replacement card cost, please?",
                )
            }
            Kind::FollowUp => {
                let at = self.chance.below(self.threads.len() as u64);
                let (first, from) = &self.threads[usize::try_from(at).unwrap_or_default()];
                let headers = format!("In-Reply-To: <{first}>\r\nReferences: <{first}>\r\n");
                let text = "And how long does it take until the replacement card is here?";
                mail(&headers, from, "Re: Replacement card", text)
            }
            Kind::Statement => mail(
                proof,
                &from,
                &format!("Statement {number}"),
                "Please send me the account statements of the last three months as a PDF.",
            ),
            Kind::Password => mail(
                proof,
                &from,
                &format!("Password {number}"),
                &format!(
                    "Please change my password.\r\nOld password: {OLD_PASSWORD}\r\n\
                     New password: Copper-Lantern{number}x"
                ),
            ),
            Kind::Urgent => mail(
                "",
                &from,
                &format!("Stolen card {number}"),
                "My card was stolen an hour ago and somebody is paying with it. Block it at once!",
            ),
            Kind::Automatic => mail(
                "Auto-Submitted: auto-replied\r\n",
                &from,
                "Out of office",
                "I am away until Monday.",
            ),
            Kind::Malformed => format!("Subject: nobody {number}\r\n\r\n"),
        }
    }
}

fn customer(number: usize) -> String {
    format!("chaos-{number}")
}

fn address(number: usize) -> String {
    format!("c{number}@customer.test")
}

/// An invented IBAN with right check digits (ISO 13616: the number modulo 97 is 1).
fn iban(number: usize) -> String {
    let account = format!("LOCL{number:014}");
    let text = format!("{account}GB00");
    let digits = text.chars().filter_map(|c| c.to_digit(36));
    let rest = digits.fold(0, |rest, digit| {
        (rest * if digit > 9 { 100 } else { 10 } + digit) % 97
    });
    format!("GB{:02}{account}", 98 - rest)
}
