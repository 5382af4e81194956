//! `add_step`: adds a step to the checklist of a task.

use crate::ids::{StepId, TaskId};
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Adds a step to the checklist of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct AddStep {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub step: StepId,
    /// What is to be done.
    pub text: Text,
}

/// A step was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepAdded {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub step: StepId,
    /// What is to be done.
    pub text: Text,
}

impl crate::commands::Intent for AddStep {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for StepAdded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
