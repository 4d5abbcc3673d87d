//! `general_query`: an answer from the operator's documents, as a draft, or a person instead.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::step::StepName;
use domain::{Intent, MailKey, MailState, TicketId, TicketRef};
use ports::{
    Answer, CallError, Change, Clock, EmbedPurpose, Knowledge, Ledger, Mailbox, Model, Note,
    Passage, Question, Tickets,
};
use time::OffsetDateTime;

use crate::drafting::{Drafting, Letterhead, Made, Task, Waiting};
use crate::letters::with_paragraph;
use crate::memory::remember;
use crate::once::{Outcome, Steps};
use crate::reading::{self, Fetched, Reading};
use crate::routed::{apply, finish, mine, reroute};
use crate::{Failure, Worked, notes, texts};

/// Passages that the answer to one mail may draw on.
const PASSAGES: usize = 6;

/// The `general_query` use case.
pub struct Answering {
    /// The mailbox.
    pub mailbox: Arc<dyn Mailbox>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The helpdesk.
    pub tickets: Arc<dyn Tickets>,
    /// The model.
    pub model: Arc<dyn Model>,
    /// The knowledge base.
    pub knowledge: Arc<dyn Knowledge>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How drafts are signed.
    pub letterhead: Letterhead,
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

/// A letter with the answer that it gives.
struct Written {
    letter: String,
    answer: CheckedAnswer,
}

impl Answering {
    /// Works one mail to its draft, or on to a person.
    pub async fn work(&self, key: &MailKey, deadline: OffsetDateTime) -> Result<Worked, Failure> {
        let record = self.ledger.mail(key).await;
        let record = record.map_err(Failure::doing("reading the ledger"))?;
        let Some((record, ticket)) = mine(record, &[Intent::GeneralQuery]) else {
            return Ok(Worked::NothingToDo);
        };
        let now = self.clock.now();
        let fetched = match reading::read(&*self.mailbox, &record, now).await? {
            Reading::Mail(fetched) => fetched,
            Reading::Deleted | Reading::Malformed(_) => {
                return finish(&*self.ledger, key, reading::deleted(), now).await;
            }
        };
        let steps = Steps {
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            deadline,
        };
        let drafting = Drafting::hold(
            self.mailbox.clone(),
            self.ledger.clone(),
            self.clock.clone(),
            self.letterhead.clone(),
            &record,
            deadline,
        )
        .await?;
        let drafted = self.draft(&steps, &drafting, key, &fetched, &ticket).await;
        drafting.release().await;
        let Some((made, answer)) = drafted? else {
            let because = "the knowledge base does not answer the question";
            return reroute(&*self.ledger, &record, Intent::FallbackHuman, because, now).await;
        };
        self.note(&steps, key, ticket.0, &made, answer.as_ref())
            .await?;
        let answered = Change {
            draft: Some(made.draft),
            settled: made.settled,
            ..Change::to(&["routed"], MailState::Answered)
        };
        apply(&*self.ledger, key, &answered, now).await
    }

    /// The draft, with its answer where this attempt made it. `None` where there is no answer.
    async fn draft(
        &self,
        steps: &Steps,
        drafting: &Drafting,
        key: &MailKey,
        fetched: &Fetched,
        ticket: &(TicketId, TicketRef),
    ) -> Result<Option<(Made, Option<CheckedAnswer>)>, Failure> {
        let mut made = None;
        let drafted = steps
            .once(
                key,
                StepName::Draft,
                || drafting.find(),
                |_| async {
                    let task = drafting.task(fetched, &ticket.1).await?;
                    let Some(written) = self.write(drafting, &task, ticket.0).await? else {
                        return Ok(Outcome::Break(()));
                    };
                    let by = self.model.answering();
                    let put = drafting.put(task, written.letter, by).await?;
                    let id = put.draft.id.to_string();
                    made = Some((put, Some(written.answer)));
                    Ok(Outcome::Continue(id))
                },
            )
            .await?;
        match (drafted, made) {
            (ControlFlow::Break(()), _) => Ok(None),
            (ControlFlow::Continue(_), Some(made)) => Ok(Some(made)),
            (ControlFlow::Continue(id), None) => {
                let before = drafting.made_before(&id, self.model.answering()).await;
                let before = before.map_err(Failure::doing("reading the draft"))?;
                Ok(Some((before, None)))
            }
        }
    }

    /// The letter that answers all questions that wait in the thread. Mails that wait for a person
    /// are acknowledged in it.
    async fn write(
        &self,
        drafting: &Drafting,
        task: &Task,
        ticket: TicketId,
    ) -> Result<Option<Written>, CallError> {
        let Some(answer) = self.answer(drafting, task, ticket).await? else {
            return Ok(None);
        };
        let letter = drafting.letter(task);
        let mut text = letter.answer(&answer.sentences, &answer.sources);
        if let Some(urgent) = task.waits_for_a_person() {
            text = with_paragraph(&text, &letter.receipt_paragraph(urgent));
        }
        Ok(Some(Written {
            letter: text,
            answer,
        }))
    }

    async fn answer(
        &self,
        drafting: &Drafting,
        task: &Task,
        ticket: TicketId,
    ) -> Result<Option<CheckedAnswer>, CallError> {
        let asks = |waiting: &&Waiting| !waiting.route.is_a_persons();
        let asked = task.mails.iter().filter(asks);
        let texts: Vec<String> = asked.map(|w| reading::masked_text(&w.mail)).collect();
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
        let (ledger, model) = (&*self.ledger, &*self.model);
        let question = Question {
            text: texts.join("\n\n"),
            language: drafting.letter(task).language().to_owned(),
            passages: passages.clone(),
            memory: remember(ledger, model, ticket, &shown, self.memory).await?,
        };
        Ok(check(self.model.answer(&question).await?, &passages))
    }

    async fn note(
        &self,
        steps: &Steps,
        key: &MailKey,
        ticket: TicketId,
        made: &Made,
        answer: Option<&CheckedAnswer>,
    ) -> Result<(), Failure> {
        let mut html = texts::draft_waits(made.draft.answers.len(), made.beside_a_persons);
        for source in answer.iter().flat_map(|a| &a.sources) {
            let score = source.score;
            html.push_str(&format!(
                "<p><b>{}</b> ({score:.2})<br/>{}</p>",
                texts::escape(&source.title),
                texts::escape(&source.text)
            ));
        }
        let own_address = &self.letterhead.desk.address;
        let note = Note {
            message_id: notes::note_id(key, StepName::Note, own_address),
            html,
            files: vec![],
        };
        notes::post_note(&*self.tickets, steps, key, StepName::Note, ticket, &note).await
    }
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
