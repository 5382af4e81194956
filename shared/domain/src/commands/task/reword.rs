//! `reword`: gives a task another title.

use crate::ids::{Mark, TaskId};
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Gives a task another title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Reword {
    /// The task.
    pub task: TaskId,
    /// The new title.
    pub title: Text,
    /// The mark of the title that its author saw; `None` does not check.
    pub based_on: Option<Mark>,
}

/// A task got another title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskReworded {
    /// The task.
    pub task: TaskId,
    /// The new title.
    pub title: Text,
}

impl crate::commands::Intent for Reword {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskReworded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
