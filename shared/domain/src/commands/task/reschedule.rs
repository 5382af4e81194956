//! `reschedule`: gives a task another due time, and says why.

use super::Why;
use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::day::Due;
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::state::Task;
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Gives a task another due time, and says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Reschedule {
    /// The task.
    pub task: TaskId,
    /// The new due time; `None` takes it away.
    pub due: Option<Due>,
    /// Did it slip, or was it planned anew?
    pub why: Why,
    /// What there is to say about it; may be empty.
    pub note: Text,
}

/// A task got another due time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskRescheduled {
    /// The task.
    pub task: TaskId,
    /// The due time until then.
    pub was: Option<Due>,
    /// The new due time.
    pub due: Option<Due>,
    /// Did it slip, or was it planned anew?
    pub why: Why,
    /// What there is to say about it; may be empty.
    pub note: Text,
}

impl Intent for Reschedule {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        bounds::lines_or_empty("note", &self.note, bounds::NOTE_CHARS)?;
        if task.due == self.due {
            return Ok(Vec::new());
        }
        let rescheduled = TaskRescheduled { task: self.task, was: task.due, due: self.due, why: self.why, note: self.note.clone() };
        Ok(vec![rescheduled.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        let due = before.task(self.task)?.due;
        Some(Self { task: self.task, due, why: Why::Replanned, note: Text::default() }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskRescheduled {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.due = self.due;
        task.signs.due = Some(Arc::new(sign));
        Some(Deed::Rescheduled { was: self.was, due: self.due, why: self.why, note: self.note.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn reschedule(due: Option<&str>) -> Reschedule {
        Reschedule { task: TASK, due: due.map(|due| due.parse().unwrap()), why: Why::Slipped, note: "crane slot moved".into() }
    }

    #[test]
    fn tells_from_when_to_when_and_why() {
        let due = reschedule(Some("2026-11-24T16:00")).due;
        let expected = TaskRescheduled { task: TASK, was: None, due, why: Why::Slipped, note: "crane slot moved".into() };
        given([]).when(BEN, reschedule(Some("2026-11-24T16:00"))).then(expected).undo_restores();
    }

    #[test]
    fn takes_the_due_time_away() {
        given([(BEN, reschedule(Some("2026-11-24")).into())]).when(CARA, reschedule(None)).undo_restores();
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        given([]).when(BEN, reschedule(None)).then_nothing();
    }

    #[test]
    fn the_note_has_a_bound() {
        let long = Reschedule { note: "a".repeat(2_001).into(), ..reschedule(None) };
        given([]).when(BEN, long).then_rejected(invalid("note", Problem::TooLong { max: 2_000 }));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(reschedule(Some("2026-11-24")));
        rejects_lost_tasks(reschedule(None), |task| Reschedule { task, ..reschedule(None) }.into());
    }
}
