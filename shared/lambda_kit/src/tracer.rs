//! Recording what was done for a mail with models, and showing it.
//!
//! The ledger's record comes first; what shows traces gets a copy within a limit of time. Where that fails,
//! nothing is lost and no mail waits: the schedule's round shows it later.

use std::sync::Arc;
use std::time::Duration;

use domain::MailKey;
use ports::{
    CallError, Clock, Run, RunId, RunKind, RunRecord, SinkAt, SystemClock, TraceBook, TraceParent,
    TraceSink,
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// What is recorded and shown, and where, by the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceSettings {
    /// What shows traces. None: nothing does.
    pub sink: Option<SinkAt>,
    /// The secret with the headers that it wants.
    pub secret: Option<String>,
    /// For how many days what was said is kept. 0: not at all.
    pub content_days: u32,
    /// What the operator calls this way of doing it.
    pub variant: Option<String>,
}

impl TraceSettings {
    /// What records runs by these settings.
    pub fn tracer(&self, book: Arc<dyn TraceBook>, sink: Option<Arc<dyn TraceSink>>) -> Tracer {
        Tracer {
            book,
            sink,
            clock: Arc::new(SystemClock),
            limit: self.sink.as_ref().map(|at| at.limit).unwrap_or_default(),
            keeps_content: self.content_days > 0,
            variant: self.variant.clone(),
        }
    }
}

/// How runs are recorded and shown.
pub struct Tracer {
    /// The record.
    pub book: Arc<dyn TraceBook>,
    /// What shows traces, if anything does.
    pub sink: Option<Arc<dyn TraceSink>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long showing may hold up the next mail.
    pub limit: Duration,
    /// Whether what was said is kept. It is masked either way.
    pub keeps_content: bool,
    /// What the operator calls this way of doing it.
    pub variant: Option<String>,
}

/// One function's work that runs are part of.
#[derive(Debug, Clone)]
pub struct Work {
    /// The mail, if it is about one.
    pub mail: Option<MailKey>,
    /// The trace that the message named.
    pub trace: Option<TraceParent>,
    /// What tells this work from any other: the message's id and its try.
    pub name: String,
    /// What did it: the queue's name or the function's.
    pub by: String,
    /// When it began.
    pub began_at: OffsetDateTime,
    /// How long it took.
    pub took: Duration,
    /// How often its message had been received, this time included.
    pub tries: u32,
    /// The kind of failure and what it was.
    pub failure: Option<(String, String)>,
}

impl Tracer {
    /// Records the runs of some work, and shows them. What fails is logged, and made up for later where
    /// it can be: the work itself is done. The invocation ends at `until`.
    pub async fn keep(&self, work: Work, runs: Vec<Run>, until: OffsetDateTime) {
        let records = self.placed(&work, runs);
        if let Err(error) = self.kept(&records, until).await {
            let by = work.by;
            tracing::warn!("What was done with models in {by} could not be recorded: {error}");
        }
    }

    async fn kept(&self, records: &[RunRecord], until: OffsetDateTime) -> Result<(), CallError> {
        let new = self.book.keep(records).await?;
        let Some(sink) = &self.sink else {
            return Ok(());
        };
        let show = async {
            let records = self.book.recorded(&new).await?;
            sink.show(&records).await?;
            self.book.shown(&new, self.clock.now()).await
        };
        let left: Duration = (until - self.clock.now()).try_into().unwrap_or_default();
        let limit = self.limit.min(left / 2);
        let shown = tokio::time::timeout(limit, show).await;
        let told = match shown {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it took longer than {} ms", limit.as_millis()),
        };
        let runs = new.len();
        tracing::warn!(
            runs,
            "{runs} runs are shown later, by the next round: {told}"
        );
        Ok(())
    }

    /// The runs in their trace: below the work that they are part of, which stands below its mail.
    fn placed(&self, work: &Work, runs: Vec<Run>) -> Vec<RunRecord> {
        let trace = work.trace.clone().unwrap_or_else(|| trace_of(work));
        let chain = |name: String, attempts| Run {
            kind: RunKind::Chain,
            name,
            began_at: work.began_at,
            took: work.took,
            attempts,
            model: None,
            failure: work.failure.clone(),
            said: None,
        };
        let record = |id, parent, run: Run| RunRecord {
            id,
            trace: trace.trace_id().to_owned(),
            parent,
            mail: work.mail.clone(),
            ticket: None,
            variant: self.variant.clone(),
            run,
        };
        let mut records = vec![];
        let root = work.mail.as_ref().map(|mail| {
            let whole = Run {
                failure: None,
                ..chain(format!("mail {mail}"), 1)
            };
            records.push(record(trace.root(), None, whole));
            trace.root()
        });
        let own = id_of(&trace, work, 0);
        let by = chain(work.by.clone(), work.tries);
        records.push(record(own.clone(), root, by));
        for (number, mut run) in (1..).zip(runs) {
            if !self.keeps_content {
                run.said = None;
            }
            let id = id_of(&trace, work, number);
            records.push(record(id, Some(own.clone()), run));
        }
        records
    }
}

/// The same work has the same ids, so that recording it twice is recording it once.
fn id_of(trace: &TraceParent, work: &Work, number: u32) -> RunId {
    let seed = format!("{}/{}/{}/{number}", trace.trace_id(), work.by, work.name);
    let digest = Sha256::digest(seed);
    let mut octets = [0; 16];
    octets.copy_from_slice(&digest[..16]);
    RunId::from_octets(octets)
}

/// The trace of work whose message named none.
fn trace_of(work: &Work) -> TraceParent {
    let mail = work.mail.as_ref().map(MailKey::to_string);
    let seed = mail.unwrap_or_else(|| format!("{}/{}", work.by, work.name));
    let hex: String = Sha256::digest(seed)
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let text = format!("00-{}-{}-01", &hex[..32], &hex[32..48]);
    TraceParent::parse(&text).expect("a digest in hex is a traceparent")
}

