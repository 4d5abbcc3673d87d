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

    /// So many octets of an object from this one on, fewer at its end and none beyond. `NotFound` where there
    /// is no object.
    async fn read_part(&self, key: &str, from: u64, length: u64) -> Result<Vec<u8>, CallError>;

    /// Puts an object there, encrypted at rest and private. Idempotent: the same key holds the last.
    async fn write(&self, key: &str, media_type: &str, content: &[u8]) -> Result<(), CallError>;

    /// A link by which anyone can download an object for a while, under this file name. The object
    /// need not be there yet.
    async fn link(&self, key: &str, name: &str, valid: Duration) -> Result<String, CallError>;
}

/// A bucket that takes objects too large for one call. Apart from [`Archive`], so that functions which write none of
/// them do not carry what it takes.
#[async_trait]
pub trait Uploads: Archive {
    /// Begins an object that is put there part by part, encrypted at rest and private. Nothing is seen of it
    /// before it is finished.
    async fn begin(&self, key: &str, media_type: &str) -> Result<Box<dyn Upload>, CallError>;
}

/// An object that is on its way. One that is neither finished nor given up takes room until the bucket's
/// own rule clears it away.
#[async_trait]
pub trait Upload: Send {
    /// Adds a part. All but the last have at least [`LEAST_PART`] octets.
    async fn add(&mut self, part: Vec<u8>) -> Result<(), CallError>;

    /// Makes the parts one object, in place of what was there. There is at least one part.
    async fn finish(self: Box<Self>) -> Result<(), CallError>;

    /// Leaves no trace of it. What was there before stays.
    async fn give_up(self: Box<Self>) -> Result<(), CallError>;
}

/// The least length of a part that is not the last, in octets
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
pub const LEAST_PART: usize = 5 << 20;
