//! `submit_for_review`: submits a task for review. Its holder may.

use super::Place;
use crate::ids::TaskId;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Submits a task for review. Its holder may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct SubmitForReview {
    /// The task.
    pub task: TaskId,
    /// What there is to say about it; may be empty.
    pub note: Text,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was submitted for review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskSubmitted {
    /// The task.
    pub task: TaskId,
    /// What there is to say about it; may be empty.
    pub note: Text,
    /// Where it stands now.
    pub to: Place,
}

impl crate::commands::Intent for SubmitForReview {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskSubmitted {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
