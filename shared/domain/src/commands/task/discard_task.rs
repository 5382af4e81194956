//! `discard_task`: discards a task. It can be restored.

use super::RestoreTask;
use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::state::{Discarded, Task};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Discards a task. It can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DiscardTask {
    /// The task.
    pub task: TaskId,
    /// Why; may be empty.
    pub why: Text,
}

/// A task was discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskDiscarded {
    /// The task.
    pub task: TaskId,
    /// Why; may be empty.
    pub why: Text,
}

impl Intent for DiscardTask {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        case.task(self.task)?;
        bounds::lines_or_empty("why", &self.why, bounds::NOTE_CHARS)?;
        Ok(vec![TaskDiscarded { task: self.task, why: self.why.clone() }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(RestoreTask { task: self.task }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskDiscarded {
    fn task(&self) -> TaskId {
        self.task
    }

    fn leaves(&self) -> bool {
        true
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.discarded = Some(Arc::new(Discarded { why: self.why.clone(), sign }));
        Some(Deed::Discarded { why: self.why.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn discard() -> DiscardTask {
        DiscardTask { task: TASK, why: "Twice on the list.".into() }
    }

    #[test]
    fn it_counts_no_more() {
        let expected = TaskDiscarded { task: TASK, why: "Twice on the list.".into() };
        let outcome = given(claimed(BEN)).when(CARA, discard()).then(expected).undo_restores();
        let state = outcome.state();
        assert_eq!((state.count(CLAIMED), state.held_by(number(BEN)).len(), state.board_count(BOARD).discarded), (0, 0, 1));
        assert!(state.discarded_tasks().contains(&TASK));
    }

    #[test]
    fn the_reason_has_a_bound() {
        let long = DiscardTask { why: "a".repeat(2_001).into(), ..discard() };
        given([]).when(BEN, long).then_rejected(invalid("why", Problem::TooLong { max: 2_000 }));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(discard());
        rejects_lost_tasks(discard(), |task| DiscardTask { task, ..discard() }.into());
    }
}
