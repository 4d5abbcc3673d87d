//! From the classifier's words and the facts to a queue. The model proposes, this code decides.

use serde::{Deserialize, Serialize};

use crate::{Classification, Intent};

/// The decision about a mail, and why it went that way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The queue that gets the mail.
    pub to: Intent,
    /// The reason in plain words, without mail content. It stands in the ticket's note.
    pub because: String,
}

const UNREACHABLE: &str = "the classifier could not be reached";
const UNSURE: &str = "the classifier was not sure enough";
const NO_TEXT: &str = "the mail has no text of its own";

impl Route {
    /// What the mail is about. `None` where that could not be decided, so that a person gets it.
    pub fn intent(&self) -> Option<Intent> {
        let undecided = [UNREACHABLE, UNSURE, NO_TEXT].contains(&self.because.as_str());
        (!undecided).then_some(self.to)
    }
}

/// The least confidence at which each intent is believed. Below it a person reads the mail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// For intents that a machine answers.
    pub answer: f32,
    /// For urgency. Lower, for a false alarm costs less than a missed one.
    pub urgent: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            answer: 0.55,
            urgent: 0.35,
        }
    }
}

/// What code knows about the mail, whatever its text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Whether the mail has exactly one author to reply to.
    pub one_author: bool,
    /// Whether there is any new text to act on.
    pub has_text: bool,
}

/// Decides where a mail goes. `None` for the classification means that the model could not be asked.
pub fn route(
    classification: Option<&Classification>,
    facts: Facts,
    thresholds: Thresholds,
) -> Route {
    let to = |to: Intent, because: &str| Route {
        to,
        because: because.to_owned(),
    };
    let Some(c) = classification else {
        return to(Intent::FallbackHuman, UNREACHABLE);
    };
    if c.intent == Intent::UrgentHuman && c.confidence >= thresholds.urgent {
        return to(Intent::UrgentHuman, "the mail reads as urgent");
    }
    if !facts.one_author {
        return to(
            Intent::FallbackHuman,
            "the mail does not have exactly one author",
        );
    }
    if !facts.has_text {
        return to(Intent::FallbackHuman, NO_TEXT);
    }
    if c.intent == Intent::FallbackHuman {
        return to(
            Intent::FallbackHuman,
            "the mail is none of the cases a machine handles",
        );
    }
    if c.confidence < thresholds.answer {
        return to(Intent::FallbackHuman, UNSURE);
    }
    to(c.intent, "classified with enough confidence")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entities;

    const PLAIN: Facts = Facts {
        one_author: true,
        has_text: true,
    };

    fn says(intent: Intent, confidence: f32) -> Classification {
        Classification {
            intent,
            confidence,
            alternatives: vec![],
            entities: Entities::default(),
            language: "en".into(),
            urgent: false,
        }
    }

    fn goes(c: Option<&Classification>, facts: Facts) -> Intent {
        route(c, facts, Thresholds::default()).to
    }

    #[test]
    fn a_sure_classification_goes_to_its_handler() {
        let c = says(Intent::GeneralQuery, 0.9);
        assert_eq!(goes(Some(&c), PLAIN), Intent::GeneralQuery);
    }

    #[test]
    fn an_unsure_classification_goes_to_a_person() {
        let c = says(Intent::BankStatement, 0.4);
        assert_eq!(goes(Some(&c), PLAIN), Intent::FallbackHuman);
    }

    #[test]
    fn a_model_that_does_not_answer_stops_nothing() {
        assert_eq!(goes(None, PLAIN), Intent::FallbackHuman);
    }

    #[test]
    fn a_route_for_want_of_certainty_says_nothing_of_the_intent() {
        let unsure = says(Intent::BankStatement, 0.4);
        for undecided in [None, Some(&unsure)] {
            let route = route(undecided, PLAIN, Thresholds::default());
            assert_eq!(route.intent(), None);
        }
        let sure = says(Intent::FallbackHuman, 0.9);
        let route = route(Some(&sure), PLAIN, Thresholds::default());
        assert_eq!(route.intent(), Some(Intent::FallbackHuman));
    }

    #[test]
    fn urgency_is_believed_sooner_than_anything_else() {
        let c = says(Intent::UrgentHuman, 0.4);
        assert_eq!(goes(Some(&c), PLAIN), Intent::UrgentHuman);
    }

    #[test]
    fn a_mail_with_two_authors_is_read_by_a_person() {
        let c = says(Intent::GeneralQuery, 0.99);
        let facts = Facts {
            one_author: false,
            ..PLAIN
        };
        assert_eq!(goes(Some(&c), facts), Intent::FallbackHuman);
    }
}
