//! The helpdesk's promises, kept on fakes: what it does, and what it does when things break.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod conversations;
mod drafts;
mod faults;
mod figures;
mod house;
mod indexing;
mod loops;
mod matrix;
mod missed;
mod passwords;
mod policy;
mod statements;
mod sweeping;
