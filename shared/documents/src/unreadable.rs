//! Why a document cannot be read, in words for the person who uploaded it.

use std::fmt;

use crate::Document;

/// The kinds of document that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `.md`, `.markdown`
    Markdown,
    /// `.html`, `.htm`
    Html,
    /// `.txt`
    Text,
    /// `.pdf`
    Pdf,
    /// `.docx`
    Docx,
}

impl Kind {
    /// The kind that a file's ending stands for, in whatever case.
    pub fn of(key: &str) -> Result<Self, Unreadable> {
        let file = key.rsplit(['/', '\\']).next().unwrap_or(key);
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
        Ok(match ending.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Self::Markdown,
            "html" | "htm" => Self::Html,
            "txt" => Self::Text,
            "pdf" => Self::Pdf,
            "docx" => Self::Docx,
            _ => {
                return Err(Unreadable::UnknownKind {
                    name: file.to_owned(),
                });
            }
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Markdown => "Markdown document",
            Self::Html => "HTML page",
            Self::Text => "text file",
            Self::Pdf => "PDF",
            Self::Docx => "Word document",
        })
    }
}

/// Why a document cannot be read. No variant is cured by trying again with the same octets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The name ends in nothing that is known.
    #[error(
        "`{name}` is no kind of document that can be read. Upload it as .md, .html, .txt, .pdf or .docx."
    )]
    UnknownKind {
        /// The file's name, without folders.
        name: String,
    },
    /// The file, or what is packed in it, is larger than the limits allow.
    #[error("the {kind} is larger than {limit} {unit}. Split it and upload the parts.")]
    TooLarge {
        /// What it was read as.
        kind: Kind,
        /// How much is allowed.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// A text file, Markdown or HTML in an encoding that is not told.
    #[error("the text is not UTF-8. Save it as UTF-8 and upload it again.")]
    NotUtf8,
    /// A PDF of pictures.
    #[error("the PDF has no text layer; run OCR and upload it again.")]
    NoText,
    /// There is nothing to be found in it.
    #[error(
        "the document holds no text that a reader would see. Write some, or delete the document."
    )]
    Empty,
    /// The file is not what its ending says, or is damaged.
    #[error("the document is damaged: {reason}. Save it anew and upload it again.")]
    Broken {
        /// What is wrong, with the kind of document.
        reason: String,
    },
    /// A PDF or Word document that asks for a password.
    #[error("the document is protected by a password. Remove the protection and upload it again.")]
    Encrypted,
    /// What the document says about itself cannot be understood.
    #[error("`{field}` at the head of the document {reason}.")]
    FrontMatter {
        /// The field's name, or the line that is none.
        field: String,
        /// What is wrong, and how it is written right.
        reason: String,
    },
}

impl Unreadable {
    pub(crate) fn broken(kind: Kind, reason: impl fmt::Display) -> Self {
        Self::Broken {
            reason: format!("it is no valid {kind} ({reason})"),
        }
    }
}

/// What a reader answers.
pub(crate) type Read = Result<Document, Unreadable>;
