//! `discard_task`: discards a task. It can be restored.

use crate::ids::TaskId;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Discards a task. It can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DiscardTask {
    /// The task.
    pub task: TaskId,
    /// Why; may be empty.
    pub why: Text,
}

/// A task was discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskDiscarded {
    /// The task.
    pub task: TaskId,
    /// Why; may be empty.
    pub why: Text,
}

impl crate::commands::Intent for DiscardTask {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskDiscarded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
