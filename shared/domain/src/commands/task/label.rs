//! `label`: adds labels to a task and takes others away. What is so already is passed over.

use crate::ids::TaskId;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Adds labels to a task and takes others away. What is so already is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The task.
    pub task: TaskId,
    /// Labels to add.
    pub add: Vec<Text>,
    /// Labels to take away.
    pub remove: Vec<Text>,
}

/// Labels were added to a task or taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskLabelled {
    /// The task.
    pub task: TaskId,
    /// Labels that it did not have.
    pub added: Vec<Text>,
    /// Labels that it had.
    pub removed: Vec<Text>,
}

impl crate::commands::Intent for Label {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskLabelled {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
