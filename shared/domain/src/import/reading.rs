//! What every reader produces: tasks as the file describes them, before they know a board.

use super::stages::canonical;
use super::{Problem, fit};
use crate::bounds;
use crate::day::Due;
use std::collections::BTreeSet;

/// A file, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reading {
    /// The name that the file gives to its board.
    pub name: Option<String>,
    /// Columns that the file names, in its order.
    pub columns: Vec<String>,
    /// The tasks, in the file's order.
    pub drafts: Vec<Draft>,
    /// What could not be read, or only in part.
    pub problems: Vec<Problem>,
    /// Number of lines or items that the file has, read or not.
    pub total: u64,
    /// Names of columns as the file writes them, and in their canonical form, that were seen already.
    seen: BTreeSet<String>,
}

/// One task as the file describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Draft {
    /// The line or item where it begins, from 1.
    pub line: u64,
    pub title: String,
    pub description: Option<String>,
    /// Name of its column, as the file has it.
    pub column: Option<String>,
    /// Steps, and whether each is done.
    pub steps: Vec<(String, bool)>,
    pub labels: Vec<String>,
    pub due: Option<Due>,
    pub estimate_minutes: Option<u32>,
    pub priority: Option<Urgency>,
    /// Where it comes from, for the reader of the task.
    pub source: Option<String>,
    /// Put away where it comes from: it arrives discarded, and can be restored.
    pub archived: Option<&'static str>,
}

/// Priority as files express it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    Low,
    Normal,
    High,
    Urgent,
}

impl Reading {
    /// Notes what is wrong at `line`.
    pub fn report(&mut self, line: u64, problem: impl Into<String>) {
        self.problems.push(Problem { line, problem: problem.into() });
    }

    /// Notes that the file names this column, if it has not before.
    pub fn names_column(&mut self, name: &str) {
        // One that no column could be called is none.
        if self.seen.contains(name) || fit::line(name, bounds::NAME_CHARS).is_empty() {
            return;
        }
        self.seen.insert(name.to_owned());
        // A sign that no name has keeps the two forms apart.
        if self.seen.insert(format!("\0{}", canonical(name))) {
            self.columns.push(name.to_owned());
        }
    }
}

/// Reads a whole text, step by step.
#[cfg(test)]
pub(super) fn whole<R>(
    text: &str,
    reader: impl FnOnce(std::sync::Arc<String>) -> R,
    step: impl Fn(&mut R, &mut Reading) -> bool,
) -> Reading {
    let (mut reader, mut reading) = (reader(std::sync::Arc::new(text.to_owned())), Reading::default());
    while step(&mut reader, &mut reading) {}
    reading
}
