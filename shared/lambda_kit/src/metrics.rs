//! Metrics, as lines on stdout that `CloudWatch` takes them from: its Embedded Metric Format
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
//! Nothing is called for them and nothing waits.
//!
//! Every metric stands in [`METRICS`]. Dimensions come from small closed sets; ids stand beside them, and
//! no address ever does.

mod line;
mod table;
mod told;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use time::OffsetDateTime;

use crate::settings::{self, KEYS};

pub use line::Line;
pub use table::*;
pub use told::{drafts_settled, mail_ended, retries, synced, visited};

/// The namespace of all metrics here.
pub const NAMESPACE: &str = "AutoMailHelpdesk";

/// Whose metrics they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The stack's name.
    pub stack: String,
    /// The function's, without the stack's.
    pub function: String,
}

impl Source {
    /// From the stack's name and the name under which the function is deployed.
    pub fn new(stack: &str, deployed: &str) -> Self {
        let ours = deployed.strip_prefix(stack);
        let function = ours.and_then(|name| name.strip_prefix('-'));
        Self {
            stack: stack.to_owned(),
            function: function.unwrap_or(deployed).to_owned(),
        }
    }
}

/// Lambda sets the function's name in every sandbox
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>).
static SOURCE: LazyLock<Source> = LazyLock::new(|| {
    let key = KEYS.iter().find(|key| key.name == "STACK_NAME");
    let usual = key.and_then(|key| key.default).unwrap_or_default();
    let stack = settings::raw("STACK_NAME").unwrap_or_else(|| usual.to_owned());
    let deployed = settings::raw("AWS_LAMBDA_FUNCTION_NAME");
    Source::new(&stack, deployed.as_deref().unwrap_or("local"))
});

/// Puts lines out, each in one piece, so that they do not mix with what is logged.
#[expect(
    clippy::print_stdout,
    reason = "Lambda takes metrics from the lines on stdout"
)]
pub fn print(lines: &[Line], now: OffsetDateTime) {
    for line in lines {
        println!("{}", line.text(&SOURCE, now));
    }
}

/// Counts the first event of a sandbox as its cold start. To be called with every event.
pub fn invoked(now: OffsetDateTime) {
    static WARM: AtomicBool = AtomicBool::new(false);
    if !WARM.swap(true, Ordering::Relaxed) {
        print(&[Line::new().value(&COLD_STARTS, 1.0)], now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_called_by_its_own_name() {
        let source = Source::new("desk", "desk-general_query");
        assert_eq!(source.function, "general_query");
        assert_eq!(Source::new("desk", "deskside").function, "deskside");
    }
}
