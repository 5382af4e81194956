//! `add_step`: adds a step to the checklist of a task.

use super::DiscardStep;
use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, StepId, TaskId};
use crate::rejection::Thing;
use crate::state::{Step, Task};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Adds a step to the checklist of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct AddStep {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub step: StepId,
    /// What is to be done.
    pub text: Text,
}

/// A step was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepAdded {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub step: StepId,
    /// What is to be done.
    pub text: Text,
}

impl Intent for AddStep {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        bounds::line("text", &self.text, bounds::STEP_CHARS)?;
        case.unused(task.step(self.step).map(|step| &step.sign))?;
        case.one_more(Thing::Step, task.steps.len(), bounds::STEPS_PER_TASK)?;
        Ok(vec![StepAdded { task: self.task, step: self.step, text: self.text.clone() }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(DiscardStep { task: self.task, step: self.step }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for StepAdded {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.steps.push(Arc::new(Step { id: self.step, text: self.text.clone(), sign, ticked: None, discarded: None }));
        Some(Deed::StepAdded { step: self.step })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::{Problem, Standing};

    fn add_step() -> AddStep {
        AddStep { task: TASK, step: STEP, text: "Fit mechanical seal".into() }
    }

    #[test]
    fn stands_at_the_end() {
        let expected = StepAdded { task: TASK, step: STEP, text: "Fit mechanical seal".into() };
        given([]).when(BEN, add_step()).then(expected).undo_restores();
    }

    #[test]
    fn its_id_is_new() {
        given([step(CARA)]).when(BEN, add_step()).then_rejected(already(Standing::Exists, CARA, at(0)));
    }

    #[test]
    fn says_something_and_not_too_much() {
        given([]).when(BEN, AddStep { text: "".into(), ..add_step() }).then_rejected(invalid("text", Problem::Empty));
        let full = (0..200).map(|number| (BEN, AddStep { step: id(number), ..add_step() }.into()));
        given(full)
            .when(BEN, AddStep { step: id(201), ..add_step() })
            .then_rejected(Rejection::LimitReached { what: Thing::Step, max: 200 });
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(add_step());
        rejects_lost_tasks(add_step(), |task| AddStep { task, ..add_step() }.into());
    }
}
