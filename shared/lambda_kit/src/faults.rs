//! Error lines are faults, and faults are told to whoever keeps them for people, without content: of a
//! line only its constant name, its place and its ids are taken.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ports::{Fault, Faults};
use time::OffsetDateTime;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::ids::IDS;
use crate::lines::Said;

/// The longest that an invocation is held for its faults to be told.
const LONGEST: Duration = Duration::from_secs(1);
/// An invocation with less time left tells nothing: its own answer comes first. The next one does.
const LEFT: Duration = Duration::from_secs(3);

/// The name of the line that a panic writes.
pub(crate) const BROKE: &str = "the code broke";

/// Where faults are told, once it is known.
pub(crate) type Told = OnceLock<Arc<dyn Faults>>;

/// Takes the faults out of the log.
pub(crate) struct Watch {
    /// Where they go.
    pub told: &'static Told,
    /// The function that they are faults of.
    pub function: String,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Watch {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let about = event.metadata();
        let Some(faults) = self.told.get().filter(|_| *about.level() == Level::ERROR) else {
            return;
        };
        let said = Said::by(event, &context);
        let function = [("function", self.function.clone())];
        let ids = IDS.into_iter().filter_map(|id| Some((id, said.text(id)?)));
        let broke = about.name() == BROKE;
        faults.note(Fault {
            what: what(about),
            place: said
                .text("place")
                .filter(|_| broke)
                .unwrap_or_else(|| place(about)),
            broke,
            at: OffsetDateTime::now_utc(),
            ids: ids.chain(function).collect(),
        });
    }
}

/// The line's name, or its module where it was given none.
fn what(about: &'static Metadata<'static>) -> &'static str {
    if about.name().starts_with("event ") {
        about.target()
    } else {
        about.name()
    }
}

/// The module and the line of its source. A path could name the machine that built it.
fn place(about: &Metadata<'_>) -> String {
    let module = about.module_path().unwrap_or(about.target());
    format!("{module}:{}", about.line().unwrap_or_default())
}

/// Tells what waits, at the end of an invocation that has so much time left. A service that is dead or
/// slow costs [`LONGEST`], and only where there was a fault.
pub(crate) async fn tell(told: &Told, left: Duration) {
    let Some(faults) = told.get().filter(|faults| faults.is_waiting()) else {
        return;
    };
    if left < LEFT {
        return;
    }
    match tokio::time::timeout(LONGEST, faults.tell()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("Faults could not be told: {error}"),
        Err(_) => tracing::warn!("Faults could not be told within {LONGEST:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use ports::CallError;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Keeps faults. `tell` never ends, as with a service that does not answer.
    #[derive(Default)]
    struct Silent(Mutex<Vec<Fault>>);

    #[async_trait]
    impl Faults for Silent {
        fn note(&self, fault: Fault) {
            self.0.lock().unwrap().push(fault);
        }

        fn is_waiting(&self) -> bool {
            !self.0.lock().unwrap().is_empty()
        }

        async fn tell(&self) -> Result<(), CallError> {
            std::future::pending().await
        }
    }

    fn noted(told: &'static Told, work: impl FnOnce()) -> Vec<Fault> {
        let silent = Arc::new(Silent::default());
        assert!(told.set(silent.clone()).is_ok());
        let lines = crate::lines::Lines {
            always: vec![],
            now: OffsetDateTime::now_utc,
            write: Box::new(|_| ()),
        };
        let layers = tracing_subscriber::registry().with(lines).with(Watch {
            told,
            function: "triage".to_owned(),
        });
        tracing::subscriber::with_default(layers, work);
        std::mem::take(&mut *silent.0.lock().unwrap())
    }

    #[test]
    fn an_error_is_told_by_its_name_its_place_and_its_ids_alone() {
        static TOLD: Told = Told::new();
        let faults = noted(&TOLD, || {
            let span =
                tracing::error_span!("message", mail = "1-a", "try" = 24, subject = "secret");
            span.in_scope(|| {
                tracing::error!(name: "a mail is given up", error = "secret", "Mail 1-a: secret");
            });
        });
        assert_eq!(faults.len(), 1);
        let Fault {
            what,
            place,
            ids,
            broke,
            ..
        } = &faults[0];
        assert_eq!((*what, *broke), ("a mail is given up", false));
        assert!(place.starts_with("lambda_kit::faults::tests:"), "{place}");
        let told: Vec<_> = ids.iter().map(|(name, id)| (*name, id.as_str())).collect();
        assert_eq!(
            told,
            [("mail", "1-a"), ("try", "24"), ("function", "triage")]
        );
        assert!(!format!("{faults:?}").contains("secret"));
    }

    #[test]
    fn a_line_without_a_name_is_told_by_its_module() {
        static TOLD: Told = Told::new();
        let faults = noted(&TOLD, || tracing::error!("a sentence"));
        assert_eq!(faults[0].what, "lambda_kit::faults::tests");
    }

    #[test]
    fn what_the_system_deals_with_is_not_told() {
        static TOLD: Told = Told::new();
        let faults = noted(&TOLD, || {
            tracing::warn!("it is tried again");
            tracing::info!("a fact");
        });
        assert_eq!(faults, []);
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_does_not_answer_holds_an_invocation_for_a_second_at_most() {
        static TOLD: Told = Told::new();
        let silent = Arc::new(Silent::default());
        assert!(TOLD.set(silent.clone()).is_ok());
        let took = async |left| {
            let began = tokio::time::Instant::now();
            tell(&TOLD, left).await;
            began.elapsed()
        };
        let minute = Duration::from_mins(1);
        assert_eq!(took(minute).await, Duration::ZERO, "nothing is to be told");
        silent.note(Fault {
            what: "a fault",
            place: String::new(),
            broke: false,
            at: OffsetDateTime::UNIX_EPOCH,
            ids: vec![],
        });
        assert_eq!(took(minute).await, LONGEST);
        let end_is_near = LEFT.checked_sub(Duration::from_millis(1)).unwrap();
        assert_eq!(took(end_is_near).await, Duration::ZERO);
    }
}
