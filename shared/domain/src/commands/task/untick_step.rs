//! `untick_step`: takes the tick of a step back.

use crate::ids::{StepId, TaskId};
use serde::{Deserialize, Serialize};

/// Takes the tick of a step back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct UntickStep {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

/// The tick of a step was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepUnticked {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

impl crate::commands::Intent for UntickStep {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for StepUnticked {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
