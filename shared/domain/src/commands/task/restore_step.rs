//! `restore_step`: restores a discarded step.

use crate::ids::{StepId, TaskId};
use serde::{Deserialize, Serialize};

/// Restores a discarded step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RestoreStep {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

/// A step was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepRestored {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

impl crate::commands::Intent for RestoreStep {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for StepRestored {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
