//! A channel in memory where alerts arrive, whichever way they come.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ports::{Alert, Alerts, CallError, Notice};
use serde::Serialize;

use crate::faults::lock;
use crate::{Fault, Faults};

/// The name of the one operation, for fault switches.
pub const OPERATION: &str = "alert";

/// A delivered alert, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// All of its text.
    pub shown: String,
    /// Where its links and buttons lead.
    pub links: Vec<String>,
}

/// The channel.
#[derive(Default)]
pub struct FakeAlerts {
    /// What goes wrong with the next deliveries.
    pub faults: Arc<Faults>,
    delivered: Mutex<Vec<Delivered>>,
}

impl FakeAlerts {
    /// An empty channel.
    pub fn with_faults(faults: Arc<Faults>) -> Self {
        Self {
            faults,
            delivered: Mutex::default(),
        }
    }

    /// What was delivered, oldest first.
    pub fn delivered(&self) -> Vec<Delivered> {
        lock(&self.delivered).clone()
    }

    async fn tell(&self, said: Delivered) -> Result<String, CallError> {
        let seen = |fault: Fault| fault.on_write("alerts");
        let work = async {
            self.deliver(said);
            Ok(String::new())
        };
        self.faults.around(OPERATION, seen, work).await
    }

    /// Delivers.
    pub fn deliver(&self, alert: Delivered) {
        lock(&self.delivered).push(alert);
    }
}

#[async_trait]
impl Alerts for FakeAlerts {
    async fn alert(&self, alert: &Alert) -> Result<String, CallError> {
        self.tell(as_shown(alert)).await
    }

    async fn notice(&self, notice: &Notice) -> Result<String, CallError> {
        self.tell(Delivered {
            shown: format!("{}\n{}", notice.title, notice.lines.join("\n")),
            links: vec![],
        })
        .await
    }
}

fn as_shown(alert: &Alert) -> Delivered {
    let urgency = if alert.urgent { "Urgent: " } else { "" };
    let repeat = if alert.may_be_repeat {
        "\nThis may be a repeat."
    } else {
        ""
    };
    Delivered {
        shown: format!(
            "{urgency}{}\n{}\n{}{repeat}",
            alert.ticket, alert.because, alert.mail
        ),
        links: vec![alert.ticket_link.clone(), alert.thread_link.clone()],
    }
}
