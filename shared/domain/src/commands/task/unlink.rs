//! `unlink`: takes a link away.

use crate::ids::{LinkId, TaskId};
use serde::{Deserialize, Serialize};

/// Takes a link away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Unlink {
    /// The task.
    pub task: TaskId,
    /// The link.
    pub link: LinkId,
}

/// A link was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Unlinked {
    /// The task.
    pub task: TaskId,
    /// The link.
    pub link: LinkId,
}

impl crate::commands::Intent for Unlink {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for Unlinked {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
