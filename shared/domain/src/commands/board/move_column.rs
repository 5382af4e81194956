//! `move_column`: moves a column among the columns of its board.

use crate::ids::ColumnId;
use crate::rank::Rank;
use serde::{Deserialize, Serialize};

/// Moves a column among the columns of its board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct MoveColumn {
    /// The column.
    pub column: ColumnId,
    /// Its new place.
    pub rank: Rank,
}

/// A column was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ColumnMoved {
    /// The column.
    pub column: ColumnId,
    /// Its new place.
    pub rank: Rank,
}

impl crate::commands::Intent for MoveColumn {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for ColumnMoved {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
