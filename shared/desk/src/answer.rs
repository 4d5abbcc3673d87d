//! `general_query`: an answer from the operator's documents, as a draft, or a person instead.

use std::sync::Arc;

use domain::mask::{MaskedMail, Masks, has_placeholder};
use domain::{Intent, MailKey, MailState, TicketId};
use ports::{Answer, CallError, Direction, EmbedPurpose, Knowledge, Model, Passage, Question};
use time::OffsetDateTime;

use crate::drafting::{Drafting, Made, Task, Waiting};
use crate::letters::with_paragraph;
use crate::memory::remember;
use crate::workplace::{Instead, Taken, Workplace, Written};
use crate::{Failure, Worked, reading, texts};

/// Why a person gets a question.
const NOT_KNOWN: &str = "the knowledge base does not answer the question";

/// Passages that the answer to one mail may draw on.
const PASSAGES: usize = 6;

/// The `general_query` use case.
pub struct Answering {
    /// The mailbox, the ledger, the helpdesk.
    pub workplace: Workplace,
    /// The model.
    pub model: Arc<dyn Model>,
    /// The knowledge base.
    pub knowledge: Arc<dyn Knowledge>,
    /// How much of a conversation the answering model is shown, in tokens.
    pub memory: usize,
}

/// An answer whose every sentence cites passages that were retrieved.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedAnswer {
    /// Sentences with the numbers of their sources, from 1.
    pub sentences: Vec<(String, Vec<usize>)>,
    /// The passages that are cited, in the order of their numbers.
    pub sources: Vec<Passage>,
}

