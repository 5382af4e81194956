//! `discard_board`: discards a board with all that is on it. Owners only; it can be restored.

use crate::ids::BoardId;
use serde::{Deserialize, Serialize};

/// Discards a board with all that is on it. Owners only; it can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DiscardBoard {
    /// The board.
    pub board: BoardId,
}

/// A board was discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct BoardDiscarded {
    /// The board.
    pub board: BoardId,
}

impl crate::commands::Intent for DiscardBoard {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for BoardDiscarded {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
