//! `move_task`: moves a task inside its column, or to another column of the same stage.

use super::Place;
use crate::ids::{ColumnId, TaskId};
use crate::rank::Rank;
use serde::{Deserialize, Serialize};

/// Moves a task inside its column, or to another column of the same stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct MoveTask {
    /// The task.
    pub task: TaskId,
    /// The column.
    pub column: ColumnId,
    /// Its place there.
    pub rank: Rank,
}

/// A task was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskMoved {
    /// The task.
    pub task: TaskId,
    /// Where it stands now.
    pub to: Place,
}

impl crate::commands::Intent for MoveTask {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskMoved {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
