//! `estimate`: estimates how long a task takes.

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

/// Estimates how long a task takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The task.
    pub task: TaskId,
    /// Minutes; `None` takes the estimate back.
    pub minutes: Option<u32>,
    /// The mark of the estimate that its author saw; `None` does not check.
    pub based_on: Option<Mark>,
}

/// A task was estimated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskEstimated {
    /// The task.
    pub task: TaskId,
    /// Minutes; `None` takes the estimate back.
    pub minutes: Option<u32>,
}

impl Intent for Estimate {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        if let Some(minutes) = self.minutes {
            bounds::count("minutes", minutes, bounds::ESTIMATE_MINUTES)?;
        }
        case.fresh(Part::Estimate, self.based_on, task.estimate_sign(), || {
            task.estimate_minutes.map_or_else(Text::default, |minutes| Text::from(minutes.to_string()))
        })?;
        Ok(vec![TaskEstimated { task: self.task, minutes: self.minutes }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let minutes = before.task(self.task)?.estimate_minutes;
        Some(Self { task: self.task, minutes, based_on: Some(Mark::of(context.command)) }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskEstimated {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.estimate_minutes = self.minutes;
        task.signs.estimate = Some(Arc::new(sign));
        Some(Deed::Estimated { minutes: self.minutes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn estimate(minutes: Option<u32>, based_on: Option<Mark>) -> Estimate {
        Estimate { task: TASK, minutes, based_on }
    }

    #[test]
    fn estimates_and_takes_it_back() {
        given([]).when(BEN, estimate(Some(90), None)).then(TaskEstimated { task: TASK, minutes: Some(90) }).undo_restores();
        given([(BEN, estimate(Some(90), None).into())]).when(CARA, estimate(None, None)).undo_restores();
    }

    #[test]
    fn not_if_it_changed_since_it_was_read() {
        let theirs = given([(CARA, estimate(Some(45), None).into())]);
        theirs.when(BEN, estimate(Some(90), Some(MARK_ADDED))).then_rejected(stale(Part::Estimate, CARA, 0, "45"));
    }

    #[test]
    fn between_a_minute_and_a_year() {
        for minutes in [0, 525_601] {
            given([]).when(BEN, estimate(Some(minutes), None)).then_rejected(invalid("minutes", Problem::BadValue));
        }
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(estimate(Some(90), None));
        rejects_lost_tasks(estimate(Some(90), None), |task| Estimate { task, ..estimate(Some(90), None) }.into());
    }
}
