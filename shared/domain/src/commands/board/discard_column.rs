//! `discard_column`: discards a column that has no live tasks. It can be restored.

use super::RestoreColumn;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::ColumnId;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Discards a column that has no live tasks. It can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DiscardColumn {
    /// The column.
    pub column: ColumnId,
}

/// A column was discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ColumnDiscarded {
    /// The column.
    pub column: ColumnId,
}

impl Intent for DiscardColumn {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        case.column(self.column)?;
        match case.state.count(self.column) {
            0 => Ok(vec![ColumnDiscarded { column: self.column }.into()]),
            count => Err(Rejection::ColumnNotEmpty { column: self.column, count: count as u32 }),
        }
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(RestoreColumn { column: self.column }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.column.0)
    }
}

impl Fact for ColumnDiscarded {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = state.sign(context);
        state.edit_column(self.column, |column| column.discarded = Some(sign));
    }

    fn settle(&self, view: &mut State, context: &Context) {
        view.edit_column(self.column, |column| column.settle(context));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    #[test]
    fn discards_an_empty_one() {
        given([]).when(BEN, DiscardColumn { column: CLAIMED }).then(ColumnDiscarded { column: CLAIMED }).undo_restores();
    }

    #[test]
    fn not_with_live_tasks() {
        given([]).when(BEN, DiscardColumn { column: READY }).then_rejected(Rejection::ColumnNotEmpty { column: READY, count: 1 });
        let discarded = crate::commands::task::DiscardTask { task: TASK, why: "".into() };
        given([(BEN, discarded.into())]).when(BEN, DiscardColumn { column: READY }).then_happens();
    }

    #[test]
    fn only_by_members_on_a_live_column() {
        rejects_outsiders(DiscardColumn { column: CLAIMED });
        rejects_lost_columns(|column| DiscardColumn { column }.into());
    }
}
