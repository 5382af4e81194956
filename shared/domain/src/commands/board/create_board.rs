//! `create_board`: creates a board with its columns.

use super::{DiscardBoard, NewColumn};
use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::{BoardId, ColumnId};
use crate::rank::Rank;
use crate::rejection::{Problem, Thing};
use crate::state::{Board, Column, Limit};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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

impl Intent for CreateBoard {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        case.unused(case.state.board(self.board).map(|board| &board.name_sign))?;
        bounds::line("name", &self.name, bounds::NAME_CHARS)?;
        if !is_key(&self.key) {
            return Err(bounds::invalid("key", Problem::BadValue));
        }
        if case.state.boards().values().any(|board| board.key == self.key) {
            return Err(Rejection::NameTaken { what: Thing::Board, name: self.key.clone() });
        }
        case.one_more(Thing::Board, case.state.boards().len(), bounds::BOARDS)?;
        if self.columns.len() > bounds::COLUMNS_PER_BOARD as usize {
            return Err(Rejection::LimitReached { what: Thing::Column, max: bounds::COLUMNS_PER_BOARD });
        }
        for column in &self.columns {
            case.unused(case.state.column(column.column).map(|column| &column.name_sign))?;
            bounds::line("columns", &column.name, bounds::NAME_CHARS)?;
            if let Some(limit) = column.limit {
                bounds::count("columns", limit, bounds::COLUMN_LIMIT)?;
            }
        }
        let mut ids: BTreeSet<ColumnId> = BTreeSet::new();
        if !self.columns.iter().all(|column| ids.insert(column.column)) {
            return Err(bounds::invalid("columns", Problem::BadValue));
        }
        let (name, key) = (self.name.clone(), self.key.clone());
        Ok(vec![BoardCreated { board: self.board, name, key, columns: self.columns.clone() }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(DiscardBoard { board: self.board }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.board.0)
    }
}

/// Two to six capital letters and digits, a letter first.
fn is_key(key: &str) -> bool {
    (2..=6).contains(&key.len())
        && key.starts_with(|first: char| first.is_ascii_uppercase())
        && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

impl Fact for BoardCreated {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = state.sign(context);
        let (id, name, key) = (self.board, self.name.clone(), self.key.clone());
        state.insert_board(Board { id, name, name_sign: sign, key, last_number: 0, discarded: None });
        let mut rank = None;
        for column in &self.columns {
            let next = Rank::between(rank.as_ref(), None);
            state.insert_column(Column {
                id: column.column,
                board: self.board,
                name: column.name.clone(),
                name_sign: sign,
                stage: column.stage,
                rank: next.clone(),
                limit: column.limit.map(|count| Limit { count, sign }),
                discarded: None,
            });
            rank = Some(next);
        }
    }

    fn settle(&self, view: &mut State, context: &Context) {
        view.edit_board(self.board, |board| board.settle(context));
        for column in &self.columns {
            view.edit_column(column.column, |column| column.settle(context));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Standing;
    use crate::state::Stage;

    fn create() -> CreateBoard {
        let column = |number, name: &str, stage| NewColumn { column: id(number), name: name.into(), stage, limit: Some(5) };
        let columns = vec![column(91, "To do", Stage::Ready), column(92, "Doing", Stage::UnderWay)];
        CreateBoard { board: id(90), name: "Quay 4".into(), key: "Q4".into(), columns }
    }

    #[test]
    fn creates_a_board_with_its_columns_in_order() {
        let CreateBoard { board, name, key, columns } = create();
        let outcome = given([]).when(BEN, create()).then(BoardCreated { board, name, key, columns }).undo_restores();
        let names: Vec<&str> = outcome.state().columns_of(id(90)).map(|column| &*column.name).collect();
        assert_eq!(names, ["To do", "Doing"]);
    }

    #[test]
    fn its_key_is_short_and_nobody_else_has_it() {
        for key in ["", "A", "ABCDEFG", "4Q", "q4", "Q-4", "Ä4"] {
            given([]).when(BEN, CreateBoard { key: key.into(), ..create() }).then_rejected(invalid("key", Problem::BadValue));
        }
        let taken = Rejection::NameTaken { what: Thing::Board, name: "HLD".into() };
        given([]).when(BEN, CreateBoard { key: "HLD".into(), ..create() }).then_rejected(taken);
    }

    #[test]
    fn its_ids_are_new() {
        given([]).when(BEN, CreateBoard { board: BOARD, ..create() }).then_rejected(already(Standing::Exists, ANNA, AT_BOARD));
        let mut command = create();
        command.columns[1].column = READY;
        given([]).when(BEN, command.clone()).then_rejected(already(Standing::Exists, ANNA, AT_BOARD));
        command.columns[1].column = command.columns[0].column;
        given([]).when(BEN, command).then_rejected(invalid("columns", Problem::BadValue));
    }

    #[test]
    fn its_names_say_something_and_its_limits_are_numbers_from_one() {
        given([]).when(BEN, CreateBoard { name: "".into(), ..create() }).then_rejected(invalid("name", Problem::Empty));
        let mut command = create();
        command.columns[0].limit = Some(0);
        given([]).when(BEN, command).then_rejected(invalid("columns", Problem::BadValue));
        let mut command = create();
        command.columns[0].name = "".into();
        given([]).when(BEN, command).then_rejected(invalid("columns", Problem::Empty));
    }

    #[test]
    fn there_are_not_too_many() {
        let board =
            |number: u32| CreateBoard { board: id(1000 + number), key: format!("B{number}").into(), columns: Vec::new(), ..create() };
        let rejection = Rejection::LimitReached { what: Thing::Board, max: 200 };
        given((0..199).map(|number| (BEN, board(number).into()))).when(BEN, board(200)).then_rejected(rejection);
        let column = |number| NewColumn { column: id(number), name: "Column".into(), stage: Stage::Ready, limit: None };
        let command = CreateBoard { columns: (100..151).map(column).collect(), ..create() };
        given([]).when(BEN, command).then_rejected(Rejection::LimitReached { what: Thing::Column, max: 50 });
    }

    #[test]
    fn only_by_members() {
        rejects_outsiders(create());
    }
}
