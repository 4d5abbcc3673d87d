//! Looking. Each thing gets a few seconds, and none stops the others.

use std::collections::HashMap;
use std::time::Duration as Time;

use knowledge_qdrant::Qdrant;
use lambda_kit::within;
use mailbox_gmail::{Gmail, GmailSettings, GoogleCredentials};
use model_gemini::Gemini;
use ports::{CallError, Clock, Knowledge, Ledger, Mailbox, QueueName, SystemClock};
use queue_sqs::SqsQueue;
use queue_sqs::dead::DeadLetters;
use secrecy::{ExposeSecret, SecretString};
use store_postgres::Store;
use tickets_odoo::Odoo;
use time::{Duration, OffsetDateTime};
use vault_secretsmanager::Vault;

use super::needs::Needs;
use super::{Check, State};

/// How long one thing may take.
const LONGEST: Time = Time::from_secs(10);
/// A watch that lapses sooner was not renewed for days.
const WATCH_LEFT: Duration = Duration::days(2);
/// History is read each five minutes.
const CURSOR_AGE: Duration = Duration::minutes(30);
/// How far clocks may be apart: tokens are made for a minute that is.
const SKEW: Duration = Duration::minutes(1);

/// Looks at everything that is needed.
pub async fn at(needs: &Needs) -> Vec<Check> {
    let vault = Vault::connect().await;
    let secrets = Secrets::read(&vault, needs).await;
    let mut checks = secrets.checks.clone();
    checks.extend(ledger(needs, secrets.get("database")).await);
    checks.push(gmail(needs, secrets.get("google")).await);
    checks.extend(odoo(needs, secrets.get("odoo")).await);
    checks.push(gemini(needs, secrets.get("gemini")).await);
    checks.push(qdrant(needs, secrets.get("qdrant")).await);
    checks.extend(queues(needs).await);
    checks.extend(dead_letters(&needs.stack).await);
    checks
}

struct Secrets {
    checks: Vec<Check>,
    values: HashMap<&'static str, SecretString>,
}

impl Secrets {
    async fn read(vault: &Vault, needs: &Needs) -> Self {
        let all = [
            ("database", &needs.database),
            ("google", &needs.google),
            ("odoo", &needs.odoo_key),
            ("gemini", &needs.gemini_key),
            ("qdrant", &needs.qdrant_key),
            ("slack", &needs.slack),
        ];
        let (mut checks, mut values) = (vec![], HashMap::new());
        for (kind, name) in all {
            let what = format!("secret {kind}");
            let read = tokio::time::timeout(LONGEST, vault.secret(name)).await;
            let value = match read {
                Err(_) => Err("Secrets Manager does not answer".to_owned()),
                Ok(Err(error)) => Err(error.to_string()),
                Ok(Ok(value)) => shaped(kind, name, &value).map(|()| value),
            };
            match value {
                Ok(value) => {
                    checks.push(Check::of(what, State::Ok, format!("{name} has a value")));
                    values.insert(kind, value);
                }
                Err(why) => checks.push(Check::of(what, State::Bad, why)),
            }
        }
        Self { checks, values }
    }

    fn get(&self, kind: &str) -> Option<&SecretString> {
        self.values.get(kind)
    }
}

/// Whether a secret holds what it should, as far as its form tells. The reason never repeats it.
fn shaped(kind: &str, name: &str, value: &SecretString) -> Result<(), String> {
    let bad = |why: String| format!("{why}: put another value into {name}");
    match kind {
        "database" => Store::new(value).map(drop).map_err(|e| bad(e.to_string())),
        "google" => {
            let read = GoogleCredentials::from_json(value);
            read.map(drop).map_err(|error| bad(error.to_string()))
        }
        "slack" if !resilience::is_protected(value.expose_secret().trim()) => {
            Err(bad("it is no https address of a webhook".to_owned()))
        }
        _ => Ok(()),
    }
}

