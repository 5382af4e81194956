//! `rename_column`: gives a column another name.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::{ColumnId, Mark};
use crate::rejection::Part;
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Gives a column another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct RenameColumn {
    /// The column.
    pub column: ColumnId,
    /// The new name.
    pub name: Text,
    /// The mark of the name that its author saw; `None` does not check.
    pub based_on: Option<Mark>,
}

/// A column got another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ColumnRenamed {
    /// The column.
    pub column: ColumnId,
    /// The new name.
    pub name: Text,
}

impl Intent for RenameColumn {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let column = case.column(self.column)?;
        bounds::line("name", &self.name, bounds::NAME_CHARS)?;
        case.fresh(Part::ColumnName, self.based_on, &column.name_sign, || column.name.clone())?;
        Ok(vec![ColumnRenamed { column: self.column, name: self.name.clone() }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let name = before.column(self.column)?.name.clone();
        Some(Self { column: self.column, name, based_on: Some(Mark::of(context.command)) }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.column.0)
    }
}

impl Fact for ColumnRenamed {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = state.sign(context);
        state.edit_column(self.column, |column| {
            column.name = self.name.clone();
            column.name_sign = sign;
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
    use crate::rejection::Problem;

    fn rename(based_on: Option<Mark>) -> RenameColumn {
        RenameColumn { column: READY, name: "Next".into(), based_on }
    }

    #[test]
    fn gives_another_name() {
        given([]).when(BEN, rename(Some(MARK_BOARD))).then(ColumnRenamed { column: READY, name: "Next".into() }).undo_restores();
    }

    #[test]
    fn not_if_it_changed_since_it_was_read() {
        let theirs = RenameColumn { name: "Theirs".into(), ..rename(None) };
        given([(CARA, theirs.into())]).when(BEN, rename(Some(MARK_BOARD))).then_rejected(stale(Part::ColumnName, CARA, 0, "Theirs"));
    }

    #[test]
    fn says_something() {
        given([]).when(BEN, RenameColumn { name: "".into(), ..rename(None) }).then_rejected(invalid("name", Problem::Empty));
    }

    #[test]
    fn only_by_members_on_a_live_column() {
        rejects_outsiders(rename(None));
        rejects_lost_columns(|column| RenameColumn { column, ..rename(None) }.into());
    }
}
