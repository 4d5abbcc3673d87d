//! What became of each mail: files, JSON, and the table.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use domain::{Mail, MailKey};
use ports::MailRecord;
use ports::mailbox::DRAFT_HEADER;
use serde::Serialize;
use testkit::gmail::FakeGmail;
use testkit::odoo::FakeOdoo;

use super::Delivered;

const OUT: &str = ".local/out";

/// A mail that came to its end.
#[derive(Debug, Serialize)]
pub(super) struct Ended {
    file: String,
    state: String,
    reason: Option<String>,
    intent: Option<String>,
    ticket: Option<String>,
    draft: Option<String>,
    draft_file: Option<PathBuf>,
    attachments: Vec<PathBuf>,
    #[serde(skip)]
    key: MailKey,
    #[serde(skip)]
    drafted: Option<String>,
}

/// The folder where drafts are written.
pub(super) struct Out(PathBuf);

impl Out {
    /// The folder, emptied.
    pub(super) fn fresh() -> anyhow::Result<Self> {
        let folder = PathBuf::from(OUT);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {OUT}"))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {OUT}"))?;
        Ok(Self(folder))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// Writes the mail's draft down and says how the mail ended.
    pub(super) fn keep(
        &self,
        mail: &Delivered,
        record: &MailRecord,
        gmail: &FakeGmail,
    ) -> anyhow::Result<Ended> {
        let mut ended = Ended {
            file: mail.file.clone(),
            state: record.state.name().to_owned(),
            reason: record
                .state
                .reason()
                .or(record.because.as_deref())
                .map(str::to_owned),
            intent: record.intent.map(|intent| intent.to_string()),
            ticket: record
                .ticket
                .as_ref()
                .map(|(_, reference)| reference.to_string()),
            draft: record.draft.as_ref().map(ToString::to_string),
            draft_file: None,
            attachments: vec![],
            key: mail.key.clone(),
            drafted: None,
        };
        if let Some((raw, draft)) = draft_of(gmail, &mail.key) {
            let stem = mail.file.trim_end_matches(".eml");
            fs::write(self.0.join(format!("{stem}.draft.eml")), &raw)?;
            let text = self.0.join(format!("{stem}.draft.txt"));
            fs::write(&text, readable(&draft))?;
            for file in mail_mime::attached_files(&raw) {
                // Our own files have plain names; a folder in one would lead out of this one.
                let name = file.name.replace(['/', '\\'], "-");
                let path = self.0.join(format!("{stem}.{name}"));
                fs::write(&path, &file.content)?;
                ended.attachments.push(path);
            }
            ended.draft_file = Some(text);
            ended.drafted = Some(first_words(&draft));
        }
        Ok(ended)
    }
}

fn draft_of(gmail: &FakeGmail, key: &MailKey) -> Option<(Vec<u8>, Mail)> {
    gmail.drafts().into_iter().find_map(|(_, _, raw)| {
        let draft = mail_mime::read(&raw, mail_mime::Limits::default()).ok()?;
        let header = draft.header(&DRAFT_HEADER.to_lowercase());
        let answers = header?
            .split(' ')
            .any(|answered| answered == key.to_string());
        answers.then_some((raw, draft))
    })
}

fn readable(draft: &Mail) -> String {
    let to = draft
        .to
        .first()
        .map(|a| a.address.as_str())
        .unwrap_or_default();
    let mut text = format!("To: {to}\nSubject: {}\n", draft.subject);
    for file in &draft.attachments {
        text.push_str(&format!("Attached: {} ({} bytes)\n", file.name, file.size));
    }
    format!("{text}\n{}\n", draft.new_text)
}

fn first_words(draft: &Mail) -> String {
    let lines = draft
        .new_text
        .lines()
        .filter(|line| !line.trim().is_empty());
    lines.skip(1).take(1).collect()
}

/// The table at the end.
pub(super) fn table(delivered: &[Delivered], ended: &[Ended]) {
    println!(
        "\n{:<34} {:<28} {:<16} {:<8} {:<10} drafted",
        "mail", "sender", "intent", "ticket", "state"
    );
    for mail in delivered {
        let Some(end) = ended.iter().find(|end| end.key == mail.key) else {
            println!(
                "{:<34} {:<28} not in a terminal state",
                cut(&mail.file, 34),
                cut(&mail.sender, 28)
            );
            continue;
        };
        let drafted = end.drafted.as_ref().or(end.reason.as_ref());
        println!(
            "{:<34} {:<28} {:<16} {:<8} {:<10} {}",
            cut(&mail.file, 34),
            cut(&mail.sender, 28),
            end.intent.as_deref().unwrap_or("-"),
            end.ticket.as_deref().unwrap_or("-"),
            end.state,
            cut(drafted.map_or("-", String::as_str), 70),
        );
    }
}

/// Each ticket with all its notes, as an agent reads it.
pub(super) fn tickets(odoo: &FakeOdoo) {
    for ticket in odoo.tickets() {
        let tags = ticket.tags.join(", ");
        println!(
            "\n{} {} ({}; {tags})",
            ticket.number, ticket.name, ticket.email
        );
        let notes = odoo.notes(ticket.id).into_iter().map(|note| note.body);
        for text in std::iter::once(ticket.description).chain(notes) {
            println!("  ----");
            for line in as_text(&text).lines() {
                println!("  {line}");
            }
        }
        for file in ticket.attachments {
            println!("  ---- file {} ({} bytes)", file.name, file.content.len());
        }
    }
}

/// The markup of a note of ours as text.
fn as_text(html: &str) -> String {
    let broken = html.replace("<br/>", "\n").replace("</p>", "\n");
    let plain: String = broken
        .split('<')
        .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text))
        .collect();
    plain
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(longest - 1).collect();
    short.push('…');
    short
}
