//! `reopen`: opens a task again that was signed off.

use super::Place;
use crate::ids::TaskId;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Opens a task again that was signed off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Reopen {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: Text,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was opened again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskReopened {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: Text,
    /// Where it stands now.
    pub to: Place,
}

impl crate::commands::Intent for Reopen {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskReopened {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
