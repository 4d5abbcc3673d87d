//! The report: a page to read, and the same figures as JSON.

use domain::Intent;
use serde::Serialize;

use crate::curve;
use crate::figures::{Figures, MailFigures, PrecisionRecall, QuestionFigures};
use crate::mails::Judged;
use crate::questions::Answered;
use model_gemini::{PRICES_AS_OF, PRICES_SOURCE};

/// What was run.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Who answered.
    pub model: String,
    /// The prompts, with the beginnings of their hashes.
    pub prompts: Vec<String>,
    /// Which part of the cases.
    pub part: String,
    /// The day.
    pub on: String,
    /// Documents and pieces in the knowledge base.
    pub indexed: (usize, usize),
    /// All figures.
    pub figures: Figures,
}

/// Cases that did not go well are listed up to here.
const MOST_LISTED: usize = 60;

/// The page.
pub fn html(run: &Run, mails: &[Judged], answers: &[Answered]) -> String {
    let mut page = format!(
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Evals</title><style>{STYLE}</style>\
         <h1>Evals</h1><p>{} part, {}, answered by <b>{}</b>. Prompts: {}. {} documents in {} pieces.</p>",
        escape(&run.part),
        escape(&run.on),
        escape(&run.model),
        escape(&run.prompts.join(", ")),
        run.indexed.0,
        run.indexed.1
    );
    page.push_str(&about_mails(&run.figures.mails));
    page.push_str(&about_questions(&run.figures.questions));
    page.push_str(&format!(
        "<p class='small'>Costs by the prices of {} ({}).</p>",
        escape(PRICES_AS_OF),
        escape(PRICES_SOURCE)
    ));
    page.push_str(&wrong_mails(mails));
    page.push_str(&wrong_answers(answers));
    page.push_str("</html>");
    page
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#222}\
    table{border-collapse:collapse;margin:.6rem 0 1.4rem}td,th{border:1px solid #ccc;padding:.25rem .6rem;text-align:left}\
    td.n{text-align:right;font-variant-numeric:tabular-nums}h2{margin-top:2rem}.small{color:#666;font-size:.85rem}\
    td.hit{background:#e3f1e3}td.miss{background:#f8e4e0}";

fn about_mails(f: &MailFigures) -> String {
    let mut html = format!("<h2>{} mails</h2><table>", f.count);
    for (name, value) in [
        ("intent named rightly", f.accuracy),
        ("mails for people that reach people", f.out_of_scope_recall),
        ("urgent mails that reach people", f.urgent_to_a_person),
        ("handled by a machine, wrongly", f.wrongly_handled),
    ] {
        row(&mut html, name, &percent(value));
    }
    for (name, figure) in &f.details {
        row(
            &mut html,
            &format!("{name}: found rightly, of what is there"),
            &pair(*figure),
        );
    }
    row(
        &mut html,
        "classification, p50 and p95",
        &milliseconds(f.took.p50, f.took.p95),
    );
    row(&mut html, "cost of a mail", &format!("{:.6} USD", f.cost));
    html.push_str("</table><h3>What was taken for what</h3>");
    html.push_str(&confusion(f));
    html.push_str("<h3>What a threshold costs and saves</h3>");
    html.push_str(&curve::svg(&f.curve, f.threshold));
    html.push_str("<h3>By language and kind</h3><table>");
    for (name, value) in f.by_language.iter().chain(&f.by_kind) {
        row(&mut html, name, &percent(*value));
    }
    html.push_str("</table>");
    html
}

fn confusion(f: &MailFigures) -> String {
    let names = Intent::ALL.map(Intent::as_str);
    let mut html = "<table><tr><th>is \\ said</th>".to_owned();
    for name in names {
        html.push_str(&format!("<th>{name}</th>"));
    }
    html.push_str("</tr>");
    for is in names {
        html.push_str(&format!("<tr><th>{is}</th>"));
        for said in names {
            let count = f.confusion.get(is).and_then(|row| row.get(said));
            let count = count.copied().unwrap_or_default();
            let class = match (is == said, count) {
                (true, _) => "n hit",
                (false, 0) => "n",
                (false, _) => "n miss",
            };
            html.push_str(&format!("<td class='{class}'>{count}</td>"));
        }
        html.push_str("</tr>");
    }
    html.push_str("</table>");
    html
}

fn about_questions(f: &QuestionFigures) -> String {
    let mut html = format!(
        "<h2>{} questions with an answer, {} without</h2><table>",
        f.answerable, f.unanswerable
    );
    for (name, value) in [
        ("answering passage found first (hit@1)", f.hit_at_1),
        ("answering passage among the first five (hit@5)", f.hit_at_5),
        ("answered, of those with an answer", f.answered),
        ("right, of those answered", f.right),
        ("not answered, of those without an answer", f.abstained),
        (
            "the model's sentences that the checks refused",
            f.refused_sentences,
        ),
        (
            "sentences in drafts that no cited passage says word for word",
            f.not_word_for_word,
        ),
    ] {
        row(&mut html, name, &percent(value));
    }
    row(
        &mut html,
        "citations: precision, recall",
        &pair(f.citations),
    );
    row(
        &mut html,
        "an answer, p50 and p95",
        &milliseconds(f.took.p50, f.took.p95),
    );
    row(
        &mut html,
        "cost of an answer",
        &format!("{:.6} USD", f.cost),
    );
    html.push_str("</table>");
    html
}

fn wrong_mails(mails: &[Judged]) -> String {
    let wrong = mails
        .iter()
        .filter(|one| one.said.intent != one.case.intent);
    let mut html =
        "<h2>Mails taken for something else</h2><table><tr><th>id</th><th>is</th><th>said\
                    </th><th>sure</th><th>went to</th><th>text</th></tr>"
            .to_owned();
    for one in wrong.take(MOST_LISTED) {
        let begins: String = one.case.text.chars().take(140).collect();
        html.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class='n'>{:.2}</td><td>{}</td><td>{}</td></tr>",
            escape(&one.case.id),
            one.case.intent,
            one.said.intent,
            one.said.confidence,
            one.route,
            escape(&begins)
        ));
    }
    html.push_str("</table>");
    html
}

fn wrong_answers(answers: &[Answered]) -> String {
    let mut html = "<h2>Questions that did not go well</h2><table><tr><th>id</th><th>what</th>\
                    <th>question</th><th>said</th></tr>"
        .to_owned();
    let mut listed = 0;
    for one in answers {
        let what = match (&one.outcome.answer, one.is_answerable()) {
            (Ok(_), false) => "answered though nothing answers it".to_owned(),
            (Ok(_), true) if !one.is_right() => "not what a right answer says".to_owned(),
            (Err(why), true) if one.hit(5) => format!("found, but {why}"),
            (Err(_), true) => "not found".to_owned(),
            _ => continue,
        };
        listed += 1;
        if listed > MOST_LISTED {
            break;
        }
        let said = one.outcome.answer.as_ref().map_or_else(
            |_| String::new(),
            |answer| {
                let texts = answer.sentences.iter().map(|(text, _)| text.as_str());
                texts.collect::<Vec<_>>().join(" ")
            },
        );
        html.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&one.case.id),
            escape(&what),
            escape(&one.case.question),
            escape(&said)
        ));
    }
    html.push_str("</table>");
    html
}

fn row(html: &mut String, name: &str, value: &str) {
    html.push_str(&format!(
        "<tr><td>{}</td><td class='n'>{value}</td></tr>",
        escape(name)
    ));
}

/// A share in percent.
pub fn percent(share: f32) -> String {
    format!("{:.1} %", share * 100.0)
}

fn pair(figure: PrecisionRecall) -> String {
    format!("{}, {}", percent(figure.precision), percent(figure.recall))
}

fn milliseconds(p50: f64, p95: f64) -> String {
    format!("{p50:.1} ms, {p95:.1} ms")
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('\'', "&#39;")
}
