//! `restore_column`: restores a discarded column.

use super::DiscardColumn;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::ColumnId;
use crate::rejection::Thing;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Restores a discarded column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RestoreColumn {
    /// The column.
    pub column: ColumnId,
}

/// A column was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ColumnRestored {
    /// The column.
    pub column: ColumnId,
}

impl Intent for RestoreColumn {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let column = case.any_column(self.column)?;
        case.discarded(Thing::Column, column.discarded.is_some())?;
        Ok(vec![ColumnRestored { column: self.column }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(DiscardColumn { column: self.column }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.column.0)
    }
}

impl Fact for ColumnRestored {
    fn evolve(&self, state: &mut State, _: &Context) {
        state.edit_column(self.column, |column| column.discarded = None);
    }

    /// What is restored bears no new sign.
    fn settle(&self, _: &mut State, _: &Context) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn restore() -> RestoreColumn {
        RestoreColumn { column: CLAIMED }
    }

    #[test]
    fn restores() {
        given([discarded_column(CLAIMED)]).when(BEN, restore()).then(ColumnRestored { column: CLAIMED }).undo_restores();
    }

    #[test]
    fn only_what_is_discarded_on_a_live_board() {
        given([]).when(BEN, restore()).then_rejected(Rejection::NotDiscarded { what: Thing::Column });
        given([]).when(BEN, RestoreColumn { column: id(99) }).then_rejected(Rejection::NoSuch { what: Thing::Column });
        given([discarded_column(CLAIMED), discarded_board()]).when(BEN, restore()).then_rejected(discarded(Thing::Board, ANNA, at(1)));
    }

    #[test]
    fn only_by_members() {
        rejects_outsiders(restore());
    }
}
