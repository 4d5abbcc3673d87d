//! What calls cost.

use time::{Date, Month};

/// When the prices were looked up.
pub const PRICES_AS_OF: &str = "2026-10-07";
/// Where.
pub const PRICES_SOURCE: &str = "https://ai.google.dev/gemini-api/docs/pricing";

/// US dollars per million tokens, in the paid tier. Thinking counts as output.
struct Price {
    model: &'static str,
    /// The first day on which it holds.
    from: Option<Date>,
    input: f64,
    output: f64,
}

const fn price(model: &'static str, input: f64, output: f64) -> Price {
    Price {
        model,
        from: None,
        input,
        output,
    }
}

const NEW_YEAR: Date = match Date::from_calendar_date(2027, Month::January, 1) {
    Ok(date) => date,
    Err(_) => Date::MAX,
};

/// Of several prices of a model the last one that holds counts.
const PRICES: [Price; 4] = [
    price("gemini-3.5-flash-lite", 0.30, 2.50),
    price("gemini-3.8-flash", 0.75, 3.75),
    Price {
        from: Some(NEW_YEAR),
        ..price("gemini-3.8-flash", 1.50, 7.50)
    },
    price("gemini-embedding-2", 0.20, 0.0),
];

/// What tokens of a model cost on a day, in US dollars. None for a model without a price.
pub fn cost(model: &str, tokens_in: u64, tokens_out: u64, on: Date) -> Option<f64> {
    let holds = |price: &&Price| price.model == model && price.from.is_none_or(|from| from <= on);
    let price = PRICES.iter().rev().find(holds)?;
    Some((number(tokens_in) * price.input + number(tokens_out) * price.output) / 1e6)
}

#[expect(clippy::cast_precision_loss, reason = "tokens of one call")]
fn number(of: u64) -> f64 {
    of as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_a_million(model: &str, on: Date) -> Option<f64> {
        cost(model, 1_000_000, 1_000_000, on)
    }

    #[test]
    fn a_million_tokens_cost_what_the_table_says() {
        let today = Date::from_calendar_date(2026, Month::November, 24).unwrap();
        assert_eq!(of_a_million("gemini-3.8-flash", today), Some(4.5));
        assert_eq!(of_a_million("a-model-nobody-knows", today), None);
    }

    #[test]
    fn a_new_price_holds_from_its_day_on() {
        let before = NEW_YEAR.previous_day().unwrap();
        assert_eq!(of_a_million("gemini-3.8-flash", before), Some(4.5));
        assert_eq!(of_a_million("gemini-3.8-flash", NEW_YEAR), Some(9.0));
    }
}
