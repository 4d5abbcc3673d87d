//! How well the stand-in does on mails it never learnt, and how it behaves on what is no mail at all.

use domain::{Classification, Intent};
use model_standin::StandIn;
use ports::ClassifyRequest;
use serde::Deserialize;

const HELD_OUT: &str = include_str!("../cases/test.jsonl");

#[derive(Deserialize)]
struct Case {
    lang: String,
    intent: Intent,
    subject: String,
    text: String,
}

fn held_out() -> Vec<Case> {
    HELD_OUT
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn says(subject: &str, text: &str) -> Classification {
    StandIn::new().classify_mail(&ClassifyRequest {
        subject: subject.to_owned(),
        text: text.to_owned(),
        attachments: vec![],
        memory: vec![],
    })
}

fn share(of: usize, all: usize) -> f64 {
    f64::from(u32::try_from(of).unwrap()) / f64::from(u32::try_from(all.max(1)).unwrap())
}

#[test]
fn accuracy_report() {
    let cases = held_out();
    let mut right = 0;
    let mut sure = 0;
    let mut sure_right = 0;
    let mut lang = 0;
    for c in &cases {
        let s = says(&c.subject, &c.text);
        if s.language == c.lang {
            lang += 1
        } else {
            println!("LANG {} {} {}", c.lang, s.language, c.text)
        }
        let ok = s.intent == c.intent;
        right += usize::from(ok);
        if s.confidence >= 0.55 {
            sure += 1;
            sure_right += usize::from(ok);
        }
        if !ok || s.confidence < 0.55 {
            println!(
                "{} {} -> {} {:.2} {:?} | {}",
                c.lang,
                c.intent,
                s.intent,
                s.confidence,
                s.alternatives[0],
                c.text.replace('\n', " ")
            );
        }
    }
    println!(
        "{right}/{} sure {sure_right}/{sure} lang {lang} {}",
        cases.len(),
        share(right, cases.len())
    );
}
