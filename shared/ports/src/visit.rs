//! What became of one worker's visit to a mail, for people who ask later.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::QueueName;

/// A call to another service, with all its attempts. Holds no content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallMade {
    /// What was called, such as `gmail.drafts.create`.
    pub operation: String,
    /// How often it was tried. 0: it was not called for now.
    pub attempts: u32,
    /// How long that took, waits included, in milliseconds.
    pub took_ms: u64,
    /// What went wrong in the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What else can be told of it, such as the model that answered and its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// One invocation's work on one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The queue that the mail was in.
    pub queue: QueueName,
    /// How often its message had been received, this time included.
    pub tries: u32,
    /// When the work began.
    pub at: OffsetDateTime,
    /// How long it took.
    pub took: Duration,
    /// What came of it: `answered`, `routed`, `nothing to do`, `given back`.
    pub outcome: String,
    /// The kind of failure and what it was, with its causes.
    pub error: Option<(&'static str, String)>,
    /// After which wait the message comes back.
    pub wait: Option<Duration>,
    /// The calls to other services, in order.
    pub calls: Vec<CallMade>,
}