/// Keeps the sentences that cite at least one passage and only retrieved ones. `None` where none is
/// left.
pub fn check(answer: Answer, passages: &[Passage]) -> Option<CheckedAnswer> {
    let Answer::Sentences(sentences) = answer else {
        return None;
    };
    let mut checked = CheckedAnswer {
        sentences: vec![],
        sources: vec![],
    };
    for sentence in sentences {
        let cited: Option<Vec<&Passage>> = sentence
            .passages
            .iter()
            .map(|id| passages.iter().find(|p| p.id == *id))
            .collect();
        let Some(cited) = cited.filter(|c| !c.is_empty()) else {
            continue;
        };
        let mut numbers = Vec::new();
        for passage in cited {
            let number = number(&mut checked.sources, passage);
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        checked.sentences.push((sentence.text, numbers));
    }
    (!checked.sentences.is_empty()).then_some(checked)
}

/// The number of a source, from 1. Passages of one place in one document are one source.
fn number(sources: &mut Vec<Passage>, passage: &Passage) -> usize {
    let same = |s: &Passage| s.document == passage.document && s.title == passage.title;
    let at = sources.iter().position(same).unwrap_or_else(|| {
        sources.push(passage.clone());
        sources.len() - 1
    });
    at + 1
}

impl Answering {
    /// Works one mail to its draft, or on to a person.
    pub async fn work(&self, key: &MailKey, deadline: OffsetDateTime) -> Result<Worked, Failure> {
        let intents = [Intent::GeneralQuery];
        let job = match self.workplace.take(key, &intents, deadline).await? {
            Taken::Job(job) => job,
            Taken::Ended(worked) => return Ok(worked),
        };
        // Known to the attempt that made the draft.
        let mut given: Option<CheckedAnswer> = None;
        let made = self
            .workplace
            .draft(&job, async |drafting: &Drafting, task: &Task| {
                let Some(answer) = self.answer(drafting, task, job.ticket.0).await? else {
                    return Ok(Instead::Break(NOT_KNOWN.to_owned()));
                };
                let written = self.write(drafting, task, &answer);
                given = Some(answer);
                Ok(Instead::Continue(written))
            })
            .await?;
        match made {
            Instead::Continue(made) => {
                let html = note(&made, given.as_ref());
                self.workplace.note(&job, html).await?;
                self.workplace.end(&job, made, MailState::Answered).await
            }
            Instead::Break(because) => self.workplace.hand_over(&job, &because, None).await,
        }
    }

    /// The letter that answers all questions that wait in the thread. Mails that wait for a person
    /// are acknowledged in it; what another handler said of accounts stays word for word.
    fn write(&self, drafting: &Drafting, task: &Task, answer: &CheckedAnswer) -> Written {
        let letter = drafting.letter(task);
        let body = letter.answer(&answer.sentences, &answer.sources);
        let stays = task.holds_account_matters();
        let (mut text, files) = task.worded(stays, &body, vec![], || letter.with(&body));
        if let Some(urgent) = task.waits_for_a_person() {
            text = with_paragraph(&text, &letter.receipt_paragraph(urgent));
        }
        Written {
            letter: text,
            files,
            made_by: self.model.answering(),
        }
    }

    async fn answer(
        &self,
        drafting: &Drafting,
        task: &Task,
        ticket: TicketId,
    ) -> Result<Option<CheckedAnswer>, CallError> {
        let mut texts: Vec<String> = vec![];
        let mut masks: Vec<Masks> = vec![];
        for waiting in &task.mails {
            if waiting.route == Intent::GeneralQuery {
                let (text, mask) = self.asked(waiting).await?;
                texts.push(text);
                masks.push(mask);
            }
        }
        let vectors = self.model.embed(EmbedPurpose::Query, &texts).await?;
        let mut passages: Vec<Passage> = vec![];
        for vector in &vectors {
            for passage in self.knowledge.search(vector, PASSAGES).await? {
                if !passages.iter().any(|known| known.id == passage.id) {
                    passages.push(passage);
                }
            }
        }
        if passages.is_empty() {
            return Ok(None);
        }
        let shown: Vec<MailKey> = task.mails.iter().map(|w| w.key.clone()).collect();
        let (ledger, model) = (&*self.workplace.ledger, &*self.model);
        let question = Question {
            text: texts.join("\n\n"),
            language: drafting.letter(task).language().to_owned(),
            passages: passages.clone(),
            memory: remember(ledger, model, ticket, &shown, self.memory).await?,
        };
        let checked = check(self.model.answer(&question).await?, &passages);
        // Two mails number their placeholders alike: of two questions none is put back.
        let masks = masks.pop().filter(|_| masks.is_empty()).unwrap_or_default();
        Ok(checked.and_then(|checked| unmasked(checked, &masks)))
    }

    /// What a mail asks, as it was masked when it came, and what stands behind the placeholders.
    async fn asked(&self, waiting: &Waiting) -> Result<(String, Masks), CallError> {
        let turns = self.workplace.ledger.turns_of(&waiting.key).await?;
        let asked = turns
            .into_iter()
            .find(|turn| turn.direction == Direction::Incoming);
        let strictly = MaskedMail::of(&waiting.mail, true);
        let Some(turn) = asked else {
            return Ok((reading::kept(&strictly), strictly.masks));
        };
        let ways = [MaskedMail::of(&waiting.mail, false), strictly];
        let same = ways.into_iter().find(|way| reading::kept(way) == turn.text);
        Ok((turn.text, same.map(|way| way.masks).unwrap_or_default()))
    }
}

/// The answer with the customer's own values where a reply may hold them. A sentence in which a
/// placeholder is left is left out: nobody could read it.
fn unmasked(mut checked: CheckedAnswer, masks: &Masks) -> Option<CheckedAnswer> {
    for (text, _) in &mut checked.sentences {
        *text = masks.fill(text);
    }
    checked.sentences.retain(|(text, _)| !has_placeholder(text));
    (!checked.sentences.is_empty()).then_some(checked)
}

/// What agents read of the draft: that it waits, and what it draws on.
fn note(made: &Made, answer: Option<&CheckedAnswer>) -> String {
    let mut html = texts::draft_waits(made.draft.answers.len(), made.beside_a_persons);
    for source in answer.iter().flat_map(|a| &a.sources) {
        let score = source.score;
        html.push_str(&format!(
            "<p><b>{}</b> ({score:.2})<br/>{}</p>",
            texts::escape(&source.title),
            texts::escape(&source.text)
        ));
    }
    html
}

#[cfg(test)]
mod tests {
    use ports::CitedSentence;

    use super::*;

    fn passage(id: &str, title: &str) -> Passage {
        Passage {
            id: id.into(),
            document: "cards.md".into(),
            title: title.into(),
            link: None,
            text: "A card costs 5 EUR.".into(),
            score: 0.9,
        }
    }

    fn sentence(text: &str, passages: &[&str]) -> CitedSentence {
        CitedSentence {
            text: text.into(),
            passages: passages.iter().map(|&p| p.into()).collect(),
        }
    }

    #[test]
    fn a_sentence_that_cites_nothing_is_removed() {
        let answer = Answer::Sentences(vec![sentence("Free!", &[]), sentence("5 EUR.", &["a"])]);
        let checked = check(answer, &[passage("a", "Cards")]).unwrap();
        assert_eq!(checked.sentences, [("5 EUR.".to_owned(), vec![1])]);
    }

    #[test]
    fn a_sentence_that_cites_what_was_not_retrieved_is_removed() {
        let answer = Answer::Sentences(vec![sentence("Free!", &["a", "invented"])]);
        assert_eq!(check(answer, &[passage("a", "Cards")]), None);
    }

    #[test]
    fn passages_of_one_place_are_one_source() {
        let answer = Answer::Sentences(vec![sentence("5 EUR.", &["a", "b"])]);
        let checked = check(answer, &[passage("a", "Cards"), passage("b", "Cards")]).unwrap();
        assert_eq!(checked.sentences[0].1, [1]);
        assert_eq!(checked.sources.len(), 1);
    }

    #[test]
    fn no_answer_stays_none() {
        assert_eq!(check(Answer::CannotAnswer, &[passage("a", "Cards")]), None);
    }
}
