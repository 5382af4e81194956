//! `restore_comment`: restores a discarded comment. Its author may, and owners.

use crate::ids::{CommentId, TaskId};
use serde::{Deserialize, Serialize};

/// Restores a discarded comment. Its author may, and owners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RestoreComment {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
}

/// A comment was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommentRestored {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
}

impl crate::commands::Intent for RestoreComment {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for CommentRestored {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
