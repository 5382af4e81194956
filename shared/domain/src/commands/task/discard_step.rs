//! `discard_step`: discards a step. It can be restored.

use super::RestoreStep;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, StepId, TaskId};
use crate::state::Task;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Discards a step. It can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DiscardStep {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

/// A step was discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepDiscarded {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

impl Intent for DiscardStep {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        case.step(case.task(self.task)?, self.step)?;
        Ok(vec![StepDiscarded { task: self.task, step: self.step }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(RestoreStep { task: self.task, step: self.step }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for StepDiscarded {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.edit_step(self.step, |step| step.discarded = Some(sign));
        Some(Deed::StepDiscarded { step: self.step })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn discard() -> DiscardStep {
        DiscardStep { task: TASK, step: STEP }
    }

    #[test]
    fn counts_no_more() {
        let outcome = given([step(CARA)]).when(BEN, discard()).then(StepDiscarded { task: TASK, step: STEP }).undo_restores();
        assert_eq!(outcome.state().task(TASK).unwrap().steps_done(), (0, 0));
    }

    #[test]
    fn only_by_members_on_a_live_step() {
        rejects_outsiders(discard());
        rejects_lost_tasks(discard(), |task| DiscardStep { task, step: STEP }.into());
        rejects_lost_steps(discard());
    }
}
