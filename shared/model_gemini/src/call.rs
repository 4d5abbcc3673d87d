//! What can be told of a call without its content.

use std::sync::Arc;
use std::time::Duration;

use crate::Prompt;

/// A call that was answered.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The model asked.
    pub model: &'a str,
    /// The model that answered, where Google says so.
    pub answered_by: Option<&'a str>,
    /// What it was told. None: texts were embedded.
    pub prompt: Option<&'a Prompt>,
    /// What was sent, in tokens.
    pub tokens_in: Option<u64>,
    /// What came back, in tokens, thinking included.
    pub tokens_out: Option<u64>,
    /// How long it took, with all tries.
    pub took: Duration,
}

/// Who is told of each call. It must be quick: the call waits for it.
pub type Watcher = Arc<dyn Fn(&Call<'_>) + Send + Sync>;
