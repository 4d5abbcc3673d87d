//! Whatever crashes, times out or overlaps, the effect happens once.
//!
//! Several workers run the same step against one world. A schedule drawn by proptest says who moves
//! next, how far the clock goes, and at which point a worker dies. The world counts effects.

use domain::step::{Claim, Done, Ending, Lease, Step};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

const LEASE: Duration = Duration::seconds(30);
const CALL: Duration = Duration::seconds(5);

/// What happens to the call that performs the effect.
#[derive(Debug, Clone, Copy)]
enum Fault {
    None,
    RefusedBefore,
    TimedOutAfterHappening,
    TimedOutBeforeHappening,
}

/// One move of one worker. `crash` ends the worker after the move, with nothing reported.
#[derive(Debug, Clone, Copy)]
struct Move {
    worker: usize,
    wait: i64,
    fault: Fault,
    crash: bool,
}

#[derive(Debug, Clone)]
enum Worker {
    Idle,
    Holds(Lease),
    Looked { lease: Lease, found: bool },
    Acted { lease: Lease, ending: Ending },
}

#[derive(Default)]
struct World {
    step: Step,
    effects: u32,
}

fn done() -> Done {
    Done {
        external_id: "the one".into(),
    }
}

impl World {
    fn advance(&mut self, worker: &Worker, now: OffsetDateTime, fault: Fault) -> Worker {
        match worker {
            Worker::Idle => match self.step.claim(now, LEASE) {
                Claim::Granted(lease) => Worker::Holds(lease),
                _ => Worker::Idle,
            },
            Worker::Holds(lease) if lease.look_first => {
                if !lease.allows(now, CALL) {
                    return Worker::Idle;
                }
                Worker::Looked {
                    lease: lease.clone(),
                    found: self.effects > 0,
                }
            }
            Worker::Looked { lease, found: true } => Worker::Acted {
                lease: lease.clone(),
                ending: Ending::Done(done()),
            },
            Worker::Holds(lease)
            | Worker::Looked {
                lease,
                found: false,
            } => self.act(lease, now, fault),
            Worker::Acted { lease, ending } => {
                // A fenced report changes nothing: the later attempt knows better.
                let before = self.step.clone();
                if self.step.end(lease.attempt, ending.clone()).is_err() {
                    assert_eq!(self.step, before);
                }
                Worker::Idle
            }
        }
    }

    fn act(&mut self, lease: &Lease, now: OffsetDateTime, fault: Fault) -> Worker {
        if !lease.allows(now, CALL) {
            return Worker::Idle;
        }
        if matches!(fault, Fault::None | Fault::TimedOutAfterHappening) {
            self.effects += 1;
        }
        let ending = match fault {
            Fault::None => Ending::Done(done()),
            Fault::RefusedBefore => Ending::DidNotHappen,
            Fault::TimedOutAfterHappening | Fault::TimedOutBeforeHappening => {
                Ending::MayHaveHappened
            }
        };
        Worker::Acted {
            lease: lease.clone(),
            ending,
        }
    }
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let fault = prop_oneof![
        3 => Just(Fault::None),
        1 => Just(Fault::RefusedBefore),
        1 => Just(Fault::TimedOutAfterHappening),
        1 => Just(Fault::TimedOutBeforeHappening),
    ];
    let one = (0..4usize, 0..20i64, fault, prop::bool::weighted(0.2)).prop_map(
        |(worker, wait, fault, crash)| Move {
            worker,
            wait,
            fault,
            crash,
        },
    );
    prop::collection::vec(one, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_effect_happens_at_most_once_and_in_the_end_exactly_once(schedule in moves()) {
        let mut world = World::default();
        let mut workers = vec![Worker::Idle; 4];
        let mut now = OffsetDateTime::UNIX_EPOCH;
        for turn in schedule {
            now += Duration::seconds(turn.wait);
            workers[turn.worker] = world.advance(&workers[turn.worker], now, turn.fault);
            if turn.crash {
                workers[turn.worker] = Worker::Idle;
            }
            prop_assert!(world.effects <= 1, "the effect happened {} times", world.effects);
        }
        // Redelivery without further faults always ends the step.
        for _ in 0..8 {
            now += LEASE;
            let mut worker = Worker::Idle;
            for _ in 0..4 {
                worker = world.advance(&worker, now, Fault::None);
            }
        }
        prop_assert_eq!(world.effects, 1);
        prop_assert_eq!(world.step, Step::Done(done()));
    }
}
