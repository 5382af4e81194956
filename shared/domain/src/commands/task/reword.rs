//! `reword`: gives a task another title.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Mark, Sign, TaskId};
use crate::rejection::Part;
use crate::state::Task;
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Gives a task another title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Reword {
    /// The task.
    pub task: TaskId,
    /// The new title.
    pub title: Text,
    /// The mark of the title that its author saw; `None` does not check.
    pub based_on: Option<Mark>,
}

/// A task got another title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskReworded {
    /// The task.
    pub task: TaskId,
    /// The new title.
    pub title: Text,
}

impl Intent for Reword {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        bounds::line("title", &self.title, bounds::TITLE_CHARS)?;
        case.fresh(Part::Title, self.based_on, task.title_sign(), || task.title.clone())?;
        Ok(vec![TaskReworded { task: self.task, title: self.title.clone() }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let title = before.task(self.task)?.title.clone();
        Some(Self { task: self.task, title, based_on: Some(Mark::of(context.command)) }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskReworded {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        let was = std::mem::replace(&mut task.title, self.title.clone());
        task.signs.title = Some(Arc::new(sign));
        Some(Deed::Reworded { was })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn reword(based_on: Option<Mark>) -> Reword {
        Reword { task: TASK, title: "Overhaul both ballast pumps".into(), based_on }
    }

    #[test]
    fn gives_another_title() {
        let expected = TaskReworded { task: TASK, title: "Overhaul both ballast pumps".into() };
        given([]).when(BEN, reword(None)).then(expected).undo_restores();
    }

    #[test]
    fn not_if_the_title_changed_since_it_was_read() {
        let theirs = Reword { task: TASK, title: "Theirs".into(), based_on: None };
        let given = given([(CARA, theirs.into())]);
        given.when(BEN, reword(Some(mark(0)))).then_happens();
        given.when(BEN, reword(Some(MARK_ADDED))).then_rejected(stale(Part::Title, CARA, 0, "Theirs"));
    }

    #[test]
    fn undo_leaves_what_somebody_else_wrote_since() {
        let undo = given([]).when(BEN, reword(None)).inverse().unwrap();
        let theirs = Reword { task: TASK, title: "Theirs".into(), based_on: None };
        given([(BEN, reword(None).into()), (CARA, theirs.into())]).when(BEN, undo).then_rejected(stale(Part::Title, CARA, 1, "Theirs"));
    }

    #[test]
    fn a_title_says_something() {
        let empty = Reword { title: "".into(), ..reword(None) };
        given([]).when(BEN, empty).then_rejected(invalid("title", Problem::Empty));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(reword(None));
        rejects_lost_tasks(reword(None), |task| Reword { task, ..reword(None) }.into());
    }
}
