//! `add_task`: adds a task to a board.

use super::{NewStep, Place};
use crate::day::Due;
use crate::ids::{BoardId, ColumnId, TaskId};
use crate::rank::Rank;
use crate::state::{Priority, Stage};
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Adds a task to a board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct AddTask {
    /// Its id.
    pub task: TaskId,
    /// The board.
    pub board: BoardId,
    /// Where it stands; by default the first column of ready tasks.
    pub column: Option<ColumnId>,
    /// Its place in the column; by default the end.
    pub rank: Option<Rank>,
    /// What is to be done, in one line.
    pub title: Text,
    /// What is to be done, at length.
    pub description: Option<Text>,
    /// A checklist.
    pub steps: Vec<NewStep>,
    /// Labels.
    pub labels: Vec<Text>,
    /// When it is due.
    pub due: Option<Due>,
    /// About how long it takes.
    pub estimate_minutes: Option<u32>,
    /// How soon it matters.
    pub priority: Priority,
    /// Where it came from, when it is imported.
    pub source: Option<Text>,
}

/// A task was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskAdded {
    /// Its id.
    pub task: TaskId,
    /// The board.
    pub board: BoardId,
    /// Where it stands.
    pub to: Place,
    /// How far it is.
    pub stage: Stage,
    /// What is to be done, in one line.
    pub title: Text,
    /// What is to be done, at length.
    pub description: Option<Text>,
    /// A checklist.
    pub steps: Vec<NewStep>,
    /// Labels.
    pub labels: Vec<Text>,
    /// When it is due.
    pub due: Option<Due>,
    /// About how long it takes.
    pub estimate_minutes: Option<u32>,
    /// How soon it matters.
    pub priority: Priority,
    /// Where it came from, when it was imported.
    pub source: Option<Text>,
}

impl crate::commands::Intent for AddTask {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskAdded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
