//! Import: files of other programs become ordinary commands, so that it works offline and each item can be rejected by itself.

mod csv;
mod fit;
mod github;
mod mint;
mod order;
mod pieces;
mod plan;
mod reading;
mod recognition;
mod sample;
mod stages;
mod trello;
mod values;

pub use pieces::{Found, Pieces};
pub use plan::{Planner, plan};
pub use recognition::Recognition;
pub use sample::sample;

use crate::Command;
use crate::ids::{BoardId, ColumnId};
use crate::state::{Stage, State};
use crate::text::Text;
use landfall_engine::TimeMs;
use serde::{Deserialize, Serialize};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, rename = "ImportFormat"))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A spreadsheet, separated by commas, semicolons or tabs.
    Csv,
    /// A Trello board, exported as JSON.
    Trello,
    /// GitHub issues, as the REST API returns them.
    Github,
}

impl Format {
    /// The format of a text, by how it begins.
    pub fn guess(text: &str) -> Self {
        match text.trim_start_matches('\u{feff}').trim_start().as_bytes().first() {
            Some(b'{') => Self::Trello,
            Some(b'[') => Self::Github,
            _ => Self::Csv,
        }
    }
}

/// Where the tasks go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, rename = "ImportDestination"))]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// To a board that is there: [`plan`] is given its columns.
    Existing(BoardId),
    /// To a new board, which has the columns that the file names.
    New {
        /// What to call it; `None` for the name that the file gives.
        name: Option<Text>,
        /// What its numbers begin with; `None` for letters of its name.
        key: Option<Text>,
    },
}

/// How to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where the tasks go.
    pub board: Destination,
    /// The time that the ids carry.
    pub now: TimeMs,
    /// What the ids are drawn from: the same file, time and seed give the same commands.
    pub seed: [u8; 16],
    /// Minutes that local time is east of UTC, for the times in a file that name a zone.
    pub offset_minutes: i32,
}

/// A column that tasks can go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub column: ColumnId,
    /// What it is called.
    pub name: Text,
    /// How far the tasks are that stand in it.
    pub stage: Stage,
}

/// The columns of a board that tasks can go to, in their order.
pub fn places(state: &State, board: BoardId) -> Vec<Place> {
    let live = state.columns_of(board).filter(|column| column.discarded.is_none());
    live.map(|column| Place { column: column.id, name: column.name.clone(), stage: column.stage }).collect()
}

/// What could not be read, or only in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, rename = "ImportProblem"))]
pub struct Problem {
    /// The line of a spreadsheet, or the number of an item, from 1.
    pub line: u64,
    /// What is wrong with it, and what became of it.
    pub problem: String,
}

/// What an import would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The commands, in the order in which they are to be issued.
    pub commands: Vec<Command>,
    /// For each command the line or item that it comes from; 0 for the board.
    pub lines: Vec<u64>,
    /// What could not be read, or only in part, by line.
    pub problems: Vec<Problem>,
    /// Number of lines or items that the file has, read or not.
    pub total: u64,
}

impl Plan {
    /// Titles of the first tasks, to show what will come.
    pub fn titles(&self, count: usize) -> Vec<&str> {
        let titles = self.commands.iter().filter_map(|command| match command {
            Command::AddTask(intent) => Some(&*intent.title),
            _ => None,
        });
        titles.take(count).collect()
    }

    /// How many tasks it adds.
    pub fn tasks(&self) -> usize {
        self.commands.iter().filter(|command| matches!(command, Command::AddTask(_))).count()
    }

    fn push(&mut self, line: u64, command: impl Into<Command>) {
        self.commands.push(command.into());
        self.lines.push(line);
    }
}
