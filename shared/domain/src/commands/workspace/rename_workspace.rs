//! `rename_workspace`: gives the workspace another name. Owners only.

use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Gives the workspace another name. Owners only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RenameWorkspace {
    /// The new name.
    pub name: Text,
}

/// The workspace got another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct WorkspaceRenamed {
    /// The new name.
    pub name: Text,
}

impl crate::commands::Intent for RenameWorkspace {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for WorkspaceRenamed {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
