//! `restore_step`: restores a discarded step.

use super::DiscardStep;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, StepId, TaskId};
use crate::rejection::Thing;
use crate::state::Task;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Restores a discarded step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RestoreStep {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

/// A step was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepRestored {
    /// The task.
    pub task: TaskId,
    /// The step.
    pub step: StepId,
}

impl Intent for RestoreStep {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let step = case.any_step(case.task(self.task)?, self.step)?;
        case.discarded(Thing::Step, step.discarded.is_some())?;
        Ok(vec![StepRestored { task: self.task, step: self.step }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(DiscardStep { task: self.task, step: self.step }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for StepRestored {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, _: Sign) -> Option<Deed> {
        task.edit_step(self.step, |step| step.discarded = None);
        Some(Deed::StepRestored { step: self.step })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn restore() -> RestoreStep {
        RestoreStep { task: TASK, step: STEP }
    }

    #[test]
    fn counts_again() {
        given([step(CARA), (CARA, DiscardStep { task: TASK, step: STEP }.into())])
            .when(BEN, restore())
            .then(StepRestored { task: TASK, step: STEP })
            .undo_restores();
    }

    #[test]
    fn only_what_is_discarded() {
        given([step(CARA)]).when(BEN, restore()).then_rejected(Rejection::NotDiscarded { what: Thing::Step });
        given([]).when(BEN, restore()).then_rejected(Rejection::NoSuch { what: Thing::Step });
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(restore());
        rejects_lost_tasks(restore(), |task| RestoreStep { task, step: STEP }.into());
    }
}
