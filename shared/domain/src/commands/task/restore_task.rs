//! `restore_task`: restores a discarded task: it comes back to where it stood, if it can.

use super::Place;
use crate::ids::TaskId;
use serde::{Deserialize, Serialize};

/// Restores a discarded task: it comes back to where it stood, if it can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RestoreTask {
    /// The task.
    pub task: TaskId,
}

/// A task was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskRestored {
    /// The task.
    pub task: TaskId,
    /// Where it stands now.
    pub to: Place,
}

impl crate::commands::Intent for RestoreTask {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskRestored {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
