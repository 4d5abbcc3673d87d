//! What a desk has to do in a month: what an operator can say of it, and what is assumed.

use clap::Args;
use time::Date;

use super::stack;

/// What comes in, and how it is worked.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "What is set")]
pub struct Load {
    /// Minutes between two polls (`PollSchedule`)
    #[arg(long, value_name = "MINUTES", default_value_t = stack::INTERVAL, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub poll: u32,
    /// Minutes between two sweeps (`SweepSchedule`)
    #[arg(long, value_name = "MINUTES", default_value_t = stack::INTERVAL, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub sweep: u32,
    /// The least important lines that are logged (`LogLevel`)
    #[arg(long, value_name = "LEVEL", default_value = "info", value_parser = ["error", "warn", "info", "debug"])]
    pub log_level: String,
    /// For how many days they are kept (`LogRetentionDays`)
    #[arg(long, value_name = "DAYS", default_value_t = stack::LOG_DAYS)]
    pub log_days: u32,
    /// Documents in the knowledge base, each embedded once a month
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    pub documents: u32,
    /// What the cluster at Qdrant Cloud costs a month, by its calculator
    #[arg(long, value_name = "USD", default_value_t = 30.0, value_parser = amount)]
    pub qdrant: f64,
    /// For how many months the ledger has been filling
    #[arg(long, value_name = "MONTHS", default_value_t = 12)]
    pub months: u32,
    #[command(flatten)]
    pub shares: Shares,
    #[command(flatten)]
    pub work: Work,
    #[command(flatten)]
    pub models: Models,
}

/// What kinds of mail come in. What is left of 1 goes to people: `fallback_human`.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "What comes in")]
pub struct Shares {
    /// Share of mails that machines wrote, which are left alone
    #[arg(long, value_name = "SHARE", default_value_t = 0.10, value_parser = share)]
    pub automatic: f64,
    /// Of the others: share that asks for a statement
    #[arg(long, value_name = "SHARE", default_value_t = 0.15, value_parser = share)]
    pub statements: f64,
    /// Share that asks for a new password
    #[arg(long, value_name = "SHARE", default_value_t = 0.10, value_parser = share)]
    pub passwords: f64,
    /// Share that asks a question
    #[arg(long, value_name = "SHARE", default_value_t = 0.50, value_parser = share)]
    pub questions: f64,
    /// Share that is urgent
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    pub urgent: f64,
    /// Of statements, passwords and questions: share that a person gets after all
    #[arg(long, value_name = "SHARE", default_value_t = 0.25, value_parser = share)]
    pub passed_on: f64,
}

/// How long functions work, in seconds an event. Most of it is waiting for others.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "How long it takes")]
pub struct Work {
    /// Seconds of triage a mail
    #[arg(long = "triage-takes", value_name = "SECONDS", default_value_t = 3.0, value_parser = amount)]
    pub triage: f64,
    /// Seconds of answering a question
    #[arg(long = "answer-takes", value_name = "SECONDS", default_value_t = 8.0, value_parser = amount)]
    pub answer: f64,
    /// Seconds of any other handler a mail
    #[arg(long = "handler-takes", value_name = "SECONDS", default_value_t = 3.0, value_parser = amount)]
    pub handler: f64,
    /// Seconds of a push, or of what a schedule does
    #[arg(long = "round-takes", value_name = "SECONDS", default_value_t = 1.0, value_parser = amount)]
    pub round: f64,
}

/// Which models, and how much they read and write. Thinking counts as written.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Models")]
pub struct Models {
    /// The model that classifies
    #[arg(
        long,
        value_name = "MODEL",
        env = "GEMINI_CLASSIFY_MODEL",
        hide_env_values = true,
        default_value = "gemini-3.5-flash-lite"
    )]
    pub classify_model: String,
    /// The model that answers
    #[arg(
        long,
        value_name = "MODEL",
        env = "GEMINI_ANSWER_MODEL",
        hide_env_values = true,
        default_value = "gemini-3.8-flash"
    )]
    pub answer_model: String,
    /// The model that embeds
    #[arg(
        long,
        value_name = "MODEL",
        env = "GEMINI_EMBED_MODEL",
        hide_env_values = true,
        default_value = "gemini-embedding-2"
    )]
    pub embed_model: String,
    /// Tokens that one classification reads and writes
    #[arg(long, value_name = "IN+OUT", default_value = "900+150", value_parser = tokens)]
    pub classify_tokens: Tokens,
    /// Tokens that one answer reads and writes
    #[arg(long, value_name = "IN+OUT", default_value = "2500+600", value_parser = tokens)]
    pub answer_tokens: Tokens,
    /// The day whose model prices count; today without it
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub on: Option<Date>,
}

