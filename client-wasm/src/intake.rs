//! Import on this device: a plan of ordinary commands, then their submission in slices, so that the page stays responsive.

use crate::product::Command;
use crate::product::import::{self, Destination, Format, Options, Plan, Problem};
use crate::product::words::Phrase;
use crate::product::{State, ids::BoardId};
use landfall_engine::TimeMs;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Titles shown of what an import would add.
const TITLES_SHOWN: usize = 20;
/// Refused items that are told one by one.
const REFUSED_SHOWN_MAX: usize = 1_000;

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
    /// What could not be read, or only in part, by line.
    pub problems: Vec<Problem>,
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
    /// What was refused here and now; what the server rejects later comes to the inbox.
    pub rejected: Vec<ImportRefusal>,
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

/// Plans an import. Pure but for what it is told.
pub fn plan(text: &str, format: Format, options: ImportOptions, state: &State, now: TimeMs, seed: [u8; 16], offset_minutes: i32) -> Plan {
    let places = options.board.map_or_else(Vec::new, |board| import::places(state, board));
    let board = match options.board {
        Some(board) => Destination::Existing(board),
        None => Destination::New { name: options.name.map(Into::into), key: options.key.map(Into::into) },
    };
    import::plan(text, format, &Options { board, now, seed, offset_minutes }, &places).with_free_key(state)
}

/// What is shown of a plan.
pub fn shown(plan: &Plan) -> ImportPlan {
    ImportPlan {
        total: plan.total,
        tasks: plan.tasks(),
        problems: plan.problems.clone(),
        titles: plan.titles(TITLES_SHOWN).into_iter().map(str::to_owned).collect(),
    }
}

/// A plan on its way into the outbox.
pub struct Intake {
    waiting: VecDeque<(u64, Command)>,
    progress: ImportProgress,
}

impl Intake {
    /// Begins.
    pub fn new(plan: Plan) -> Self {
        let waiting: VecDeque<_> = plan.lines.into_iter().zip(plan.commands).collect();
        let progress = ImportProgress { done: 0, total: waiting.len(), rejected: Vec::new() };
        Self { waiting, progress }
    }

    /// The next command, with its line.
    pub fn next(&mut self) -> Option<(u64, Command)> {
        self.waiting.pop_front()
    }

    /// It was issued, or refused.
    pub fn done(&mut self, line: u64, refused: Option<Phrase>) {
        self.progress.done += 1;
        if let Some(reason) = refused
            && self.progress.rejected.len() < REFUSED_SHOWN_MAX
        {
            self.progress.rejected.push(ImportRefusal { line, reason });
        }
    }

    /// How far it is.
    pub fn progress(&self) -> &ImportProgress {
        &self.progress
    }
}
