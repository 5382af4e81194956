//! `revise_comment`: gives its author's own comment another text.

use crate::ids::{CommentId, TaskId};
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Gives its author's own comment another text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct ReviseComment {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
    /// The new text.
    pub text: Text,
}

/// A comment got another text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommentRevised {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
    /// The new text.
    pub text: Text,
}

impl crate::commands::Intent for ReviseComment {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for CommentRevised {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
