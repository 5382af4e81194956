//! `decide_rejection`: takes a rejected command out of its author's inbox. Viewers may too.

use super::Decision;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::{Event, Rejection, State};
use landfall_engine::{CommandId, Context};
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

impl Intent for DecideRejection {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.reader()?;
        Ok(vec![RejectionDecided { command: self.command, decision: self.decision }.into()])
    }
}

/// The inbox is the client's, which reads it from the log: the workspace itself does not change.
impl Fact for RejectionDecided {
    fn evolve(&self, _: &mut State, _: &Context) {}

    fn settle(&self, _: &mut State, _: &Context) {}

    fn rests_on(&self, _: &mut dyn FnMut([u8; 16])) -> bool {
        true
    }

    fn changes(&self, _: &State, _: &mut dyn FnMut([u8; 16])) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::{Event, Workspace};
    use landfall_engine::Domain;

    fn decide() -> DecideRejection {
        DecideRejection { command: CommandId([7; 16]), decision: Decision::Resubmitted }
    }

    #[test]
    fn names_the_command_that_leaves_the_inbox() {
        let expected = RejectionDecided { command: CommandId([7; 16]), decision: Decision::Resubmitted };
        given([]).when(BEN, decide()).then(expected.clone()).no_undo();
        assert_eq!(Workspace::acknowledges(&Event::from(expected)), Some(CommandId([7; 16])));
    }

    #[test]
    fn viewers_have_an_inbox_too() {
        given([]).when(VERA, decide()).then_happens();
    }

    #[test]
    fn only_by_members() {
        given([]).when(STRANGER, decide()).then_rejected(stranger());
    }
}
