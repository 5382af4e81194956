//! `reword_step`: gives a step another text.

use crate::ids::{Mark, StepId, TaskId};
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Gives a step another text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct RewordStep {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
    /// The new text.
    pub text: Text,
    /// The mark of the text that its author saw; `None` does not check.
    pub based_on: Option<Mark>,
}

/// A step got another text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepReworded {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
    /// The new text.
    pub text: Text,
}

impl crate::commands::Intent for RewordStep {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for StepReworded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
