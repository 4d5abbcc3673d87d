//! "Not" and its kin: a sentence says yes or no as the passages do.

use std::collections::BTreeSet;

use crate::overlap;
use crate::tokens::{Token, tokens};
use crate::{Source, Unsupported};

const NEGATIONS: &str = "not no never none nobody nothing without nor neither cannot \
    nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder \
    ne pas aucun aucune jamais rien sans ni \
    nunca sin ningun ninguna ninguno tampoco nada jamas \
    non nessun nessuna nessuno mai senza ne niente nulla";
/// Spanish and Italian "no", and English "no", are one word; what follows decides nothing.
const FREE: &str = "free kostenlos kostenfrei gebuhrenfrei gratuit gratuite gratuits gratuites gratuitement \
    gratis gratuito gratuita gratuitos gratuitas gratuiti";
const COSTS: &str = "fee fees charge charges cost costs gebuhr gebuhren kosten kostet entgelt frais cout coute \
    coste costes comision comisiones cuesta costo costi costa spese commissione commissioni";
/// Words that begin another clause.
const JOINING: &str = "and but und aber sondern et mais y pero sino e ma while whereas wahrend";

/// How much less a clause may resemble a sentence than the one that does most.
const NEARLY: f32 = 0.1;
/// The share of words from which on a clause speaks of the same.
const ALIKE: f32 = 0.5;

/// A clause with what it says no to.
struct Clause {
    stems: BTreeSet<String>,
    negated: bool,
    free: bool,
}

/// Whether two clauses deny alike. Being free of charge is no denial, and not the same as saying nothing
/// of the price only where the other speaks of it.
fn agrees(said: &Clause, source: &Clause) -> bool {
    said.negated == source.negated && (!said.free || source.free)
}

/// Whether a sentence says yes and no as its sources do.
pub(crate) fn stands(
    text: &str,
    language: &str,
    sources: &[Source<'_>],
) -> Result<(), Unsupported> {
    let said = clause(&tokens(text), language);
    let own: Vec<Clause> = sources
        .iter()
        .filter(|source| source.language == Some(language))
        .flat_map(|source| clauses(source.text, language))
        .collect();
    if own.is_empty() {
        return across_languages(&said, sources);
    }
    let alike = |clause: &Clause| {
        let common = said
            .stems
            .iter()
            .filter(|stem| overlap::stands(stem, &clause.stems, language))
            .count();
        number(common) / number(said.stems.len().max(1))
    };
    let best = own.iter().map(alike).fold(0.0, f32::max);
    if best < ALIKE {
        // Nothing to compare with: a denial still needs one.
        return across_languages(&said, sources);
    }
    let mut candidates = own.iter().filter(|clause| alike(clause) >= best - NEARLY);
    if candidates.any(|clause| agrees(&said, clause)) || joined(text, language, &own) {
        Ok(())
    } else {
        Err(Unsupported::Negation)
    }
}

/// A sentence that joins several: each of its clauses agrees with a clause of the sources.
fn joined(text: &str, language: &str, own: &[Clause]) -> bool {
    let parts = split(&tokens(text), language);
    parts.len() > 1
        && parts.iter().all(|part| {
            let alike = |clause: &Clause| {
                let common = part
                    .stems
                    .iter()
                    .filter(|stem| overlap::stands(stem, &clause.stems, language));
                number(common.count()) / number(part.stems.len().max(1))
            };
            let best = own.iter().map(alike).fold(0.0, f32::max);
            best >= ALIKE
                && own
                    .iter()
                    .any(|clause| alike(clause) >= best - NEARLY && agrees(part, clause))
        })
}

/// In another language words do not compare: a denial needs one somewhere in the sources.
fn across_languages(said: &Clause, sources: &[Source<'_>]) -> Result<(), Unsupported> {
    let denies = |source: &Source<'_>| {
        let clause = clause(&tokens(source.text), source.language.unwrap_or_default());
        clause.negated || said.free && clause.free
    };
    let free = |source: &Source<'_>| {
        clause(&tokens(source.text), source.language.unwrap_or_default()).free
    };
    let unsupported = said.negated && !sources.iter().any(denies)
        || said.free
            && !said.negated
            && !sources.iter().any(|source| free(source) || denies(source));
    if unsupported {
        Err(Unsupported::Negation)
    } else {
        Ok(())
    }
}

/// The sentences of a text, and the clauses of each.
fn clauses(text: &str, language: &str) -> Vec<Clause> {
    let tokens = tokens(text);
    let mut all = vec![];
    for sentence in tokens.split_inclusive(|token| token.ends_sentence) {
        let parts = split(sentence, language);
        // Of a sentence that both affirms and denies, only its clauses say which.
        if parts.iter().all(|part| part.negated == parts[0].negated) {
            all.push(clause(sentence, language));
        }
        if parts.len() > 1 {
            all.extend(parts);
        }
    }
    all
}

fn split(tokens: &[Token], language: &str) -> Vec<Clause> {
    let mut parts: Vec<Vec<Token>> = vec![vec![]];
    for token in tokens {
        if is_among(JOINING, &token.folded) {
            parts.push(vec![]);
        }
        if let Some(part) = parts.last_mut() {
            part.push(token.clone());
        }
        if token.ends_clause {
            parts.push(vec![]);
        }
    }
    let clauses = parts.iter().map(|part| clause(part, language));
    clauses.filter(|clause| clause.stems.len() > 1).collect()
}

fn clause(tokens: &[Token], language: &str) -> Clause {
    let mut stems = BTreeSet::new();
    let (mut denials, mut free) = (0, false);
    for (at, token) in tokens.iter().enumerate() {
        // Italian "never" is May in German and French.
        let is_may = token.folded == "mai" && language != "it";
        let denies = is_among(NEGATIONS, &token.folded) && !is_may
            || token.folded == "t" && at > 0 && tokens[at - 1].folded.ends_with('n');
        if denies {
            let mut after = tokens[at + 1..].iter().take(3);
            let cost = after.find(|t| is_among(COSTS, &t.folded) || is_among(FREE, &t.folded));
            let near = cost.is_some_and(|t| is_among(COSTS, &t.folded));
            let behind = at > 0 && is_among(COSTS, &tokens[at - 1].folded);
            // No fee is free of charge. French says no twice.
            if near || behind {
                free = true;
            } else if token.folded != "ne" {
                denials += 1;
            }
        } else if is_among(FREE, &token.folded) {
            free = true;
        } else if !token.number && !words::is_stop_word(&token.text, Some(language)) {
            stems.insert(words::stem(&token.text, Some(language)));
        }
    }
    Clause {
        stems,
        negated: denials > 0,
        free,
    }
}

fn is_among(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|one| one == word)
}

#[expect(clippy::cast_precision_loss, reason = "words of a sentence")]
fn number(of: usize) -> f32 {
    of as f32
}
