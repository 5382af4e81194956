//! `remove_member`: removes a member: they may no longer open the workspace. Owners may remove anybody, everybody themselves.

use landfall_engine::ActorId;
use serde::{Deserialize, Serialize};

/// Removes a member: they may no longer open the workspace. Owners may remove anybody, everybody themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RemoveMember {
    /// Who.
    pub member: ActorId,
}

/// A member was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MemberRemoved {
    /// Who.
    pub member: ActorId,
}

impl crate::commands::Intent for RemoveMember {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for MemberRemoved {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
