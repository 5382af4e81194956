//! What an operator's command tells: its outcome in words or as JSON on standard output, and meanwhile how far it has come on standard error.

use crate::native::wording::{count, counted};
use crate::progress_line::ProgressLine;
use clap::Args;
use serde_json::Value;

/// How the outcome is told.
#[derive(Args, Debug)]
pub struct Telling {
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
}

impl Telling {
    /// It was done, and this is said of it.
    pub fn done(&self, text: impl std::fmt::Display, json: Value) -> Outcome {
        Outcome { text: format!("{text}\n"), json, is_json: self.json, is_well: true }
    }

    /// It was looked at, and this was found: lines that each end.
    pub fn found(&self, text: String, json: Value, is_well: bool) -> Outcome {
        Outcome { text, json, is_json: self.json, is_well }
    }
}

/// What came of a command.
pub struct Outcome {
    /// In words, lines that each end.
    pub text: String,
    /// The same for programs.
    pub json: Value,
    /// Is it wanted for programs?
    pub is_json: bool,
    /// Is everything as it should be?
    pub is_well: bool,
}

/// How far long work has come, counted in records.
pub struct Progress {
    line: ProgressLine,
    verb: &'static str,
    done: u64,
    total: u64,
}

impl Progress {
    /// Nothing of `total` records yet. The verb begins the line: "Backing up".
    pub fn new(verb: &'static str, total: u64) -> Self {
        Self { line: ProgressLine::of_long_work(), verb, done: 0, total }
    }

    /// So many more.
    pub fn advance(&mut self, records: u64) {
        self.done += records;
        let (verb, done, total) = (self.verb, self.done, self.total.max(self.done));
        self.line.tell(|| format!("{verb}: {} of {}", count(clamped(done)), number(total, "record")));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.line.clear();
    }
}

/// "1 record", "12,000 records".
pub fn number(number: u64, noun: &str) -> String {
    counted(clamped(number), noun)
}

/// "820 bytes", "12.3 MB".
pub fn size(bytes: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => number(bytes, "byte"),
    }
}

fn clamped(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        let told = [1, 999, 1_000, 12_340_000, 5_099_000_000].map(size);
        assert_eq!(told, ["1 byte", "999 bytes", "1.0 kB", "12.3 MB", "5.0 GB"]);
    }
}
