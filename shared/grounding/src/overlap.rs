//! The share of a sentence's words that stand in its sources.

use std::collections::BTreeSet;

use crate::Source;

/// Letters from which on a German stem counts inside a longer word.
const COMPOUND: usize = 5;

/// Words of the trade that mean the same, as stems. One line a notion.
const SAME: [&str; 12] = [
    "cost price fee charg",
    "kost preis gebuhr entgelt kostet betragt betrag",
    "cout tarif frais prix coute",
    "cost preci comision tarif cuest",
    "cost prezz commission spes",
    "replac substitut",
    "phone mobil smartphon",
    "transfer payment",
    "uberweis zahlung",
    "withdraw cash",
    "branch offic",
    "minut moment",
];

/// The share of content words that stand in the sources of the same language. None where no source is
/// in it, or where there is no such word.
pub(crate) fn share(text: &str, language: &str, sources: &[Source<'_>]) -> Option<f32> {
    let known = stems_of(sources, language)?;
    let said = words::terms(text, Some(language));
    let said: BTreeSet<String> = said.into_iter().filter(|stem| is_word(stem)).collect();
    if said.is_empty() {
        return None;
    }
    let found = said
        .iter()
        .filter(|stem| stands(stem, &known, language))
        .count();
    Some(number(found) / number(said.len()))
}

/// The stems of all sources in a language. None where there is no such source.
pub(crate) fn stems_of(sources: &[Source<'_>], language: &str) -> Option<BTreeSet<String>> {
    let mut stems = BTreeSet::new();
    let mut any = false;
    for source in sources
        .iter()
        .filter(|source| source.language == Some(language))
    {
        any = true;
        for text in [source.title, source.text] {
            stems.extend(words::terms(text, Some(language)));
        }
    }
    any.then_some(stems)
}

/// Whether a stem stands among others, as itself, as a word for the same, or in a compound.
pub(crate) fn stands(stem: &str, known: &BTreeSet<String>, language: &str) -> bool {
    if known.contains(stem) {
        return true;
    }
    let same = SAME
        .iter()
        .filter(|line| line.split(' ').any(|one| one == stem));
    if same
        .flat_map(|line| line.split(' '))
        .any(|one| known.contains(one))
    {
        return true;
    }
    let long = |stem: &str| stem.chars().count() >= COMPOUND;
    language == "de"
        && long(stem)
        && known
            .iter()
            .any(|one| long(one) && (one.contains(stem) || stem.contains(one.as_str())))
}

fn is_word(stem: &str) -> bool {
    stem.chars().count() > 1 && stem.chars().all(char::is_alphabetic)
}

#[expect(clippy::cast_precision_loss, reason = "words of a sentence")]
fn number(of: usize) -> f32 {
    of as f32
}
