//! `claim`: takes a task that nobody has. Its holder may also put down with it what they started.

use super::Place;
use crate::ids::TaskId;
use serde::{Deserialize, Serialize};

/// Takes a task that nobody has. Its holder may also put down with it what they started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The task.
    pub task: TaskId,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// Somebody took a task, or put down what they had started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskClaimed {
    /// The task.
    pub task: TaskId,
    /// Where it stands now; `None` where it stood.
    pub to: Option<Place>,
}

impl crate::commands::Intent for Claim {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskClaimed {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
