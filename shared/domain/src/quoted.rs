//! Telling what an author wrote now from what was quoted, in the languages we serve.
//!
//! No line is lost: each goes to exactly one side.

/// The two sides of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// What was written now.
    pub new_text: String,
    /// What was quoted or forwarded.
    pub quoted_text: String,
}

/// Splits a plain text.
///
/// Lines that begin with `>` are quoted wherever they stand. A line that introduces a quotation
/// (`On … wrote:`, `-----Original Message-----`, a block of `From:` and `Sent:`) begins one: with
/// `>` lines behind it, it ends where they end (an answer below the quotation); without, it goes on
/// to the end.
pub fn split(text: &str) -> Split {
    let lines: Vec<&str> = text.lines().collect();
    let mut new_lines = Vec::new();
    let mut quoted = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if is_quoted(lines[at]) {
            quoted.push(lines[at]);
            at += 1;
            continue;
        }
        let Some(length) = introduction(&lines[at..]) else {
            new_lines.push(lines[at]);
            at += 1;
            continue;
        };
        let after = at + length;
        let next = lines[after..].iter().find(|line| !line.trim().is_empty());
        let end = if next.is_some_and(|line| is_quoted(line)) {
            after
        } else {
            lines.len()
        };
        quoted.extend(&lines[at..end]);
        at = end;
    }
    Split {
        new_text: tidy(&new_lines),
        quoted_text: tidy(&quoted),
    }
}

fn tidy(lines: &[&str]) -> String {
    lines.join("\n").trim().to_owned()
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// How many lines introduce a quotation here, if any do.
fn introduction(lines: &[&str]) -> Option<usize> {
    let first = lines[0].trim();
    if is_separator(first) || is_header_block(lines) {
        return Some(1);
    }
    // Programs wrap `On … wrote:` over up to three lines.
    (1..=3.min(lines.len())).find(|&n| {
        let joined = lines[..n]
            .iter()
            .map(|l| l.trim())
            .collect::<Vec<_>>()
            .join(" ");
        lines[..n].iter().all(|line| !line.trim().is_empty()) && is_attribution(&joined)
    })
}

fn is_separator(line: &str) -> bool {
    let bare = line.trim_matches(['-', '_', ' ', '*']).to_lowercase();
    let ruled = line.starts_with("--") || line.starts_with("__");
    let forwarded = matches!(
        bare.trim_end_matches(':'),
        "begin forwarded message"
            | "anfang der weitergeleiteten nachricht"
            | "début du message transféré"
            | "inizio messaggio inoltrato"
            | "inicio del mensaje reenviado"
    );
    forwarded
        || ruled
            && matches!(
                bare.as_str(),
                "original message"
                    | "forwarded message"
                    | "ursprüngliche nachricht"
                    | "weitergeleitete nachricht"
                    | "message d'origine"
                    | "message transféré"
                    | "mensaje original"
                    | "mensaje reenviado"
                    | "messaggio originale"
                    | "messaggio inoltrato"
                    | "forwarded by"
            )
}

fn is_attribution(line: &str) -> bool {
    const FORMS: [(&str, &[&str]); 5] = [
        ("on ", &["wrote:"]),
        ("am ", &["schrieb:", "schrieb"]),
        ("le ", &["a écrit :", "a écrit:"]),
        ("el ", &["escribió:"]),
        ("il ", &["ha scritto:"]),
    ];
    let lower = line.to_lowercase();
    let dated = lower.bytes().any(|b| b.is_ascii_digit());
    dated
        && lower.len() < 300
        && FORMS.iter().any(|(begins, ends)| {
            // German puts the name between verb and colon: "Am … schrieb Carla Kunde:".
            let german = *begins == "am " && lower.contains(" schrieb ") && lower.ends_with(':');
            lower.starts_with(begins) && (german || ends.iter().any(|end| lower.ends_with(end)))
        })
}

/// Outlook's block: `From:` followed within four lines by `Sent:` or `Date:`.
fn is_header_block(lines: &[&str]) -> bool {
    const FROM: [&str; 5] = ["from:", "von:", "de :", "de:", "da:"];
    const SENT: [&str; 10] = [
        "sent:",
        "date:",
        "gesendet:",
        "datum:",
        "envoyé :",
        "envoyé:",
        "enviado:",
        "enviado el:",
        "inviato:",
        "data:",
    ];
    let begins = |line: &str, words: &[&str]| {
        let bare = line
            .trim()
            .trim_start_matches('*')
            .replace('*', "")
            .to_lowercase();
        words.iter().any(|word| bare.starts_with(word))
    };
    begins(lines[0], &FROM) && lines.iter().skip(1).take(4).any(|line| begins(line, &SENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_text(text: &str) -> String {
        split(text).new_text
    }

    #[test]
    fn an_answer_above_the_quotation_is_new() {
        let text = "Thanks, it works.\n\nOn Mon, 2 Nov 2026 at 10:00, Bank <support@bank.test> wrote:\n> Did it work?\n";
        assert_eq!(new_text(text), "Thanks, it works.");
        assert!(split(text).quoted_text.contains("Did it work?"));
    }

    #[test]
    fn an_answer_below_the_quotation_is_new() {
        let text = "On 2 Nov 2026, Bank wrote:\n> Which card?\n\nThe blue one.";
        assert_eq!(new_text(text), "The blue one.");
    }

    #[test]
    fn answers_between_quoted_lines_are_new() {
        assert_eq!(
            new_text("> Which card?\nBlue.\n> Since when?\nMonday."),
            "Blue.\nMonday."
        );
    }

    #[test]
    fn outlook_quotes_without_marks_to_the_end() {
        let text =
            "Please see below.\n\nFrom: Bank\nSent: Monday\nTo: Carla\n\nYour old text HT00042";
        assert_eq!(new_text(text), "Please see below.");
    }

    #[test]
    fn attributions_in_five_languages_begin_a_quotation() {
        for line in [
            "On Tue, Nov 3, 2026 at 9:12 AM Ana <ana@customer.test> wrote:",
            "Am 03.11.2026 um 09:12 schrieb Carla Kunde:",
            "Le mar. 3 nov. 2026 à 09:12, Ana <ana@customer.test> a écrit :",
            "El mar, 3 nov 2026 a las 9:12, Ana (<ana@customer.test>) escribió:",
            "Il giorno mar 3 nov 2026 alle ore 09:12 Ana <ana@customer.test> ha scritto:",
        ] {
            let text = format!("New.\n\n{line}\n\nOld.");
            assert_eq!(new_text(&text), "New.", "{line}");
        }
    }

    #[test]
    fn an_attribution_wrapped_over_two_lines_is_seen() {
        let text = "New.\n\nOn Tue, Nov 3, 2026 at 9:12 AM Ana\n<ana@customer.test> wrote:\n\nOld.";
        assert_eq!(new_text(text), "New.");
    }

    #[test]
    fn ordinary_sentences_are_not_attributions() {
        let text =
            "On 3 November I wrote a letter.\nAm Montag kam nichts.\nFrom: my side all is well.";
        assert_eq!(new_text(text), text);
    }

    #[test]
    fn a_forwarded_message_is_quoted() {
        let text =
            "Is this from you?\n\n---------- Forwarded message ---------\nFrom: x\n\nPay now";
        assert_eq!(new_text(text), "Is this from you?");
    }
}