#[cfg(test)]
mod tests {
    use ports::Said;
    use testkit::traces::{FakeSink, FakeTraces};
    use testkit::{FakeClock, Fault};

    use super::*;

    struct Desk {
        book: Arc<FakeTraces>,
        sink: Arc<FakeSink>,
        tracer: Tracer,
    }

    impl Desk {
        async fn keeps(&self, work: Work, runs: Vec<Run>) {
            let until = self.tracer.clock.now() + time::Duration::MINUTE;
            self.tracer.keep(work, runs, until).await;
        }
    }

    fn desk() -> Desk {
        let (book, sink) = (
            Arc::new(FakeTraces::default()),
            Arc::new(FakeSink::default()),
        );
        let tracer = Tracer {
            book: book.clone(),
            sink: Some(sink.clone()),
            clock: Arc::new(FakeClock::default()),
            limit: Duration::from_millis(300),
            keeps_content: true,
            variant: None,
        };
        Desk { book, sink, tracer }
    }

    fn work(by: &str, name: &str) -> Work {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        Work {
            mail: MailKey::parse("1-a1").ok(),
            trace: TraceParent::parse(trace).ok(),
            name: name.to_owned(),
            by: by.to_owned(),
            began_at: OffsetDateTime::UNIX_EPOCH,
            took: Duration::from_millis(40),
            tries: 1,
            failure: None,
        }
    }

    fn call(name: &str) -> Run {
        Run {
            kind: RunKind::Llm,
            name: name.to_owned(),
            began_at: OffsetDateTime::UNIX_EPOCH,
            took: Duration::from_millis(30),
            attempts: 1,
            model: None,
            failure: None,
            said: Some(Said {
                input: "[]".to_owned(),
                output: "[]".to_owned(),
            }),
        }
    }

    fn named<'a>(runs: &'a [RunRecord], name: &str) -> &'a RunRecord {
        let mut found = runs.iter().filter(|record| record.run.name == name);
        let first = found.next().unwrap_or_else(|| panic!("{name} is missing"));
        assert!(found.next().is_none(), "{name} is there twice");
        first
    }

    #[tokio::test]
    async fn a_mail_is_one_trace_across_functions() {
        let desk = desk();
        desk.keeps(work("mail", "m1/1"), vec![call("classify")])
            .await;
        desk.keeps(work("general_query", "m2/1"), vec![call("answer")])
            .await;
        let runs = desk.book.runs();
        let root = named(&runs, "mail 1-a1");
        assert_eq!(
            (&root.parent, root.id.span_id()),
            (&None, "b7ad6b7169203331")
        );
        for (call, by) in [("classify", "mail"), ("answer", "general_query")] {
            let by = named(&runs, by);
            assert_eq!(by.parent.as_ref(), Some(&root.id));
            assert_eq!(named(&runs, call).parent.as_ref(), Some(&by.id));
        }
        assert!(runs.iter().all(|run| run.trace == root.trace));
    }

    #[tokio::test]
    async fn what_is_recorded_is_shown_once() {
        let desk = desk();
        desk.keeps(work("mail", "m1/1"), vec![call("classify")])
            .await;
        desk.keeps(work("mail", "m1/1"), vec![call("classify")])
            .await;
        assert_eq!(desk.sink.shows().len(), 3);
        assert_eq!(desk.book.shown().len(), 3);
    }

    #[tokio::test]
    async fn what_could_not_be_shown_is_recorded_and_waits() {
        let desk = desk();
        desk.sink.faults.arm("show", Fault::ServerError, 1);
        desk.keeps(work("mail", "m1/1"), vec![call("classify")])
            .await;
        assert_eq!(desk.book.runs().len(), 3);
        assert!(desk.book.shown().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_service_costs_its_limit_and_no_more() {
        let desk = desk();
        desk.sink.faults.arm("show", Fault::Delay(60_000), 1);
        let began = tokio::time::Instant::now();
        desk.keeps(work("mail", "m1/1"), vec![call("classify")])
            .await;
        assert_eq!(began.elapsed(), desk.tracer.limit);
        assert_eq!(desk.book.runs().len(), 3);
    }

    #[tokio::test]
    async fn what_was_said_is_kept_by_setting() {
        let mut desk = desk();
        desk.tracer.keeps_content = false;
        desk.keeps(work("mail", "m1/1"), vec![call("classify")])
            .await;
        assert!(
            desk.book
                .runs()
                .iter()
                .all(|record| record.run.said.is_none())
        );
        assert!(
            desk.sink
                .shows()
                .iter()
                .all(|record| record.run.said.is_none())
        );
    }

    #[tokio::test]
    async fn work_whose_message_names_no_trace_still_is_one() {
        let desk = desk();
        for by in ["mail", "general_query"] {
            let work = Work {
                trace: None,
                ..work(by, by)
            };
            desk.keeps(work, vec![call(&format!("call of {by}"))]).await;
        }
        let runs = desk.book.runs();
        assert_eq!(runs.len(), 5, "one root, two functions, two calls");
        assert!(runs.iter().all(|run| run.trace == runs[0].trace));
    }

    #[tokio::test]
    async fn a_second_try_stands_beside_the_first() {
        let desk = desk();
        desk.keeps(work("mail", "m1/1"), vec![call("classify")])
            .await;
        desk.keeps(work("mail", "m1/2"), vec![call("classify")])
            .await;
        let chains = desk
            .book
            .runs()
            .into_iter()
            .filter(|record| record.run.name == "mail");
        assert_eq!(chains.count(), 2);
    }
}
