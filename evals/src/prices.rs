//! What calls cost, by the price table in `prices.json`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use model_gemini::{Call, Watcher};
use serde::{Deserialize, Serialize};

/// Prices of models.
#[derive(Debug, Clone, Deserialize)]
pub struct Prices {
    /// When they were looked up.
    pub as_of: String,
    /// Where.
    pub source: String,
    models: BTreeMap<String, Price>,
}

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Price {
    input: f64,
    output: f64,
}

/// Tokens that were used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tokens {
    /// What was sent.
    pub input: u64,
    /// What came back, thinking included.
    pub output: u64,
}

/// Tokens by model.
#[derive(Debug, Clone, Default)]
pub struct Used(Arc<Mutex<BTreeMap<String, Tokens>>>);

impl Prices {
    /// The table that stands in the repository.
    pub fn read() -> Result<Self> {
        serde_json::from_str(include_str!("../prices.json")).context("prices.json")
    }

    /// What tokens cost in US dollars. None for a model without a price.
    pub fn of(&self, model: &str, tokens: Tokens) -> Option<f64> {
        let price = self.models.get(model)?;
        Some((number(tokens.input) * price.input + number(tokens.output) * price.output) / 1e6)
    }

    /// What all that was used costs, as far as there are prices.
    pub fn of_all(&self, used: &BTreeMap<String, Tokens>) -> f64 {
        let costs = used
            .iter()
            .filter_map(|(model, tokens)| self.of(model, *tokens));
        costs.sum()
    }
}

impl Used {
    /// What counts a client's calls.
    pub fn watcher(&self) -> Watcher {
        let used = self.clone();
        Arc::new(move |call: &Call<'_>| {
            let mut all = used.lock();
            let tokens = all.entry(call.model.to_owned()).or_default();
            tokens.input += call.tokens_in.unwrap_or_default();
            tokens.output += call.tokens_out.unwrap_or_default();
        })
    }

    /// What was used since this was last asked.
    pub fn take(&self) -> BTreeMap<String, Tokens> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Tokens>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::cast_precision_loss, reason = "tokens of one run")]
fn number(of: u64) -> f64 {
    of as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_tokens_cost_what_the_table_says() {
        let prices = Prices::read().unwrap();
        let million = Tokens {
            input: 1_000_000,
            output: 1_000_000,
        };
        assert_eq!(prices.of("gemini-3.8-flash", million), Some(4.5));
        assert_eq!(prices.of("a-model-nobody-knows", million), None);
    }
}
