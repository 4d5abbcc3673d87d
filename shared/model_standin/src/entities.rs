//! Details of a request that patterns can find: months, and which placeholder is which password.

use domain::Entities;
use time::Date;

use crate::secrets::passwords;
use crate::since::since;

/// Words between a number and its unit, or between `last` and a unit, at most.
const REACH: usize = 2;

/// The details. `words` are those of subject and text, folded; `on` is the day of the mail.
pub fn entities(words: &[String], text: &str, on: Date) -> Entities {
    let (current_pw, new_pw) = passwords(text);
    Entities {
        months: months(words).or_else(|| since(words, on)),
        current_pw,
        new_pw,
    }
}

/// A span of time that a word names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Days,
    Weeks,
    Months(u32),
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "day" | "days" | "tage" | "tagen" | "jours" | "dias" | "giorni" => Unit::Days,
        "week" | "weeks" | "woche" | "wochen" | "semaine" | "semaines" | "semana" | "semanas"
        | "settimana" | "settimane" => Unit::Weeks,
        "month" | "months" | "monat" | "monats" | "monate" | "monaten" | "mois" | "mes"
        | "meses" | "mese" | "mesi" => Unit::Months(1),
        "quarter" | "quarters" | "quartal" | "quartals" | "quartale" | "trimestre"
        | "trimestres" | "trimestri" => Unit::Months(3),
        "halbjahr" | "halbjahres" | "semestre" | "semestri" => Unit::Months(6),
        "year" | "years" | "jahr" | "jahres" | "jahre" | "jahren" | "annee" | "annees" | "ans"
        | "ano" | "anos" | "anno" | "anni" => Unit::Months(12),
        _ => return None,
    })
}

impl Unit {
    fn times(self, number: u32) -> u32 {
        match self {
            Self::Days => number.div_ceil(30),
            Self::Weeks => number.div_ceil(4),
            Self::Months(months) => months.saturating_mul(number),
        }
    }
}

/// Numbers in words. `half` is not among them: see [`is_half`].
const NUMBERS: [(u32, &str); 16] = [
    (1, "one ein eine einem einen eines un une uno una"),
    (2, "two zwei deux dos due couple"),
    (3, "three drei trois tres tre"),
    (4, "four vier quatre cuatro quattro"),
    (5, "five funf cinq cinco cinque"),
    (6, "six sechs seis sei"),
    (7, "seven sieben sept siete sette"),
    (8, "eight acht huit ocho otto"),
    (9, "nine neun neuf nueve nove"),
    (10, "ten zehn dix diez dieci"),
    (11, "eleven elf onze once undici"),
    (12, "twelve zwolf douze doce dodici dozen"),
    (15, "fifteen funfzehn quinze quince quindici"),
    (18, "eighteen achtzehn dieciocho diciotto"),
    (20, "twenty zwanzig vingt veinte venti"),
    (24, "vierundzwanzig veinticuatro ventiquattro"),
];

fn number(word: &str) -> Option<u32> {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        // More than fits is as wrong as the most that fits.
        return Some(word.parse().unwrap_or(u32::MAX));
    }
    let named = NUMBERS
        .iter()
        .find(|(_, names)| names.split(' ').any(|name| name == word));
    named.map(|(number, _)| *number)
}

/// Whether a word looks back: the last, the past. Those that stand behind the unit count too.
fn looks_back(word: &str) -> bool {
    const STARTS: [&str; 12] = [
        "letzt",
        "vergangen",
        "vorig",
        "dernier",
        "precedent",
        "ecoule",
        "ultim",
        "pasad",
        "anterior",
        "scors",
        "passat",
        "preceden",
    ];
    matches!(word, "last" | "past" | "previous" | "preceding" | "recent")
        || STARTS.iter().any(|start| word.starts_with(start))
}

/// Whether a word says that all of a span is meant.
fn is_whole(word: &str) -> bool {
    matches!(
        word,
        "whole"
            | "entire"
            | "full"
            | "complete"
            | "ganze"
            | "ganzes"
            | "ganzen"
            | "gesamte"
            | "gesamten"
            | "toute"
            | "entiere"
            | "todo"
            | "entero"
            | "tutto"
            | "intero"
    )
}

fn is_half(word: &str) -> bool {
    matches!(
        word,
        "half" | "halbes" | "halben" | "halbe" | "demi" | "medio" | "mezzo"
    )
}

