//! What agents read on the ticket about an answer, and never a customer: what was found, how far it
//! bears, and what was left out.

use domain::mask;
use ports::Passage;

use crate::drafting::Made;
use crate::grounded::{CheckedAnswer, Outcome, Refusal};
use crate::texts;

/// Characters of a passage that a note shows.
const LONGEST_PASSAGE: usize = 600;

/// The note on an answer: that it waits, and what it draws on.
pub(crate) fn of_answer(made: &Made, known: Option<&Outcome>) -> String {
    let mut html = texts::draft_waits(made.draft.answers.len(), made.beside_a_persons);
    let Some((outcome, answer)) = known.and_then(|k| Some((k, k.answer.as_ref().ok()?))) else {
        return html;
    };
    html.push_str(&format!("<p>{}</p>", summary(outcome, answer)));
    html.push_str(&left_out(&outcome.refused));
    html.push_str("<p>The answer draws on:</p>");
    html.push_str(&passages(&answer.sources));
    html
}

/// The note on a question that is not answered, where there is anything to tell.
pub(crate) fn without_answer(outcome: &Outcome) -> Option<String> {
    let why = outcome.answer.as_ref().err()?;
    if outcome.found.is_empty() {
        return None;
    }
    let mut html = format!("<p>There is no answer: {why}.</p>");
    html.push_str(&left_out(&outcome.refused));
    if !outcome.questions.is_empty() {
        html.push_str("<p>It would help to ask the customer:</p>");
        html.push_str(&list(outcome.questions.iter().map(|q| texts::escape(q))));
    }
    html.push_str("<p>What comes nearest:</p>");
    html.push_str(&passages(&outcome.found));
    Some(html)
}

fn summary(outcome: &Outcome, answer: &CheckedAnswer) -> String {
    let (kept, left_out) = (answer.sentences.len(), outcome.refused.len());
    format!(
        "Confidence {:.0} %: {kept} of {} sentences stand in the documents.",
        answer.confidence * 100.0,
        kept + left_out
    )
}

fn left_out(refused: &[(String, Refusal)]) -> String {
    if refused.is_empty() {
        return String::new();
    }
    // What a model invents may look like anything, a card number too.
    let line = |(text, why): &(String, Refusal)| {
        let why = mask::masked(&why.to_string());
        format!(
            "“{}” ({})",
            texts::escape(&mask::masked(text)),
            texts::escape(&why)
        )
    };
    format!(
        "<p>Left out of the answer:</p>{}",
        list(refused.iter().map(line))
    )
}

fn passages(passages: &[Passage]) -> String {
    let one = |passage: &Passage| {
        let link = passage.link.as_deref().unwrap_or(&passage.document);
        let text: String = passage.text.chars().take(LONGEST_PASSAGE).collect();
        format!(
            "<p><b>{}</b> ({})<br/>{}</p>",
            texts::escape(&passage.title),
            texts::escape(link),
            texts::escape(&text)
        )
    };
    passages.iter().map(one).collect()
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| format!("<li>{item}</li>")).collect();
    format!("<ul>{items}</ul>")
}
