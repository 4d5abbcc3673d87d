//! An answer whose every sentence stands in the operator's documents, or why there is none.
//!
//! The model words the answer; what may stand is decided here: a sentence cites passages that were
//! retrieved, and what it says is in them. What fails is left out, and where too little is left there
//! is no answer. What was said before on the ticket tells what "it" means, and is no source.

use std::sync::Arc;

use grounding::{LinkHosts, Source, Unsupported};
use ports::{
    Answer, CallError, CitedSentence, Direction, Journal, Memory, Model, Passage, Question,
};
use time::Date;

use crate::noted;
use crate::retrieval::{Query, Retrieval};

/// Words that carry sense which a question should have to be searched for alone.
const ENOUGH_WORDS: usize = 4;
/// The share of the model's sentences that must hold. Of a model that is wrong more often, the rest
/// is not believed either.
const ENOUGH: f32 = 0.5;
/// Questions back to the customer, at most.
const MOST_QUESTIONS: usize = 2;
/// Words that point at the sentence before them.
const POINTING: [&str; 32] = [
    "it", "this", "that", "these", "those", "they", "he", "she", "es", "dies", "diese", "dieser",
    "dieses", "das", "sie", "dabei", "dafür", "il", "elle", "ils", "elles", "cela", "ce", "ceci",
    "esto", "este", "esta", "eso", "questo", "questa", "quello", "ciò",
];

/// Answers from the knowledge base.
#[derive(Clone)]
pub struct Grounded {
    /// What finds passages.
    pub retrieval: Retrieval,
    /// What words answers.
    pub model: Arc<dyn Model>,
    /// Where links in answers may lead.
    pub hosts: LinkHosts,
    /// Who takes note of what was found and what may stand.
    pub journal: Arc<dyn Journal>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What the customer wrote, masked: the mails that wait, oldest first.
    pub texts: Vec<String>,
    /// The language to answer in, as ISO 639-1.
    pub language: String,
    /// The day on which documents must hold.
    pub on: Date,
    /// What was said before.
    pub memory: Memory,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The passages that were found, the best first.
    pub found: Vec<Passage>,
    /// Sentences that may not stand, and why.
    pub refused: Vec<(String, Refusal)>,
    /// What the customer could be asked for a better answer.
    pub questions: Vec<String>,
    /// The answer, or why there is none.
    pub answer: Result<CheckedAnswer, NoAnswer>,
}

/// An answer whose every sentence stands in the passages it cites.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedAnswer {
    /// Sentences with the numbers of their sources, from 1.
    pub sentences: Vec<(String, Vec<usize>)>,
    /// The passages that are cited, in the order of their numbers. Links are left out that lead to
    /// where they may not, and titles that are none.
    pub sources: Vec<Passage>,
    /// How far the answer can be trusted, 0 to 1: the share of the model's sentences that hold, times
    /// the share of their words that stand in their sources.
    pub confidence: f32,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing was ever indexed.
    #[error("no documents are in the knowledge base yet")]
    NothingIndexed,
    /// No passage was found.
    #[error("the knowledge base has nothing on the question")]
    NothingFound,
    /// The model says that the passages do not answer.
    #[error("the knowledge base does not answer the question")]
    NotThere,
    /// Too little of what the model says stands in the passages.
    #[error("too little of the answer that was made stands in the documents")]
    TooLittleHolds,
}

/// Why a sentence may not stand.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// It cites nothing, or something that was not retrieved.
    #[error("it cites no passage that was found")]
    NotRetrieved,
    /// What it says is not in the passages that it cites.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// It points at a sentence that was left out.
    #[error("it begins with a word for the sentence before it, which is left out")]
    Dangling,
}

impl Grounded {
    /// Answers, or says why not. Repeating it has no effect but its cost.
    pub async fn answer(&self, asked: &Asked) -> Result<Outcome, CallError> {
        let queries = queries(asked);
        let began = self.journal.now();
        let found = self.retrieval.find(&queries, asked.on).await;
        noted::search(&*self.journal, began, &queries, &found);
        let Some(found) = found? else {
            return Ok(Outcome::none(NoAnswer::NothingIndexed));
        };
        if found.is_empty() {
            return Ok(Outcome::none(NoAnswer::NothingFound));
        }
        let question = Question {
            text: asked.texts.join("\n\n"),
            language: asked.language.clone(),
            passages: found,
            memory: asked.memory.clone(),
        };
        let answer = self.model.answer(&question).await?;
        let (language, found) = (&question.language, question.passages);
        let began = self.journal.now();
        let outcome = check(answer, language, found, &self.hosts);
        noted::check(&*self.journal, began, &outcome);
        Ok(outcome)
    }
}

impl Outcome {
    fn none(why: NoAnswer) -> Self {
        Self {
            found: vec![],
            refused: vec![],
            questions: vec![],
            answer: Err(why),
        }
    }
}

/// What is searched for. A question of few words is about what was said before, so the customer's last
/// mail is searched along with it.
pub fn queries(asked: &Asked) -> Vec<Query> {
    let turns = asked.memory.turns.iter().rev();
    let before = turns
        .filter(|turn| turn.direction == Direction::Incoming)
        .map(|turn| turn.text.as_str())
        .next();
    let query = |text: &String| {
        let language = words::language_of(text).or_else(|| Some(asked.language.clone()));
        let words = words::terms(text, language.as_deref()).len();
        let text = match before {
            Some(before) if words < ENOUGH_WORDS => format!("{text}\n\n{before}"),
            _ => text.clone(),
        };
        Query { text, language }
    };
    asked.texts.iter().map(query).collect()
}

