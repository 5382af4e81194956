//! `create_column`: adds a column to a board.

use super::DiscardColumn;
use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::{BoardId, ColumnId};
use crate::rank::Rank;
use crate::rejection::Thing;
use crate::state::{Column, Limit, Stage};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
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

impl Intent for CreateColumn {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        case.board(self.board)?;
        case.unused(case.state.column(self.column).map(|column| &column.name_sign))?;
        bounds::line("name", &self.name, bounds::NAME_CHARS)?;
        if let Some(limit) = self.limit {
            bounds::count("limit", limit, bounds::COLUMN_LIMIT)?;
        }
        case.one_more(Thing::Column, case.state.columns_of(self.board).count(), bounds::COLUMNS_PER_BOARD)?;
        let last = case.state.columns_of(self.board).next_back().map(|column| &column.rank);
        let created = ColumnCreated {
            board: self.board,
            column: self.column,
            name: self.name.clone(),
            stage: self.stage,
            limit: self.limit,
            rank: self.rank.clone().unwrap_or_else(|| Rank::between(last, None)),
        };
        Ok(vec![created.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(DiscardColumn { column: self.column }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.board.0)
    }
}

impl Fact for ColumnCreated {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = state.sign(context);
        state.insert_column(Column {
            id: self.column,
            board: self.board,
            name: self.name.clone(),
            name_sign: sign,
            stage: self.stage,
            rank: self.rank.clone(),
            limit: self.limit.map(|count| Limit { count, sign }),
            discarded: None,
        });
    }

    fn settle(&self, view: &mut State, context: &Context) {
        view.edit_column(self.column, |column| column.settle(context));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::{Problem, Standing};

    fn create() -> CreateColumn {
        CreateColumn { board: BOARD, column: id(60), name: "Parts ordered".into(), stage: Stage::Ready, limit: Some(5), rank: None }
    }

    #[test]
    fn stands_last_or_where_it_is_put() {
        let CreateColumn { board, column, name, stage, limit, .. } = create();
        let expected = |rank: &str| ColumnCreated { board, column, name: name.clone(), stage, limit, rank: rank.parse().unwrap() };
        given([]).when(BEN, create()).then(expected("a5")).undo_restores();
        let first = CreateColumn { rank: "Zz".parse().ok(), ..create() };
        let outcome = given([]).when(BEN, first).then(expected("Zz"));
        assert_eq!(outcome.state().columns_of(BOARD).next().unwrap().id, id(60));
    }

    #[test]
    fn its_id_is_new() {
        given([]).when(BEN, CreateColumn { column: READY, ..create() }).then_rejected(already(Standing::Exists, ANNA, AT_BOARD));
    }

    #[test]
    fn its_name_says_something_and_its_limit_is_a_number_from_one() {
        given([]).when(BEN, CreateColumn { name: "".into(), ..create() }).then_rejected(invalid("name", Problem::Empty));
        given([]).when(BEN, CreateColumn { limit: Some(0), ..create() }).then_rejected(invalid("limit", Problem::BadValue));
    }

    #[test]
    fn there_are_not_too_many() {
        let many = (0..45).map(|number| (BEN, CreateColumn { column: id(1000 + number), ..create() }.into()));
        given(many).when(BEN, create()).then_rejected(Rejection::LimitReached { what: Thing::Column, max: 50 });
    }

    #[test]
    fn only_by_members_on_a_live_board() {
        rejects_outsiders(create());
        rejects_lost_boards(create(), |board| CreateColumn { board, ..create() }.into());
    }
}
