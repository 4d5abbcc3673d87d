//! What was done for a mail with a model, as it is recorded and shown: runs, which make up traces.
//!
//! A trace is one mail's, whatever functions work it. Its first run stands for the mail; below it stands
//! one run for each function's work, and below those what they asked of models, searched and checked. The
//! ledger holds the record; a service that shows traces gets a copy of it.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use domain::{MailKey, TicketRef};
use time::OffsetDateTime;

use crate::CallError;

/// Which trace work belongs to, and after which of its runs (<https://www.w3.org/TR/trace-context/>).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace: String,
    span: String,
}

/// A text is no `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not of the form 00-{{32 hex digits}}-{{16 hex digits}}-{{flags}}")]
pub struct NoTraceParent;

impl TraceParent {
    /// Reads the header's value, of version 00.
    pub fn parse(text: &str) -> Result<Self, NoTraceParent> {
        let mut parts = text.split('-');
        let (version, trace, span) = (parts.next(), parts.next(), parts.next());
        let (flags, more) = (parts.next(), parts.next());
        let (Some("00"), Some(trace), Some(span), Some(flags), None) =
            (version, trace, span, flags, more)
        else {
            return Err(NoTraceParent);
        };
        let is_id = |id: &str, length| is_hex(id, length) && id.bytes().any(|octet| octet != b'0');
        if !is_id(trace, 32) || !is_id(span, 16) || !is_hex(flags, 2) {
            return Err(NoTraceParent);
        }
        Ok(Self {
            trace: trace.to_owned(),
            span: span.to_owned(),
        })
    }

    /// The trace's id, 32 hex digits.
    pub fn trace_id(&self) -> &str {
        &self.trace
    }

    /// The run that stands for the mail.
    pub fn root(&self) -> RunId {
        RunId(format!("{}{}", self.span, &self.trace[16..]))
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-01", self.trace, self.span)
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    let digit = |octet: u8| matches!(octet, b'0'..=b'9' | b'a'..=b'f');
    text.len() == length && text.bytes().all(digit)
}

/// A run's id: a UUID, whose first 16 digits are the id of its span in OpenTelemetry.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(String);

/// A text is no UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no UUID")]
pub struct NoRunId;

impl RunId {
    /// The id that these octets make: a UUID of version 8, whose content is up to who makes it
    /// (RFC 9562, section 5.8).
    pub fn from_octets(mut octets: [u8; 16]) -> Self {
        octets[6] = octets[6] & 0x0f | 0x80;
        octets[8] = octets[8] & 0x3f | 0x80;
        Self(octets.iter().map(|octet| format!("{octet:02x}")).collect())
    }

    /// Reads a UUID, with dashes or without.
    pub fn parse(text: &str) -> Result<Self, NoRunId> {
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let digits = digits.to_ascii_lowercase();
        if is_hex(&digits, 32) {
            Ok(Self(digits))
        } else {
            Err(NoRunId)
        }
    }

    /// The id of its span, 16 hex digits.
    pub fn span_id(&self) -> &str {
        &self.0[..16]
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.0;
        let (a, b, c) = (&id[..8], &id[8..12], &id[12..16]);
        write!(f, "{a}-{b}-{c}-{}-{}", &id[16..20], &id[20..])
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunId({self})")
    }
}

/// What a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// A mail, or a function's work on it.
    Chain,
    /// A model was asked for text.
    Llm,
    /// Texts were embedded.
    Embedding,
    /// The knowledge base was searched.
    Retriever,
    /// An answer was held against its sources.
    Check,
}

impl RunKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Chain,
        Self::Llm,
        Self::Embedding,
        Self::Retriever,
        Self::Check,
    ];

    /// The name in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Llm => "llm",
            Self::Embedding => "embedding",
            Self::Retriever => "retriever",
            Self::Check => "check",
        }
    }

    /// Reads the name back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What a model was told, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptUsed {
    /// Its name, such as `classify`.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// The SHA-256 of its file, in hex.
    pub sha256: String,
}

/// Which model was used, and how much of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelUse {
    /// What it was told. None: texts were embedded.
    pub prompt: Option<PromptUsed>,
    /// The model asked.
    pub asked: String,
    /// The model that answered, where the service says so.
    pub answered: Option<String>,
    /// What was sent, in tokens.
    pub tokens_in: Option<u64>,
    /// What came back, in tokens, thinking included.
    pub tokens_out: Option<u64>,
    /// What that costs in US dollars. None for a model without a price.
    pub cost_usd: Option<f64>,
    /// Why the model stopped, in its service's words.
    pub finish_reason: Option<String>,
}

/// What was said and answered, as JSON. Masked before it comes here.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// What went in.
    pub input: String,
    /// What came out.
    pub output: String,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (input, output) = (self.input.len(), self.output.len());
        write!(f, "Said({input} octets, {output} octets)")
    }
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What it is.
    pub kind: RunKind,
    /// What it is called: `classify`, `embed`, `retrieve`, `answer`, `check`, `summarise`, the mail's key
    /// or the function's queue.
    pub name: String,
    /// When it began.
    pub began_at: OffsetDateTime,
    /// How long it took, with all attempts and the waits between them.
    pub took: Duration,
    /// How often it was tried. 0: the service was left alone for now.
    pub attempts: u32,
    /// Which model, for runs of a model.
    pub model: Option<ModelUse>,
    /// The class of its failure ([`CallError::class`]) and what it was, without content.
    pub failure: Option<(String, String)>,
    /// What was said.
    pub said: Option<Said>,
}

