//! What customers read: the letters that drafts are made of, in the languages we serve.

use domain::Mail;
use mail_mime::Desk;
use ports::Passage;

/// What made an acknowledgement: this file. Drafts are counted by it.
pub const ACKNOWLEDGEMENT: &str = "acknowledgement v1";

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

const LANGUAGES: [&Phrases; 5] = [&ENGLISH, &GERMAN, &FRENCH, &SPANISH, &ITALIAN];

fn phrases(language: &str) -> &'static Phrases {
    match language {
        "de" => &GERMAN,
        "fr" => &FRENCH,
        "es" => &SPANISH,
        "it" => &ITALIAN,
        _ => &ENGLISH,
    }
}

/// A letter to a customer: in which language, from whom, about which tickets.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// The language to write in: the mail's where we serve it, else English.
    language: &'a str,
    desk: &'a Desk,
    /// The references as the desk writes them.
    tickets: Vec<String>,
}

impl<'a> Letter<'a> {
    /// A letter that answers this mail and names these tickets.
    pub fn to(mail: &'a Mail, desk: &'a Desk, mut tickets: Vec<String>) -> Self {
        tickets.dedup();
        Self {
            language: mail.language.as_deref().unwrap_or("en"),
            desk,
            tickets,
        }
    }

    /// The language it is written in, as ISO 639-1.
    pub fn language(&self) -> &str {
        self.language
    }

    /// The letter that tells a customer that a person will answer.
    pub fn acknowledgement(&self, urgent: bool) -> String {
        self.around(self.receipt(urgent))
    }

    /// The paragraph by which a letter about something else tells a customer the same.
    pub fn receipt_paragraph(&self, urgent: bool) -> String {
        // Behind a greeting with a comma some languages go on in lower case; a paragraph does not.
        let mut letters = self.receipt(urgent).chars();
        let first = letters.next().map(char::to_uppercase);
        first.into_iter().flatten().chain(letters).collect()
    }

    fn receipt(&self, urgent: bool) -> &'static str {
        let words = phrases(self.language);
        if urgent { words.urgent } else { words.received }
    }

    /// The letter that answers from the knowledge base: sentences with numbers, then the sources.
    pub fn answer(&self, sentences: &[(String, Vec<usize>)], sources: &[Passage]) -> String {
        let mut body = String::new();
        for (text, numbers) in sentences {
            let marks: String = numbers.iter().map(|n| format!("[{n}]")).collect();
            body.push_str(&format!("{} {marks} ", text.trim()));
        }
        let sources_below = phrases(self.language).sources;
        body = format!("{}\n\n{sources_below}", body.trim_end());
        for (at, source) in sources.iter().enumerate() {
            let link = source
                .link
                .as_deref()
                .map(|l| format!(": {l}"))
                .unwrap_or_default();
            body.push_str(&format!("\n[{}] {}{link}", at + 1, source.title));
        }
        self.around(&body)
    }

    fn around(&self, body: &str) -> String {
        let words = phrases(self.language);
        format!(
            "{}\n\n{body}\n\n{}\n{}\n\n{} {}\n",
            words.greeting,
            words.closing,
            self.desk.name,
            words.reference,
            self.tickets.join(", ")
        )
    }
}

/// A letter of ours with a further paragraph before its closing; unchanged where it says that
/// already.
pub fn with_paragraph(letter: &str, paragraph: &str) -> String {
    if letter.contains(paragraph) {
        return letter.to_owned();
    }
    let closings = LANGUAGES.map(|words| format!("\n\n{}\n", words.closing));
    let end = closings
        .iter()
        .filter_map(|closing| letter.rfind(closing.as_str()))
        .max()
        .unwrap_or(letter.trim_end().len());
    format!("{}\n\n{paragraph}{}", &letter[..end], &letter[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &str =
        "Hello,\n\nA card costs 5 EUR. [1]\n\nKind regards\nBank Test\n\nYour reference: HT00012\n";

    #[test]
    fn a_paragraph_stands_before_the_closing() {
        let letter = with_paragraph(LETTER, ENGLISH.urgent);
        let at = |part: &str| letter.find(part).unwrap();
        assert!(at("5 EUR") < at(ENGLISH.urgent) && at(ENGLISH.urgent) < at("Kind regards"));
        assert!(letter.ends_with("Your reference: HT00012\n"));
    }

    #[test]
    fn a_paragraph_that_is_there_already_is_not_repeated() {
        let once = with_paragraph(LETTER, ENGLISH.received);
        assert_eq!(with_paragraph(&once, ENGLISH.received), once);
    }

    #[test]
    fn a_paragraph_of_its_own_begins_with_a_capital() {
        for language in ["en", "de", "fr", "es", "it"] {
            let letter = Letter {
                language,
                desk: &Desk {
                    name: "Bank Test".to_owned(),
                    address: "support@bank.test".to_owned(),
                },
                tickets: vec![],
            };
            let paragraph = letter.receipt_paragraph(true);
            assert!(paragraph.starts_with(char::is_uppercase), "{paragraph}");
        }
    }

    #[test]
    fn a_letter_without_a_known_closing_still_gets_the_paragraph() {
        assert_eq!(with_paragraph("Hello.\n", "More."), "Hello.\n\nMore.\n");
    }
}
