//! `assign`: makes somebody the holder of a task. Owners may do so even if somebody else has it.

use super::Place;
use crate::ids::TaskId;
use landfall_engine::ActorId;
use serde::{Deserialize, Serialize};

/// Makes somebody the holder of a task. Owners may do so even if somebody else has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The task.
    pub task: TaskId,
    /// Whom.
    pub member: ActorId,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// Somebody was made the holder of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskAssigned {
    /// The task.
    pub task: TaskId,
    /// Whom.
    pub member: ActorId,
    /// Where it stands now; `None` where it stood.
    pub to: Option<Place>,
}

impl crate::commands::Intent for Assign {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskAssigned {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
