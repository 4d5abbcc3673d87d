//! What was not shown when it was made is shown later, and what people made of drafts is told.

use std::time::Duration as Took;

use desk::missed::{MadeUp, make_up};
use ports::{Clock, Feedback, Run, RunId, RunKind, RunRecord, TraceBook, Verdict};
use testkit::traces::{FakeSink, FakeTraces};
use testkit::{FakeClock, Fault};
use time::{Duration, OffsetDateTime};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

struct Desk {
    book: FakeTraces,
    sink: FakeSink,
    clock: FakeClock,
}

impl Desk {
    /// A desk with so many runs that began an hour ago, and one that began just now.
    async fn with(runs: u8) -> Self {
        let desk = Self {
            book: FakeTraces::default(),
            sink: FakeSink::default(),
            clock: FakeClock::default(),
        };
        let now = desk.clock.now();
        let old = (0..runs).map(|number| run(number, now - Duration::HOUR));
        let runs: Vec<_> = old.chain([run(255, now)]).collect();
        desk.book.keep(&runs).await.unwrap();
        desk
    }

    async fn makes_up(&self) -> Result<MadeUp, ports::CallError> {
        let now = self.clock.now();
        let (since, until) = (now - Duration::DAY, now + Duration::MINUTE);
        make_up(&self.book, &self.sink, &self.clock, since, until).await
    }
}

fn run(number: u8, began_at: OffsetDateTime) -> RunRecord {
    // The version and variant of a UUID leave the first octet alone.
    let mut octets = [0; 16];
    octets[0] = number;
    RunRecord {
        id: RunId::from_octets(octets),
        trace: TRACE.to_owned(),
        parent: None,
        mail: None,
        ticket: None,
        variant: None,
        run: Run {
            kind: RunKind::Chain,
            name: "mail".to_owned(),
            began_at,
            took: Took::ZERO,
            attempts: 1,
            model: None,
            failure: None,
            said: None,
        },
    }
}

#[tokio::test]
async fn what_was_missed_is_shown_once() {
    let desk = Desk::with(150).await;
    assert_eq!(desk.makes_up().await.unwrap().runs, 150);
    assert_eq!(desk.makes_up().await.unwrap().runs, 0);
    assert_eq!(desk.sink.shows().len(), 150);
}

#[tokio::test]
async fn what_was_just_made_is_left_to_its_function() {
    let desk = Desk::with(0).await;
    assert_eq!(desk.makes_up().await.unwrap(), MadeUp::default());
}

#[tokio::test]
async fn a_service_that_is_still_down_loses_nothing() {
    let desk = Desk::with(2).await;
    desk.sink.faults.arm("show", Fault::ServerError, 1);
    assert!(desk.makes_up().await.is_err());
    assert_eq!(desk.makes_up().await.unwrap().runs, 2);
}

#[tokio::test]
async fn what_a_person_made_of_a_draft_is_told_once() {
    let desk = Desk::with(1).await;
    let feedback = Feedback {
        run: RunId::from_octets([0; 16]),
        trace: TRACE.to_owned(),
        verdict: Verdict::SentAsIs,
        at: desk.clock.now(),
    };
    desk.book.judges(feedback.clone());
    assert_eq!(desk.makes_up().await.unwrap().verdicts, 1);
    assert_eq!(desk.makes_up().await.unwrap().verdicts, 0);
    assert_eq!(desk.sink.verdicts(), [feedback]);
}
