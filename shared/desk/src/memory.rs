//! What is remembered of a ticket: its last turns within a budget, the older ones in short.

use domain::{MailKey, TicketId};
use ports::{CallError, Ledger, Memory, Model, Summary, Turn};

/// Turns that are looked at. What lies before them is in the summary, or in none.
const TURNS: usize = 40;
/// Gemini counts about four characters a token (Gemini API, token counting).
const CHARACTERS_A_TOKEN: usize = 4;
/// Characters of a turn that a digest shows.
const DIGEST_OF_TURN: usize = 160;

/// The memory of a ticket within a budget of tokens. `but` are mails that the caller shows in full.
///
/// Turns that no longer fit are summarised once and the summary is kept. A model that cannot
/// summarise now costs the older turns' detail, never the mail.
pub async fn remember(
    ledger: &dyn Ledger,
    model: &dyn Model,
    ticket: TicketId,
    but: &[MailKey],
    budget: usize,
) -> Result<Memory, CallError> {
    let kept = ledger.summary(ticket).await?;
    let after = kept.as_ref().map_or(i64::MIN, |summary| summary.through);
    let mut turns = ledger.turns(ticket, TURNS).await?;
    turns.retain(|turn| turn.id > after && !but.contains(&turn.mail));
    let summary = kept.map(|summary| summary.text);
    let left = budget.saturating_sub(summary.as_deref().map_or(0, tokens));
    let recent = turns.split_off(first_to_keep(&turns, left));
    let older = Memory { summary, turns };
    let Some(last) = older.turns.last() else {
        return Ok(Memory {
            turns: recent,
            ..older
        });
    };
    let summary = match model.summarise(&older).await {
        Ok(text) => {
            let summary = Summary {
                through: last.id,
                text,
            };
            ledger.keep_summary(ticket, &summary).await?;
            summary.text
        }
        Err(error) => {
            tracing::warn!(%ticket, %error, "The older turns of ticket {ticket} are not summarised now: {error}");
            digest(&older)
        }
    };
    Ok(Memory {
        summary: Some(summary),
        turns: recent,
    })
}

/// Where the turns begin that stay as they are. Once they no longer fit, half of the budget is made
/// free, so that not every further turn costs a summary.
fn first_to_keep(turns: &[Turn], budget: usize) -> usize {
    match first_that_fits(turns, budget) {
        0 => 0,
        _ => first_that_fits(turns, budget / 2),
    }
}

/// Where the last turns begin that fit into so many tokens. The very last one is always among them.
fn first_that_fits(turns: &[Turn], mut left: usize) -> usize {
    let mut first = turns.len().saturating_sub(1);
    for (at, turn) in turns.iter().enumerate().rev() {
        let Some(rest) = left.checked_sub(tokens(&turn.text)) else {
            break;
        };
        (left, first) = (rest, at);
    }
    first
}

fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(CHARACTERS_A_TOKEN)
}

/// What can be said of older turns without a model: how each of them begins.
fn digest(memory: &Memory) -> String {
    let line = |turn: &Turn| {
        let begins: String = turn.text.chars().take(DIGEST_OF_TURN).collect();
        format!("{} ({}): {begins}", turn.direction.as_str(), turn.intent)
    };
    let lines = memory
        .summary
        .iter()
        .cloned()
        .chain(memory.turns.iter().map(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use domain::Intent;
    use ports::Direction;
    use time::OffsetDateTime;

    use super::*;

    fn turns(lengths: &[usize]) -> Vec<Turn> {
        let turn = |(id, length): (i64, &usize)| Turn {
            id,
            ticket: TicketId(7),
            mail: MailKey::parse(&format!("1-18c{id}")).unwrap(),
            direction: Direction::Incoming,
            intent: Intent::GeneralQuery,
            confidence: None,
            text: "x".repeat(*length),
            at: OffsetDateTime::UNIX_EPOCH,
        };
        (1..).zip(lengths).map(turn).collect()
    }

    #[test]
    fn the_last_turns_within_the_budget_are_kept() {
        assert_eq!(first_that_fits(&turns(&[40, 40, 40]), 20), 1);
        assert_eq!(first_that_fits(&turns(&[40, 40, 40]), 30), 0);
    }

    #[test]
    fn turns_that_no_longer_fit_make_half_of_the_budget_free() {
        assert_eq!(first_to_keep(&turns(&[40, 40, 40, 40]), 40), 0);
        assert_eq!(first_to_keep(&turns(&[40, 40, 40, 40, 40]), 40), 3);
    }

    #[test]
    fn the_very_last_turn_is_kept_however_long_it_is() {
        assert_eq!(first_that_fits(&turns(&[4, 4_000]), 10), 1);
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(first_that_fits(&[], 10), 0);
    }
}
