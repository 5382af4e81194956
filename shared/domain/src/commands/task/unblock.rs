//! `unblock`: says that a blocked task can go on.

use super::Block;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::state::Task;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Says that a blocked task can go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Unblock {
    /// The task.
    pub task: TaskId,
}

/// A task can go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskUnblocked {
    /// The task.
    pub task: TaskId,
}

impl Intent for Unblock {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        if task.blocked.is_none() {
            return Err(Rejection::NotBlocked {});
        }
        Ok(vec![TaskUnblocked { task: self.task }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        let blocked = before.task(self.task)?.blocked.as_ref()?;
        Some(Block { task: self.task, why: blocked.why.clone(), until: blocked.until }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskUnblocked {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, _: Sign) -> Option<Deed> {
        task.blocked = None;
        Some(Deed::Unblocked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    #[test]
    fn says_that_it_can_go_on() {
        given([blocked(CARA)]).when(BEN, Unblock { task: TASK }).then(TaskUnblocked { task: TASK }).undo_restores();
    }

    #[test]
    fn only_what_is_blocked() {
        given([]).when(BEN, Unblock { task: TASK }).then_rejected(Rejection::NotBlocked {});
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(Unblock { task: TASK });
        rejects_lost_tasks(Unblock { task: TASK }, |task| Unblock { task }.into());
    }
}
