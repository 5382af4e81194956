//! `rename_board`: gives a board another name.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::{BoardId, Mark};
use crate::rejection::Part;
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
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

impl Intent for RenameBoard {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let board = case.board(self.board)?;
        bounds::line("name", &self.name, bounds::NAME_CHARS)?;
        case.fresh(Part::BoardName, self.based_on, &board.name_sign, || board.name.clone())?;
        Ok(vec![BoardRenamed { board: self.board, name: self.name.clone() }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let name = before.board(self.board)?.name.clone();
        Some(Self { board: self.board, name, based_on: Some(Mark::of(context.command)) }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.board.0)
    }
}

impl Fact for BoardRenamed {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = state.sign(context);
        state.edit_board(self.board, |board| {
            board.name = self.name.clone();
            board.name_sign = sign;
        });
    }

    fn settle(&self, view: &mut State, context: &Context) {
        view.edit_board(self.board, |board| board.settle(context));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn rename(based_on: Option<Mark>) -> RenameBoard {
        RenameBoard { board: BOARD, name: "Dry dock 3".into(), based_on }
    }

    #[test]
    fn gives_another_name() {
        given([]).when(BEN, rename(Some(MARK_BOARD))).then(BoardRenamed { board: BOARD, name: "Dry dock 3".into() }).undo_restores();
    }

    #[test]
    fn not_if_it_changed_since_it_was_read() {
        let theirs = RenameBoard { name: "Theirs".into(), ..rename(None) };
        given([(CARA, theirs.into())]).when(BEN, rename(Some(MARK_BOARD))).then_rejected(stale(Part::BoardName, CARA, 0, "Theirs"));
    }

    #[test]
    fn says_something() {
        given([]).when(BEN, RenameBoard { name: "".into(), ..rename(None) }).then_rejected(invalid("name", Problem::Empty));
    }

    #[test]
    fn only_by_members_on_a_live_board() {
        rejects_outsiders(rename(None));
        rejects_lost_boards(rename(None), |board| RenameBoard { board, ..rename(None) }.into());
    }
}
