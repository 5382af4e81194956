//! `block`: says that a task cannot go on.

use crate::day::Due;
use crate::ids::TaskId;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Says that a task cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: Text,
    /// When it is expected to go on.
    pub until: Option<Due>,
}

/// A task cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskBlocked {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: Text,
    /// When it is expected to go on.
    pub until: Option<Due>,
}

impl crate::commands::Intent for Block {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskBlocked {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
