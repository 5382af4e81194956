//! `rename_board`: gives a board another name.

use crate::ids::{BoardId, Mark};
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Gives a board another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct RenameBoard {
    /// The board.
    pub board: BoardId,
    /// The new name.
    pub name: Text,
    /// The mark of the name that its author saw; `None` does not check.
    pub based_on: Option<Mark>,
}

/// A board got another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct BoardRenamed {
    /// The board.
    pub board: BoardId,
    /// The new name.
    pub name: Text,
}

impl crate::commands::Intent for RenameBoard {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for BoardRenamed {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
