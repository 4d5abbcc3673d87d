//! The helpdesk's promises, kept on fakes: what it does, and what it does when things break.

mod faults;
mod house;
mod policy;
