//! `limit_column`: sets how many live tasks a column takes. Those already in it stay.

use crate::ids::ColumnId;
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

impl crate::commands::Intent for LimitColumn {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for ColumnLimited {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
