//! What a customer wants, as the classifier says it. Data to be checked, never an instruction.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The closed list of intents. Each has its own queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// An account statement over the last months.
    BankStatement,
    /// A change of the customer's password.
    PasswordUpdate,
    /// A question that the operator's documents may answer.
    GeneralQuery,
    /// A person must look at once.
    UrgentHuman,
    /// A person must look: no machine can or may answer.
    FallbackHuman,
}

impl Intent {
    /// All intents, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::BankStatement,
        Self::PasswordUpdate,
        Self::GeneralQuery,
        Self::UrgentHuman,
        Self::FallbackHuman,
    ];

    /// The name used in the model's schema, in the ledger and on the ticket.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BankStatement => "bank_statement",
            Self::PasswordUpdate => "password_update",
            Self::GeneralQuery => "general_query",
            Self::UrgentHuman => "urgent_human",
            Self::FallbackHuman => "fallback_human",
        }
    }

    /// Whether a person answers, and the draft only says so.
    pub fn is_a_persons(self) -> bool {
        matches!(self, Self::UrgentHuman | Self::FallbackHuman)
    }

    /// Reads the name back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|intent| intent.as_str() == name)
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the mail asks for in detail. Unknown fields are refused on arrival.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entities {
    /// Months of statement asked for, if any were named.
    #[serde(default)]
    pub months: Option<u32>,
    /// The placeholder that stands for the current password, never the password.
    #[serde(default)]
    pub current_pw: Option<String>,
    /// The placeholder that stands for the new password, never the password.
    #[serde(default)]
    pub new_pw: Option<String>,
}

/// The classifier's answer about one mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// The likeliest intent.
    pub intent: Intent,
    /// How sure the model is of it, 0 to 1.
    pub confidence: f32,
    /// The other intents with their likelihood, likeliest first.
    pub alternatives: Vec<(Intent, f32)>,
    /// What was asked for in detail.
    pub entities: Entities,
    /// The mail's language as ISO 639-1.
    pub language: String,
    /// Whether the text presses for an answer at once.
    pub urgent: bool,
}
