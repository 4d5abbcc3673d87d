//! Amounts as people write them: with the separators of their language.

pub use rust_decimal::Decimal;

/// How a language separates thousands and decimals (Unicode CLDR, number symbols).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Separators {
    group: char,
    decimal: char,
    /// The least digits before the decimal sign at which thousands are set apart.
    from: usize,
}

/// U+202F, the narrow no-break space that French sets between thousands.
const NARROW_SPACE: char = '\u{202f}';

fn separators(language: &str) -> Separators {
    let of = |group, decimal, from| Separators {
        group,
        decimal,
        from,
    };
    match language {
        "de" | "it" => of('.', ',', 4),
        "es" => of('.', ',', 5),
        "fr" => of(NARROW_SPACE, ',', 4),
        _ => of(',', '.', 4),
    }
}

/// Digits behind the decimal sign of a currency (ISO 4217). Two for those not named here.
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// An amount with the digits of its currency, without the currency's name. Nothing is rounded away:
/// an amount with more digits than its currency has shows them all.
pub fn written(amount: Decimal, currency: &str, language: &str) -> String {
    let Separators {
        group,
        decimal,
        from,
    } = separators(language);
    let mut exact = amount.normalize();
    if exact.scale() < minor_digits(currency) {
        exact.rescale(minor_digits(currency));
    }
    let digits = exact.abs().to_string();
    let (whole, rest) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = String::new();
    if exact.is_sign_negative() && !exact.is_zero() {
        // U+2212, the minus sign: as wide as a digit, and no line ends behind it.
        text.push('\u{2212}');
    }
    for (at, digit) in whole.chars().enumerate() {
        let left = whole.len() - at;
        if at > 0 && left % 3 == 0 && whole.len() >= from {
            text.push(group);
        }
        text.push(digit);
    }
    if !rest.is_empty() {
        text.push(decimal);
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(amount: &str, currency: &str, language: &str, expected: &str) {
        let amount: Decimal = amount.parse().unwrap();
        assert_eq!(written(amount, currency, language), expected);
    }

    #[test]
    fn each_language_has_its_separators() {
        reads("1234567.5", "EUR", "en", "1,234,567.50");
        reads("1234567.5", "EUR", "de", "1.234.567,50");
        reads("1234567.5", "EUR", "it", "1.234.567,50");
        reads("1234567.5", "EUR", "fr", "1\u{202f}234\u{202f}567,50");
        reads("12345.5", "EUR", "es", "12.345,50");
    }

    #[test]
    fn spanish_sets_no_point_into_four_digits() {
        reads("1234.5", "EUR", "es", "1234,50");
    }

    #[test]
    fn a_debit_has_a_minus_sign() {
        reads("-0.05", "EUR", "en", "\u{2212}0.05");
        reads("-0.00", "EUR", "en", "0.00");
    }

    #[test]
    fn a_currency_without_cents_shows_none() {
        reads("1200", "JPY", "en", "1,200");
        reads("1.5", "KWD", "en", "1.500");
    }

    #[test]
    fn no_digit_is_rounded_away() {
        reads("1.005", "EUR", "en", "1.005");
    }
}
