//! `create_column`: adds a column to a board.

use crate::ids::{BoardId, ColumnId};
use crate::rank::Rank;
use crate::state::Stage;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Adds a column to a board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct CreateColumn {
    /// The board.
    pub board: BoardId,
    /// Its id.
    pub column: ColumnId,
    /// Its name.
    pub name: Text,
    /// How far the tasks are that will stand in it.
    pub stage: Stage,
    /// How many live tasks it takes; `None` for any number.
    pub limit: Option<u32>,
    /// Its place among the columns; by default the last.
    pub rank: Option<Rank>,
}

/// A column was added to a board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ColumnCreated {
    /// The board.
    pub board: BoardId,
    /// Its id.
    pub column: ColumnId,
    /// Its name.
    pub name: Text,
    /// How far the tasks are that stand in it.
    pub stage: Stage,
    /// How many live tasks it takes; `None` for any number.
    pub limit: Option<u32>,
    /// Its place among the columns.
    pub rank: Rank,
}

impl crate::commands::Intent for CreateColumn {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for ColumnCreated {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
