//! One cell of the matrix: an effect, what becomes of its call, and the situation it happens in.

use std::collections::BTreeSet;
use std::pin::Pin;

use ports::{Outgoing, QueueName};
use testkit::{Fault, Hold, Point};
use time::Duration;

use super::effects::{Again, Call, Effect, Service, Worker};
use super::world::{World, unmarked};
use crate::house::House;

/// How long an invocation may take, as the house has it.
const TIMEOUT: Duration = Duration::seconds(30);

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The worker is killed when the request is on its way and nothing happened yet.
    CrashBefore,
    /// The worker is killed when the effect is there and nothing was recorded.
    CrashAfter,
    /// It meets a fault.
    Meets(Fault),
    /// The answer takes 25 of the 30 seconds that the worker has.
    Slow,
    /// The worker's time is over before the effect takes place.
    TooSlow,
}

impl Fate {
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::CrashBefore, "crash before"),
        (Self::CrashAfter, "crash after"),
        (
            Self::Meets(Fault::TimeOutAfterSuccess),
            "time-out after success",
        ),
        (Self::Meets(Fault::RateLimited(60)), "429"),
        (Self::Meets(Fault::ServerError), "500"),
        (Self::Meets(Fault::Refuse), "connection reset"),
        (Self::Meets(Fault::Malformed), "malformed answer"),
        (Self::Slow, "slow answer"),
        (Self::TooSlow, "answer after the deadline"),
    ];

    /// Whether nobody can tell afterwards, without looking, whether the effect took place.
    fn leaves_doubt(self) -> bool {
        !matches!(self, Self::Meets(Fault::RateLimited(_)) | Self::Slow)
    }
}

/// When the fault is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    FirstTry,
    Redelivery,
    SecondWorker,
}

impl Situation {
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::FirstTry, "First try"),
        (Self::Redelivery, "Redelivery"),
        (Self::SecondWorker, "Concurrent second worker"),
    ];

    /// The ways in which it comes about.
    fn ways(self) -> &'static [Way] {
        match self {
            Self::FirstTry => &[Way::First],
            Self::Redelivery => &[Way::AfterSuccess, Way::AfterRefusal, Way::AfterTimeOut],
            Self::SecondWorker => &[Way::Watched, Way::Overtaking],
        }
    }
}

/// A way in which a situation comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The first worker meets the fault.
    First,
    /// All went well, and the message comes again.
    AfterSuccess,
    /// The call was certainly not performed, and the message comes again.
    AfterRefusal,
    /// The call was performed without an answer, and the message comes again.
    AfterTimeOut,
    /// The first worker meets the fault; a second one works the same message meanwhile.
    Watched,
    /// The first worker has read what there is to do; a second one overtakes it and meets the fault.
    Overtaking,
}

/// What is there after a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// Whether the first one says that it may be a repeat.
    first_is_marked: bool,
    /// Marked repeats.
    repeats: usize,
}

impl Left {
    fn shown(self) -> String {
        let first = if self.first_is_marked {
            "1 marked"
        } else {
            "1"
        };
        match self.repeats {
            0 => first.to_owned(),
            n => format!("{first} + {n} marked"),
        }
    }
}

/// The cell as the table shows it, or what is wrong.
pub async fn cell(
    effect: &Effect,
    fate: Fate,
    situation: Situation,
    clean: &World,
) -> Result<String, String> {
    let mut seen = BTreeSet::new();
    for way in situation.ways() {
        let case = Case::begin(effect).await;
        let left = case.run(effect, fate, *way, clean).await;
        let left = left.map_err(|why| format!("{}, {fate:?}, {way:?}: {why}", effect.name))?;
        seen.insert(left);
    }
    let shown: Vec<String> = seen.into_iter().map(Left::shown).collect();
    Ok(shown.join(" or "))
}

/// What a run of the story without faults leaves.
pub async fn clean(effect: &Effect) -> World {
    let case = Case::begin(effect).await;
    let is_done = case.works().await;
    case.settle(is_done).await;
    World::of(&case.house).await
}

/// How a try under a fault ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tried {
    /// The call was never made.
    NotMet { is_done: bool },
    /// It was made. Says whether a worker did its work to the end, so that the message is gone.
    Met { is_done: bool },
}

impl Tried {
    fn met(self) -> Result<bool, String> {
        match self {
            Self::Met { is_done } => Ok(is_done),
            Self::NotMet { .. } => Err("the fault was not met".to_owned()),
        }
    }
}

type Work<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

/// A house right before the worker that has the effect.
struct Case {
    house: House,
    /// What the worker gets. Ingest is called without a message.
    message: Option<Outgoing>,
    /// What every worker reads before it does anything.
    reads: Call,
}