/// What one call of a model reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    pub read: u32,
    pub written: u32,
}

/// Mails of a month, by what becomes of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mails {
    /// All that come in.
    pub all: f64,
    /// Those that are worked: each gets a draft, which a person sends.
    pub worked: f64,
    pub statements: f64,
    pub passwords: f64,
    pub questions: f64,
    /// Those that a person is called for: urgent, for people, and passed on.
    pub people: f64,
    /// Those of them that a handler passed on.
    pub passed_on: f64,
}

impl Shares {
    /// Refuses shares that are more than the whole.
    pub fn check(&self) -> anyhow::Result<()> {
        let sum = self.statements + self.passwords + self.questions + self.urgent;
        anyhow::ensure!(
            sum <= 1.0 + 1e-9,
            "--statements {}, --passwords {}, --questions {} and --urgent {} come to {sum:.2}, which is more than 1: \
             they are shares of the same mails, and what they leave goes to people",
            self.statements,
            self.passwords,
            self.questions,
            self.urgent
        );
        Ok(())
    }

    /// So many mails, by what becomes of them.
    pub fn of(&self, all: f64) -> Mails {
        let worked = all * (1.0 - self.automatic);
        let statements = worked * self.statements;
        let passwords = worked * self.passwords;
        let questions = worked * self.questions;
        let to_handlers = statements + passwords + questions;
        let passed_on = to_handlers * self.passed_on;
        Mails {
            all,
            worked,
            statements,
            passwords,
            questions,
            people: worked - to_handlers + passed_on,
            passed_on,
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    if (0.0..=1.0).contains(&number) {
        return Ok(number);
    }
    Err("a share lies between 0 and 1".to_owned())
}

fn amount(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    if number.is_finite() && number >= 0.0 {
        return Ok(number);
    }
    Err("it is less than nothing, or no end of it".to_owned())
}

fn tokens(text: &str) -> Result<Tokens, String> {
    let parts = text.split_once('+');
    let parsed = parts.and_then(|(read, written)| {
        Some(Tokens {
            read: read.parse().ok()?,
            written: written.parse().ok()?,
        })
    });
    parsed.ok_or_else(|| "write tokens as 900+150: read, and written".to_owned())
}

fn day(text: &str) -> Result<Date, String> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    Date::parse(text, format).map_err(|_| "write a day as 2026-11-24".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares() -> Shares {
        Shares {
            automatic: 0.1,
            statements: 0.2,
            passwords: 0.1,
            questions: 0.4,
            urgent: 0.1,
            passed_on: 0.25,
        }
    }

    #[test]
    fn every_worked_mail_goes_to_a_handler_or_to_a_person() {
        let mails = shares().of(1000.0);
        let to_handlers = mails.statements + mails.passwords + mails.questions;
        let straight_to_people = mails.people - mails.passed_on;
        assert!((to_handlers + straight_to_people - mails.worked).abs() < 1e-6);
        assert!((mails.worked - 900.0).abs() < 1e-6);
    }

    #[test]
    fn shares_that_are_more_than_the_whole_are_refused_by_name() {
        let mut shares = shares();
        assert!(shares.check().is_ok());
        shares.questions = 0.9;
        let refused = shares.check().unwrap_err().to_string();
        assert!(refused.contains("--questions 0.9"), "{refused}");
        assert!(refused.contains("1.30"), "{refused}");
    }

    #[test]
    fn a_share_is_a_number_between_nothing_and_all() {
        assert_eq!(share("0.25"), Ok(0.25));
        for bad in ["-0.1", "1.1", "NaN", "a third"] {
            assert!(share(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tokens_are_written_as_they_are_told_in_a_mails_story() {
        let tokens_of = Tokens {
            read: 796,
            written: 99,
        };
        assert_eq!(tokens("796+99"), Ok(tokens_of));
        assert!(tokens("796").is_err());
    }
}
