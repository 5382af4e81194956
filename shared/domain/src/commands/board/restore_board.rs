//! `restore_board`: restores a discarded board. Owners only.

use crate::ids::BoardId;
use serde::{Deserialize, Serialize};

/// Restores a discarded board. Owners only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RestoreBoard {
    /// The board.
    pub board: BoardId,
}

/// A board was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct BoardRestored {
    /// The board.
    pub board: BoardId,
}

impl crate::commands::Intent for RestoreBoard {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for BoardRestored {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
