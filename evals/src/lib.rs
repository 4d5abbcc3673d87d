//! How well mails are understood and questions answered, in figures.
//!
//! The mails and questions in `mails/` and `questions/` were written for this and have a part that is
//! looked at while things are tuned, `dev`, and one that never is, `test`. What is measured is the
//! product itself: the masker, the classifier's prompt and schema, retrieval in Qdrant, the answer and
//! its checks, over the real protocols.

pub mod cases;
pub mod cost;
pub mod curve;
pub mod figures;
pub mod mails;
pub mod questions;
pub mod report;
pub mod world;
