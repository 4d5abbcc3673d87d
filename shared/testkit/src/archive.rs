//! A bucket in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ports::{Archive, CallError};

use crate::faults::lock;
use crate::{Fault, Faults};

const SERVICE: &str = "the fake archive";

/// A bucket in memory.
#[derive(Default)]
pub struct FakeArchive {
    /// What goes wrong with the next calls: `read`, `list`, `write` and `remove`.
    pub faults: Arc<Faults>,
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl FakeArchive {
    /// The keys of all objects.
    pub fn keys(&self) -> Vec<String> {
        lock(&self.objects).keys().cloned().collect()
    }

    async fn call<T>(
        &self,
        operation: &str,
        work: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> Result<T, CallError> + Send,
    ) -> Result<T, CallError> {
        let seen = |fault: Fault| fault.on_read(SERVICE);
        let work = async { work(&mut lock(&self.objects)) };
        self.faults.around(operation, seen, work).await
    }
}

#[async_trait]
impl Archive for FakeArchive {
    async fn read(&self, key: &str) -> Result<Vec<u8>, CallError> {
        let missing = CallError::NotFound {
            service: SERVICE,
            what: "object",
        };
        self.call("read", |objects| objects.get(key).cloned().ok_or(missing))
            .await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let found = |key: &&String| key.starts_with(prefix);
        self.call("list", |objects| {
            Ok(objects.keys().filter(found).cloned().collect())
        })
        .await
    }

    async fn remove(&self, key: &str) -> Result<(), CallError> {
        self.call("remove", |objects| {
            objects.remove(key);
            Ok(())
        })
        .await
    }

    async fn write(&self, key: &str, _media_type: &str, content: &[u8]) -> Result<(), CallError> {
        self.call("write", |objects| {
            objects.insert(key.to_owned(), content.to_vec());
            Ok(())
        })
        .await
    }

    async fn link(&self, key: &str, name: &str, valid: Duration) -> Result<String, CallError> {
        let seconds = valid.as_secs();
        Ok(format!(
            "https://archive.test/{key}?name={name}&expires={seconds}"
        ))
    }
}
