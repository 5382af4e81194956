//! `release`: gives a task free. Its holder may, and whoever assigned it.

use super::Place;
use crate::ids::TaskId;
use serde::{Deserialize, Serialize};

/// Gives a task free. Its holder may, and whoever assigned it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The task.
    pub task: TaskId,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was given free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskReleased {
    /// The task.
    pub task: TaskId,
    /// Where it stands now.
    pub to: Place,
}

impl crate::commands::Intent for Release {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskReleased {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
