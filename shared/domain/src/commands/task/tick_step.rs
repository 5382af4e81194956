//! `tick_step`: ticks a step.

use super::UntickStep;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, StepId, TaskId};
use crate::rejection::Standing;
use crate::state::Task;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Ticks a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct TickStep {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

/// A step was ticked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepTicked {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

impl Intent for TickStep {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let step = case.step(case.task(self.task)?, self.step)?;
        match &step.ticked {
            Some(sign) => Err(case.already(Standing::Ticked, sign)),
            None => Ok(vec![StepTicked { task: self.task, step: self.step }.into()]),
        }
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(UntickStep { task: self.task, step: self.step }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for StepTicked {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.edit_step(self.step, |step| step.ticked = Some(sign));
        Some(Deed::StepTicked { step: self.step })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn tick() -> TickStep {
        TickStep { task: TASK, step: STEP }
    }

    #[test]
    fn ticks() {
        let outcome = given([step(CARA)]).when(BEN, tick()).then(StepTicked { task: TASK, step: STEP }).undo_restores();
        assert_eq!(outcome.state().task(TASK).unwrap().steps_done(), (1, 1));
    }

    #[test]
    fn once_is_enough() {
        given([step(CARA), (CARA, tick().into())]).when(BEN, tick()).then_rejected(already(Standing::Ticked, CARA, at(1)));
    }

    #[test]
    fn only_by_members_on_a_live_step() {
        rejects_outsiders(tick());
        rejects_lost_tasks(tick(), |task| TickStep { task, step: STEP }.into());
        rejects_lost_steps(tick());
    }
}
