//! `estimate`: estimates how long a task takes.

use crate::ids::{Mark, TaskId};
use serde::{Deserialize, Serialize};

/// Estimates how long a task takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The task.
    pub task: TaskId,
    /// Minutes; `None` takes the estimate back.
    pub minutes: Option<u32>,
    /// The mark of the estimate that its author saw; `None` does not check.
    pub based_on: Option<Mark>,
}

/// A task was estimated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskEstimated {
    /// The task.
    pub task: TaskId,
    /// Minutes; `None` takes the estimate back.
    pub minutes: Option<u32>,
}

impl crate::commands::Intent for Estimate {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskEstimated {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
