//! Import on this device: a plan of ordinary commands, then their submission; both in slices, so that the page stays responsive.

use crate::product::Command;
use crate::product::import::{self, Destination, Format, Options, Plan, Planner, Problem};
use crate::product::words::Phrase;
use crate::product::{State, ids::BoardId};
use landfall_engine::TimeMs;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Titles shown of what an import would add.
const TITLES_SHOWN: usize = 20;
/// Problems and refused items that are told one by one; all of them are counted.
const TOLD_MAX: usize = 200;

/// Where an import goes.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
pub struct ImportOptions {
    /// A board that is there; `null` for a new one.
    #[serde(default)]
    pub board: Option<BoardId>,
    /// What to call the new board; without it, the name that the file gives.
    #[serde(default)]
    pub name: Option<String>,
    /// What the numbers of the new board begin with; without it, letters of its name.
    #[serde(default)]
    pub key: Option<String>,
}

/// What an import would do.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ImportPlan {
    /// Lines or items of the file, read or not.
    pub total: u64,
    /// Tasks that would be added.
    pub tasks: usize,
    /// What could not be read, or only in part, by line: the first 200.
    pub problems: Vec<Problem>,
    /// How many of those there are.
    pub problem_count: usize,
    /// Titles of the first tasks.
    pub titles: Vec<String>,
}

/// How far an import is.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ImportProgress {
    /// Commands issued or refused.
    pub done: usize,
    /// Of so many.
    pub total: usize,
    /// Tasks that were added.
    pub tasks: usize,
    /// What was refused here and now, the first 200; what the server rejects later comes to the inbox.
    pub rejected: Vec<ImportRefusal>,
    /// How many tasks were refused.
    pub rejected_count: usize,
    /// It was ended before everything was issued. What was issued stays issued.
    pub cancelled: bool,
}

/// An item that was refused.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ImportRefusal {
    /// The line of a spreadsheet, or the number of an item; 0 for the board.
    pub line: u64,
    /// Why.
    pub reason: Phrase,
}

/// Begins the plan of an import. Pure but for what it is told.
pub fn planner(
    text: Arc<String>,
    format: Format,
    options: ImportOptions,
    state: &State,
    now: TimeMs,
    seed: [u8; 16],
    offset_minutes: i32,
) -> Planner {
    let places = options.board.map_or_else(Vec::new, |board| import::places(state, board));
    let board = match options.board {
        Some(board) => Destination::Existing(board),
        None => Destination::New { name: options.name.map(Into::into), key: options.key.map(Into::into) },
    };
    Planner::new(text, format, Options { board, now, seed, offset_minutes }, places)
}

/// What is shown of a plan.
pub fn shown(plan: &Plan) -> ImportPlan {
    ImportPlan {
        total: plan.total,
        tasks: plan.tasks(),
        problems: plan.problems.iter().take(TOLD_MAX).cloned().collect(),
        problem_count: plan.problems.len(),
        titles: plan.titles(TITLES_SHOWN).into_iter().map(str::to_owned).collect(),
    }
}

/// A plan on its way into the outbox.
pub struct Intake {
    waiting: std::iter::Zip<std::vec::IntoIter<u64>, std::vec::IntoIter<Command>>,
    /// Is the command that was taken last a task?
    is_at_task: bool,
    progress: ImportProgress,
}

impl Intake {
    /// Begins.
    pub fn new(plan: Plan) -> Self {
        let waiting = plan.lines.into_iter().zip(plan.commands);
        let progress = ImportProgress { total: waiting.len(), ..ImportProgress::default() };
        Self { waiting, is_at_task: false, progress }
    }

    /// The next command, with its line.
    pub fn next(&mut self) -> Option<(u64, Command)> {
        let next = self.waiting.next();
        self.is_at_task = matches!(&next, Some((_, Command::AddTask(_))));
        next
    }

    /// It was issued, or refused.
    pub fn done(&mut self, line: u64, refused: Option<Phrase>) {
        self.progress.done += 1;
        let task = usize::from(self.is_at_task);
        let Some(reason) = refused else {
            self.progress.tasks += task;
            return;
        };
        self.progress.rejected_count += task;
        if self.progress.rejected.len() < TOLD_MAX {
            self.progress.rejected.push(ImportRefusal { line, reason });
        }
    }

    /// It ends here.
    pub fn cancel(&mut self) {
        self.progress.cancelled = true;
    }

    /// How far it is.
    pub fn progress(&self) -> &ImportProgress {
        &self.progress
    }
}
