//! How much of everything a month uses.

use super::assumed::{
    ASLEEP_AFTER, BUCKET, COLD_START, COLD_STARTS_AN_HOUR, CU, CU_SECONDS_A_MAIL, DAYS,
    DEBUG_LINES, FILE_BYTES, FILES, GB, HOURS, LEDGER_A_MAIL, LEDGER_EMPTY, LOG_A_MAIL, LOG_ALWAYS,
    LOG_AN_EVENT, LONG_POLL, MINUTES, OPEN_POLLS, PUSHES, REQUESTS_A_MESSAGE, SENT_A_MAIL,
    SENT_AN_EVENT, SERIES_A_MAIL, SERIES_ALWAYS, SERIES_AT_MOST, SERIES_BY_MODEL,
};
use super::load::{Load, Mails};
use super::stack::{self, Function};

/// A month of a desk.
pub struct Usage<'a> {
    load: &'a Load,
    pub mails: Mails,
    runs: Vec<Run>,
}

/// What one function does in a month.
struct Run {
    function: Function,
    times: f64,
    /// Seconds each time.
    takes: f64,
    /// Whether it is work on a mail.
    works_mail: bool,
}

impl Run {
    fn cold_starts(&self) -> f64 {
        self.times.min(COLD_STARTS_AN_HOUR * HOURS)
    }

    fn gb_seconds(&self) -> f64 {
        let seconds = self.times * self.takes + self.cold_starts() * COLD_START;
        seconds * f64::from(self.function.memory) / 1024.0
    }

    fn log_bytes(&self, level: &str) -> f64 {
        let told = if self.works_mail {
            LOG_A_MAIL
        } else {
            LOG_AN_EVENT
        };
        let told = match level {
            "debug" => told * DEBUG_LINES,
            "info" => told,
            _ => 0.0,
        };
        self.times * (LOG_ALWAYS + told)
    }
}

impl<'a> Usage<'a> {
    /// A month in which so many mails come in.
    pub fn of(load: &'a Load, mails: f64) -> Self {
        let mails = load.shares.of(mails);
        Self {
            load,
            mails,
            runs: runs(load, &mails),
        }
    }

    fn sum(&self, of: impl Fn(&Run) -> f64) -> f64 {
        self.runs.iter().map(of).sum()
    }

    pub fn invocations(&self) -> f64 {
        self.sum(|run| run.times)
    }

    pub fn gb_seconds(&self) -> f64 {
        self.sum(Run::gb_seconds)
    }

    pub fn pushes(&self) -> f64 {
        pushes(&self.mails)
    }

    pub fn schedules(&self) -> f64 {
        polls(self.load) + sweeps(self.load) + f64::from(stack::DAILY) * DAYS
    }

    /// Requests that find nothing, and those for messages. A mail is a message for triage and one for its
    /// handler; what is passed on is one more, and so is what a person sent.
    pub fn queue_requests(&self) -> f64 {
        let empty = f64::from(stack::SOURCES) * OPEN_POLLS * HOURS * 3600.0 / LONG_POLL;
        let mails = &self.mails;
        let messages = triaged(mails) + mails.worked + mails.passed_on;
        empty + messages * REQUESTS_A_MESSAGE
    }

    fn files(&self) -> f64 {
        self.mails.statements * FILES
    }

    /// Statements, and a list of the documents a day.
    pub fn writes(&self) -> f64 {
        self.files() + DAYS
    }

    /// All documents, once a day.
    pub fn reads(&self) -> f64 {
        f64::from(self.load.documents) * DAYS
    }

    pub fn bucket(&self) -> f64 {
        BUCKET + self.files() * FILE_BYTES / DAYS / GB
    }

    /// In GB.
    pub fn logs(&self) -> f64 {
        self.sum(|run| run.log_bytes(&self.load.log_level)) / GB
    }

    /// GB that lie there at a time.
    pub fn logs_kept(&self) -> f64 {
        self.logs() * f64::from(self.load.log_days) / DAYS
    }

    /// `CloudWatch` bills a series by the hours in which it is told.
    pub fn series(&self) -> f64 {
        let starts = self.runs.iter().filter(|run| run.times > 0.0);
        let starting: f64 = starts.map(|run| run.cold_starts().min(HOURS) / HOURS).sum();
        let by_mails = self.mails.all * SERIES_A_MAIL / HOURS;
        let by_models = self.mails.all.min(DAYS) / DAYS * SERIES_BY_MODEL / 2.0;
        (SERIES_ALWAYS + starting + by_mails + by_models).min(SERIES_AT_MOST)
    }

    pub fn secret_reads(&self) -> f64 {
        self.sum(|run| run.cold_starts() * f64::from(run.function.secrets))
    }

    /// In GB.
    pub fn transfer(&self) -> f64 {
        let sent = |run: &Run| {
            run.times
                * if run.works_mail {
                    SENT_A_MAIL
                } else {
                    SENT_AN_EVENT
                }
        };
        self.sum(sent) / GB
    }

    /// Whatever asks the database keeps it awake for some minutes. Schedules go off at different times;
    /// pushes come at any time, so that it sleeps only where none came for so long.
    pub fn compute_hours(&self) -> f64 {
        let scheduled = (self.schedules() * ASLEEP_AFTER / MINUTES).min(1.0);
        let without_push = (-self.pushes() * ASLEEP_AFTER / MINUTES).exp();
        let awake = HOURS * (1.0 - (1.0 - scheduled) * without_push);
        awake * CU + self.mails.all * CU_SECONDS_A_MAIL / 3600.0
    }

    /// In GB.
    pub fn ledger(&self) -> f64 {
        let mails = self.mails.all * f64::from(self.load.months);
        LEDGER_EMPTY + mails * LEDGER_A_MAIL / GB
    }
}

fn polls(load: &Load) -> f64 {
    MINUTES / f64::from(load.poll)
}

fn sweeps(load: &Load) -> f64 {
    MINUTES / f64::from(load.sweep)
}

fn pushes(mails: &Mails) -> f64 {
    mails.all * PUSHES
}

/// What a person sent comes back to triage, too.
fn triaged(mails: &Mails) -> f64 {
    mails.all + mails.worked
}

/// Batches hold one mail each: more in one would cost less.
fn runs(load: &Load, mails: &Mails) -> Vec<Run> {
    let work = &load.work;
    let on_mail = |function, times, takes| Run {
        function,
        times,
        takes,
        works_mail: true,
    };
    let round = |function, times| Run {
        function,
        times,
        takes: work.round,
        works_mail: false,
    };
    vec![
        round(stack::INGEST, pushes(mails) + polls(load)),
        on_mail(stack::TRIAGE, triaged(mails), work.triage),
        on_mail(stack::BANK_STATEMENT, mails.statements, work.handler),
        on_mail(stack::PASSWORD_UPDATE, mails.passwords, work.handler),
        on_mail(stack::GENERAL_QUERY, mails.questions, work.answer),
        on_mail(stack::HUMAN_HANDOFF, mails.people, work.handler),
        round(stack::INDEX_KNOWLEDGE, DAYS + f64::from(load.documents)),
        round(stack::RENEW_WATCH, DAYS),
        round(stack::SWEEP, sweeps(load)),
        round(stack::BACKUP, DAYS),
        // As often as somebody asks, which nothing here does.
        round(stack::HEALTH, 0.0),
    ]
}
