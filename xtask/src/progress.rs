//! Tells on stderr what is going on and how long it has taken. Stdout belongs to the results.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// A long part that says nothing for this long is reported as still running.
const QUIET: Duration = Duration::from_secs(10);

/// Lines kept for the case that a command fails.
const TAIL: usize = 30;

/// The time since the command began, in front of every line.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    began: Instant,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            began: Instant::now(),
        }
    }
}

impl Progress {
    /// Writes one line to stderr.
    pub fn say(&self, line: &str) {
        eprintln!("[{:>4} s] {line}", self.began.elapsed().as_secs());
    }

    /// Reads a child's stdout to its end. `describe` turns each line into what to say, if anything;
    /// where nothing came for ten seconds, the last thing said is repeated, at first `beginning`.
    pub fn follow(
        &self,
        mut child: Child,
        beginning: &str,
        mut describe: impl FnMut(&str) -> Option<String>,
    ) -> Result<Ended> {
        let stdout = child.stdout.take().context("stdout must be a pipe")?;
        let lines = lines_of(stdout);
        let mut tail = VecDeque::new();
        let mut last = beginning.to_owned();
        loop {
            match lines.recv_timeout(QUIET) {
                Ok(line) => {
                    if let Some(text) = describe(&line) {
                        self.say(&text);
                        last = text;
                    }
                    if tail.len() == TAIL {
                        tail.pop_front();
                    }
                    tail.push_back(line);
                }
                Err(RecvTimeoutError::Timeout) => self.say(&format!("still {last}")),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = child.wait()?;
        Ok(Ended {
            status,
            tail: tail.into(),
        })
    }
}

/// How a followed command ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// The last lines it printed.
    pub tail: Vec<String>,
}

/// Sends each line of a stream as it arrives. Bytes that are no UTF-8 are replaced.
fn lines_of(stream: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(stream.read_until(b'\n', &mut line), Ok(count) if count > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if sender.send(text).is_err() {
                return;
            }
        }
    });
    receiver
}
