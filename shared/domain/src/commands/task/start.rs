//! `start`: starts a task that its author has claimed, or that nobody has.

use super::{Claim, Place, Release, Spot};
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::rejection::Standing;
use crate::state::{Hold, Stage, Task};
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Starts a task that its author has claimed, or that nobody has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The task.
    pub task: TaskId,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskStarted {
    /// The task.
    pub task: TaskId,
    /// Where it stands now.
    pub to: Spot,
}

impl Intent for Start {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        case.free_for(me, task)?;
        match task.stage {
            Stage::Ready | Stage::Claimed => {}
            Stage::UnderWay if case.hold(task).is_some() => return Err(case.already(Standing::UnderWay, task.entered())),
            _ => return Err(case.wrong_stage(task, Stage::Claimed)),
        }
        case.unblocked(task)?;
        let to = case.enter(task, Stage::UnderWay, self.to.as_ref())?;
        Ok(vec![TaskStarted { task: self.task, to }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let task = before.task(self.task)?;
        let mine = task.holder() == before.number_of(context.actor);
        let to = Some(Spot::of(task).into());
        match task.stage {
            Stage::Ready => Some(Release { task: self.task, to }.into()),
            Stage::Claimed if mine => Some(Claim { task: self.task, to }.into()),
            _ => None,
        }
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskStarted {
    fn task(&self) -> TaskId {
        self.task
    }

    fn enters(&self) -> Option<&Spot> {
        Some(&self.to)
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        match &mut task.hold {
            Some(hold) if hold.holder == sign.person => Arc::make_mut(hold).handed = None,
            hold => *hold = Some(Arc::new(Hold { holder: sign.person, sign, handed: None })),
        }
        task.worked(sign.person);
        task.stand(&self.to, Stage::UnderWay, sign);
        Some(Deed::Started)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn start() -> Start {
        Start { task: TASK, to: None }
    }

    #[test]
    fn starts_what_one_claimed() {
        let outcome = given(claimed(BEN)).when(BEN, start()).then(TaskStarted { task: TASK, to: spot(UNDER_WAY, "a0") }).undo_restores();
        let task = outcome.state().task(TASK).unwrap();
        assert_eq!(task.hold.as_ref().unwrap().sign.at, at(0));
        assert_eq!(task.workers.to_vec(), [number(BEN)]);
    }

    #[test]
    fn claims_what_nobody_has() {
        let outcome = given([]).when(BEN, start()).then_happens().undo_restores();
        assert_eq!(outcome.state().task(TASK).unwrap().holder(), Some(number(BEN)));
    }

    #[test]
    fn accepts_what_was_handed_over() {
        let mut history = claimed(BEN);
        history.push((BEN, hand_over(CARA)));
        let outcome = given(history).when(CARA, start()).then_happens();
        assert_eq!(outcome.state().task(TASK).unwrap().hold.as_ref().unwrap().handed, None);
    }

    #[test]
    fn not_what_somebody_else_has() {
        let rejection = Rejection::ClaimedBy { task: TASK, holder: who(CARA), at: at(0) };
        given(claimed(CARA)).when(BEN, start()).then_rejected(rejection);
    }

    #[test]
    fn once_is_enough() {
        given(under_way(BEN)).when(BEN, start()).then_rejected(already(Standing::UnderWay, BEN, at(1)));
    }

    #[test]
    fn not_what_is_further() {
        given(in_review(BEN)).when(BEN, start()).then_rejected(wrong_stage(Stage::InReview, Stage::Claimed, BEN, at(2)));
        given(signed_off(BEN, CARA)).when(BEN, start()).then_rejected(wrong_stage(Stage::SignedOff, Stage::Claimed, CARA, at(3)));
        let unheld = Start { task: id(50), to: None };
        given([(ANNA, added_in(UNDER_WAY, 50))]).when(BEN, unheld).then_rejected(wrong_stage(Stage::UnderWay, Stage::Claimed, ANNA, at(0)));
    }

    #[test]
    fn not_what_is_blocked() {
        given([blocked(CARA)]).when(BEN, start()).then_rejected(blocked_by(CARA, at(0)));
    }

    #[test]
    fn a_full_column_takes_no_more() {
        given(full()).when(BEN, start()).then_rejected(column_full());
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(start());
        rejects_lost_tasks(start(), |task| Start { task, to: None }.into());
    }
}
