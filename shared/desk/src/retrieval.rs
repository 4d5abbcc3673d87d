//! What the knowledge base holds on a question: found by meaning and by words, without repetitions,
//! and with what was cut apart joined again.

use std::collections::BTreeSet;
use std::sync::Arc;

use ports::{CallError, EmbedPurpose, Knowledge, Model, Passage, Search, Space};
use time::Date;

use crate::terms;

/// Passages that an answer may draw on.
pub const PASSAGES: usize = 6;
/// Pieces that are searched for, some of which repeat or continue others.
const PIECES: usize = 14;
/// Pieces that are joined to one passage, at most.
const MOST_JOINED: usize = 3;
/// The share of word triples from which on two texts say the same.
const SAME: f32 = 0.8;

/// Finds passages.
#[derive(Clone)]
pub struct Retrieval {
    /// Where they are.
    pub knowledge: Arc<dyn Knowledge>,
    /// What embeds questions.
    pub model: Arc<dyn Model>,
    /// The product that the mailbox is for, if it is for one.
    pub product: Option<String>,
}

/// One thing that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The words.
    pub text: String,
    /// Their language, as ISO 639-1, where it is known.
    pub language: Option<String>,
}

/// What was found, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Meaning and words, their ranks fused.
    Both,
    /// Meaning alone.
    Meaning,
    /// Words alone.
    Words,
}

impl Retrieval {
    /// The passages on all that is asked, the best first; those of several questions take turns. None
    /// where nothing was ever indexed.
    pub async fn find(&self, asked: &[Query], on: Date) -> Result<Option<Vec<Passage>>, CallError> {
        let Some(space) = self.knowledge.serving().await? else {
            return Ok(None);
        };
        let found = match self.found_in(&space, asked, on).await {
            // Another space took over since, and this one is gone.
            Err(CallError::NotFound { .. }) => match self.knowledge.serving().await? {
                Some(space) => self.found_in(&space, asked, on).await?,
                None => return Ok(None),
            },
            found => found?,
        };
        Ok(Some(taking_turns(&found)))
    }

    /// The pieces on one question as the knowledge base ranks them, by one way of searching.
    pub async fn ranked(
        &self,
        space: &Space,
        asked: &Query,
        on: Date,
        by: By,
    ) -> Result<Vec<Passage>, CallError> {
        let vectors = match by {
            By::Words => vec![vec![]],
            By::Both | By::Meaning => self.embedded(space, std::slice::from_ref(asked)).await?,
        };
        let vector = vectors.into_iter().next().unwrap_or_default();
        self.search(space, asked, vector, on, by).await
    }

    async fn found_in(
        &self,
        space: &Space,
        asked: &[Query],
        on: Date,
    ) -> Result<Vec<Vec<Passage>>, CallError> {
        let vectors = self.embedded(space, asked).await?;
        let mut all = vec![];
        for (query, vector) in asked.iter().zip(vectors) {
            let found = self.search(space, query, vector, on, By::Both).await?;
            all.push(joined(without_repetitions(found)));
        }
        Ok(all)
    }

    async fn embedded(&self, space: &Space, asked: &[Query]) -> Result<Vec<Vec<f32>>, CallError> {
        let texts: Vec<String> = asked.iter().map(|query| query.text.clone()).collect();
        let vectors = self.model.embed(space, EmbedPurpose::Query, &texts).await?;
        if vectors.len() == asked.len() {
            return Ok(vectors);
        }
        let reason = format!(
            "{} questions were embedded as {}",
            asked.len(),
            vectors.len()
        );
        Err(CallError::rejected("the embedding model", reason))
    }

    async fn search(
        &self,
        space: &Space,
        asked: &Query,
        vector: Vec<f32>,
        on: Date,
        by: By,
    ) -> Result<Vec<Passage>, CallError> {
        let terms = match by {
            By::Meaning => vec![],
            By::Both | By::Words => terms::of_question(&asked.text, asked.language.as_deref()),
        };
        let search = Search {
            vector,
            terms,
            language: asked.language.clone(),
            product: self.product.clone(),
            on,
            limit: PIECES,
        };
        self.knowledge.search(space, &search).await
    }
}

/// The first of each question, then the second of each, and so on, each passage once.
fn taking_turns(found: &[Vec<Passage>]) -> Vec<Passage> {
    let mut all: Vec<Passage> = vec![];
    let deepest = found.iter().map(Vec::len).max().unwrap_or_default();
    for depth in 0..deepest {
        for passages in found {
            let next = passages.get(depth);
            let new = next.filter(|next| !all.iter().any(|known| known.id == next.id));
            all.extend(new.cloned());
        }
    }
    all.truncate(PASSAGES);
    all
}

