//! A conversation in short: of each turn its first sentence that says something, word for word.

use ports::model::LONGEST_SUMMARY;
use ports::{Direction, Memory, Turn};

use crate::sentences::sentences;

/// Sentences with fewer words are greetings and thanks.
const FEWEST_WORDS: usize = 4;

/// The earlier summary and then a line a turn. Where that is too long, the oldest lines go.
pub fn summarise(memory: &Memory) -> String {
    let earlier = memory.summary.iter().flat_map(|summary| summary.lines());
    let mut lines: Vec<String> = earlier.map(str::to_owned).collect();
    lines.extend(memory.turns.iter().filter_map(line));
    let mut left = LONGEST_SUMMARY;
    let mut first = lines.len();
    for (at, line) in lines.iter().enumerate().rev() {
        let Some(rest) = left.checked_sub(line.chars().count() + 1) else {
            break;
        };
        (left, first) = (rest, at);
    }
    lines.split_off(first).join("\n")
}

fn line(turn: &Turn) -> Option<String> {
    let says_something = |sentence: &&str| sentence.split_whitespace().count() >= FEWEST_WORDS;
    let all = sentences(&turn.text);
    let said = all
        .iter()
        .copied()
        .find(says_something)
        .or(all.first().copied())?;
    let who = match turn.direction {
        Direction::Incoming => "Customer",
        Direction::Outgoing => "Desk",
    };
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(format!("{who}: {said}"))
}

#[cfg(test)]
mod tests {
    use domain::{Intent, MailKey, TicketId};
    use time::OffsetDateTime;

    use super::*;

    fn turn(direction: Direction, text: &str) -> Turn {
        Turn {
            id: 1,
            ticket: TicketId(1),
            mail: MailKey::parse("1-1").unwrap(),
            direction,
            intent: Intent::GeneralQuery,
            confidence: None,
            text: text.to_owned(),
            at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn each_turn_is_told_by_its_first_sentence_that_says_something() {
        let memory = Memory {
            summary: Some("Customer: My card is worn out.".to_owned()),
            turns: vec![
                turn(
                    Direction::Incoming,
                    "Hello!\n\nWhat does a new card cost? I need it soon.",
                ),
                turn(
                    Direction::Outgoing,
                    "Hello,\n\nA replacement card costs 5 EUR.",
                ),
            ],
        };
        assert_eq!(
            summarise(&memory),
            "Customer: My card is worn out.\nCustomer: What does a new card cost?\n\
             Desk: A replacement card costs 5 EUR."
        );
    }

    #[test]
    fn of_too_much_the_newest_is_kept() {
        let long = "word ".repeat(100);
        let mut turns: Vec<Turn> = (0..9)
            .map(|_| turn(Direction::Incoming, &format!("{long}.")))
            .collect();
        turns.push(turn(Direction::Outgoing, "This was said last of all."));
        let summary = summarise(&Memory {
            summary: None,
            turns,
        });
        assert!(summary.chars().count() <= LONGEST_SUMMARY);
        assert!(summary.ends_with("Desk: This was said last of all."));
    }

    #[test]
    fn nothing_said_is_nothing_summarised() {
        assert_eq!(summarise(&Memory::default()), "");
    }
}
