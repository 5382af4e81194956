//! `reopen`: opens a task again that was signed off.

use super::{Place, Spot};
use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::state::{Stage, Task};
use crate::text::Text;
use crate::{Event, Rejection};
use serde::{Deserialize, Serialize};

/// Opens a task again that was signed off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Reopen {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: Text,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was opened again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskReopened {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: Text,
    /// Where it stands now.
    pub to: Spot,
}

impl Intent for Reopen {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        bounds::lines("why", &self.why, bounds::NOTE_CHARS)?;
        case.at_stage(task, Stage::SignedOff)?;
        let to = case.enter(task, Stage::Ready, self.to.as_ref())?;
        Ok(vec![TaskReopened { task: self.task, why: self.why.clone(), to }.into()])
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskReopened {
    fn task(&self) -> TaskId {
        self.task
    }

    fn enters(&self) -> Option<&Spot> {
        Some(&self.to)
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.signed_off = None;
        task.hold = None;
        task.stand(&self.to, Stage::Ready, sign);
        Some(Deed::Reopened { why: self.why.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn reopen() -> Reopen {
        Reopen { task: TASK, why: "Leaks again.".into(), to: None }
    }

    #[test]
    fn it_is_ready_again() {
        let expected = TaskReopened { task: TASK, why: "Leaks again.".into(), to: spot(READY, "a0") };
        let outcome = given(signed_off(BEN, CARA)).when(ANNA, reopen()).then(expected).no_undo();
        assert_eq!(outcome.state().task(TASK).unwrap().signed_off, None);
    }

    #[test]
    fn says_why() {
        given(signed_off(BEN, CARA)).when(ANNA, Reopen { why: "".into(), ..reopen() }).then_rejected(invalid("why", Problem::Empty));
    }

    #[test]
    fn only_what_is_signed_off() {
        given([]).when(BEN, reopen()).then_rejected(wrong_stage(Stage::Ready, Stage::SignedOff, ANNA, AT_ADDED));
    }

    #[test]
    fn a_full_column_takes_no_more() {
        let mut history = signed_off(BEN, CARA);
        history.extend([(ANNA, limit(READY, 1)), (ANNA, added_in(READY, 50))]);
        given(history).when(ANNA, reopen()).then_rejected(column_full_of(READY, "Ready", 1, 4));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(reopen());
        rejects_lost_tasks(reopen(), |task| Reopen { task, ..reopen() }.into());
    }
}