/// Leaves out what says the same as something before it.
fn without_repetitions(found: Vec<Passage>) -> Vec<Passage> {
    let mut kept: Vec<(Passage, BTreeSet<String>)> = vec![];
    for passage in found {
        let triples = triples(&passage.text);
        if !kept.iter().any(|(_, known)| alike(known, &triples) >= SAME) {
            kept.push((passage, triples));
        }
    }
    kept.into_iter().map(|(passage, _)| passage).collect()
}

/// Each three words in a row.
fn triples(text: &str) -> BTreeSet<String> {
    let folded = words::folded(text);
    let words: Vec<&str> = words::words(&folded).collect();
    match words.len() {
        0..3 => [words.join(" ")].into(),
        _ => words.windows(3).map(|three| three.join(" ")).collect(),
    }
}

/// The share of triples that two texts have in common (Jaccard).
fn alike(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f32 {
    let common = number(one.intersection(other).count());
    common / (number(one.len() + other.len()) - common).max(1.0)
}

#[expect(clippy::cast_precision_loss, reason = "words of one piece")]
fn number(of: usize) -> f32 {
    of as f32
}

/// Joins pieces of one section that follow each other: they were one text before they were cut. The
/// joined passage stands where the best of them stood, under its id.
fn joined(found: Vec<Passage>) -> Vec<Passage> {
    let mut groups: Vec<Vec<Passage>> = vec![];
    for passage in found {
        let continues = |group: &&mut Vec<Passage>| {
            group.len() < MOST_JOINED && group.iter().any(|one| follow_each_other(one, &passage))
        };
        match groups.iter_mut().find(continues) {
            Some(group) => group.push(passage),
            None => groups.push(vec![passage]),
        }
    }
    groups.into_iter().map(as_one).collect()
}

fn follow_each_other(one: &Passage, other: &Passage) -> bool {
    one.document == other.document
        && one.title == other.title
        && one.language == other.language
        && one.position.abs_diff(other.position) == 1
}

fn as_one(group: Vec<Passage>) -> Passage {
    let mut in_order: Vec<&Passage> = group.iter().collect();
    in_order.sort_by_key(|passage| passage.position);
    let texts: Vec<&str> = in_order
        .iter()
        .map(|passage| passage.text.as_str())
        .collect();
    let first = in_order.first().map_or(0, |passage| passage.position);
    let text = texts.join("\n\n");
    let best = group.into_iter().next();
    let best = best.expect("a group is begun with a passage");
    Passage {
        text,
        position: first,
        ..best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(document: &str, position: u32, text: &str) -> Passage {
        Passage {
            id: format!("{document}-{position}"),
            document: document.to_owned(),
            position,
            title: "Cards › Fees".to_owned(),
            link: None,
            text: text.to_owned(),
            language: Some("en".to_owned()),
            score: 1.0,
        }
    }

    fn ids(passages: &[Passage]) -> Vec<&str> {
        passages.iter().map(|passage| passage.id.as_str()).collect()
    }

    #[test]
    fn of_two_passages_that_say_the_same_the_better_one_stays() {
        let found = vec![
            passage(
                "new.md",
                0,
                "A replacement card costs 9 EUR and reaches you by post.",
            ),
            passage(
                "copy.md",
                0,
                "A replacement card costs 9 EUR, and reaches you by post!",
            ),
            passage(
                "other.md",
                0,
                "A replacement card costs 12 EUR a year for a partner.",
            ),
        ];
        assert_eq!(ids(&without_repetitions(found)), ["new.md-0", "other.md-0"]);
    }

    #[test]
    fn pieces_of_one_section_are_joined_in_the_order_of_the_document() {
        let found = vec![
            passage("cards.md", 4, "Second."),
            passage("loans.md", 5, "Another document."),
            passage("cards.md", 3, "First."),
        ];
        let joined = joined(found);
        assert_eq!(ids(&joined), ["cards.md-4", "loans.md-5"]);
        assert_eq!(joined[0].text, "First.\n\nSecond.");
    }

    #[test]
    fn pieces_of_two_sections_stay_apart() {
        let other = Passage {
            title: "Cards › Limits".to_owned(),
            ..passage("cards.md", 2, "B")
        };
        assert_eq!(joined(vec![passage("cards.md", 1, "A"), other]).len(), 2);
    }

    #[test]
    fn a_long_section_does_not_swallow_the_whole_answer() {
        let found = (0..6).map(|at| passage("cards.md", at, "Text.")).collect();
        assert!(joined(found).len() >= 2);
    }

    #[test]
    fn passages_on_two_questions_take_turns() {
        let one = vec![passage("a.md", 0, "A"), passage("b.md", 0, "B")];
        let other = vec![passage("c.md", 0, "C"), passage("a.md", 0, "A")];
        assert_eq!(
            ids(&taking_turns(&[one, other])),
            ["a.md-0", "c.md-0", "b.md-0"]
        );
    }
}
