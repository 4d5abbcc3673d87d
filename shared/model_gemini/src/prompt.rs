//! The prompts: files with a name and a version in their first line, and a hash over all of them.

use std::sync::LazyLock;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A prompt from a file.
pub(crate) struct Prompt {
    source: &'static str,
    hash: LazyLock<String>,
}

pub(crate) static CLASSIFY: Prompt = Prompt {
    source: include_str!("../prompts/classify.md"),
    hash: LazyLock::new(|| hex(include_str!("../prompts/classify.md"))),
};

pub(crate) static ANSWER: Prompt = Prompt {
    source: include_str!("../prompts/answer.md"),
    hash: LazyLock::new(|| hex(include_str!("../prompts/answer.md"))),
};

pub(crate) static SUMMARISE: Prompt = Prompt {
    source: include_str!("../prompts/summarise.md"),
    hash: LazyLock::new(|| hex(include_str!("../prompts/summarise.md"))),
};

impl Prompt {
    /// Name and version, such as `classify v1`.
    pub(crate) fn name(&self) -> &'static str {
        let first = self.source.lines().next().unwrap_or_default();
        first.trim_start_matches('#').trim()
    }

    /// What the model is told.
    pub(crate) fn instruction(&self) -> &'static str {
        self.source
            .split_once('\n')
            .map_or("", |(_, rest)| rest.trim())
    }

    /// The SHA-256 of the file, in hex.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }
}

fn hex(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

/// The content between two marker lines that it cannot contain: the marker is a hash over it, so to
/// forge the marker a mail would have to hold its own hash.
pub(crate) fn between_markers(content: &Value) -> String {
    let text = content.to_string();
    let marker = format!("<<<{}>>>", &hex(&text)[..32]);
    format!("{marker}\n{text}\n{marker}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_prompt_has_a_name_with_a_version() {
        for prompt in [&CLASSIFY, &ANSWER, &SUMMARISE] {
            assert!(prompt.name().contains(" v"), "{}", prompt.name());
            assert_eq!(prompt.hash().len(), 64);
            assert!(!prompt.instruction().starts_with('#'));
        }
    }

    #[test]
    fn a_mail_that_copies_a_marker_gets_another_one() {
        let first = between_markers(&json!({ "text": "hello" }));
        let copied = first.lines().next().unwrap();
        let second = between_markers(&json!({ "text": copied }));
        assert_ne!(second.lines().next(), Some(copied));
        assert_eq!(
            second.lines().count(),
            3,
            "a line break of the mail would end the content"
        );
    }
}
