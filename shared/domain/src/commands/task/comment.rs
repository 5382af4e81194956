//! `comment`: comments on a task.

use crate::ids::{CommentId, TaskId};
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Comments on a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct AddComment {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub comment: CommentId,
    /// What there is to say.
    pub text: Text,
}

/// Somebody commented on a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommentAdded {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub comment: CommentId,
    /// What was said.
    pub text: Text,
}

impl crate::commands::Intent for AddComment {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for CommentAdded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
