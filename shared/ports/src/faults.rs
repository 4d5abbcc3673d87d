//! Telling a service of faults which a person has to look at.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::CallError;

/// A fault, in the code's own words. It has no room for content: what happened is a constant of the
/// code, and ids name the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What happened. The same for each fault of its kind.
    pub what: &'static str,
    /// Where in the code it was noticed.
    pub place: String,
    /// Whether the code broke, which a fault in it does.
    pub broke: bool,
    /// When.
    pub at: OffsetDateTime,
    /// The ids of the mail and of the invocation, by the names that the log has for them.
    pub ids: Vec<(&'static str, String)>,
}

/// Whoever keeps faults for people to look at.
///
/// An implementer must:
/// - in `note`, not wait and not fail, and keep no more faults than memory can take;
/// - in `tell`, not tell a fault twice, also where it is cut off.
#[async_trait]
pub trait Faults: Send + Sync {
    /// Keeps a fault until the next `tell`.
    fn note(&self, fault: Fault);

    /// Whether faults wait to be told.
    fn is_waiting(&self) -> bool;

    /// Tells all that waits. What could not be told is dropped: the log has it.
    async fn tell(&self) -> Result<(), CallError>;
}
