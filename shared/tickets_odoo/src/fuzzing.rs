//! What the client makes of the octets of an answer, without a wire: the same functions that its calls
//! go through. For fuzzing alone.

use domain::TicketRef;
use ports::CallError;
use resilience::Effect;
use serde_json::Value;

use crate::edition::{ENTERPRISE, OCA, TICKET};
use crate::error::{self, Answer};
use crate::rpc::{self, About};
use crate::ticket;

/// What one answer was read as.
#[derive(Debug, Default)]
pub struct Read {
    /// What it means as a refusal of a read.
    pub of_reads: Vec<CallError>,
    /// What it means as a refusal of a write.
    pub of_writes: Vec<CallError>,
    /// The tickets in it, with their owners.
    pub tickets: Vec<(TicketRef, Option<String>)>,
    /// The version that it tells.
    pub major: Option<u32>,
}

/// Reads an answer as every kind of answer that the client waits for.
pub fn answer(status: u16, is_page: bool, body: &[u8]) -> Read {
    let mut read = Read::default();
    for (effect, method) in [
        (Effect::None, "search_read"),
        (Effect::Once, "message_post"),
    ] {
        let about = About {
            model: TICKET,
            method,
            effect,
        };
        let answer = Answer {
            status,
            is_page,
            body,
        };
        let direct = rpc::read(about, "desk", &answer);
        let wrapped = direct
            .as_ref()
            .ok()
            .map(|answer| rpc::result(about, "desk", answer.clone()));
        for value in [Some(direct), wrapped].into_iter().flatten() {
            let refusals = match effect {
                Effect::None => &mut read.of_reads,
                Effect::Once => &mut read.of_writes,
            };
            match value {
                Ok(value) if effect == Effect::None => read.accept(value),
                Ok(_) => {}
                Err(error) => refusals.push(error),
            }
        }
    }
    read
}

impl Read {
    fn accept(&mut self, value: Value) {
        for version in ["version", "server_version"] {
            let told = value[version].as_str().and_then(rpc::major);
            self.major = self.major.or(told);
        }
        for row in value.as_array().into_iter().flatten().chain([&value]) {
            for edition in [&OCA, &ENTERPRISE] {
                match ticket::of_row(row, edition) {
                    Ok((_, reference, owner)) => self.tickets.push((reference, owner)),
                    Err(error) => self.of_reads.push(error),
                }
            }
        }
        if let Err(error) = error::of_load(TICKET, value) {
            self.of_reads.push(error);
        }
    }
}
