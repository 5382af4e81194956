//! `rename_member`: gives its author another name in this workspace. Viewers may too.

use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Gives its author another name in this workspace. Viewers may too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RenameMember {
    /// The new name.
    pub name: Text,
}

/// A member took another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MemberRenamed {
    /// The new name.
    pub name: Text,
}

impl crate::commands::Intent for RenameMember {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for MemberRenamed {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
