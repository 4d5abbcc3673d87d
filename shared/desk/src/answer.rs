//! `general_query`: an answer from the operator's documents, as a draft, or a person instead.

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::step::StepName;
use domain::{DraftId, Intent, Mail, MailKey, MailState, TicketId, TicketRef};
use mail_mime::Desk;
use ports::{
    Answer, CallError, Change, Clock, EmbedPurpose, Knowledge, Ledger, MailRecord, Mailbox, Model,
    Note, Passage, Question, Tickets,
};
use time::OffsetDateTime;

use crate::once::{Outcome, Steps};
use crate::reading::{self, Reading};
use crate::routed::{apply, create_draft, drafted_turn, find_draft, finish, mine, reroute};
use crate::{Failure, Worked, notes, texts};

/// Passages that an answer may draw on.
const PASSAGES: usize = 6;
/// Turns of the ticket that the answering model is shown.
const MEMORY: usize = 6;

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
    /// Who signs the drafts.
    pub desk: Desk,
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
        let record = self
            .ledger
            .mail(key)
            .await
            .map_err(Failure::doing("reading the ledger"))?;
        let Some((record, ticket)) = mine(record, &[Intent::GeneralQuery]) else {
            return Ok(Worked::NothingToDo);
        };
        let now = self.clock.now();
        let mail = match reading::read(&*self.mailbox, &record, now).await? {
            Reading::Mail(mail) => mail,
            Reading::Deleted | Reading::Malformed(_) => {
                return finish(&*self.ledger, key, reading::deleted(), now).await;
            }
        };
        let steps = Steps {
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            deadline,
        };
        let mut given = None;
        let drafted = steps
            .once(
                key,
                StepName::Draft,
                || find_draft(&*self.mailbox, &record),
                |_| async {
                    let Some(answer) = self.answer(&mail, ticket.0).await? else {
                        return Ok(Outcome::Break(()));
                    };
                    let language = texts::language(&mail);
                    let sources: Vec<&Passage> = answer.sources.iter().collect();
                    let text = texts::answer(
                        language,
                        &self.desk.name,
                        &ticket.1,
                        &answer.sentences,
                        &sources,
                    );
                    let id = self.draft(&record, &mail, &ticket.1, text).await?;
                    given = Some(answer);
                    Ok(Outcome::Continue(id))
                },
            )
            .await?;
        let ControlFlow::Continue(draft) = drafted else {
            let because = "the knowledge base does not answer the question";
            return reroute(&*self.ledger, &record, Intent::FallbackHuman, because, now).await;
        };
        self.note(&steps, key, ticket.0, given.as_ref()).await?;
        let turn = given.map(|answer| drafted_turn(ticket.0, Intent::GeneralQuery, said(&answer)));
        let answered = Change {
            draft: DraftId::parse(&draft).ok(),
            turn,
            ..Change::to(&["routed"], MailState::Answered)
        };
        apply(&*self.ledger, key, &answered, now).await
    }

    async fn answer(
        &self,
        mail: &Mail,
        ticket: TicketId,
    ) -> Result<Option<CheckedAnswer>, CallError> {
        let text = reading::masked_text(mail);
        let vectors = self
            .model
            .embed(EmbedPurpose::Query, std::slice::from_ref(&text))
            .await?;
        let Some(vector) = vectors.first() else {
            return Ok(None);
        };
        let passages = self.knowledge.search(vector, PASSAGES).await?;
        if passages.is_empty() {
            return Ok(None);
        }
        let question = Question {
            text,
            language: texts::language(mail).to_owned(),
            passages: passages.clone(),
            memory: self.ledger.turns(ticket, MEMORY).await?,
        };
        Ok(check(self.model.answer(&question).await?, &passages))
    }

    async fn draft(
        &self,
        record: &MailRecord,
        mail: &Mail,
        ticket: &TicketRef,
        text: String,
    ) -> Result<String, CallError> {
        create_draft(
            &*self.mailbox,
            &self.desk,
            record,
            mail,
            ticket,
            text,
            self.clock.now(),
        )
        .await
    }

    async fn note(
        &self,
        steps: &Steps,
        key: &MailKey,
        ticket: TicketId,
        answer: Option<&CheckedAnswer>,
    ) -> Result<(), Failure> {
        let mut html = "<p>A reply waits as a draft in the Gmail thread.</p>".to_owned();
        for source in answer.iter().flat_map(|a| &a.sources) {
            let score = source.score;
            html.push_str(&format!(
                "<p><b>{}</b> ({score:.2})<br/>{}</p>",
                texts::escape(&source.title),
                texts::escape(&source.text)
            ));
        }
        let message_id = notes::note_id(key, StepName::Note, &self.desk.address);
        let note = Note { message_id, html };
        notes::post_note(&*self.tickets, steps, key, StepName::Note, ticket, &note).await
    }
}

fn said(answer: &CheckedAnswer) -> String {
    answer
        .sentences
        .iter()
        .map(|(text, _)| text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
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
