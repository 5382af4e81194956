//! A line on standard error that tells how far something long has come: overwritten on a terminal, now and then a new one elsewhere.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// How often it is overwritten, at most.
const OVERWRITTEN: Duration = Duration::from_millis(100);
/// How often it is written where it cannot be overwritten.
const WRITTEN: Duration = Duration::from_secs(2);

/// See the module.
pub struct ProgressLine {
    overwrites: bool,
    next: Instant,
}

impl ProgressLine {
    /// The first line is told at once.
    pub fn new() -> Self {
        Self { overwrites: stderr().is_terminal(), next: Instant::now() }
    }

    /// Where it cannot be overwritten the first line is told after a while, and so not at all about what is soon over.
    pub fn of_long_work() -> Self {
        let mut line = Self::new();
        if !line.overwrites {
            line.next += WRITTEN;
        }
        line
    }

    /// Tells it, unless it was told just now.
    pub fn tell(&mut self, line: impl FnOnce() -> String) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now + if self.overwrites { OVERWRITTEN } else { WRITTEN };
        if self.overwrites {
            eprint!("\r\x1b[K{}", line());
            // A terminal that cannot be written to has nobody who reads progress.
            let _ = stderr().flush();
        } else {
            eprintln!("{}", line());
        }
    }

    /// Makes room for something else.
    pub fn clear(&self) {
        if self.overwrites {
            eprint!("\r\x1b[K");
        }
    }
}

impl Default for ProgressLine {
    fn default() -> Self {
        Self::new()
    }
}
