//! The prompts: files with a name and a version in their first line, and a hash over all of them.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// What a model is told, from a file whose first line says `# name v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    name: String,
    task: String,
    version: u32,
    instruction: String,
    hash: String,
}

/// The first line of a prompt does not say which one it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the first line of a prompt is its name and version, such as `# answer v3`, and this one says {0:?}"
)]
pub struct Unnamed(String);

/// The prompts in use, one a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompts {
    /// What a mail wants.
    pub classify: Prompt,
    /// An answer from passages.
    pub answer: Prompt,
    /// A conversation in short.
    pub summarise: Prompt,
}

impl Prompt {
    /// Reads a prompt's file.
    pub fn parse(source: &str) -> Result<Self, Unnamed> {
        let (first, rest) = source.split_once('\n').unwrap_or((source, ""));
        let name = first.trim_start_matches('#').trim();
        let parts = name.rsplit_once(" v");
        let parts = parts.and_then(|(task, version)| Some((task, version.parse().ok()?)));
        let Some((task, version @ 1_u32..)) = parts else {
            return Err(Unnamed(first.chars().take(80).collect()));
        };
        Ok(Self {
            name: name.to_owned(),
            task: task.to_owned(),
            version,
            instruction: rest.trim().to_owned(),
            hash: hex(source),
        })
    }

    /// Name and version, such as `classify v1`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name alone, such as `classify`.
    pub(crate) fn task(&self) -> &str {
        &self.task
    }

    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// What the model is told.
    pub(crate) fn instruction(&self) -> &str {
        &self.instruction
    }

    /// The SHA-256 of the file, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

impl Default for Prompts {
    /// The prompts that come with the product.
    fn default() -> Self {
        let ours = |source| Prompt::parse(source).expect("the build's tests read every prompt");
        Self {
            classify: ours(include_str!("../prompts/classify.md")),
            answer: ours(include_str!("../prompts/answer.md")),
            summarise: ours(include_str!("../prompts/summarise.md")),
        }
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
        let Prompts {
            classify,
            answer,
            summarise,
        } = Prompts::default();
        for (prompt, task) in [
            (classify, "classify"),
            (answer, "answer"),
            (summarise, "summarise"),
        ] {
            assert!(
                prompt.name().starts_with(&format!("{task} v")),
                "{}",
                prompt.name()
            );
            assert_eq!(prompt.hash().len(), 64);
            assert!(!prompt.instruction().starts_with('#'));
        }
    }

    #[test]
    fn a_prompt_without_a_version_is_refused_with_what_it_should_say() {
        for source in [
            "",
            "# answer",
            "# answer v0",
            "# answer v2b",
            "You are a bank.",
        ] {
            let error = Prompt::parse(source).unwrap_err();
            assert!(error.to_string().contains("# answer v3"), "{error}");
        }
    }

    #[test]
    fn a_prompt_that_changes_by_a_letter_has_another_hash() {
        let hash = |source: &str| Prompt::parse(source).unwrap().hash().to_owned();
        assert_ne!(
            hash("# answer v2\nBe short."),
            hash("# answer v2\nBe short!")
        );
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