impl Case {
    async fn begin(effect: &Effect) -> Self {
        let house = effect.story.begins().await;
        let reads = |service, operation| Call {
            service,
            operation,
            skipped: 0,
            tries: 1,
        };
        let Worker::Of(queue) = effect.worker else {
            return Self {
                house,
                message: None,
                reads: reads(Service::Gmail, "history.list"),
            };
        };
        house.sync().await.unwrap();
        if queue != QueueName::Mail {
            house.work(&only(&house, QueueName::Mail)).await.unwrap();
        }
        Self {
            message: Some(only(&house, queue)),
            house,
            reads: reads(Service::Gmail, "messages.get"),
        }
    }

    async fn run(
        self,
        effect: &Effect,
        fate: Fate,
        way: Way,
        clean: &World,
    ) -> Result<Left, String> {
        let call = effect.call;
        // What the worker did before it is done by then.
        let again = Call { skipped: 0, ..call };
        let mut doubts = usize::from(fate.leaves_doubt());
        let is_done = match way {
            Way::First => self.meets(call, fate, false).await?.met()?,
            Way::Watched => self.meets(call, fate, true).await?.met()?,
            Way::Overtaking => self.overtakes(call, fate).await?,
            Way::AfterSuccess => {
                let is_done = self.works().await;
                self.settle(is_done).await;
                match self.meets(call, fate, false).await? {
                    Tried::Met { .. } if effect.is_step => {
                        return Err("what was done was called again".to_owned());
                    }
                    Tried::Met { is_done } => is_done,
                    Tried::NotMet { is_done: true } => true,
                    Tried::NotMet { .. } => return Err("the repeat failed".to_owned()),
                }
            }
            Way::AfterRefusal => {
                let refused = Fate::Meets(Fault::RateLimited(60));
                self.meets(call, refused, false).await?.met()?;
                self.house.clock.pass(TIMEOUT * 2);
                self.meets(again, fate, false).await?.met()?
            }
            Way::AfterTimeOut => {
                let timed_out = Fate::Meets(Fault::TimeOutAfterSuccess);
                self.meets(call, timed_out, false).await?.met()?;
                doubts += 1;
                self.house.clock.pass(TIMEOUT * 2);
                match effect.again {
                    Again::Looks(look) => self.meets(look, fate, false).await?.met()?,
                    Again::Acts => self.meets(again, fate, false).await?.met()?,
                    Again::Knows => match self.meets(call, fate, false).await? {
                        Tried::NotMet { is_done } => is_done,
                        Tried::Met { .. } => return Err("it was not known to be done".to_owned()),
                    },
                }
            }
        };
        self.settle(is_done).await;
        let world = World::of(&self.house).await;
        self.judge(effect, &world, clean, doubts)
    }

    /// Works the message once. Says whether it was worked to the end.
    async fn works(&self) -> bool {
        match &self.message {
            Some(message) => self.house.work(message).await.is_ok(),
            None => self.house.sync().await.is_ok(),
        }
    }

    /// A worker whose call has this fate. A second one can come while the call is under way, before
    /// its effect and after it.
    async fn meets(&self, call: Call, fate: Fate, with_second: bool) -> Result<Tried, String> {
        let faults = call.service.faults(&self.house);
        let hold = faults.hold_up(call.operation, call.skipped);
        if let Fate::Meets(fault) = fate {
            // What comes before it only takes its time.
            faults.arm(call.operation, Fault::Delay(0), call.skipped);
            let is_waited_for = matches!(fault, Fault::RateLimited(_));
            let times = if is_waited_for { 1 } else { call.tries };
            faults.arm(call.operation, fault, times);
        }
        let mut worker: Work<'_> = Box::pin(self.works());
        if let Some(is_done) = comes_to(&mut worker, &hold, Point::BeforeEffect).await {
            faults.clear();
            return Ok(Tried::NotMet { is_done });
        }
        let mut is_done = false;
        let clock = &self.house.clock;
        match fate {
            Fate::Slow => clock.pass(TIMEOUT - Duration::seconds(10)),
            Fate::TooSlow => clock.pass(TIMEOUT),
            Fate::CrashBefore | Fate::CrashAfter | Fate::Meets(_) => {}
        }
        if with_second {
            is_done |= self.works().await;
        }
        if fate == Fate::CrashBefore {
            return Ok(Tried::Met { is_done });
        }
        hold.let_go(Point::BeforeEffect);
        if comes_to(&mut worker, &hold, Point::AfterEffect)
            .await
            .is_some()
        {
            return Err("the worker did not wait for the answer".to_owned());
        }
        if with_second {
            is_done |= self.works().await;
        }
        match fate {
            Fate::CrashBefore | Fate::CrashAfter => {}
            // A request that was on its way when the worker was ended.
            Fate::TooSlow => clock.pass(Duration::seconds(2)),
            Fate::Slow => {
                clock.pass(Duration::seconds(5));
                hold.let_go(Point::AfterEffect);
                is_done |= worker.await;
            }
            Fate::Meets(_) => {
                hold.let_go(Point::AfterEffect);
                is_done |= worker.await;
                if faults.armed() > 0 {
                    return Err(format!("{} faults were not met", faults.armed()));
                }
            }
        }
        Ok(Tried::Met { is_done })
    }

