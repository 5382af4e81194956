//! `sign_off`: signs a task off. Nobody may who did the work.

use super::Place;
use crate::ids::TaskId;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Signs a task off. Nobody may who did the work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// The task.
    pub task: TaskId,
    /// What there is to say about it; may be empty.
    pub note: Text,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was signed off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskSignedOff {
    /// The task.
    pub task: TaskId,
    /// What there is to say about it; may be empty.
    pub note: Text,
    /// Where it stands now.
    pub to: Place,
}

impl crate::commands::Intent for SignOff {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskSignedOff {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
