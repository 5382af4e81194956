//! `move_column`: moves a column among the columns of its board.

use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::ColumnId;
use crate::rank::Rank;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
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

impl Intent for MoveColumn {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        case.column(self.column)?;
        Ok(vec![ColumnMoved { column: self.column, rank: self.rank.clone() }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        Some(Self { column: self.column, rank: before.column(self.column)?.rank.clone() }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.column.0)
    }
}

impl Fact for ColumnMoved {
    fn evolve(&self, state: &mut State, _: &Context) {
        state.edit_column(self.column, |column| column.rank = self.rank.clone());
    }

    /// A place carries no sign.
    fn settle(&self, _: &mut State, _: &Context) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn move_to(rank: &str) -> MoveColumn {
        MoveColumn { column: READY, rank: rank.parse().unwrap() }
    }

    #[test]
    fn moves() {
        let outcome = given([]).when(BEN, move_to("a9")).then(ColumnMoved { column: READY, rank: "a9".parse().unwrap() }).undo_restores();
        assert_eq!(outcome.state().columns_of(BOARD).next_back().unwrap().id, READY);
    }

    #[test]
    fn only_by_members_on_a_live_column() {
        rejects_outsiders(move_to("a9"));
        rejects_lost_columns(|column| MoveColumn { column, ..move_to("a9") }.into());
    }
}