    /// A first worker reads what there is to do; then a second one meets the fault, and the first one
    /// goes on from what it read, as long as its time is not over.
    async fn overtakes(&self, call: Call, fate: Fate) -> Result<bool, String> {
        let reading = self.reads.service.faults(&self.house);
        let hold = reading.hold_up(self.reads.operation, 0);
        let mut first: Work<'_> = Box::pin(self.works());
        hold.let_go(Point::BeforeEffect);
        if comes_to(&mut first, &hold, Point::AfterEffect)
            .await
            .is_some()
        {
            return Err("the first worker read nothing".to_owned());
        }
        let mut is_done = self.meets(call, fate, false).await?.met()?;
        if fate != Fate::TooSlow {
            hold.let_go(Point::AfterEffect);
            is_done |= first.await;
        }
        Ok(is_done)
    }

    /// Lets the house work until nothing waits. A message that was not worked to the end comes again.
    async fn settle(&self, is_done: bool) {
        self.house.clock.pass(TIMEOUT * 2);
        if let Some(message) = self.message.iter().find(|_| !is_done) {
            self.house.left.lock().unwrap().push(message.clone());
        }
        self.house.runs().await;
    }

    fn judge(
        &self,
        effect: &Effect,
        world: &World,
        clean: &World,
        doubts: usize,
    ) -> Result<Left, String> {
        let left = self.house.left.lock().unwrap();
        if !left.is_empty() {
            return Err(format!("left dead: {left:?}"));
        }
        if let Some(open) = world.mails.iter().find(|(_, state)| !state.is_terminal()) {
            return Err(format!("not at an end: {open:?}"));
        }
        if world.without_alerts() != clean.without_alerts() {
            return Err(format!("it left\n{world:#?}\ninstead of\n{clean:#?}"));
        }
        let doubts_of = |service: Service| match (service, effect.call.service) {
            (Service::Slack, Service::Slack) | (Service::Email, Service::Email) => doubts,
            _ => 0,
        };
        let slack = alerts(&world.slack, &clean.slack, doubts_of(Service::Slack))?;
        let email = alerts(&world.email, &clean.email, doubts_of(Service::Email))?;
        match effect.call.service {
            Service::Slack => Ok(slack),
            Service::Email => Ok(email),
            _ if (effect.count)(world) == 1 => Ok(Left {
                first_is_marked: false,
                repeats: 0,
            }),
            _ => Err(format!("it is there {} times", (effect.count)(world))),
        }
    }
}

/// What was delivered on a channel, where one alert or none belongs: no more than one repeat for each
/// time that nobody could tell, and every one of them marked.
fn alerts(delivered: &[String], clean: &[String], doubts: usize) -> Result<Left, String> {
    let read: Vec<(&str, bool)> = delivered.iter().map(|alert| unmarked(alert)).collect();
    let marks = read.iter().filter(|(_, marked)| *marked).count();
    let left = Left {
        first_is_marked: read.first().is_some_and(|(_, marked)| *marked),
        repeats: read.len().saturating_sub(1),
    };
    let wrong = |why: &str| Err(format!("{why}: {delivered:#?}"));
    if read.is_empty() != clean.is_empty() {
        return wrong("alerts");
    }
    if read
        .iter()
        .any(|(text, _)| clean.first().map(String::as_str) != Some(*text))
    {
        return wrong("an alert says something else");
    }
    if left.repeats > doubts {
        return wrong("there are too many alerts");
    }
    if read.iter().skip(1).any(|(_, marked)| !marked) {
        return wrong("a repeat is not marked");
    }
    if marks > doubts {
        return wrong("an alert is marked for no reason");
    }
    Ok(left)
}

/// Lets a worker work until its held call comes to a point. `Some` where it ended before that.
async fn comes_to(worker: &mut Work<'_>, hold: &Hold, point: Point) -> Option<bool> {
    tokio::select! {
        biased;
        is_done = worker => Some(is_done),
        () = hold.reached(point) => None,
    }
}

/// The only message of a queue.
fn only(house: &House, queue: QueueName) -> Outgoing {
    let mut waiting = house.queue.take(queue);
    let message = waiting.pop().expect("a message waits");
    assert!(waiting.is_empty(), "more than one message waits");
    message
}