/// The answer of a call within its time, or what is wrong in words.
async fn asked<T>(call: impl Future<Output = Result<T, CallError>>) -> Result<T, String> {
    let (answer, _) = within(LONGEST, tokio::time::timeout(LONGEST, call)).await;
    match answer {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", LONGEST.as_secs())),
    }
}

fn unknown(what: &str) -> Check {
    Check::of(what, State::NotLookedAt, "its secret is bad")
}

async fn ledger(needs: &Needs, secret: Option<&SecretString>) -> Vec<Check> {
    let Some(store) = secret.and_then(|url| Store::new(url).ok()) else {
        return vec![unknown("ledger"), unknown("watch"), unknown("cursor")];
    };
    let now = SystemClock.now();
    let clock = match asked(store.clock()).await {
        Ok(theirs) if (theirs - now).abs() > SKEW => Check::of(
            "clock",
            State::Bad,
            format!(
                "this machine's clock and the ledger's are {} s apart: Google refuses tokens of a wrong time; set the \
                 clock",
                (theirs - now).abs().whole_seconds()
            ),
        ),
        Ok(_) => Check::of("clock", State::Ok, "this machine and the ledger agree"),
        Err(why) => return vec![Check::of("ledger", State::Bad, why)],
    };
    let tables = match asked(store.missing_migrations()).await {
        Ok(missing) if missing.is_empty() => {
            Check::of("ledger", State::Ok, "its tables are up to date")
        }
        Ok(missing) => Check::of(
            "ledger",
            State::Bad,
            format!("{} not applied: run `helpdesk migrate`", missing.join(", ")),
        ),
        Err(why) => return vec![clock, Check::of("ledger", State::Bad, why)],
    };
    let mut checks = vec![clock, tables];
    match asked(store.mailbox(&needs.address)).await {
        Ok(mailbox) => {
            checks.push(watch(mailbox.watch_expires, now));
            checks.push(cursor(mailbox.synced_at, now));
        }
        Err(why) => checks.push(Check::of("watch", State::Bad, why)),
    }
    checks
}

fn watch(expires: Option<OffsetDateTime>, now: OffsetDateTime) -> Check {
    let renew = "invoke STACK-renew_watch (docs/RUNBOOK.md#watch-lapses)";
    let (state, says) = match expires {
        None => (
            State::Bad,
            format!("Gmail was never asked to tell of mails: {renew}"),
        ),
        Some(expires) if expires <= now => (
            State::Bad,
            format!("it lapsed at {expires}, mails come late: {renew}"),
        ),
        Some(expires) if expires - now < WATCH_LEFT => (
            State::Warning,
            format!("it lapses at {expires} and was not renewed: {renew}"),
        ),
        Some(expires) => (State::Ok, format!("holds until {expires}")),
    };
    Check::of("watch", state, says)
}

fn cursor(synced: Option<OffsetDateTime>, now: OffsetDateTime) -> Check {
    let (state, says) = match synced {
        None => (
            State::Bad,
            "history was never read: look at the log of ingest".to_owned(),
        ),
        Some(synced) if now - synced > CURSOR_AGE => (
            State::Bad,
            format!("history was last read at {synced}: look at the log of ingest"),
        ),
        Some(synced) => (State::Ok, format!("history was read at {synced}")),
    };
    Check::of("cursor", state, says)
}

async fn gmail(needs: &Needs, secret: Option<&SecretString>) -> Check {
    let Some(google) = secret.and_then(|json| GoogleCredentials::from_json(json).ok()) else {
        return unknown("gmail");
    };
    let settings = GmailSettings::new(needs.address.clone(), needs.gmail_base_url.clone(), google);
    match asked(Gmail::connect(settings).now_at()).await {
        Ok(_) => Check::of("gmail", State::Ok, format!("{} can be read", needs.address)),
        Err(why) => Check::of("gmail", State::Bad, why),
    }
}

