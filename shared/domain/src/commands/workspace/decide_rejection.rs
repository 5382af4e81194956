//! `decide_rejection`: takes a rejected command out of its author's inbox. Viewers may too.

use super::Decision;

use landfall_engine::CommandId;
use serde::{Deserialize, Serialize};

/// Takes a rejected command out of its author's inbox. Viewers may too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DecideRejection {
    /// The rejected command.
    pub command: CommandId,
    /// What its author decided.
    pub decision: Decision,
}

/// The author of a rejected command decided about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct RejectionDecided {
    /// The rejected command.
    pub command: CommandId,
    /// What its author decided.
    pub decision: Decision,
}

impl crate::commands::Intent for DecideRejection {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for RejectionDecided {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
