//! A bucket in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ports::{Archive, CallError, LEAST_PART, Upload, Uploads};

use crate::faults::lock;
use crate::{Fault, Faults};

const SERVICE: &str = "the fake archive";

type Objects = BTreeMap<String, Vec<u8>>;

/// A bucket in memory.
#[derive(Default)]
pub struct FakeArchive {
    /// What goes wrong with the next calls: `read`, `list`, `write` and `remove`; `begin`, `add`, `finish` and
    /// `give_up` of what is written part by part.
    pub faults: Arc<Faults>,
    objects: Arc<Mutex<Objects>>,
    on_their_way: Arc<Mutex<usize>>,
}

impl FakeArchive {
    /// The keys of all objects.
    pub fn keys(&self) -> Vec<String> {
        lock(&self.objects).keys().cloned().collect()
    }

    /// How many objects were begun and neither finished nor given up.
    pub fn on_their_way(&self) -> usize {
        *lock(&self.on_their_way)
    }

    async fn call<T>(
        &self,
        operation: &str,
        work: impl FnOnce(&mut Objects) -> Result<T, CallError> + Send,
    ) -> Result<T, CallError> {
        let seen = |fault: Fault| fault.on_read(SERVICE);
        let work = async { work(&mut lock(&self.objects)) };
        self.faults.around(operation, seen, work).await
    }
}

#[async_trait]
impl Archive for FakeArchive {
    async fn read(&self, key: &str) -> Result<Vec<u8>, CallError> {
        self.call("read", |objects| {
            objects.get(key).cloned().ok_or_else(missing)
        })
        .await
    }

    async fn read_part(&self, key: &str, from: u64, length: u64) -> Result<Vec<u8>, CallError> {
        let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX);
        self.call("read", |objects| {
            let object = objects.get(key).ok_or_else(missing)?;
            let end = at(from.saturating_add(length)).min(object.len());
            let part = object.get(at(from)..end);
            Ok(part.unwrap_or_default().to_vec())
        })
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

#[async_trait]
impl Uploads for FakeArchive {
    async fn begin(&self, key: &str, _media_type: &str) -> Result<Box<dyn Upload>, CallError> {
        self.call("begin", |_| Ok(())).await?;
        *lock(&self.on_their_way) += 1;
        Ok(Box::new(OnItsWay {
            faults: self.faults.clone(),
            objects: self.objects.clone(),
            on_their_way: self.on_their_way.clone(),
            key: key.to_owned(),
            parts: vec![],
        }))
    }
}

fn missing() -> CallError {
    CallError::NotFound {
        service: SERVICE,
        what: "object",
    }
}

/// An object on its way.
struct OnItsWay {
    faults: Arc<Faults>,
    objects: Arc<Mutex<Objects>>,
    on_their_way: Arc<Mutex<usize>>,
    key: String,
    parts: Vec<Vec<u8>>,
}

impl OnItsWay {
    async fn meets(&self, operation: &str) -> Result<(), CallError> {
        let seen = |fault: Fault| fault.on_read(SERVICE);
        let work = async { Ok(()) };
        self.faults.around(operation, seen, work).await
    }
}

#[async_trait]
impl Upload for OnItsWay {
    async fn add(&mut self, part: Vec<u8>) -> Result<(), CallError> {
        self.meets("add").await?;
        self.parts.push(part);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), CallError> {
        self.meets("finish").await?;
        let but_the_last = self.parts.iter().rev().skip(1);
        if self.parts.is_empty() || but_the_last.into_iter().any(|part| part.len() < LEAST_PART) {
            return Err(CallError::rejected(SERVICE, "EntityTooSmall"));
        }
        lock(&self.objects).insert(self.key.clone(), self.parts.concat());
        *lock(&self.on_their_way) -= 1;
        Ok(())
    }

    async fn give_up(self: Box<Self>) -> Result<(), CallError> {
        self.meets("give_up").await?;
        *lock(&self.on_their_way) -= 1;
        Ok(())
    }
}
