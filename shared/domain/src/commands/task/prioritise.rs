//! `prioritise`: says how soon a task matters.

use crate::ids::TaskId;
use crate::state::Priority;
use serde::{Deserialize, Serialize};

/// Says how soon a task matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Prioritise {
    /// The task.
    pub task: TaskId,
    /// The new priority.
    pub priority: Priority,
}

/// A task got another priority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskPrioritised {
    /// The task.
    pub task: TaskId,
    /// The new priority.
    pub priority: Priority,
}

impl crate::commands::Intent for Prioritise {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskPrioritised {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
