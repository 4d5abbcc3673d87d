//! Stored files: S3.

use std::time::Duration;

use async_trait::async_trait;

use crate::CallError;

/// A bucket.
#[async_trait]
pub trait Archive: Send + Sync {
    /// The whole object. `NotFound` where there is none.
    async fn read(&self, key: &str) -> Result<Vec<u8>, CallError>;

    /// The keys of all objects that begin like this, in order.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, CallError>;

    /// Removes an object, if it is there.
    async fn remove(&self, key: &str) -> Result<(), CallError>;

    /// Puts an object there, encrypted at rest and private. Idempotent: the same key holds the last.
    async fn write(&self, key: &str, media_type: &str, content: &[u8]) -> Result<(), CallError>;

    /// A link by which anyone can download an object for a while, under this file name. The object
    /// need not be there yet.
    async fn link(&self, key: &str, name: &str, valid: Duration) -> Result<String, CallError>;
}
