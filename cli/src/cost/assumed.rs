//! What is assumed where the product does not say it and no bill has shown it.

/// Hours in a month, as AWS counts them.
pub const HOURS: f64 = 730.0;
/// Days in a month.
pub const DAYS: f64 = HOURS / 24.0;
/// Minutes in a month.
pub const MINUTES: f64 = HOURS * 60.0;
/// Bytes in a GB, as it is billed.
pub const GB: f64 = 1e9;

macro_rules! assumed {
    ($($id:ident: $type:ty = $value:literal, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $id: $type = $value;
        )*
        /// Every assumption that no option changes: what it means, and the number.
        pub const ASSUMED: &[(&str, &str)] = &[$(($meaning, stringify!($value))),*];
    };
}

// Of the open requests AWS says five for standard queues, and fewer in quiet times where no maximum
// concurrency is set, as it is here. It says nothing for FIFO queues. Source:
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
assumed! {
    OPEN_POLLS: f64 = 5.0, "requests for messages that Lambda has open at each queue, whether any come or not";
    LONG_POLL: f64 = 20.0, "seconds after which such a request ends without a message";
    REQUESTS_A_MESSAGE: f64 = 3.0, "SQS requests a message: sent, received, deleted";
    PUSHES: f64 = 2.0, "pushes a mail: it comes into the inbox, and it leaves it";
    PUSH_BYTES: f64 = 2_000.0, "bytes that Pub/Sub bills for a push at the least, taken in and sent on";
    COLD_STARTS_AN_HOUR: f64 = 2.0, "cold starts an hour of a function that is in use";
    COLD_START: f64 = 0.6, "seconds that a cold start takes and Lambda bills";
    LOG_ALWAYS: f64 = 1_500.0, "bytes in the log an invocation: Lambda's own lines, and metrics";
    LOG_A_MAIL: f64 = 5_000.0, "bytes of info lines a mail that is triaged or handled";
    LOG_AN_EVENT: f64 = 600.0, "bytes of info lines of a push or of what a schedule does";
    DEBUG_LINES: f64 = 2.0, "how many times as much is logged at the level debug as at info";
    LOG_PACKED: f64 = 0.15, "the share that is left of log lines once they are packed";
    SERIES_ALWAYS: f64 = 6.0, "series of metrics that are told all the time (METRICS.md)";
    SERIES_AT_MOST: f64 = 100.0, "series that there are at the most (METRICS.md)";
    SERIES_A_MAIL: f64 = 14.0, "series that a mail makes to be billed for one hour";
    SERIES_BY_MODEL: f64 = 6.0, "series by model, told until midnight once a mail has come, which is half a day";
    FILES: f64 = 1.5, "files of a statement, one an account";
    FILE_BYTES: f64 = 100_000.0, "bytes of such a file, which is deleted after a day";
    BUCKET: f64 = 0.3, "GB of documents, and of packages for deploying";
    SENT_A_MAIL: f64 = 200_000.0, "bytes sent for a mail that is triaged or handled, with what hangs on it";
    SENT_AN_EVENT: f64 = 20_000.0, "bytes sent by a push or by what a schedule does";
    QUESTION_TOKENS: u32 = 150, "tokens of a question that is embedded";
    DOCUMENT_TOKENS: u32 = 2_000, "tokens of a document that is embedded";
    SUMMARIES: f64 = 0.05, "the share of mails on whose tickets older turns are put in short";
    SUMMARY_READ: u32 = 2_000, "tokens that putting them in short reads";
    SUMMARY_WRITTEN: u32 = 200, "tokens that it writes";
    ASLEEP_AFTER: f64 = 5.0, "minutes after which Neon sends a database to sleep that nobody asks";
    CU: f64 = 0.25, "compute units of a database that is awake";
    CU_SECONDS_A_MAIL: f64 = 0.5, "seconds of one compute unit more that a mail takes";
    LEDGER_A_MAIL: f64 = 12_000.0, "bytes that a mail leaves in the ledger, indexes included";
    LEDGER_EMPTY: f64 = 0.05, "GB of a ledger without mails";
}
