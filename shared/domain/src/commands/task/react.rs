//! `react`: reacts to a comment, or takes the reaction back. What is so already is passed over.

use crate::ids::{CommentId, TaskId};
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Reacts to a comment, or takes the reaction back. What is so already is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct React {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
    /// The emoji.
    pub emoji: Text,
    /// On, or off?
    pub on: bool,
}

/// Somebody reacted to a comment, or took the reaction back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Reacted {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
    /// The emoji.
    pub emoji: Text,
    /// On, or off?
    pub on: bool,
}

impl crate::commands::Intent for React {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for Reacted {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
