//! `restore_board`: restores a discarded board. Owners only.

use super::DiscardBoard;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::BoardId;
use crate::rejection::Thing;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
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

impl Intent for RestoreBoard {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let board = case.any_board(self.board)?;
        case.discarded(Thing::Board, board.discarded.is_some())?;
        if case.state.board_count(self.board).total() > 0 {
            case.owner()?;
        }
        Ok(vec![BoardRestored { board: self.board }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(DiscardBoard { board: self.board }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.board.0)
    }
}

impl Fact for BoardRestored {
    fn evolve(&self, state: &mut State, _: &Context) {
        state.edit_board(self.board, |board| board.discarded = None);
    }

    /// What is restored bears no new sign.
    fn settle(&self, _: &mut State, _: &Context) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn restore() -> RestoreBoard {
        RestoreBoard { board: BOARD }
    }

    #[test]
    fn an_owner_restores_it_with_all_that_is_on_it() {
        given([discarded_board()]).when(ANNA, restore()).then(BoardRestored { board: BOARD }).undo_restores();
        given([discarded_board()]).when(BEN, restore()).then_rejected(Rejection::OwnersOnly {});
    }

    #[test]
    fn only_what_is_discarded() {
        given([]).when(ANNA, restore()).then_rejected(Rejection::NotDiscarded { what: Thing::Board });
        given([]).when(ANNA, RestoreBoard { board: id(99) }).then_rejected(Rejection::NoSuch { what: Thing::Board });
    }

    #[test]
    fn only_by_members() {
        rejects_outsiders(restore());
    }
}
