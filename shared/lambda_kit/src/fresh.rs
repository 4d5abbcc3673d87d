//! What a function is put together of, made again when its credentials were refused: a secret may have
//! been rotated since it was read.

use std::sync::Arc;

use lambda_runtime::Error;
use tokio::sync::Mutex;

/// Something that is made once and kept, until it is forgotten.
pub struct Fresh<T, M> {
    make: M,
    kept: Mutex<Option<Arc<T>>>,
}

impl<T, M: AsyncFn() -> Result<T, Error>> Fresh<T, M> {
    /// Makes the first one now, so that a function that cannot work does not start.
    pub async fn made(make: M) -> Result<Self, Error> {
        let fresh = Self::later(make);
        fresh.get().await?;
        Ok(fresh)
    }

    /// Makes the first one when it is asked for.
    pub fn later(make: M) -> Self {
        Self {
            make,
            kept: Mutex::default(),
        }
    }

    /// What is kept, or a new one.
    pub async fn get(&self) -> Result<Arc<T>, Error> {
        let mut kept = self.kept.lock().await;
        if let Some(kept) = &*kept {
            return Ok(kept.clone());
        }
        let made = Arc::new((self.make)().await?);
        *kept = Some(made.clone());
        Ok(made)
    }

    /// Lets the next invocation make a new one.
    pub async fn forget(&self) {
        tracing::warn!("Credentials were refused: secrets are read again for the next event");
        *self.kept.lock().await = None;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn it_is_made_once_and_again_only_when_it_was_forgotten() {
        let times = Cell::new(0);
        let fresh = Fresh::made(async || {
            times.set(times.get() + 1);
            Ok(times.get())
        })
        .await
        .unwrap();
        assert_eq!(
            (*fresh.get().await.unwrap(), *fresh.get().await.unwrap()),
            (1, 1)
        );
        fresh.forget().await;
        assert_eq!(
            (*fresh.get().await.unwrap(), *fresh.get().await.unwrap()),
            (2, 2)
        );
    }

    #[tokio::test]
    async fn what_cannot_be_made_is_tried_again_by_the_next_event() {
        let times = Cell::new(0);
        let fresh = Fresh::made(async || {
            times.set(times.get() + 1);
            if times.get() == 2 {
                return Err(Error::from("the vault is closed"));
            }
            Ok(times.get())
        })
        .await
        .unwrap();
        fresh.forget().await;
        assert!(fresh.get().await.is_err());
        assert_eq!(*fresh.get().await.unwrap(), 3);
    }
}
