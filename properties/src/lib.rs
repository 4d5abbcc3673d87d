//! What holds of every input from outside, however broken or hostile: one function for each place where
//! such input is read. It takes any octets and panics where its promise is broken.
//!
//! `fuzz/` searches for octets that break one (`cargo xtask fuzz`), and the test of this crate replays
//! every file of `fuzz/corpus` without a fuzzer.

pub mod authentication_results;
pub mod gemini_answer;
pub mod mask;
pub mod odoo_answer;
pub mod push;
pub mod raw_mail;
pub mod reference;

/// A place where input from outside is read.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: of the fuzz target, and of the folder with its corpus.
    pub name: &'static str,
    /// Panics where octets break what is promised of them.
    pub holds: fn(&[u8]),
}

/// Every place.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "authentication_results",
        holds: authentication_results::holds,
    },
    Target {
        name: "gemini_answer",
        holds: gemini_answer::holds,
    },
    Target {
        name: "mask",
        holds: mask::holds,
    },
    Target {
        name: "odoo_answer",
        holds: odoo_answer::holds,
    },
    Target {
        name: "push",
        holds: push::holds,
    },
    Target {
        name: "raw_mail",
        holds: raw_mail::holds,
    },
    Target {
        name: "reference",
        holds: reference::holds,
    },
];

/// Octets as text, and the text's first line apart from the rest.
fn first_line(data: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(data);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    (first.to_owned(), rest.to_owned())
}

/// A mail of Carla's without anything in it.
fn carlas_mail() -> domain::Mail {
    domain::Mail {
        from: vec![domain::Address {
            name: None,
            address: "carla@customer.test".to_owned(),
        }],
        reply_to: vec![],
        to: vec![],
        subject: String::new(),
        date: None,
        message_id: None,
        references: vec![],
        headers: vec![("from".to_owned(), "carla@customer.test".to_owned())],
        new_text: String::new(),
        quoted_text: String::new(),
        attachments: vec![],
        language: None,
        media_type: "text/plain".to_owned(),
    }
}
