//! `reword_step`: gives a step another text.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Mark, Sign, StepId, TaskId};
use crate::rejection::Part;
use crate::state::Task;
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Gives a step another text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct RewordStep {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
    /// The new text.
    pub text: Text,
    /// The mark of the text that its author saw; `None` does not check.
    pub based_on: Option<Mark>,
}

/// A step got another text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepReworded {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
    /// The new text.
    pub text: Text,
}

impl Intent for RewordStep {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        let step = case.step(task, self.step)?;
        bounds::line("text", &self.text, bounds::STEP_CHARS)?;
        case.fresh(Part::StepText, self.based_on, &step.sign, || step.text.clone())?;
        Ok(vec![StepReworded { task: self.task, step: self.step, text: self.text.clone() }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let text = before.task(self.task)?.step(self.step)?.text.clone();
        Some(Self { task: self.task, step: self.step, text, based_on: Some(Mark::of(context.command)) }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for StepReworded {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.edit_step(self.step, |step| {
            step.text = self.text.clone();
            step.sign = sign;
        });
        Some(Deed::StepReworded { step: self.step })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn reword_step(based_on: Option<Mark>) -> RewordStep {
        RewordStep { task: TASK, step: STEP, text: "Fit new seal".into(), based_on }
    }

    #[test]
    fn gives_another_text() {
        let expected = StepReworded { task: TASK, step: STEP, text: "Fit new seal".into() };
        given([step(CARA)]).when(BEN, reword_step(Some(mark(0)))).then(expected).undo_restores();
    }

    #[test]
    fn not_if_it_changed_since_it_was_read() {
        let theirs = RewordStep { text: "Theirs".into(), ..reword_step(None) };
        let given = given([step(CARA), (CARA, theirs.into())]);
        given.when(BEN, reword_step(Some(mark(0)))).then_rejected(stale(Part::StepText, CARA, 1, "Theirs"));
    }

    #[test]
    fn says_something() {
        let empty = RewordStep { text: "".into(), ..reword_step(None) };
        given([step(CARA)]).when(BEN, empty).then_rejected(invalid("text", Problem::Empty));
    }

    #[test]
    fn only_by_members_on_a_live_step() {
        rejects_outsiders(reword_step(None));
        rejects_lost_tasks(reword_step(None), |task| RewordStep { task, ..reword_step(None) }.into());
        rejects_lost_steps(reword_step(None));
    }
}
