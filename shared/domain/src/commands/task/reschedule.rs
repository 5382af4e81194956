//! `reschedule`: gives a task another due time, and says why.

use super::Why;
use crate::day::Due;
use crate::ids::TaskId;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Gives a task another due time, and says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Reschedule {
    /// The task.
    pub task: TaskId,
    /// The new due time; `None` takes it away.
    pub due: Option<Due>,
    /// Did it slip, or was it planned anew?
    pub why: Why,
    /// What there is to say about it; may be empty.
    pub note: Text,
}

/// A task got another due time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskRescheduled {
    /// The task.
    pub task: TaskId,
    /// The due time until then.
    pub was: Option<Due>,
    /// The new due time.
    pub due: Option<Due>,
    /// Did it slip, or was it planned anew?
    pub why: Why,
    /// What there is to say about it; may be empty.
    pub note: Text,
}

impl crate::commands::Intent for Reschedule {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for TaskRescheduled {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
