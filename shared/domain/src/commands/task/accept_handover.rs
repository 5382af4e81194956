//! `accept_handover`: accepts a task that was handed over to its author.

use crate::ids::TaskId;
use serde::{Deserialize, Serialize};

/// Accepts a task that was handed over to its author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct AcceptHandover {
    /// The task.
    pub task: TaskId,
}

/// A handover was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HandoverAccepted {
    /// The task.
    pub task: TaskId,
}

impl crate::commands::Intent for AcceptHandover {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for HandoverAccepted {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
