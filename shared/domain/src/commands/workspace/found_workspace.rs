//! `found_workspace`: founds a workspace. Only the server may, on behalf of its first owner.

use crate::text::Text;
use landfall_engine::ActorId;
use serde::{Deserialize, Serialize};

/// Founds a workspace. Only the server may, on behalf of its first owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct FoundWorkspace {
    /// Name of the workspace.
    pub name: Text,
    /// Who founds it.
    pub owner: ActorId,
    /// Their name in it.
    pub owner_name: Text,
}

/// A workspace was founded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct WorkspaceFounded {
    /// Name of the workspace.
    pub name: Text,
    /// Who founded it.
    pub owner: ActorId,
    /// Their name in it.
    pub owner_name: Text,
}

impl crate::commands::Intent for FoundWorkspace {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for WorkspaceFounded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
