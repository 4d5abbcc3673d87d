//! Numbers as the languages write them.

use rust_decimal::Decimal;

/// A number as it may be meant: `1.500` is one and a half, or fifteen hundred.
pub(crate) type Readings = Vec<Decimal>;

/// The numbers that digits with separators can mean in a language.
pub(crate) fn readings(text: &str, language: Option<&str>) -> Readings {
    let spaceless: String = text
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
        .collect();
    let decimal = |sign: char| {
        let plain: String = spaceless
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == sign)
            .collect();
        plain
            .replace(sign, ".")
            .parse::<Decimal>()
            .ok()
            .map(|value| value.normalize())
    };
    let whole = || {
        let digits: String = spaceless.chars().filter(char::is_ascii_digit).collect();
        digits
            .parse::<Decimal>()
            .ok()
            .map(|value| value.normalize())
    };
    let signs: Vec<char> = spaceless.chars().filter(|c| !c.is_ascii_digit()).collect();
    let found = match signs[..] {
        [sign] => {
            let behind = spaceless.rsplit(sign).next().map_or(0, str::len);
            let groups = match (language, sign) {
                (Some("en"), ',') | (Some("de" | "es" | "it"), '.') => Some(true),
                (Some("en"), '.') | (Some("de" | "es" | "it" | "fr"), ',') => Some(false),
                _ => None,
            };
            match (behind == 3, groups) {
                (true, Some(true)) => vec![whole()],
                (true, None) => vec![whole(), decimal(sign)],
                _ => vec![decimal(sign)],
            }
        }
        // The last sign is the decimal one, unless all are the same.
        [.., last] if signs.iter().any(|sign| *sign != last) => vec![decimal(last)],
        _ => vec![whole()],
    };
    found.into_iter().flatten().collect()
}
