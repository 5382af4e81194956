//! `limit_column`: sets how many live tasks a column takes. Those already in it stay.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::ColumnId;
use crate::state::Limit;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Sets how many live tasks a column takes. Those already in it stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct LimitColumn {
    /// The column.
    pub column: ColumnId,
    /// At most this many; `None` for any number.
    pub limit: Option<u32>,
}

/// A column got another limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ColumnLimited {
    /// The column.
    pub column: ColumnId,
    /// At most this many; `None` for any number.
    pub limit: Option<u32>,
}

impl Intent for LimitColumn {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let column = case.column(self.column)?;
        if let Some(limit) = self.limit {
            bounds::count("limit", limit, bounds::COLUMN_LIMIT)?;
        }
        if column.limit.map(|limit| limit.count) == self.limit {
            return Ok(Vec::new());
        }
        Ok(vec![ColumnLimited { column: self.column, limit: self.limit }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        let limit = before.column(self.column)?.limit.map(|limit| limit.count);
        Some(Self { column: self.column, limit }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.column.0)
    }
}

impl Fact for ColumnLimited {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = state.sign(context);
        state.edit_column(self.column, |column| column.limit = self.limit.map(|count| Limit { count, sign }));
    }

    fn settle(&self, view: &mut State, context: &Context) {
        view.edit_column(self.column, |column| column.settle(context));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn limit_to(limit: Option<u32>) -> LimitColumn {
        LimitColumn { column: READY, limit }
    }

    #[test]
    fn sets_a_limit_and_takes_it_away() {
        given([]).when(BEN, limit_to(Some(5))).then(ColumnLimited { column: READY, limit: Some(5) }).undo_restores();
        given([(ANNA, limit(READY, 5))]).when(BEN, limit_to(None)).then_happens().undo_restores();
        given([(ANNA, limit(READY, 5))]).when(BEN, limit_to(Some(5))).then_nothing();
    }

    #[test]
    fn what_is_in_it_stays() {
        let outcome = given([(ANNA, added_in(READY, 50))]).when(BEN, limit_to(Some(1))).then_happens();
        assert_eq!(outcome.state().count(READY), 2);
    }

    #[test]
    fn is_a_number_from_one() {
        given([]).when(BEN, limit_to(Some(0))).then_rejected(invalid("limit", Problem::BadValue));
        given([]).when(BEN, limit_to(Some(10_001))).then_rejected(invalid("limit", Problem::BadValue));
    }

    #[test]
    fn only_by_members_on_a_live_column() {
        rejects_outsiders(limit_to(Some(5)));
        rejects_lost_columns(|column| LimitColumn { column, limit: Some(5) }.into());
    }
}
