//! What agents read on tickets, as HTML: descriptions and notes. Personal data is masked.

use std::fmt::Write as _;

use domain::attachments::LeftOut;
use domain::mask::MaskedMail;
use domain::placement::Referred;
use domain::route::Route;
use domain::statement::Period;
use domain::{Intent, Mail, TicketRef};
use ports::{DraftOutcome, Ticket};

use crate::letters::Need;
use time::macros::format_description;

/// Characters of a mail's text that stand on the ticket.
const LONGEST_EXCERPT: usize = 8_000;

/// Text as HTML that shows it and does nothing else.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\n', "<br/>")
}

/// A table of what is known: a line each.
#[derive(Default)]
struct Facts(String);

impl Facts {
    fn row(&mut self, name: &str, value: &str) {
        // Writing to a text cannot fail.
        write!(self.0, "<b>{name}:</b> {}<br/>", escape(value)).unwrap_or_default();
    }

    fn paragraph(self) -> String {
        format!("<p>{}</p>", self.0)
    }
}

/// A mail as the description of the ticket that it opens: who wrote, when, and what.
pub fn description(mail: &Mail, masked: &MaskedMail) -> String {
    let mut facts = Facts::default();
    header(&mut facts, mail, masked);
    format!("{}{}", facts.paragraph(), text(masked))
}

fn header(facts: &mut Facts, mail: &Mail, masked: &MaskedMail) {
    let authors: Vec<String> = mail.from.iter().map(|a| shortened(&a.address)).collect();
    facts.row("From", &authors.join(", "));
    facts.row("Subject", &masked.subject);
    let minutes = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    if let Some(date) = mail
        .date
        .and_then(|d| d.to_offset(time::UtcOffset::UTC).format(minutes).ok())
    {
        facts.row("Date", &date);
    }
}

/// An address that those can tell who know it: `a…@customer.test`. The whole one is the contact's.
fn shortened(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}

fn text(masked: &MaskedMail) -> String {
    let text: String = masked.text.chars().take(LONGEST_EXCERPT).collect();
    let text = if text.is_empty() { "(no text)" } else { &text };
    format!("<p>{}</p>", escape(text))
}

/// The note of an incoming turn.
pub(crate) struct IncomingTurn<'a> {
    pub mail: &'a Mail,
    pub masked: &'a MaskedMail,
    pub route: &'a Route,
    pub confidence: Option<f32>,
    /// For each attachment whether it hangs on the note.
    pub files: &'a [Result<(), LeftOut>],
    /// Whether the mail continues the ticket. Otherwise its description shows the text.
    pub continues: bool,
    /// A line about the ticket that the mail speaks of, if there is something to say.
    pub about_ticket: Option<String>,
}

/// An incoming mail as a note: what it is about, how it was routed, its files, and its text where the
/// ticket does not show it yet.
pub(crate) fn incoming(turn: &IncomingTurn<'_>) -> String {
    let mut facts = Facts::default();
    if turn.continues {
        header(&mut facts, turn.mail, turn.masked);
    }
    facts.row("Intent", &intent(turn));
    facts.row(
        "Goes to",
        &format!("{} ({})", turn.route.to, turn.route.because),
    );
    if let Some(language) = &turn.mail.language {
        facts.row("Language", language);
    }
    let attachments = turn.mail.attachments.iter().zip(&turn.masked.attachments);
    for ((attachment, name), verdict) in attachments.zip(turn.files) {
        let size = attachment.size.div_ceil(1024);
        let what = match verdict {
            Ok(()) => format!("{name} ({size} kB)"),
            Err(why) => format!(
                "{name} ({}, {size} kB) stays in Gmail: {why}",
                attachment.media_type
            ),
        };
        facts.row("Attachment", &what);
    }
    let about = turn
        .about_ticket
        .as_deref()
        .map(paragraph)
        .unwrap_or_default();
    let text = if turn.continues {
        text(turn.masked)
    } else {
        String::new()
    };
    let warning = if turn.masked.masks.hold_a_password() {
        paragraph(
            "The mail holds what is likely a password. It is labelled in Gmail: delete it there when it \
             is dealt with.",
        )
    } else {
        String::new()
    };
    format!(
        "<p>The customer wrote.</p>{}{warning}{about}{text}",
        facts.paragraph()
    )
}

