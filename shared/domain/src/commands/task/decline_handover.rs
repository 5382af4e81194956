//! `decline_handover`: declines a handover, so that the task goes back. Whoever handed it over may take it back so, too.

use crate::ids::TaskId;
use crate::text::Text;
use landfall_engine::ActorId;
use serde::{Deserialize, Serialize};

/// Declines a handover, so that the task goes back. Whoever handed it over may take it back so, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DeclineHandover {
    /// The task.
    pub task: TaskId,
    /// Why; may be empty only when it is taken back.
    pub why: Text,
}

/// A handover was declined, or taken back by the giver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HandoverDeclined {
    /// The task.
    pub task: TaskId,
    /// Who has the task again.
    pub member: ActorId,
    /// Why.
    pub why: Text,
}

impl crate::commands::Intent for DeclineHandover {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for HandoverDeclined {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
