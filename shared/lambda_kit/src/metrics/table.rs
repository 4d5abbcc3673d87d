//! The table of all metrics. `docs/METRICS.md` is written from it.

/// What divides a metric. Every value is one of a small closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// The name of a folder in `functions/`.
    Function,
    /// One of the five intents, or `none` before there is one.
    Intent,
    /// What became of a mail or of a draft.
    Outcome,
    /// The name of a queue.
    Queue,
    /// A service that is called.
    Service,
    /// A class of failures.
    Class,
    /// A model, as the settings name it.
    Model,
}

impl Label {
    /// The dimension's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Function => "Function",
            Self::Intent => "Intent",
            Self::Outcome => "Outcome",
            Self::Queue => "Queue",
            Self::Service => "Service",
            Self::Class => "Class",
            Self::Model => "Model",
        }
    }
}

/// A unit of `CloudWatch`
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// Seconds.
    Seconds,
    /// Dollars, for which there is no unit; and shares.
    None,
}

impl Unit {
    /// The unit's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Seconds => "Seconds",
            Self::None => "None",
        }
    }
}

/// One metric.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// By which labels it is divided, beside the stack's name: one series for each set and its values.
    pub by: &'static [&'static [Label]],
    /// What it means.
    pub meaning: &'static str,
}

macro_rules! metrics {
    ($($id:ident: $name:literal, $unit:ident, [$([$($label:ident),*]),*], $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub static $id: Metric = Metric {
                name: $name,
                unit: Unit::$unit,
                by: &[$(&[$(Label::$label),*]),*],
                meaning: $meaning,
            };
        )*
        /// Every metric there is.
        pub static METRICS: &[&Metric] = &[$(&$id),*];
    };
}

metrics! {
    MAILS_ENDED: "MailsEnded", Count, [[], [Intent, Outcome]],
        "mails that came to their end: `answered`, `handed_off`, `skipped` or `parked`";
    SECONDS_TO_DRAFT: "SecondsToDraft", Seconds, [[], [Intent]],
        "from Gmail's taking a mail in to the end of its work, of mails that got a draft";
    VISIT_FAILED: "VisitFailed", None, [[], [Function]],
        "1 for a visit that failed and 0 for one that did not, of a mail's first three and without those that wait for another mail; the average is the share that fails";
    VISIT_FAILURES: "VisitFailures", Count, [[Class]],
        "visits that failed, later ones of the same mail included";
    RETRIES: "Retries", Count, [[Service]],
        "attempts beyond the first, in calls to other services";
    COLD_STARTS: "ColdStarts", Count, [[Function]],
        "first events of a sandbox";
    HISTORY_MESSAGES: "HistoryMessages", Count, [[]],
        "messages that Gmail's history showed, without drafts, spam and trash; the same one may be shown twice";
    MAILS_ENTERED: "MailsEntered", Count, [[]],
        "messages that were new to the ledger";
    HISTORY_WITHOUT_MAIL: "HistoryWithoutMail", None, [[]],
        "1 for a sync to which history showed messages of which none was in the inbox or sent from it, 0 for one that took some; nothing where history showed none";
    MAILS_WAITING: "MailsWaiting", Count, [[], [Queue]],
        "mails that have not ended, by the queue that they are in; by the ledger";
    OLDEST_WAIT: "OldestWait", Seconds, [[], [Queue]],
        "how long the oldest of them has waited there";
    OPEN_OUTAGES: "OpenOutages", Count, [[], [Service]],
        "services that are left alone because they keep failing";
    WATCH_SECONDS_LEFT: "WatchSecondsLeft", Seconds, [[]],
        "until Gmail's watch on the mailbox lapses; 0 without one";
    DRAFTS_SETTLED: "DraftsSettled", Count, [[Outcome]],
        "drafts that a person sent as they were (`sent_as_is`) or changed (`sent_edited`), or threw away (`discarded`)";
    MODEL_COST_TODAY: "ModelCostToday", None, [[], [Model]],
        "US dollars since midnight UTC, for models that have a price";
    MODEL_TOKENS_TODAY: "ModelTokensToday", Count, [[], [Model]],
        "tokens to and from models since midnight UTC";
    BACKUP_COMPLETED: "BackupCompleted", Count, [[]],
        "backups that were made and read back; 0 for one that is not complete";
    BACKUP_OCTETS: "BackupOctets", Count, [[]],
        "how large a backup is, compressed; most hold those tickets alone that changed";
    BACKUP_SHRUNK: "BackupShrunk", None, [[]],
        "1 for a backup with less than half of the pieces, tickets or dump of the one before, else 0";
}
