//! Questions: what is found, and what is answered.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use desk::grounded::{Asked, Outcome};
use desk::retrieval::Retrieval;
use ports::{Memory, Passage};
use time::macros::date;

use crate::cases::{Expected, QuestionCase};
use crate::world::World;

/// The day on which the sample documents must hold.
const ON: time::Date = date!(2026 - 11 - 23);

/// A question with what came of it.
pub struct Answered {
    /// The question.
    pub case: QuestionCase,
    /// What was found and answered.
    pub outcome: Outcome,
    /// How long it took, with retrieval and checks.
    pub took: Duration,
}

/// Runs questions through retrieval, answer and checks.
pub async fn answer(world: &World, cases: Vec<QuestionCase>) -> Result<Vec<Answered>> {
    let mut answered = vec![];
    for case in cases {
        let mut grounded = world.grounded.clone();
        grounded.retrieval = Retrieval {
            product: case.product.clone(),
            ..grounded.retrieval
        };
        let asked = Asked {
            texts: vec![case.question.clone()],
            language: case.language.clone(),
            on: ON,
            memory: Memory::default(),
        };
        let began = Instant::now();
        let outcome = grounded.answer(&asked).await;
        let outcome = outcome.with_context(|| format!("question {}", case.id))?;
        answered.push(Answered {
            case,
            outcome,
            took: began.elapsed(),
        });
    }
    Ok(answered)
}

impl Answered {
    /// Whether anything answers the question.
    pub fn is_answerable(&self) -> bool {
        !self.case.expects.is_empty()
    }

    /// Whether one of the passages that answer is among the first found.
    pub fn hit(&self, among: usize) -> bool {
        let first = self.outcome.found.iter().take(among);
        let mut first = first.map(|found| self.case.expects.iter().any(|one| holds(found, one)));
        first.any(|hit| hit)
    }

    /// The passages that are cited.
    pub fn cited(&self) -> &[Passage] {
        match &self.outcome.answer {
            Ok(answer) => &answer.sources,
            Err(_) => &[],
        }
    }

    /// How many of the cited passages answer the question.
    pub fn cited_rightly(&self) -> usize {
        let right = |cited: &&Passage| self.case.expects.iter().any(|one| holds(cited, one));
        self.cited().iter().filter(right).count()
    }

    /// How many of the passages that answer are cited.
    pub fn expected_and_cited(&self) -> usize {
        let cited = |one: &&Expected| self.cited().iter().any(|cited| holds(cited, one));
        self.case.expects.iter().filter(cited).count()
    }

    /// Whether the answer says all that a right one says.
    pub fn is_right(&self) -> bool {
        let Ok(answer) = &self.outcome.answer else {
            return false;
        };
        let sentences = answer.sentences.iter().map(|(text, _)| text.as_str());
        let text = flat(&sentences.collect::<Vec<_>>().join(" "));
        let says = |wanted: &String| text.contains(&flat(wanted));
        self.cited_rightly() > 0 && self.case.must_say.iter().all(says)
    }

    /// The sentences that reach the draft, and how many of them stand in a cited passage word for
    /// word.
    pub fn sentences(&self) -> (usize, usize) {
        let Ok(answer) = &self.outcome.answer else {
            return (0, 0);
        };
        let quoted = |text: &str, numbers: &[usize]| {
            let mut sources = numbers
                .iter()
                .filter_map(|number| answer.sources.get(number - 1));
            sources.any(|source| flat(&source.text).contains(&flat(text)))
        };
        let all = answer.sentences.iter();
        let word_for_word = all.filter(|(text, numbers)| quoted(text, numbers)).count();
        (answer.sentences.len(), word_for_word)
    }
}

/// Whether a passage says what is expected.
fn holds(passage: &Passage, expected: &Expected) -> bool {
    passage
        .document
        .ends_with(&format!("/{}", expected.document))
        && flat(&passage.text).contains(&flat(&expected.quote))
}

/// A text as its letters and digits, so that markup and white space do not matter.
fn flat(text: &str) -> String {
    let folded = words::folded(text);
    words::words(&folded).collect::<Vec<_>>().join(" ")
}
