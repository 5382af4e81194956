//! `untick_step`: takes the tick of a step back.

use super::TickStep;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, StepId, TaskId};
use crate::state::Task;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Takes the tick of a step back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct UntickStep {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

/// The tick of a step was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepUnticked {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

impl Intent for UntickStep {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let step = case.step(case.task(self.task)?, self.step)?;
        if step.ticked.is_none() {
            return Err(Rejection::NotTicked {});
        }
        Ok(vec![StepUnticked { task: self.task, step: self.step }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(TickStep { task: self.task, step: self.step }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for StepUnticked {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, _: Sign) -> Option<Deed> {
        task.edit_step(self.step, |step| step.ticked = None);
        Some(Deed::StepUnticked { step: self.step })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn untick() -> UntickStep {
        UntickStep { task: TASK, step: STEP }
    }

    #[test]
    fn takes_the_tick_back() {
        given([step(CARA), (CARA, TickStep { task: TASK, step: STEP }.into())])
            .when(BEN, untick())
            .then(StepUnticked { task: TASK, step: STEP })
            .undo_restores();
    }

    #[test]
    fn only_what_is_ticked() {
        given([step(CARA)]).when(BEN, untick()).then_rejected(Rejection::NotTicked {});
    }

    #[test]
    fn only_by_members_on_a_live_step() {
        rejects_outsiders(untick());
        rejects_lost_tasks(untick(), |task| UntickStep { task, step: STEP }.into());
        rejects_lost_steps(untick());
    }
}
