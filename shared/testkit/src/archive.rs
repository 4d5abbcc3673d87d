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

    fn meet(&self, operation: &str) -> (bool, Result<(), CallError>) {
        let fault = self.faults.meet(operation);
        let happens = fault.is_none_or(Fault::lets_it_happen);
        let error = fault.and_then(|fault| fault.on_read(SERVICE));
        (happens, error.map_or(Ok(()), Err))
    }
}

#[async_trait]
impl Archive for FakeArchive {
    async fn read(&self, key: &str) -> Result<Vec<u8>, CallError> {
        self.meet("read").1?;
        let object = lock(&self.objects).get(key).cloned();
        object.ok_or(CallError::NotFound {
            service: SERVICE,
            what: "object",
        })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        self.meet("list").1?;
        let keys = self.keys().into_iter();
        Ok(keys.filter(|key| key.starts_with(prefix)).collect())
    }

    async fn remove(&self, key: &str) -> Result<(), CallError> {
        let (happens, answer) = self.meet("remove");
        if happens {
            lock(&self.objects).remove(key);
        }
        answer
    }

    async fn write(&self, key: &str, _media_type: &str, content: &[u8]) -> Result<(), CallError> {
        let (happens, answer) = self.meet("write");
        if happens {
            lock(&self.objects).insert(key.to_owned(), content.to_vec());
        }
        answer
    }

    async fn link(&self, key: &str, name: &str, valid: Duration) -> Result<String, CallError> {
        let seconds = valid.as_secs();
        Ok(format!(
            "https://archive.test/{key}?name={name}&expires={seconds}"
        ))
    }
}
