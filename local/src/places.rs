//! Where everything listens: ports of 127.0.0.1.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{bail, ensure};

/// The ports, by what listens there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// The AWS emulator.
    pub aws: u16,
    /// PostgreSQL.
    pub postgres: u16,
    /// Gmail, Google's token endpoint and its keys.
    pub gmail: u16,
    /// Gemini.
    pub gemini: u16,
    /// Odoo.
    pub odoo: u16,
    /// Slack.
    pub slack: u16,
    /// Qdrant's gRPC.
    pub qdrant: u16,
    /// What takes traces.
    pub traces: u16,
}

impl Places {
    /// Eight ports in a row, each of them free.
    pub fn from(first: u16) -> anyhow::Result<Self> {
        ensure!(
            first <= u16::MAX - 8,
            "--port must leave room for eight ports"
        );
        for port in first..first + 8 {
            ensure_port_is_free(port)?;
        }
        Ok(Self {
            aws: first,
            postgres: first + 1,
            gmail: first + 2,
            gemini: first + 3,
            odoo: first + 4,
            slack: first + 5,
            qdrant: first + 6,
            traces: first + 7,
        })
    }

    /// Ports that were free just now.
    pub fn free() -> anyhow::Result<Self> {
        Ok(Self {
            aws: free_port()?,
            postgres: free_port()?,
            gmail: free_port()?,
            gemini: free_port()?,
            odoo: free_port()?,
            slack: free_port()?,
            qdrant: free_port()?,
            traces: free_port()?,
        })
    }

    /// Where Gmail is, without a slash at the end.
    pub fn gmail_url(&self) -> String {
        url(self.gmail)
    }

    /// Where Odoo is.
    pub fn odoo_url(&self) -> String {
        url(self.odoo)
    }

    /// Gemini, from this machine.
    pub fn gemini_url(&self) -> String {
        url(self.gemini)
    }

    pub(crate) fn slack_url(&self) -> String {
        url(self.slack)
    }

    pub(crate) fn traces_url(&self) -> String {
        url(self.traces)
    }

    /// Qdrant, from this machine.
    pub fn qdrant_url(&self) -> String {
        url(self.qdrant)
    }
}

/// Below the ports that systems give to outgoing connections (Linux: 32768 to 60999): one of those
/// could be taken by any client between the choice and the use.
const CHOSEN_FROM: std::ops::Range<u16> = 20_000..32_000;

/// A port that was free just now. Each call in a process gives another one.
pub fn free_port() -> anyhow::Result<u16> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let count = u32::from(CHOSEN_FROM.end - CHOSEN_FROM.start);
    // Processes begin at different places.
    let begin = std::process::id().wrapping_mul(97) % count;
    for _ in 0..count {
        let step = begin + CALLS.fetch_add(1, Ordering::Relaxed);
        let port = CHOSEN_FROM.start + u16::try_from(step % count)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port of 127.0.0.1 from {CHOSEN_FROM:?} is free")
}

/// Fails where something listens on this port already, and says what, as far as it can be told.
pub fn ensure_port_is_free(port: u16) -> anyhow::Result<()> {
    if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
        return Ok(());
    }
    let by = holder(port)
        .map(|who| format!(" by {who}"))
        .unwrap_or_default();
    bail!(
        "port {port} of 127.0.0.1 is taken{by}: end that, or choose other ports with --port (seven in \
         a row are needed)"
    )
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// The process that listens on a port, as far as Linux tells: the socket's inode in /proc/net/tcp,
/// then the process that has it open (proc(5)).
fn holder(port: u16) -> Option<String> {
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    let wanted = format!(":{port:04X}");
    let inode = table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let listens = fields.get(3) == Some(&"0A") && fields.get(1)?.ends_with(&wanted);
        if listens {
            fields.get(9).map(|i| (*i).to_owned())
        } else {
            None
        }
    })?;
    let socket = format!("socket:[{inode}]");
    for process in std::fs::read_dir("/proc").ok()?.flatten() {
        let id = process.file_name().to_string_lossy().into_owned();
        // `self` and its like are links to processes that stand under their numbers, too.
        if id.parse::<u32>().is_ok() && has_open(&process.path(), &socket) {
            let name = std::fs::read_to_string(process.path().join("comm")).ok()?;
            return Some(format!("{} (process {id})", name.trim()));
        }
    }
    None
}

fn has_open(process: &Path, socket: &str) -> bool {
    let Ok(files) = std::fs::read_dir(process.join("fd")) else {
        return false;
    };
    files
        .flatten()
        .filter_map(|file| std::fs::read_link(file.path()).ok())
        .any(|target| target.to_string_lossy() == *socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice_or_from_those_of_outgoing_connections() {
        let ports: Vec<u16> = (0..50).map(|_| free_port().unwrap()).collect();
        let different: std::collections::BTreeSet<u16> = ports.iter().copied().collect();
        assert_eq!(different.len(), ports.len());
        assert!(ports.iter().all(|port| CHOSEN_FROM.contains(port)));
    }

    #[test]
    fn a_taken_port_is_named_with_its_process() {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        let told = Places::from(port).unwrap_err().to_string();
        assert!(
            told.contains(&format!("port {port}")) && told.contains("--port"),
            "{told}"
        );
        assert!(told.contains(&std::process::id().to_string()), "{told}");
    }
}
