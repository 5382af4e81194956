//! `discard_board`: discards a board with all that is on it. Owners only; it can be restored.

use super::RestoreBoard;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::BoardId;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
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

impl Intent for DiscardBoard {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        case.board(self.board)?;
        if case.state.board_count(self.board).total() > 0 {
            case.owner()?;
        }
        Ok(vec![BoardDiscarded { board: self.board }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(RestoreBoard { board: self.board }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.board.0)
    }
}

impl Fact for BoardDiscarded {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = state.sign(context);
        state.edit_board(self.board, |board| board.discarded = Some(sign));
    }

    fn settle(&self, view: &mut State, context: &Context) {
        view.edit_board(self.board, |board| board.settle(context));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    #[test]
    fn an_owner_discards_it_with_all_that_is_on_it() {
        given([]).when(ANNA, DiscardBoard { board: BOARD }).then(BoardDiscarded { board: BOARD }).undo_restores();
        given([]).when(BEN, DiscardBoard { board: BOARD }).then_rejected(Rejection::OwnersOnly {});
    }

    #[test]
    fn anybody_discards_an_empty_one() {
        given([(BEN, other_board(91))]).when(BEN, DiscardBoard { board: id(90) }).then_happens().undo_restores();
    }

    #[test]
    fn only_by_members_on_a_live_board() {
        rejects_outsiders(DiscardBoard { board: BOARD });
        rejects_lost_boards(DiscardBoard { board: BOARD }, |board| DiscardBoard { board }.into());
    }
}
