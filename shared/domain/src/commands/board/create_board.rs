//! `create_board`: creates a board with its columns.

use super::NewColumn;
use crate::ids::BoardId;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Creates a board with its columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct CreateBoard {
    /// Its id.
    pub board: BoardId,
    /// Its name.
    pub name: Text,
    /// What the numbers of its tasks begin with: two to six capital letters and digits, a letter first.
    pub key: Text,
    /// Its columns, in their order.
    pub columns: Vec<NewColumn>,
}

/// A board was created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct BoardCreated {
    /// Its id.
    pub board: BoardId,
    /// Its name.
    pub name: Text,
    /// What the numbers of its tasks begin with.
    pub key: Text,
    /// Its columns, in their order.
    pub columns: Vec<NewColumn>,
}

impl crate::commands::Intent for CreateBoard {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for BoardCreated {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
