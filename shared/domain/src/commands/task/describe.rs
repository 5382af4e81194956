//! `describe`: describes a task.

use crate::ids::{Mark, TaskId};
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Describes a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Describe {
    /// The task.
    pub task: TaskId,
    /// The new description; an empty one takes it away.
    pub text: Text,
    /// The mark of the description that its author saw; `None` does not check.
    pub based_on: Option<Mark>,
}

/// A task was described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskDescribed {
    /// The task.
    pub task: TaskId,
    /// The new description; an empty one takes it away.
    pub text: Text,
}

impl crate::commands::Intent for Describe {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskDescribed {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