/// The months asked for. A span that looks back comes before one that does not, and months before
/// years, for people also say how long they have been customers.
fn months(words: &[String]) -> Option<u32> {
    let spans = || (0..words.len()).filter_map(|at| span(words, at));
    let best = |of: Certainty| spans().find(|(certainty, _)| *certainty == of);
    [Certainty::Back, Certainty::Short]
        .into_iter()
        .find_map(best)
        .map(|(_, months)| months)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Certainty {
    /// It looks back.
    Back,
    /// It is a number of months.
    Short,
    /// It may be anything.
    Unclear,
}

/// The span that the word at this place ends, in months.
fn span(words: &[String], at: usize) -> Option<(Certainty, u32)> {
    let unit = unit(&words[at])?;
    let before = &words[at.saturating_sub(REACH + 1)..at];
    let after = &words[at + 1..words.len().min(at + 2)];
    let back = before.iter().chain(after).any(|word| looks_back(word));
    let is_year = unit == Unit::Months(12);
    if is_year && before.iter().any(|word| is_half(word)) {
        return Some((Certainty::Back, 6));
    }
    if let Some(number) = number_before(words, at) {
        let certainty = match unit {
            _ if back => Certainty::Back,
            Unit::Months(1 | 3 | 6) => Certainty::Short,
            _ => Certainty::Unclear,
        };
        return Some((certainty, unit.times(number)));
    }
    if !matches!(unit, Unit::Months(_)) {
        return None;
    }
    // "mes" is a month in Spanish and "my" in French, where "mes derniers …" is no month.
    let is_back = if words[at] == "mes" {
        before.last().is_some_and(|w| w == "ultimo") || after.iter().any(|w| w == "pasado")
    } else {
        back
    };
    let whole = is_year && before.iter().any(|word| is_whole(word));
    (is_back || whole).then(|| (Certainty::Back, unit.times(1)))
}

/// The number that belongs to the unit at this place: the nearest word before it, over words such as
/// `last` or `full`. `dix huit` and `twenty four` are sums.
fn number_before(words: &[String], at: usize) -> Option<u32> {
    let mut place = at;
    for _ in 0..=REACH {
        place = place.checked_sub(1)?;
        let word = &words[place];
        if let Some(found) = number(word) {
            let tens = place.checked_sub(1).and_then(|p| number(&words[p]));
            let written_out = !word.starts_with(|c: char| c.is_ascii_digit());
            return Some(match tens {
                Some(tens @ (10 | 20)) if found < 10 && written_out => tens + found,
                _ => found,
            });
        }
        let passes = looks_back(word)
            || is_whole(word)
            || matches!(word.as_str(), "calendar" | "of" | "or" | "so");
        if !passes {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::words::words;

    fn found(text: &str) -> Entities {
        entities(&words(text, 999), text, date!(2026 - 11 - 23))
    }

    #[test]
    fn months_are_read_in_five_languages() {
        for (months, text) in [
            (Some(3), "the last three months"),
            (Some(6), "for the past 6 months"),
            (Some(1), "last month's statement"),
            (Some(3), "of the last quarter"),
            (Some(12), "for the whole of last year"),
            (Some(6), "the previous half year"),
            (Some(3), "the last ninety days, three months or so"),
            (Some(3), "the last 90 days"),
            (Some(2), "the last couple of months"),
            (Some(24), "the last two years"),
            (Some(24), "twenty four months"),
            (Some(6), "die letzten 6 Monate"),
            (Some(12), "der letzten zwölf Monate"),
            (Some(3), "des letzten Quartals"),
            (Some(12), "des gesamten letzten Jahres"),
            (Some(6), "aus dem letzten halben Jahr"),
            (Some(12), "ces douze derniers mois"),
            (Some(18), "les dix-huit derniers mois"),
            (Some(1), "le mois dernier"),
            (Some(12), "toute l'année"),
            (Some(3), "el último trimestre"),
            (Some(6), "los últimos seis meses"),
            (Some(1), "el mes pasado"),
            (Some(12), "todo el año pasado"),
            (Some(2), "gli ultimi due mesi"),
            (Some(1), "del mese scorso"),
            (Some(12), "tutto l'anno scorso"),
            (Some(1000), "the last 1000 months"),
            (Some(0), "the last 0 months"),
            (None, "mes derniers relevés"),
            (Some(10), "since January"),
            (Some(8), "depuis mars"),
            (Some(11), "seit Dezember"),
            (Some(2), "desde el mes de septiembre"),
            (Some(5), "da giugno"),
            (Some(12), "since November"),
            (None, "the march since yesterday"),
            (None, "I have been a customer for twenty years"),
            (Some(u32::MAX), "the last 99999999999999 months"),
            (None, ""),
        ] {
            assert_eq!(found(text).months, months, "{text}");
        }
    }

    #[test]
    fn years_as_a_customer_do_not_hide_the_months() {
        let text = "A customer for 10 years, I need my statements of 4 months.";
        assert_eq!(found(text).months, Some(4));
    }
}
