//! `describe`: describes a task.

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

/// Describes a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Describe {
    /// The task.
    pub task: TaskId,
    /// The new description; an empty one takes it away.
    pub text: Text,
    /// The mark of the description that its author saw; `None` does not check.
    pub based_on: Option<Mark>,
}

/// A task was described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskDescribed {
    /// The task.
    pub task: TaskId,
    /// The new description; an empty one takes it away.
    pub text: Text,
}

impl Intent for Describe {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        bounds::lines_or_empty("text", &self.text, bounds::DESCRIPTION_CHARS)?;
        case.fresh(Part::Description, self.based_on, task.description_sign(), || task.description.clone().unwrap_or_default())?;
        Ok(vec![TaskDescribed { task: self.task, text: self.text.clone() }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let text = before.task(self.task)?.description.clone().unwrap_or_default();
        Some(Self { task: self.task, text, based_on: Some(Mark::of(context.command)) }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskDescribed {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.description = Some(self.text.clone()).filter(|text| !text.is_empty());
        task.signs.description = Some(Arc::new(sign));
        Some(if task.description.is_some() { Deed::Described } else { Deed::DescriptionCleared })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn describe(text: &str, based_on: Option<Mark>) -> Describe {
        Describe { task: TASK, text: text.into(), based_on }
    }

    #[test]
    fn describes() {
        let expected = TaskDescribed { task: TASK, text: "Open up.\nRenew bearings.".into() };
        given([]).when(BEN, describe("Open up.\nRenew bearings.", Some(MARK_ADDED))).then(expected).undo_restores();
    }

    #[test]
    fn an_empty_text_takes_it_away() {
        let outcome = given([(BEN, describe("Open up.", None).into())]).when(CARA, describe("", None));
        assert_eq!(outcome.state().task(TASK).unwrap().description, None);
        outcome.undo_restores();
    }

    #[test]
    fn not_if_it_changed_since_it_was_read() {
        let theirs = given([(CARA, describe("Theirs", None).into())]);
        theirs.when(BEN, describe("Mine", Some(MARK_ADDED))).then_rejected(stale(Part::Description, CARA, 0, "Theirs"));
        let cleared = given([(CARA, describe("", None).into())]);
        cleared.when(BEN, describe("Mine", Some(MARK_ADDED))).then_rejected(stale(Part::Description, CARA, 0, ""));
    }

    #[test]
    fn has_a_bound() {
        let long = describe(&"a".repeat(20_001), None);
        given([]).when(BEN, long).then_rejected(invalid("text", Problem::TooLong { max: 20_000 }));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(describe("Mine", None));
        rejects_lost_tasks(describe("Mine", None), |task| Describe { task, ..describe("Mine", None) }.into());
    }
}
