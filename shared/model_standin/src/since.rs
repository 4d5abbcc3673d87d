//! "Since March", in months.

use time::Date;

/// Words before a month that say that it is the first one wanted, without accents.
const SINCE: [&str; 13] = [
    "since", "from", "seit", "ab", "von", "depuis", "desde", "dal", "da", "dalla", "dall",
    "starting", "begin",
];

/// Words that may stand between the two: "desde el mes de marzo".
const BETWEEN: [&str; 14] = [
    "the",
    "month",
    "of",
    "dem",
    "monat",
    "le",
    "mois",
    "de",
    "el",
    "mes",
    "il",
    "mese",
    "di",
    "beginning",
];

/// The beginnings of the months' names in the languages we serve, without accents.
const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "janner", "janvier", "enero", "gennaio"],
    &[
        "february", "februar", "feber", "fevrier", "febrero", "febbraio",
    ],
    &["march", "marz", "mars", "marzo"],
    &["april", "avril", "abril", "aprile"],
    &["may", "mai", "mayo", "maggio"],
    &["june", "juni", "juin", "junio", "giugno"],
    &["july", "juli", "juillet", "julio", "luglio"],
    &["august", "aout", "agosto"],
    &["september", "septembre", "septiembre", "settembre"],
    &["october", "oktober", "octobre", "octubre", "ottobre"],
    &["november", "novembre", "noviembre"],
    &["december", "dezember", "decembre", "diciembre", "dicembre"],
];

/// How many months lie between the month that is named and the one of the mail: 12 where it is the
/// same one, of the year before.
pub fn since(words: &[String], on: Date) -> Option<u32> {
    let named = words.iter().enumerate().find_map(|(at, word)| {
        let number = MONTHS
            .iter()
            .position(|names| names.contains(&word.as_str()))?;
        let before = words[..at].iter().rev();
        let lead = before
            .take(5)
            .find(|word| !BETWEEN.contains(&word.as_str()))?;
        SINCE.contains(&lead.as_str()).then_some(number)
    })?;
    let named = u32::try_from(named).ok()? + 1;
    let now = u32::from(u8::from(on.month()));
    Some(if named < now {
        now - named
    } else {
        now + 12 - named
    })
}
