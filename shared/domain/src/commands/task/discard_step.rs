//! `discard_step`: discards a step. It can be restored.

use crate::ids::{StepId, TaskId};
use serde::{Deserialize, Serialize};

/// Discards a step. It can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DiscardStep {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

/// A step was discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepDiscarded {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

impl crate::commands::Intent for DiscardStep {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for StepDiscarded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