async fn odoo(needs: &Needs, secret: Option<&SecretString>) -> Vec<Check> {
    let Some(key) = secret else {
        return vec![unknown("odoo")];
    };
    let odoo = Odoo::new(needs.odoo.clone(), key.clone());
    let (looked, _) = within(LONGEST, tokio::time::timeout(LONGEST, odoo.doctor())).await;
    let Ok(looked) = looked else {
        return vec![Check::of(
            "odoo",
            State::Bad,
            "no answer: is ODOO_URL right?",
        )];
    };
    let checks = looked.into_iter().map(|check| {
        let state = if check.ok { State::Ok } else { State::Bad };
        Check::of(format!("odoo {}", check.what), state, check.says)
    });
    checks.collect()
}

async fn gemini(needs: &Needs, secret: Option<&SecretString>) -> Check {
    let Some(key) = secret else {
        return unknown("gemini");
    };
    let gemini = Gemini::new(needs.gemini.clone(), key.clone());
    let models = format!(
        "{}, {}",
        needs.gemini.classify_model, needs.gemini.answer_model
    );
    match asked(gemini.answers()).await {
        Ok(()) => Check::of("gemini", State::Ok, models),
        Err(why) => Check::of("gemini", State::Bad, why),
    }
}

async fn qdrant(needs: &Needs, secret: Option<&SecretString>) -> Check {
    let Some(key) = secret else {
        return unknown("qdrant");
    };
    let serving = async {
        let qdrant = Qdrant::connect(needs.qdrant.clone(), Some(key.clone()))?;
        qdrant.serving().await
    };
    match asked(serving).await {
        Ok(Some(space)) => Check::of(
            "qdrant",
            State::Ok,
            format!("answers are drawn from {space}"),
        ),
        Ok(None) => Check::of(
            "qdrant",
            State::Bad,
            format!(
                "no collection stands behind the alias {}: upload documents (`helpdesk knowledge sync`), or restore \
                 them (`helpdesk backup restore`)",
                needs.qdrant.collection
            ),
        ),
        Err(why) => Check::of("qdrant", State::Bad, why),
    }
}

async fn queues(needs: &Needs) -> Vec<Check> {
    let mut checks = vec![];
    for queue in QueueName::ALL {
        let what = format!("queue {}", queue.as_str());
        let Some(url) = needs.queues.get(&queue).filter(|url| !url.is_empty()) else {
            checks.push(Check::of(what, State::NotLookedAt, "its setting is bad"));
            continue;
        };
        let only = SqsQueue::connect(HashMap::from([(queue, url.clone())])).await;
        checks.push(match asked(only.are_there()).await {
            Ok(()) => Check::of(what, State::Ok, "is there"),
            Err(why) => {
                let says = format!("{why}: deploy the template again, which makes it");
                Check::of(what, State::Bad, says)
            }
        });
    }
    checks
}

/// Letters that lie there wait for a person. They are counted, and hidden from nobody.
async fn dead_letters(stack: &str) -> Vec<Check> {
    let letters = match asked(Box::pin(DeadLetters::of_stack(stack))).await {
        Ok(letters) => letters,
        Err(why) => return vec![Check::of("dead letters", State::Bad, why)],
    };
    let mut checks = vec![];
    for queue in QueueName::ALL {
        let (name, command) = match queue {
            QueueName::Errors => ("unreadable mails".to_owned(), "helpdesk errors list"),
            queue => (
                format!("dead letters {}", queue.as_str()),
                "helpdesk dlq list",
            ),
        };
        checks.push(match asked(letters.count(queue)).await {
            Ok((0, 0)) => Check::of(name, State::Ok, "none"),
            Ok((free, hidden)) => {
                let says = format!("{}: `{command}`", free + hidden);
                Check::of(name, State::Warning, says)
            }
            Err(why) => Check::of(name, State::Bad, why),
        });
    }
    checks
}