/// A run with its place in its trace.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// The trace's id, 32 hex digits.
    pub trace: String,
    /// The run that it is part of. None for a trace's first.
    pub parent: Option<RunId>,
    /// The mail that it was done for.
    pub mail: Option<MailKey>,
    /// The ticket that the mail stands on, as far as that is known. The ledger tells it; what is kept does
    /// not need it.
    pub ticket: Option<TicketRef>,
    /// What the operator calls this way of doing it, where two are compared.
    pub variant: Option<String>,
    /// What was done.
    pub run: Run,
}

/// What a person made of an answer's draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The run that made the answer.
    pub run: RunId,
    /// Its trace.
    pub trace: String,
    /// What became of the draft.
    pub verdict: Verdict,
    /// When the ledger came to know.
    pub at: OffsetDateTime,
}

/// What became of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was sent as it was.
    SentAsIs,
    /// It was sent with other words.
    SentEdited,
    /// It was thrown away.
    Discarded,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 3] = [Self::SentAsIs, Self::SentEdited, Self::Discarded];

    /// The name, as the ledger has it of drafts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SentAsIs => "sent_as_is",
            Self::SentEdited => "sent_edited",
            Self::Discarded => "discarded",
        }
    }

    /// Reads the name back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// As a number: 1 for an answer that was right, 0.5 for one that helped, 0 for one that did not.
    pub fn score(self) -> f64 {
        match self {
            Self::SentAsIs => 1.0,
            Self::SentEdited => 0.5,
            Self::Discarded => 0.0,
        }
    }
}

/// Who is told of runs while a mail is worked. It must be quick: the work waits for it.
pub trait Journal: Send + Sync {
    /// The time, for when a run began.
    fn now(&self) -> OffsetDateTime;

    /// Takes note of a run.
    fn note(&self, run: Run);
}

/// Takes no note of anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoJournal;

impl Journal for NoJournal {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }

    fn note(&self, _: Run) {}
}

/// The record of runs.
#[async_trait]
pub trait TraceBook: Send + Sync {
    /// Records runs, and returns those that were not recorded yet. One that is stays as it is.
    async fn keep(&self, runs: &[RunRecord]) -> Result<Vec<RunId>, CallError>;

    /// These runs as they are recorded, with their tickets.
    async fn recorded(&self, ids: &[RunId]) -> Result<Vec<RunRecord>, CallError>;

    /// Runs that began within the period and were not shown yet, oldest first.
    async fn missed(
        &self,
        since: OffsetDateTime,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<RunRecord>, CallError>;

    /// Takes note that runs were shown.
    async fn shown(&self, ids: &[RunId], now: OffsetDateTime) -> Result<(), CallError>;

    /// What people made of answers whose runs began since then and were shown, and have not been told
    /// it, or not the last of it.
    async fn verdicts(&self, since: OffsetDateTime, limit: u32)
    -> Result<Vec<Feedback>, CallError>;

    /// Takes note that a verdict was told.
    async fn told(&self, run: &RunId, verdict: Verdict) -> Result<(), CallError>;

    /// Forgets what was said in runs that began before then, and returns in how many.
    async fn forget(&self, before: OffsetDateTime) -> Result<u64, CallError>;
}

/// The kinds of services that show traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// Anything that takes OTLP, such as a collector.
    Otlp,
    /// `LangSmith`.
    LangSmith,
    /// Langfuse.
    Langfuse,
    /// Phoenix.
    Phoenix,
}

/// Where traces are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkAt {
    /// What is there.
    pub viewer: Viewer,
    /// Its address, without the path that OTLP has there.
    pub url: String,
    /// How long one call may take.
    pub limit: Duration,
}

/// A service that shows traces. Both calls may be repeated: a run and a verdict have names of their own.
#[async_trait]
pub trait TraceSink: Send + Sync {
    /// Shows runs.
    async fn show(&self, runs: &[RunRecord]) -> Result<(), CallError>;

    /// Puts a verdict to its run.
    async fn judge(&self, feedback: &Feedback) -> Result<(), CallError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_is_written_as_it_was_read() {
        assert_eq!(TraceParent::parse(PARENT).unwrap().to_string(), PARENT);
    }

    #[test]
    fn what_is_no_traceparent_is_refused() {
        for bad in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-02",
        ] {
            assert_eq!(TraceParent::parse(bad), Err(NoTraceParent), "{bad}");
        }
    }

    #[test]
    fn the_run_of_the_mail_has_the_span_that_its_messages_name() {
        let parent = TraceParent::parse(PARENT).unwrap();
        assert_eq!(parent.root().span_id(), "b7ad6b7169203331");
    }

    #[test]
    fn an_id_made_of_octets_is_a_uuid_of_version_8() {
        let id = RunId::from_octets([0xff; 16]);
        assert_eq!(id.to_string(), "ffffffff-ffff-8fff-bfff-ffffffffffff");
        assert_eq!(RunId::parse(&id.to_string()), Ok(id));
    }
}
