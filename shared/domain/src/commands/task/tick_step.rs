//! `tick_step`: ticks a step.

use crate::ids::{StepId, TaskId};
use serde::{Deserialize, Serialize};

/// Ticks a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct TickStep {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

/// A step was ticked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepTicked {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

impl crate::commands::Intent for TickStep {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for StepTicked {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
