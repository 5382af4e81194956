//! `hand_over`: hands a task over to somebody, who may accept or decline. Its holder may.

use crate::ids::TaskId;
use crate::text::Text;
use landfall_engine::ActorId;
use serde::{Deserialize, Serialize};

/// Hands a task over to somebody, who may accept or decline. Its holder may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The task.
    pub task: TaskId,
    /// To whom.
    pub member: ActorId,
    /// What they need to know.
    pub note: Text,
}

/// A task was handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskHandedOver {
    /// The task.
    pub task: TaskId,
    /// To whom.
    pub member: ActorId,
    /// What they need to know.
    pub note: Text,
}

impl crate::commands::Intent for HandOver {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskHandedOver {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
