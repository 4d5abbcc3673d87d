//! A bar on a terminal, nothing elsewhere.

use std::io::{IsTerminal, Write};

const WIDTH: usize = 30;
/// Back to the line's beginning, and the line is empty.
const CLEAN: &str = "\r\x1b[K";

/// How far something is, below the lines that tell of it. It goes when it is dropped, so that whatever
/// is said next has a line of its own.
pub struct Bar {
    of: usize,
    is_shown: bool,
}

impl Bar {
    pub fn new(of: usize) -> Self {
        Self {
            of,
            is_shown: std::io::stderr().is_terminal(),
        }
    }

    /// Says a line, and that this many are done.
    pub fn say(&self, line: &str, done: usize) {
        self.draw(CLEAN);
        println!("{line}");
        self.draw(&drawn(done, self.of));
    }

    fn draw(&self, what: &str) {
        if self.is_shown {
            eprint!("{what}");
            // A bar that cannot be drawn is no reason to stop what it stands for.
            std::io::stderr().flush().unwrap_or_default();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.draw(CLEAN);
    }
}

fn drawn(done: usize, of: usize) -> String {
    let full = WIDTH * done.min(of) / of.max(1);
    let (full, rest) = ("#".repeat(full), " ".repeat(WIDTH - full));
    format!("[{full}{rest}] {done} of {of}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_when_all_is_done() {
        assert_eq!(drawn(2, 2), format!("[{}] 2 of 2", "#".repeat(30)));
        assert_eq!(drawn(0, 2), format!("[{}] 0 of 2", " ".repeat(30)));
    }

    #[test]
    fn a_bar_of_nothing_can_be_drawn() {
        assert!(drawn(0, 0).ends_with("0 of 0"));
    }
}
