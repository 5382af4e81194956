//! `prioritise`: says how soon a task matters.

use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::state::{Priority, Task};
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Says how soon a task matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Prioritise {
    /// The task.
    pub task: TaskId,
    /// The new priority.
    pub priority: Priority,
}

/// A task got another priority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskPrioritised {
    /// The task.
    pub task: TaskId,
    /// The new priority.
    pub priority: Priority,
}

impl Intent for Prioritise {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        if task.priority == self.priority {
            return Ok(Vec::new());
        }
        Ok(vec![TaskPrioritised { task: self.task, priority: self.priority }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        let priority = before.task(self.task)?.priority;
        Some(Self { task: self.task, priority }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskPrioritised {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, _: Sign) -> Option<Deed> {
        task.priority = self.priority;
        Some(Deed::Prioritised { priority: self.priority })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn prioritise(priority: Priority) -> Prioritise {
        Prioritise { task: TASK, priority }
    }

    #[test]
    fn gives_another_priority() {
        let expected = TaskPrioritised { task: TASK, priority: Priority::Urgent };
        given([]).when(BEN, prioritise(Priority::Urgent)).then(expected).undo_restores();
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        given([]).when(BEN, prioritise(Priority::Normal)).then_nothing();
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(prioritise(Priority::High));
        rejects_lost_tasks(prioritise(Priority::High), |task| Prioritise { task, priority: Priority::High }.into());
    }
}
