//! What every record of runs must do.

use std::sync::Arc;
use std::time::Duration as Took;

use ports::{ModelUse, PromptUsed, Run, RunId, RunKind, RunRecord, Said, TraceBook};
use time::{Duration, OffsetDateTime};

/// Runs every case on a record of its own and returns the names of the cases.
///
/// # Panics
/// Where the record breaks the contract.
pub async fn upholds<F, Fut>(book: F) -> Vec<&'static str>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn TraceBook>>,
{
    cases! { book:
        what_is_kept_comes_back_as_it_was,
        a_run_without_a_model_comes_back_as_it_was,
        a_run_that_failed_comes_back_with_what_went_wrong,
        a_run_that_is_kept_twice_stays_as_it_was,
        what_was_not_shown_is_missed_the_oldest_first,
        what_was_shown_is_missed_no_more,
        what_began_outside_the_period_is_not_missed,
        no_more_are_missed_than_asked_for,
        what_was_said_is_forgotten_and_the_rest_stays,
        what_was_said_later_is_not_forgotten,
        nobody_judged_what_was_made_for_no_mail,
    }
}

fn start() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
}

fn id(number: u8) -> RunId {
    RunId::from_octets([number; 16])
}

/// A call of a model that began so many seconds after the start.
fn run(number: u8) -> RunRecord {
    RunRecord {
        id: id(number),
        trace: format!("{:032x}", 7),
        parent: Some(id(99)),
        mail: None,
        ticket: None,
        variant: Some("short".to_owned()),
        run: Run {
            kind: RunKind::Llm,
            name: "answer".to_owned(),
            began_at: start() + Duration::seconds(number.into()),
            took: Took::from_millis(1_250),
            attempts: 2,
            model: Some(ModelUse {
                prompt: Some(PromptUsed {
                    name: "answer".to_owned(),
                    version: 3,
                    sha256: "ab".repeat(32),
                }),
                asked: "a-model".to_owned(),
                answered: Some("a-model-001".to_owned()),
                tokens_in: Some(1_085),
                tokens_out: Some(86),
                cost_usd: Some(0.001_136_25),
                finish_reason: Some("STOP".to_owned()),
            }),
            failure: None,
            said: Some(Said {
                input: r#"{"question": "Wo ist [[NAME_1]]?"}"#.to_owned(),
                output: r#"{"sentences": ["Hier – ä."]}"#.to_owned(),
            }),
        },
    }
}

async fn keeps(book: &dyn TraceBook, runs: &[RunRecord]) -> Vec<RunId> {
    book.keep(runs).await.expect("kept")
}

async fn read(book: &dyn TraceBook, number: u8) -> RunRecord {
    let mut found = book.recorded(&[id(number)]).await.expect("read");
    assert_eq!(found.len(), 1);
    found.remove(0)
}

async fn missed(book: &dyn TraceBook) -> Vec<RunId> {
    let later = start() + Duration::DAY;
    let missed = book.missed(start(), later, 100).await.expect("read");
    missed.into_iter().map(|record| record.id).collect()
}

async fn what_is_kept_comes_back_as_it_was(book: Arc<dyn TraceBook>) {
    keeps(&*book, &[run(1)]).await;
    assert_eq!(read(&*book, 1).await, run(1));
}

async fn a_run_without_a_model_comes_back_as_it_was(book: Arc<dyn TraceBook>) {
    let mut chain = run(1);
    chain.run.kind = RunKind::Chain;
    chain.run.model = None;
    chain.run.said = None;
    (chain.parent, chain.variant) = (None, None);
    keeps(&*book, std::slice::from_ref(&chain)).await;
    assert_eq!(read(&*book, 1).await, chain);
}

async fn a_run_that_failed_comes_back_with_what_went_wrong(book: Arc<dyn TraceBook>) {
    let mut failed = run(1);
    failed.run.failure = Some(("unreachable".to_owned(), "it cannot be reached".to_owned()));
    failed.run.attempts = 0;
    keeps(&*book, std::slice::from_ref(&failed)).await;
    assert_eq!(read(&*book, 1).await, failed);
}

async fn a_run_that_is_kept_twice_stays_as_it_was(book: Arc<dyn TraceBook>) {
    keeps(&*book, &[run(1)]).await;
    let mut other = run(1);
    "summarise".clone_into(&mut other.run.name);
    assert_eq!(keeps(&*book, &[other, run(2)]).await, [id(2)]);
    assert_eq!(read(&*book, 1).await, run(1));
    assert_eq!(missed(&*book).await, [id(1), id(2)]);
}

async fn what_was_not_shown_is_missed_the_oldest_first(book: Arc<dyn TraceBook>) {
    keeps(&*book, &[run(3), run(1), run(2)]).await;
    assert_eq!(missed(&*book).await, [id(1), id(2), id(3)]);
}

async fn what_was_shown_is_missed_no_more(book: Arc<dyn TraceBook>) {
    keeps(&*book, &[run(1), run(2)]).await;
    book.shown(&[id(1)], start()).await.expect("noted");
    assert_eq!(missed(&*book).await, [id(2)]);
}

async fn what_began_outside_the_period_is_not_missed(book: Arc<dyn TraceBook>) {
    keeps(&*book, &[run(1), run(2), run(3)]).await;
    let (from, to) = (
        start() + Duration::seconds(2),
        start() + Duration::seconds(3),
    );
    let missed = book.missed(from, to, 100).await.expect("read");
    assert_eq!(missed, [run(2)]);
}

async fn no_more_are_missed_than_asked_for(book: Arc<dyn TraceBook>) {
    keeps(&*book, &[run(1), run(2), run(3)]).await;
    let later = start() + Duration::DAY;
    let missed = book.missed(start(), later, 2).await.expect("read");
    assert_eq!(missed, [run(1), run(2)]);
}

async fn what_was_said_is_forgotten_and_the_rest_stays(book: Arc<dyn TraceBook>) {
    keeps(&*book, &[run(1)]).await;
    let later = start() + Duration::DAY;
    assert_eq!(book.forget(later).await.expect("forgotten"), 1);
    let mut silent = run(1);
    silent.run.said = None;
    assert_eq!(read(&*book, 1).await, silent);
    assert_eq!(book.forget(later).await.expect("forgotten"), 0);
}

async fn what_was_said_later_is_not_forgotten(book: Arc<dyn TraceBook>) {
    keeps(&*book, &[run(1)]).await;
    assert_eq!(book.forget(start()).await.expect("looked"), 0);
    assert_eq!(read(&*book, 1).await, run(1));
}

async fn nobody_judged_what_was_made_for_no_mail(book: Arc<dyn TraceBook>) {
    keeps(&*book, &[run(1)]).await;
    book.shown(&[id(1)], start()).await.expect("noted");
    assert_eq!(book.verdicts(start(), 10).await.expect("read"), []);
}
