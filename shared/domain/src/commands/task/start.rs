//! `start`: starts a task that its author has claimed, or that nobody has.

use super::Place;
use crate::ids::TaskId;
use serde::{Deserialize, Serialize};

/// Starts a task that its author has claimed, or that nobody has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The task.
    pub task: TaskId,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskStarted {
    /// The task.
    pub task: TaskId,
    /// Where it stands now.
    pub to: Place,
}

impl crate::commands::Intent for Start {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskStarted {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
