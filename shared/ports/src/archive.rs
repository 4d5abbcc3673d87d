//! Stored files: S3.

use async_trait::async_trait;

use crate::CallError;

/// A bucket.
#[async_trait]
pub trait Archive: Send + Sync {
    /// The whole object. `NotFound` where there is none.
    async fn read(&self, key: &str) -> Result<Vec<u8>, CallError>;
}
