//! `discard_comment`: discards a comment. Its author may, and owners; it can be restored.

use crate::ids::{CommentId, TaskId};
use serde::{Deserialize, Serialize};

/// Discards a comment. Its author may, and owners; it can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DiscardComment {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
}

/// A comment was discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommentDiscarded {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
}

impl crate::commands::Intent for DiscardComment {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for CommentDiscarded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
