//! What people read: drafts for customers, notes and descriptions for agents.

use domain::route::Route;
use domain::{Mail, TicketRef, mask};
use ports::Passage;
use time::macros::format_description;

/// Characters of a mail's text that stand on the ticket.
const LONGEST_EXCERPT: usize = 8_000;

/// The phrases of a language that drafts are made of.
struct Phrases {
    greeting: &'static str,
    sources: &'static str,
    closing: &'static str,
    reference: &'static str,
    received: &'static str,
    urgent: &'static str,
}

const ENGLISH: Phrases = Phrases {
    greeting: "Hello,",
    sources: "Sources:",
    closing: "Kind regards",
    reference: "Your reference:",
    received: "Thank you for your message. A colleague will read it and get back to you.",
    urgent: "Thank you for your message. We have marked it as urgent, and a colleague is being told now.",
};
const GERMAN: Phrases = Phrases {
    greeting: "Guten Tag,",
    sources: "Quellen:",
    closing: "Freundliche Grüße",
    reference: "Ihr Zeichen:",
    received: "vielen Dank für Ihre Nachricht. Eine Kollegin oder ein Kollege liest sie und meldet sich bei Ihnen.",
    urgent: "vielen Dank für Ihre Nachricht. Wir haben sie als dringend eingestuft und geben sie gerade weiter.",
};
const FRENCH: Phrases = Phrases {
    greeting: "Bonjour,",
    sources: "Sources :",
    closing: "Cordialement",
    reference: "Votre référence :",
    received: "Merci pour votre message. Un membre de notre équipe va le lire et reviendra vers vous.",
    urgent: "Merci pour votre message. Nous l'avons marqué comme urgent et notre équipe en est avertie.",
};
const SPANISH: Phrases = Phrases {
    greeting: "Buenos días:",
    sources: "Fuentes:",
    closing: "Un cordial saludo",
    reference: "Su referencia:",
    received: "Gracias por su mensaje. Una persona de nuestro equipo lo leerá y se pondrá en contacto con usted.",
    urgent: "Gracias por su mensaje. Lo hemos marcado como urgente y estamos avisando a nuestro equipo.",
};
const ITALIAN: Phrases = Phrases {
    greeting: "Buongiorno,",
    sources: "Fonti:",
    closing: "Cordiali saluti",
    reference: "Il Suo riferimento:",
    received: "grazie per il Suo messaggio. Una persona del nostro team lo leggerà e Le risponderà.",
    urgent: "grazie per il Suo messaggio. L'abbiamo segnato come urgente e stiamo avvisando il nostro team.",
};

fn phrases(language: &str) -> &'static Phrases {
    match language {
        "de" => &GERMAN,
        "fr" => &FRENCH,
        "es" => &SPANISH,
        "it" => &ITALIAN,
        _ => &ENGLISH,
    }
}

/// The language to write in: the mail's where we serve it, else English.
pub fn language(mail: &Mail) -> &str {
    mail.language.as_deref().unwrap_or("en")
}

fn letter(language: &str, desk: &str, ticket: &TicketRef, body: &str) -> String {
    let words = phrases(language);
    format!(
        "{}\n\n{body}\n\n{}\n{desk}\n\n{} {ticket}\n",
        words.greeting, words.closing, words.reference
    )
}

/// The draft that tells a customer that a person will answer.
pub fn acknowledgement(language: &str, desk: &str, ticket: &TicketRef, urgent: bool) -> String {
    let words = phrases(language);
    letter(
        language,
        desk,
        ticket,
        if urgent { words.urgent } else { words.received },
    )
}

/// The draft that answers from the knowledge base: sentences with numbers, then the sources.
pub fn answer(
    language: &str,
    desk: &str,
    ticket: &TicketRef,
    sentences: &[(String, Vec<usize>)],
    sources: &[&Passage],
) -> String {
    let mut body = String::new();
    for (text, numbers) in sentences {
        let marks: String = numbers.iter().map(|n| format!("[{n}]")).collect();
        body.push_str(&format!("{} {marks} ", text.trim()));
    }
    body = format!("{}\n\n{}", body.trim_end(), phrases(language).sources);
    for (at, source) in sources.iter().enumerate() {
        let link = source
            .link
            .as_deref()
            .map(|l| format!(": {l}"))
            .unwrap_or_default();
        body.push_str(&format!("\n[{}] {}{link}", at + 1, source.title));
    }
    letter(language, desk, ticket, &body)
}

/// Text as HTML that shows it and does nothing else.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\n', "<br/>")
}

/// A mail as an agent reads it on the ticket: what it is, how it was routed, what it says.
/// Passwords are masked.
pub fn mail_as_html(mail: &Mail, route: &Route) -> String {
    let mut html = String::new();
    let mut row = |name: &str, value: &str| {
        html.push_str(&format!("<b>{name}:</b> {}<br/>", escape(value)));
    };
    let authors: Vec<&str> = mail.from.iter().map(|a| a.address.as_str()).collect();
    row("From", &authors.join(", "));
    row("Subject", &mask::mask_passwords(&mail.subject));
    let minutes = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    if let Some(date) = mail
        .date
        .and_then(|d| d.to_offset(time::UtcOffset::UTC).format(minutes).ok())
    {
        row("Date", &date);
    }
    row("Intent", &format!("{} ({})", route.to, route.because));
    for attachment in &mail.attachments {
        let size = attachment.size.div_ceil(1024);
        row(
            "Attachment",
            &format!("{} ({}, {size} kB)", attachment.name, attachment.media_type),
        );
    }
    let text: String = mask::mask_passwords(&mail.new_text)
        .chars()
        .take(LONGEST_EXCERPT)
        .collect();
    let text = if text.is_empty() {
        "(no text)".to_owned()
    } else {
        text
    };
    format!("<p>{html}</p><p>{}</p>", escape(&text))
}

/// A line that leads to the ticket the customer wrote about before.
pub fn earlier_ticket(reference: &TicketRef) -> String {
    format!("<p>The customer refers to ticket {reference}, which was about something else.</p>")
}