fn intent(turn: &IncomingTurn<'_>) -> String {
    let Some(intent) = turn.route.intent() else {
        return "not decided".to_owned();
    };
    match turn.confidence {
        Some(confidence) => format!("{intent}, {:.0} % sure", confidence * 100.0),
        None => intent.to_string(),
    }
}

/// What an agent should know of the ticket that a mail speaks of but did not go onto.
pub(crate) fn other_ticket(referred: &Referred<Ticket>) -> Option<String> {
    Some(match referred {
        Referred::Nothing => return None,
        Referred::Unknown(reference) => {
            format!("The mail belongs to ticket {reference}, which does not exist (any more).")
        }
        Referred::Strangers(reference) => format!(
            "The mail belongs to ticket {reference}, which is another customer's. Nothing of it was used."
        ),
        Referred::Own {
            ticket,
            closed: true,
            ..
        } => {
            format!(
                "The customer wrote before in ticket {}, which is closed.",
                ticket.reference
            )
        }
        Referred::Own {
            ticket,
            last_intent,
            ..
        } => {
            let about = last_intent.map_or("something else", Intent::as_str);
            format!(
                "The customer wrote before in ticket {}, about {about}.",
                ticket.reference
            )
        }
    })
}

/// The note on the earlier ticket, which leads to the new one.
pub(crate) fn went_on_in(reference: &TicketRef, route: &Route) -> String {
    let about = route.intent().map_or("something else", Intent::as_str);
    paragraph(&format!(
        "The customer wrote again, about {about}: see ticket {reference}."
    ))
}

/// The note that a draft waits, and how it stands beside other drafts.
pub(crate) fn draft_waits(answers: usize, beside_a_persons: bool) -> String {
    let mut html = match answers {
        0 | 1 => "<p>A reply waits as a draft in the Gmail thread.</p>".to_owned(),
        mails => format!(
            "<p>A reply waits as a draft in the Gmail thread. It answers the last {mails} mails, and \
             stands in the place of the draft before it.</p>"
        ),
    };
    if beside_a_persons {
        html.push_str(
            "<p>Someone has worked on the draft before this one, so it was left as it is: the thread \
             holds two drafts now.</p>",
        );
    }
    html
}

/// The note about statements that hang on a draft, or are linked from it.
pub(crate) fn statements(count: usize, period: Period) -> String {
    let what = match count {
        1 => "A statement of the customer's account was made".to_owned(),
        many => format!("Statements of the customer's {many} accounts were made"),
    };
    let (from, to) = (period.from, period.to);
    paragraph(&format!(
        "{what}, from {from} to {to}. The sender is proven."
    ))
}

/// The note about what a password change still needs.
pub(crate) fn password_needs(needs: &[Need]) -> String {
    let needs: Vec<&str> = needs.iter().map(|need| need.as_str()).collect();
    format!(
        "The password was not changed yet. The draft asks for {}.",
        needs.join(", and for ")
    )
}

/// The note that a person sent something.
pub(crate) fn sent(outcome: Option<DraftOutcome>, text: &str) -> String {
    let how = match outcome {
        Some(DraftOutcome::SentAsIs) => "A person sent the draft as it was.".to_owned(),
        Some(DraftOutcome::SentEdited { distance }) => format!(
            "A person sent the draft with changes: {:.0} % of its words.",
            distance * 100.0
        ),
        _ => "A person sent a text of their own.".to_owned(),
    };
    format!("{}{}", paragraph(&how), paragraph(text))
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escape(text))
}
