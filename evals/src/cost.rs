//! What the calls of a run cost.

use std::sync::{Arc, Mutex, PoisonError};

use ports::{Clock, Journal, Run, SystemClock};
use time::OffsetDateTime;

/// The cost of calls in US dollars, as far as their models have prices.
#[derive(Debug, Clone, Default)]
pub struct Cost(Arc<Mutex<f64>>);

impl Cost {
    /// What was spent since this was last asked.
    pub fn take(&self) -> f64 {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Journal for Cost {
    fn now(&self) -> OffsetDateTime {
        SystemClock.now()
    }

    fn note(&self, run: Run) {
        let cost = run.model.and_then(|model| model.cost_usd);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += cost.unwrap_or_default();
    }
}
