//! `discard_column`: discards a column that has no live tasks. It can be restored.

use crate::ids::ColumnId;
use serde::{Deserialize, Serialize};

/// Discards a column that has no live tasks. It can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DiscardColumn {
    /// The column.
    pub column: ColumnId,
}

/// A column was discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ColumnDiscarded {
    /// The column.
    pub column: ColumnId,
}

impl crate::commands::Intent for DiscardColumn {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for ColumnDiscarded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
