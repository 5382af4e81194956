//! `change_role`: gives a member another role. Owners only.

use crate::state::Role;
use landfall_engine::ActorId;
use serde::{Deserialize, Serialize};

/// Gives a member another role. Owners only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct ChangeRole {
    /// Who.
    pub member: ActorId,
    /// What they may do from now on.
    pub role: Role,
}

/// A member got another role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct RoleChanged {
    /// Who.
    pub member: ActorId,
    /// What they may do from now on.
    pub role: Role,
}

impl crate::commands::Intent for ChangeRole {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for RoleChanged {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
