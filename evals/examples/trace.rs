//! What tracing adds to a question's way to its answer: `cargo xtask bench trace`. Each question is answered
//! untraced, recorded in Postgres, and recorded and shown over OTLP, in turn, and the medians are compared. The
//! model is the stand-in, which takes milliseconds where Gemini takes seconds: the shares are the worst there are.
#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use desk::grounded::Asked;
use domain::{GmailMessageId, MailKey, MailState, ThreadId};
use evals::cases;
use evals::world::World;
use lambda_kit::tracer::{Tracer, Work};
use lambda_kit::{ScopeJournal, within};
use local::postgres::Postgres;
use local::traces::{Receiver, router};
use ports::{Clock, Journal, Ledger, Memory, Run, Seen, SinkAt, SystemClock, TraceSink, Viewer};
use secrecy::SecretString;
use store_postgres::Store;
use time::OffsetDateTime;
use time::macros::date;
use tokio::net::TcpListener;
use traces_otlp::Otlp;

/// How long one answer may take.
const LONGEST: Duration = Duration::from_secs(30);

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Untraced,
    Recorded,
    Shown,
}

const WAYS: [Way; 3] = [Way::Untraced, Way::Recorded, Way::Shown];

/// Takes note where tracing is on.
#[derive(Default)]
struct Switched(AtomicBool);

impl Journal for Switched {
    fn now(&self) -> OffsetDateTime {
        ScopeJournal.now()
    }

    fn note(&self, run: Run) {
        if self.0.load(Ordering::Relaxed) {
            ScopeJournal.note(run);
        }
    }
}

struct Bench {
    world: World,
    journal: Arc<Switched>,
    store: Arc<Store>,
    recording: Tracer,
    showing: Tracer,
}

#[tokio::main]
async fn main() -> Result<()> {
    let questions: usize = match std::env::args().nth(1) {
        Some(text) => text.parse().context("how many questions")?,
        None => 200,
    };
    let server = Postgres::for_tests()?;
    let url = SecretString::from(server.url());
    store_postgres::migrate(&url).await?;
    let bench = Bench::new(Arc::new(Store::new(&url)?)).await?;
    let cases = cases::questions(cases::Part::Dev)?;
    let mut took: [Vec<Duration>; 3] = Default::default();
    for number in 0..questions {
        let case = &cases[number % cases.len()];
        let asked = Asked {
            texts: vec![case.question.clone()],
            language: case.language.clone(),
            on: date!(2026 - 11 - 23),
            memory: Memory::default(),
        };
        // None of them is always the first.
        for turn in 0..WAYS.len() {
            let at = (number + turn) % WAYS.len();
            let mail = bench.enters(number * WAYS.len() + at).await?;
            took[at].push(bench.answers(&asked, WAYS[at], mail).await?);
        }
    }
    let [untraced, recorded, shown] = took.map(|mut took| {
        took.sort();
        took[took.len() / 2].as_secs_f64() * 1_000.0
    });
    println!("medians of {questions} questions, answered by the stand-in model");
    println!("untraced            {untraced:>8.2} ms");
    for (name, median) in [("recorded", recorded), ("recorded and shown", shown)] {
        println!(
            "{name:<19} {median:>8.2} ms   {:.2} times, {:+.2} ms",
            median / untraced,
            median - untraced
        );
    }
    Ok(())
}

impl Bench {
    async fn new(store: Arc<Store>) -> Result<Self> {
        let journal = Arc::<Switched>::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let at = SinkAt {
            viewer: Viewer::Otlp,
            url: format!("http://{}", listener.local_addr()?),
            limit: Duration::from_secs(2),
        };
        let routes = router(Arc::<Receiver>::default());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let sink: Arc<dyn TraceSink> = Arc::new(Otlp::new(at, None)?.guarded(store.clone()));
        let tracer = |sink| Tracer {
            book: store.clone(),
            sink,
            clock: Arc::new(SystemClock),
            limit: Duration::from_secs(2),
            keeps_content: true,
            variant: None,
        };
        Ok(Self {
            world: World::noted_by(None, journal.clone()).await?,
            journal,
            recording: tracer(None),
            showing: tracer(Some(sink)),
            store,
        })
    }

    /// A mail in the ledger, which runs are recorded for.
    async fn enters(&self, number: usize) -> Result<MailKey> {
        let mailbox = self.store.mailbox("support@bank.test").await?.id;
        let seen = Seen {
            message: GmailMessageId::parse(&format!("{:x}", 4_096 + number))?,
            thread: ThreadId::parse(&format!("{:x}", 4_096 + number))?,
            state: MailState::Received,
        };
        let key = MailKey::new(mailbox, seen.message.clone());
        self.store.enter(mailbox, &[seen]).await?;
        Ok(key)
    }

    async fn answers(&self, asked: &Asked, way: Way, mail: MailKey) -> Result<Duration> {
        self.journal
            .0
            .store(way != Way::Untraced, Ordering::Relaxed);
        let (began_at, began) = (SystemClock.now(), Instant::now());
        let (outcome, made) = within(LONGEST, self.world.grounded.answer(asked)).await;
        outcome?;
        let tracer = match way {
            Way::Untraced => return Ok(began.elapsed()),
            Way::Recorded => &self.recording,
            Way::Shown => &self.showing,
        };
        anyhow::ensure!(made.runs.len() > 2, "nothing was noted");
        let work = Work {
            name: mail.to_string(),
            mail: Some(mail),
            trace: None,
            by: "general_query".to_owned(),
            began_at,
            took: began.elapsed(),
            tries: 1,
            failure: None,
        };
        tracer.keep(work, made.runs, began_at + LONGEST).await;
        Ok(began.elapsed())
    }
}
