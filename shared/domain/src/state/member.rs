//! The people of a workspace.

use crate::ids::Sign;
use crate::text::Text;
use landfall_engine::ActorId;
use serde::{Deserialize, Serialize};

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Works.
    Member,
    /// Works, and decides about boards and people.
    Owner,
}

/// A person, or a crew that signs in as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who it is, outside this workspace too.
    pub actor: ActorId,
    /// The name that others see.
    pub name: Text,
    /// What they may do.
    pub role: Role,
    /// Who admitted them, and when.
    pub admitted: Sign,
    /// Who removed them, and when; `None` for a member of today.
    pub removed: Option<Sign>,
}

impl Member {
    /// May they work, today?
    pub fn may_work(&self) -> bool {
        self.removed.is_none() && self.role != Role::Viewer
    }

    pub(crate) fn settle(&mut self, context: &landfall_engine::Context) {
        self.admitted.settle(context);
        if let Some(removed) = &mut self.removed {
            removed.settle(context);
        }
    }
}
