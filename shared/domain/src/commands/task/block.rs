//! `block`: says that a task cannot go on.

use super::Unblock;
use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::day::Due;
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::rejection::Standing;
use crate::state::{Blocked, Stage, Task};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Says that a task cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: Text,
    /// When it is expected to go on.
    pub until: Option<Due>,
}

/// A task cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskBlocked {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: Text,
    /// When it is expected to go on.
    pub until: Option<Due>,
}

impl Intent for Block {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        bounds::lines("why", &self.why, bounds::NOTE_CHARS)?;
        if task.stage == Stage::SignedOff {
            return Err(case.wrong_stage(task, Stage::UnderWay));
        }
        if let Some(blocked) = &task.blocked {
            return Err(case.already(Standing::Blocked, &blocked.sign));
        }
        Ok(vec![TaskBlocked { task: self.task, why: self.why.clone(), until: self.until }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(Unblock { task: self.task }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskBlocked {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.blocked = Some(Arc::new(Blocked { why: self.why.clone(), until: self.until, sign }));
        Some(Deed::Blocked { why: self.why.clone(), until: self.until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn block() -> Block {
        Block { task: TASK, why: "crane".into(), until: "2026-11-23T07:00".parse().ok() }
    }

    #[test]
    fn says_why_and_until_when() {
        let expected = TaskBlocked { task: TASK, why: "crane".into(), until: "2026-11-23T07:00".parse().ok() };
        given([]).when(BEN, block()).then(expected).undo_restores();
    }

    #[test]
    fn says_something() {
        given([]).when(BEN, Block { why: "".into(), ..block() }).then_rejected(invalid("why", Problem::Empty));
    }

    #[test]
    fn once_is_enough() {
        given([blocked(CARA)]).when(BEN, block()).then_rejected(already(Standing::Blocked, CARA, at(0)));
    }

    #[test]
    fn not_what_is_signed_off() {
        let rejection = wrong_stage(Stage::SignedOff, Stage::UnderWay, CARA, at(3));
        given(signed_off(BEN, CARA)).when(ANNA, block()).then_rejected(rejection);
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(block());
        rejects_lost_tasks(block(), |task| Block { task, ..block() }.into());
    }
}
