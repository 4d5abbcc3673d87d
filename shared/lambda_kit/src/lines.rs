//! Log lines: each event is one JSON object in one line, with the fields of the spans that it happened
//! in beside its own. `docs/LOGGING.md` lists them.

use std::fmt::Debug;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

/// RFC 3339 with milliseconds, in UTC.
const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Writes every event as a line.
pub(crate) struct Lines {
    /// Fields that every line has, such as the function's name.
    pub always: Vec<(&'static str, String)>,
    /// The time.
    pub now: fn() -> OffsetDateTime,
    /// Takes a line, without its end.
    pub write: Box<dyn Fn(&str) + Send + Sync>,
}

/// What a span or an event says, by the fields' names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said(Map<String, Value>);

impl Said {
    /// What an event says, and what the spans around it say. An inner one counts more than an outer one.
    pub(crate) fn by<S>(event: &Event<'_>, context: &Context<'_, S>) -> Self
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut all = Self::default();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(Scope::from_root)
        {
            if let Some(said) = span.extensions().get::<Self>() {
                all.0.extend(said.0.clone());
            }
        }
        event.record(&mut all);
        all
    }

    /// A field as text, where it is there.
    pub(crate) fn text(&self, field: &str) -> Option<String> {
        Some(match self.0.get(field)? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, u64::try_from(value).unwrap_or(u64::MAX).into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

impl Said {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut said = Said::default();
        span.record(&mut said);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(said);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(said) = span.extensions_mut().get_mut::<Said>()
        {
            values.record(said);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Said(mut said) = Said::by(event, &context);
        let about = event.metadata();
        let message = said.remove("message").unwrap_or_default();
        let stamp = (self.now)().format(STAMP).unwrap_or_default();
        let mut line = Line::default();
        line.put("timestamp", &stamp.into());
        line.put("level", &about.level().as_str().into());
        line.put("message", &message);
        line.put("target", &about.target().into());
        for (name, value) in &self.always {
            line.put(name, &value.as_str().into());
        }
        for (name, value) in &said {
            let is_taken = ["timestamp", "level", "target"].contains(&name.as_str())
                || self.always.iter().any(|(taken, _)| taken == name);
            if !is_taken {
                line.put(name, value);
            }
        }
        (self.write)(&line.ended());
    }
}

/// A JSON object whose members stand in the order in which they were put.
#[derive(Default)]
struct Line(String);

impl Line {
    fn put(&mut self, name: &str, value: &Value) {
        let comma = if self.0.is_empty() { "{" } else { "," };
        let name = Value::from(name);
        self.0.push_str(&format!("{comma}{name}:{value}"));
    }

    fn ended(self) -> String {
        self.0 + "}"
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex, Once};

    use time::macros::datetime;
    use tracing::field::Empty;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;

    use super::*;

    /// What was written while `work` ran.
    pub(crate) fn lines_of(work: impl FnOnce()) -> Vec<String> {
        // Tests beside this one that do not listen must not turn the lines of this one off.
        static LISTENS: Once = Once::new();
        LISTENS.call_once(|| tracing_subscriber::registry().init());
        let written = Arc::<Mutex<Vec<String>>>::default();
        let kept = written.clone();
        let lines = Lines {
            always: vec![("function", "triage".to_owned())],
            now: || datetime!(2026-11-24 04:05:06.789_123 UTC),
            write: Box::new(move |line| kept.lock().unwrap().push(line.to_owned())),
        };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), work);
        std::mem::take(&mut *written.lock().unwrap())
    }

    fn only(lines: &[String]) -> Value {
        assert_eq!(lines.len(), 1, "{lines:?}");
        serde_json::from_str(&lines[0]).unwrap()
    }

    #[test]
    fn a_line_begins_with_when_how_grave_and_what() {
        let lines = lines_of(|| tracing::info!(target: "desk", step = "note", "Did the note step"));
        assert_eq!(
            lines,
            [concat!(
                r#"{"timestamp":"2026-11-24T04:05:06.789Z","level":"INFO","message":"Did the note step","#,
                r#""target":"desk","function":"triage","step":"note"}"#
            )]
        );
    }

    #[test]
    fn the_ids_of_all_spans_around_an_event_stand_on_its_line() {
        let lines = lines_of(|| {
            let outer = tracing::error_span!("invocation", request_id = "r1");
            let inner = tracing::error_span!(parent: &outer, "mail", mail = "1-a", "try" = 3);
            inner.in_scope(|| tracing::info!("within"));
        });
        let line = only(&lines);
        assert_eq!(
            (&line["request_id"], &line["mail"], &line["try"]),
            (&"r1".into(), &"1-a".into(), &3.into())
        );
    }

    #[test]
    fn an_id_that_is_learnt_stands_on_the_lines_after_it() {
        let lines = lines_of(|| {
            let span = tracing::error_span!("mail", ticket = Empty);
            let _within = span.enter();
            tracing::info!("before");
            tracing::Span::current().record("ticket", 7);
            tracing::info!("after");
        });
        let has_ticket: Vec<bool> = lines
            .iter()
            .map(|line| line.contains(r#""ticket":7"#))
            .collect();
        assert_eq!(has_ticket, [false, true]);
    }

    #[test]
    fn an_events_own_field_counts_more_than_its_spans() {
        let lines = lines_of(|| {
            let span = tracing::error_span!("mail", mail = "1-a");
            span.in_scope(|| tracing::info!(mail = "1-b", "another mail"));
        });
        assert_eq!(only(&lines)["mail"], "1-b");
        assert_eq!(lines[0].matches("\"mail\"").count(), 1);
    }

    #[test]
    fn a_field_cannot_pass_for_one_of_those_that_every_line_has() {
        let lines = lines_of(|| tracing::info!(function = "ingest", level = "ERROR", "a fact"));
        let line = only(&lines);
        assert_eq!(
            (&line["function"], &line["level"]),
            (&"triage".into(), &"INFO".into())
        );
        assert_eq!(lines[0].matches("\"level\"").count(), 1);
    }

    #[test]
    fn whatever_is_said_the_line_is_one_line_of_json() {
        let lines = lines_of(|| {
            let said = "two\nlines, \"quoted\" \u{1b}[31m \u{0} \u{2028} \\";
            tracing::warn!(
                said,
                none = f64::NAN,
                took_ms = u128::MAX,
                yes = true,
                "{said}"
            );
        });
        let line = only(&lines);
        assert!(!lines[0].contains('\n'));
        assert_eq!(line["message"], line["said"]);
        assert_eq!((&line["none"], &line["yes"]), (&Value::Null, &true.into()));
    }
}
