//! `rename_column`: gives a column another name.

use crate::ids::{ColumnId, Mark};
use crate::text::Text;
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

impl crate::commands::Intent for RenameColumn {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for ColumnRenamed {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
