//! Reading and writing RFC 5322 mail: octets in, [`domain::Mail`] out, and replies back to octets.
//!
//! Reading never panics and takes time linear in the size of the mail, however broken or hostile it
//! is. What cannot be read is [`Malformed`] with a reason that holds nothing of the mail.

mod drafted;
mod headers;
mod hidden;
mod html;
mod read;
mod write;

pub use drafted::{DraftHeaders, Drafted, attached_files, digest, drafted, files};
pub use read::{Limits, Malformed, read};
pub use write::{Desk, write};
