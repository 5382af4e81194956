//! `send_back`: sends a task back from review. Its holder may take it back so, too.

use super::Place;
use crate::ids::TaskId;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Sends a task back from review. Its holder may take it back so, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct SendBack {
    /// The task.
    pub task: TaskId,
    /// Why; may be empty only when its holder takes it back.
    pub why: Text,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was sent back from review, or taken back by its holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskSentBack {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: Text,
    /// Where it stands now.
    pub to: Place,
}

impl crate::commands::Intent for SendBack {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskSentBack {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
