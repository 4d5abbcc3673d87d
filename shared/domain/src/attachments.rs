//! Which files of a mail go onto its ticket. The others stay in Gmail and are named there.

use std::fmt;

use crate::Attachment;

/// How much of a mail's files a ticket takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimits {
    /// The largest file, in bytes.
    pub one: usize,
    /// All files of a mail together, in bytes.
    pub together: usize,
    /// How many files of a mail.
    pub count: usize,
}

impl FileLimits {
    /// Limits for files of at most so many mebibytes: together three times that, at most ten.
    pub fn of_mebibytes(one: usize) -> Self {
        let one = one.saturating_mul(1024 * 1024);
        Self {
            one,
            together: one.saturating_mul(3),
            count: 10,
        }
    }
}

impl Default for FileLimits {
    fn default() -> Self {
        Self::of_mebibytes(5)
    }
}

/// Why a file does not go onto the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeftOut {
    /// It is of a type that can run when it is opened.
    #[error("a type that can run when it is opened")]
    Dangerous,
    /// It is too large by itself.
    #[error("larger than one file may be")]
    TooLarge,
    /// The files before it used up what a mail may have.
    #[error("more than the files of one mail may be")]
    TooMuch,
    /// The mail may hold a password, and a file cannot be masked.
    #[error("the mail may hold a password")]
    MayHoldPassword,
}

/// The only types that are taken: what support works with, and nothing that runs a program when it is
/// opened. A list of what is forbidden would miss the next type. HTML and SVG run scripts, Office
/// files with macros have types of their own, and an archive hides what is in it.
const TYPES: [(&str, &[&str]); 12] = [
    ("pdf", &["application/pdf"]),
    ("png", &["image/png"]),
    ("jpg", &["image/jpeg"]),
    ("jpeg", &["image/jpeg"]),
    ("gif", &["image/gif"]),
    ("webp", &["image/webp"]),
    ("heic", &["image/heic"]),
    ("txt", &["text/plain"]),
    (
        "csv",
        &["text/csv", "text/plain", "application/vnd.ms-excel"],
    ),
    (
        "docx",
        &["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    ),
    (
        "xlsx",
        &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    ),
    ("odt", &["application/vnd.oasis.opendocument.text"]),
];

/// The type that mail programs give to what they do not know.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// For each file whether it goes onto the ticket, in order.
pub fn sort(
    files: &[Attachment],
    may_hold_password: bool,
    limits: FileLimits,
) -> Vec<Result<(), LeftOut>> {
    let (mut taken, mut together) = (0, 0_usize);
    let mut judge = |file: &Attachment| {
        if may_hold_password {
            return Err(LeftOut::MayHoldPassword);
        }
        if !is_harmless(file) {
            return Err(LeftOut::Dangerous);
        }
        if file.size > limits.one {
            return Err(LeftOut::TooLarge);
        }
        if taken == limits.count || together.saturating_add(file.size) > limits.together {
            return Err(LeftOut::TooMuch);
        }
        taken += 1;
        together += file.size;
        Ok(())
    };
    files.iter().map(&mut judge).collect()
}

/// Whether the name's ending is known and the declared type fits it: `scan.pdf.exe` ends in `exe`,
/// and a program that calls itself a picture has a type of its own.
fn is_harmless(file: &Attachment) -> bool {
    // Trailing dots and blanks are dropped where a file is saved; signs that turn the direction of
    // writing make `exe.pdf` out of `fdp.exe`.
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if file.name.chars().any(hides) || file.name.trim_end_matches(['.', ' ']) != file.name {
        return false;
    }
    let Some((_, ending)) = file.name.rsplit_once('.') else {
        return false;
    };
    let ending = ending.to_lowercase();
    TYPES
        .iter()
        .find(|(known, _)| *known == ending)
        .is_some_and(|(_, types)| {
            file.media_type == UNKNOWN_TYPE || types.contains(&file.media_type.as_str())
        })
}

/// A file with its content: of a mail on its way to a ticket, or of a draft.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type, such as `image/png`.
    pub media_type: String,
    /// What is in it.
    pub content: Vec<u8>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({}, {} bytes)", self.media_type, self.content.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, media_type: &str, size: usize) -> Attachment {
        Attachment {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            size,
        }
    }

    fn one(name: &str, media_type: &str) -> Result<(), LeftOut> {
        sort(&[file(name, media_type, 10)], false, FileLimits::default())[0]
    }

    #[test]
    fn a_scan_goes_onto_the_ticket() {
        assert_eq!(one("Scan 1.PDF", "application/pdf"), Ok(()));
        assert_eq!(one("photo.jpeg", UNKNOWN_TYPE), Ok(()));
    }

    #[test]
    fn a_program_never_does_whatever_it_is_called() {
        for (name, media_type) in [
            ("setup.exe", "application/pdf"),
            ("scan.pdf.exe", "application/pdf"),
            ("scan.pdf", "application/x-msdownload"),
            ("page.html", "text/html"),
            ("drawing.svg", "image/svg+xml"),
            ("table.xlsm", UNKNOWN_TYPE),
            ("files.zip", "application/zip"),
            ("scan.pdf.", "application/pdf"),
            ("scan\u{202e}fdp.exe", "application/pdf"),
            ("scan", "application/pdf"),
        ] {
            assert_eq!(one(name, media_type), Err(LeftOut::Dangerous), "{name}");
        }
    }

    #[test]
    fn a_file_over_the_limit_is_left_out_and_the_others_are_not() {
        let limits = FileLimits::of_mebibytes(1);
        let files = [
            file("a.pdf", "application/pdf", 2 * 1024 * 1024),
            file("b.pdf", "application/pdf", 10),
        ];
        assert_eq!(
            sort(&files, false, limits),
            [Err(LeftOut::TooLarge), Ok(())]
        );
    }

    #[test]
    fn the_files_of_a_mail_have_a_limit_together() {
        let limits = FileLimits {
            one: 10,
            together: 15,
            count: 10,
        };
        let files = ["a.pdf", "b.pdf", "c.pdf"].map(|name| file(name, "application/pdf", 7));
        assert_eq!(
            sort(&files, false, limits),
            [Ok(()), Ok(()), Err(LeftOut::TooMuch)]
        );
    }

    #[test]
    fn more_files_than_the_count_are_left_out() {
        let many: Vec<_> = (0..12)
            .map(|n| file(&format!("{n}.png"), "image/png", 1))
            .collect();
        let sorted = sort(&many, false, FileLimits::default());
        assert_eq!(sorted.iter().filter(|verdict| verdict.is_ok()).count(), 10);
    }

    #[test]
    fn no_file_of_a_mail_that_may_hold_a_password_leaves_gmail() {
        let files = [file("form.pdf", "application/pdf", 10)];
        assert_eq!(
            sort(&files, true, FileLimits::default()),
            [Err(LeftOut::MayHoldPassword)]
        );
    }
}
