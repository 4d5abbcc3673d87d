//! Mails: what triage would make of them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use desk::triage::{classify_request, facts};
use domain::mask::{MaskedMail, Masks};
use domain::route::{Thresholds, route};
use domain::{Classification, Intent};
use mail_mime::Limits;
use ports::{Memory, Model};

use crate::cases::MailCase;
use crate::world::World;

/// A mail with what was made of it.
pub struct Judged {
    /// The mail.
    pub case: MailCase,
    /// What the model said.
    pub said: Classification,
    /// Where policy sends it.
    pub route: Intent,
    /// What is hidden behind the placeholders.
    masks: Masks,
    /// How long the model took.
    pub took: Duration,
}

/// Runs mails through parsing, masking, classification and policy.
pub async fn judge(world: &World, cases: Vec<MailCase>) -> Result<Vec<Judged>> {
    let mut judged = vec![];
    for case in cases {
        let id = case.id.clone();
        let one = judge_one(world, case).await;
        judged.push(one.with_context(|| format!("mail {id}"))?);
    }
    Ok(judged)
}

async fn judge_one(world: &World, case: MailCase) -> Result<Judged> {
    let raw = format!(
        "From: Someone <someone@customer.test>\r\nTo: support@bank.test\r\nSubject: {}\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
        case.subject, case.text
    );
    let mail = mail_mime::read(raw.as_bytes(), Limits::default());
    let mail = mail.map_err(|malformed| anyhow!("{malformed}"))?;
    let masked = MaskedMail::of(&mail, false);
    let request = classify_request(&masked, case.on, Memory::default());
    let began = Instant::now();
    let said = world.model.classify(&request).await?;
    let took = began.elapsed();
    let route = route(Some(&said), facts(&mail), Thresholds::default()).to;
    Ok(Judged {
        case,
        said,
        route,
        masks: masked.masks,
        took,
    })
}

/// A detail of a mail: what it says, and what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// It says something, and that was found.
    Right,
    /// It says something else than was found.
    Wrong,
    /// It says something, and nothing was found.
    Missed,
    /// It says nothing, and something was found.
    Invented,
    /// It says nothing, and nothing was found.
    Nothing,
}

impl Judged {
    /// The details that matter for what the mail wants, by name.
    pub fn details(&self) -> Vec<(&'static str, Detail)> {
        let found = &self.said.entities;
        match self.case.intent {
            Intent::BankStatement => {
                vec![(
                    "months",
                    detail(self.case.entities.months.as_ref(), found.months.as_ref()),
                )]
            }
            Intent::PasswordUpdate => {
                let said = &self.case.entities;
                let behind = |placeholder: &Option<String>, said: &Option<String>| {
                    let found = self.masks.candidate(placeholder.as_deref()?)?;
                    // With a sign at its end or without: both are tried.
                    let with_signs = found
                        .with_signs
                        .filter(|text| Some(*text) == said.as_deref());
                    Some(with_signs.unwrap_or(found.value).to_owned())
                };
                let current = behind(&found.current_pw, &said.current_pw);
                let new = behind(&found.new_pw, &said.new_pw);
                vec![
                    (
                        "current_pw",
                        detail(said.current_pw.as_ref(), current.as_ref()),
                    ),
                    ("new_pw", detail(said.new_pw.as_ref(), new.as_ref())),
                ]
            }
            _ => vec![],
        }
    }
}

fn detail<T: PartialEq>(said: Option<&T>, found: Option<&T>) -> Detail {
    match (said, found) {
        (Some(said), Some(found)) if said == found => Detail::Right,
        (Some(_), Some(_)) => Detail::Wrong,
        (Some(_), None) => Detail::Missed,
        (None, Some(_)) => Detail::Invented,
        (None, None) => Detail::Nothing,
    }
}
