//! `release`: gives a task free. Its holder may, and whoever assigned it.

use super::{Assign, Claim, Place, Spot, Start};
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::state::{Stage, Task};
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Gives a task free. Its holder may, and whoever assigned it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The task.
    pub task: TaskId,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was given free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskReleased {
    /// The task.
    pub task: TaskId,
    /// Where it stands now.
    pub to: Spot,
}

impl Intent for Release {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        if !matches!(task.stage, Stage::Claimed | Stage::UnderWay) {
            return Err(case.wrong_stage(task, Stage::Claimed));
        }
        match case.hold(task) {
            Some(hold) if hold.holder != me && hold.sign.person != me => return Err(case.not_holder(task)),
            _ => {}
        }
        let to = case.enter(task, Stage::Ready, self.to.as_ref())?;
        Ok(vec![TaskReleased { task: self.task, to }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let task = before.task(self.task)?;
        let holder = before.member(task.holder()?)?.actor;
        let to = Some(Spot::of(task).into());
        match task.stage {
            Stage::Claimed if holder == context.actor => Some(Claim { task: self.task, to }.into()),
            Stage::Claimed => Some(Assign { task: self.task, member: holder, to }.into()),
            Stage::UnderWay if holder == context.actor => Some(Start { task: self.task, to }.into()),
            _ => None,
        }
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskReleased {
    fn task(&self) -> TaskId {
        self.task
    }

    fn enters(&self) -> Option<&Spot> {
        Some(&self.to)
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.hold = None;
        task.stand(&self.to, Stage::Ready, sign);
        Some(Deed::Released)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn release() -> Release {
        Release { task: TASK, to: None }
    }

    #[test]
    fn gives_free_what_one_has() {
        let expected = TaskReleased { task: TASK, to: spot(READY, "a0") };
        given(claimed(BEN)).when(BEN, release()).then(expected.clone()).undo_restores();
        given(under_way(BEN)).when(BEN, release()).then(expected).undo_restores();
    }

    #[test]
    fn gives_free_what_one_assigned() {
        given([(CARA, assign(BEN))]).when(CARA, release()).undo_restores();
    }

    #[test]
    fn anybody_gives_free_what_nobody_has() {
        given([(ANNA, added_in(CLAIMED, 50))]).when(BEN, Release { task: id(50), to: None }).then_happens().no_undo();
    }

    #[test]
    fn only_the_holder() {
        let rejection = Rejection::NotHolder { holder: Some(who(CARA)), at: Some(at(0)) };
        given(claimed(CARA)).when(BEN, release()).then_rejected(rejection);
    }

    #[test]
    fn only_what_is_claimed_or_under_way() {
        given([]).when(BEN, release()).then_rejected(wrong_stage(Stage::Ready, Stage::Claimed, ANNA, AT_ADDED));
        given(in_review(BEN)).when(BEN, release()).then_rejected(wrong_stage(Stage::InReview, Stage::Claimed, BEN, at(2)));
    }

    #[test]
    fn a_full_column_takes_no_more() {
        let mut history = claimed(BEN);
        history.extend([(ANNA, limit(READY, 1)), (ANNA, added_in(READY, 50))]);
        given(history).when(BEN, release()).then_rejected(column_full_of(READY, "Ready", 1, 1));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(release());
        rejects_lost_tasks(release(), |task| Release { task, to: None }.into());
    }
}
