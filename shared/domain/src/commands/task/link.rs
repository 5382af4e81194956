//! `link`: links a task to another, or to a page. A link that was taken away can be made anew.

use crate::ids::{LinkId, TaskId};
use crate::state::{LinkKind, LinkTarget};
use serde::{Deserialize, Serialize};

/// Links a task to another, or to a page. A link that was taken away can be made anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct AddLink {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub link: LinkId,
    /// Where it leads.
    pub to: LinkTarget,
    /// What it says.
    pub kind: LinkKind,
}

/// A task was linked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Linked {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub link: LinkId,
    /// Where it leads.
    pub to: LinkTarget,
    /// What it says.
    pub kind: LinkKind,
}

impl crate::commands::Intent for AddLink {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for Linked {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
