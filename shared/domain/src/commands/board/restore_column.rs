//! `restore_column`: restores a discarded column.

use crate::ids::ColumnId;
use serde::{Deserialize, Serialize};

/// Restores a discarded column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RestoreColumn {
    /// The column.
    pub column: ColumnId,
}

/// A column was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ColumnRestored {
    /// The column.
    pub column: ColumnId,
}

impl crate::commands::Intent for RestoreColumn {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for ColumnRestored {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