/// Keeps what stands in the passages.
pub fn check(answer: Answer, language: &str, found: Vec<Passage>, hosts: &LinkHosts) -> Outcome {
    let (sentences, questions) = match answer {
        Answer::Sentences {
            sentences,
            questions,
        } => (sentences, questions),
        Answer::CannotAnswer { questions } => (vec![], questions),
    };
    let questions = checked_questions(questions, language, &found);
    if sentences.is_empty() {
        return Outcome {
            found,
            questions,
            ..Outcome::none(NoAnswer::NotThere)
        };
    }
    let mut checking = Checking::default();
    for sentence in sentences {
        checking.next(&sentence, language, &found, hosts);
    }
    let (answer, refused) = checking.done(hosts);
    Outcome {
        found,
        refused,
        questions,
        answer,
    }
}

fn checked_questions(questions: Vec<String>, language: &str, found: &[Passage]) -> Vec<String> {
    let sources: Vec<Source<'_>> = found.iter().map(source).collect();
    questions
        .into_iter()
        .filter(|question| grounding::question_back(question, language, &sources).is_ok())
        .take(MOST_QUESTIONS)
        .collect()
}

/// An answer that is checked sentence by sentence.
#[derive(Default)]
struct Checking {
    sentences: Vec<(String, Vec<usize>)>,
    sources: Vec<Passage>,
    shares: Vec<f32>,
    refused: Vec<(String, Refusal)>,
    left_out_before: bool,
}

impl Checking {
    fn next(
        &mut self,
        sentence: &CitedSentence,
        language: &str,
        found: &[Passage],
        hosts: &LinkHosts,
    ) {
        let text = sentence.text.trim().to_owned();
        let verdict = self.judge(&text, &sentence.passages, language, found, hosts);
        self.left_out_before = verdict.is_err();
        match verdict {
            Err(refusal) => self.refused.push((text, refusal)),
            Ok((cited, share)) => {
                let mut numbers: Vec<usize> = vec![];
                for passage in cited {
                    let number = self.number_of(passage);
                    if !numbers.contains(&number) {
                        numbers.push(number);
                    }
                }
                self.shares.push(share);
                self.sentences.push((text, numbers));
            }
        }
    }

    fn judge<'a>(
        &self,
        text: &str,
        ids: &[String],
        language: &str,
        found: &'a [Passage],
        hosts: &LinkHosts,
    ) -> Result<(Vec<&'a Passage>, f32), Refusal> {
        let by_id = |id: &String| found.iter().find(|passage| passage.id == *id);
        let cited: Option<Vec<&Passage>> = ids.iter().map(by_id).collect();
        let cited = cited.filter(|cited| !cited.is_empty());
        let cited = cited.ok_or(Refusal::NotRetrieved)?;
        let first = words::words(text).next().unwrap_or_default().to_lowercase();
        if self.left_out_before && POINTING.contains(&first.as_str()) {
            return Err(Refusal::Dangling);
        }
        let spoken = spoken(text, language, &cited);
        let sources: Vec<Source<'_>> = cited.iter().map(|passage| source(passage)).collect();
        let support = grounding::sentence(text, &spoken, &sources, hosts)?;
        Ok((cited, support.share.unwrap_or(1.0)))
    }

    /// The number of a source, from 1. Passages of one place in one document are one source.
    fn number_of(&mut self, passage: &Passage) -> usize {
        let same = |s: &Passage| s.document == passage.document && s.title == passage.title;
        let at = self.sources.iter().position(same).unwrap_or_else(|| {
            self.sources.push(passage.clone());
            self.sources.len() - 1
        });
        at + 1
    }

    fn done(
        mut self,
        hosts: &LinkHosts,
    ) -> (Result<CheckedAnswer, NoAnswer>, Vec<(String, Refusal)>) {
        let kept = number(self.sentences.len());
        let share_kept = kept / (kept + number(self.refused.len())).max(1.0);
        if self.sentences.is_empty() || share_kept < ENOUGH {
            return (Err(NoAnswer::TooLittleHolds), self.refused);
        }
        for source in &mut self.sources {
            source.link = source.link.take().filter(|link| hosts.allows(link));
            if !grounding::is_plain_title(&source.title) {
                source.title = file_name(&source.document).to_owned();
            }
        }
        let words = self.shares.iter().sum::<f32>() / kept;
        let answer = CheckedAnswer {
            sentences: self.sentences,
            sources: self.sources,
            confidence: share_kept * words,
        };
        (Ok(answer), self.refused)
    }
}

/// The language of a sentence: the one to answer in, or one of its sources', for a model that quotes a
/// document in another language is to be checked by that. Of a few words the language cannot be told
/// reliably, so no other is believed.
fn spoken(text: &str, language: &str, cited: &[&Passage]) -> String {
    let of_a_source = |told: &String| {
        let mut sources = cited.iter().filter_map(|passage| passage.language.as_ref());
        sources.any(|source| source == told)
    };
    let told = words::language_of(text).filter(of_a_source);
    told.unwrap_or_else(|| language.to_owned())
}

fn file_name(document: &str) -> &str {
    document.rsplit('/').next().unwrap_or(document)
}

fn source(passage: &Passage) -> Source<'_> {
    Source {
        title: &passage.title,
        text: &passage.text,
        language: passage.language.as_deref(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "sentences of one answer")]
fn number(of: usize) -> f32 {
    of as f32
}
