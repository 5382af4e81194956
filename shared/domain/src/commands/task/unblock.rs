//! `unblock`: says that a blocked task can go on.

use crate::ids::TaskId;
use serde::{Deserialize, Serialize};

/// Says that a blocked task can go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Unblock {
    /// The task.
    pub task: TaskId,
}

/// A task can go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskUnblocked {
    /// The task.
    pub task: TaskId,
}

impl crate::commands::Intent for Unblock {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskUnblocked {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
