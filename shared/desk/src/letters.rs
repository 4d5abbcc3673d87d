//! What customers read: the letters that drafts are made of, in the languages we serve.

use domain::Mail;
use domain::password::{self, Unfit};
use domain::statement::{MOST_MONTHS, Period};
use mail_mime::Desk;
use ports::Passage;
use time::Date;

/// What made an acknowledgement: this file. Drafts are counted by it.
pub const ACKNOWLEDGEMENT: &str = "acknowledgement v1";

/// The phrases that drafts are made of, from the files in `letters/`, which the build has checked.
mod phrases {
    include!(concat!(env!("OUT_DIR"), "/phrases.rs"));
}

use phrases::{DE, EN, ES, FR, IT, Phrases};

const LANGUAGES: [&Phrases; 5] = [&EN, &DE, &FR, &ES, &IT];

fn phrases(language: &str) -> &'static Phrases {
    match language {
        "de" => &DE,
        "fr" => &FR,
        "es" => &ES,
        "it" => &IT,
        _ => &EN,
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
        capitalised(self.receipt(urgent))
    }

    fn receipt(&self, urgent: bool) -> &'static str {
        let words = phrases(self.language);
        if urgent { words.urgent } else { words.received }
    }

    /// A letter with this body.
    pub fn with(&self, body: &str) -> String {
        self.around(body)
    }

    /// What answers from the knowledge base: sentences with numbers, what to ask back, then the sources.
    pub fn answer(
        &self,
        sentences: &[(String, Vec<usize>)],
        sources: &[Passage],
        questions: &[String],
    ) -> String {
        let mut body = String::new();
        for (text, numbers) in sentences {
            let marks: String = numbers.iter().map(|n| format!("[{n}]")).collect();
            body.push_str(&format!("{} {marks} ", text.trim()));
        }
        let sources_below = phrases(self.language).sources;
        body = body.trim_end().to_owned();
        if !questions.is_empty() {
            body.push_str(&format!("\n\n{}", questions.join(" ")));
        }
        body.push_str(&format!("\n\n{sources_below}"));
        for (at, source) in sources.iter().enumerate() {
            let link = source
                .link
                .as_deref()
                .map(|l| format!(": {l}"))
                .unwrap_or_default();
            body.push_str(&format!("\n[{}] {}{link}", at + 1, source.title));
        }
        body
    }

    /// What is said of the change of a password.
    pub fn password(&self, news: &PasswordNews) -> String {
        let words = phrases(self.language);
        match news {
            PasswordNews::Changed => words.password_changed.to_owned(),
            PasswordNews::NotChanged => words.password_not_changed.to_owned(),
            PasswordNews::Needs(needs) => {
                let lines = needs.iter().map(|need| need_line(words, *need));
                let lines: Vec<String> = lines.collect();
                format!("{}\n\n{}", words.password_ask, lines.join("\n"))
            }
        }
    }

    /// What is said of statements for this period.
    pub fn statements(&self, period: Period, statements: &Delivery) -> String {
        let words = phrases(self.language);
        let (from, to) = (self.date(period.from), self.date(period.to));
        let days = [("from", from.as_str()), ("to", to.as_str())];
        match statements {
            Delivery::Attached(1) => fill(words.statement_one, &days),
            Delivery::Attached(many) => {
                let count = many.to_string();
                fill(
                    words.statement_many,
                    &[days[0], days[1], ("count", count.as_str())],
                )
            }
            Delivery::Linked { links, until } => {
                let until = self.date(*until);
                let intro = fill(
                    words.statement_link,
                    &[days[0], days[1], ("until", until.as_str())],
                );
                format!("{intro}\n\n{}", links.join("\n"))
            }
        }
    }

    /// The question for how many months a statement is wanted.
    pub fn asks_for_months(&self) -> String {
        let most = MOST_MONTHS.to_string();
        fill(
            phrases(self.language).statement_months,
            &[("most", most.as_str())],
        )
    }

    /// A day as the language writes it in digits, in English with the month's name.
    fn date(&self, day: Date) -> String {
        let (year, month, number) = (day.year(), u8::from(day.month()), day.day());
        match self.language {
            "de" => format!("{number}.{month}.{year}"),
            "fr" | "es" | "it" => format!("{number:02}/{month:02}/{year}"),
            _ => format!("{number} {} {year}", day.month()),
        }
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

/// What a customer is told about their password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordNews {
    /// It was changed.
    Changed,
    /// It was not changed, whatever the reason: nobody learns here whether an account exists.
    NotChanged,
    /// These things are missing.
    Needs(Vec<Need>),
}

/// What is missing for the change of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The current password.
    Current,
    /// The new password.
    New,
    /// The new password once more: it is not clear where it ends.
    NewUnclear,
    /// Another new password.
    Another(Unfit),
}

fn need_line(words: &Phrases, need: Need) -> String {
    let (least, most) = (password::LEAST.to_string(), password::MOST.to_string());
    match need {
        Need::Current => words.need_current.to_owned(),
        Need::New => words.need_new.to_owned(),
        Need::NewUnclear => words.new_unclear.to_owned(),
        Need::Another(Unfit::TooShort) => fill(words.new_too_short, &[("least", least.as_str())]),
        Need::Another(Unfit::TooLong) => fill(words.new_too_long, &[("most", most.as_str())]),
        Need::Another(Unfit::IsOld) => words.new_is_old.to_owned(),
        Need::Another(Unfit::IsAddress) => words.new_is_address.to_owned(),
        Need::Another(Unfit::TooCommon) => words.new_too_common.to_owned(),
    }
}

/// How statements reach the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// So many files hang on the draft.
    Attached(usize),
    /// They can be downloaded for a while.
    Linked {
        /// The links, a statement each.
        links: Vec<String>,
        /// The last day on which they work.
        until: Date,
    },
}

fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let put =
        |text: String, (name, value): &(&str, &str)| text.replace(&format!("{{{name}}}"), value);
    values.iter().fold(text.to_owned(), put)
}

/// A text that begins with a capital: behind a greeting with a comma some languages go on in lower
/// case; a paragraph of its own does not.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
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
        let letter = with_paragraph(LETTER, EN.urgent);
        let at = |part: &str| letter.find(part).unwrap();
        assert!(at("5 EUR") < at(EN.urgent) && at(EN.urgent) < at("Kind regards"));
        assert!(letter.ends_with("Your reference: HT00012\n"));
    }

    #[test]
    fn a_paragraph_that_is_there_already_is_not_repeated() {
        let once = with_paragraph(LETTER, EN.received);
        assert_eq!(with_paragraph(&once, EN.received), once);
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
