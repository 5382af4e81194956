//! `claim`: takes a task that nobody has. Its holder may also put down with it what they started.

use super::{Place, Release, Spot, Start};
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

/// Takes a task that nobody has. Its holder may also put down with it what they started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The task.
    pub task: TaskId,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// Somebody took a task, or put down what they had started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskClaimed {
    /// The task.
    pub task: TaskId,
    /// Where it stands now; `None` where it stood.
    pub to: Option<Spot>,
}

impl Intent for Claim {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        let to = match (case.hold(task), task.stage) {
            (Some(hold), _) if hold.holder != me => return Err(case.claimed_by(task, hold)),
            (None, Stage::Ready) | (Some(_), Stage::UnderWay) => Some(case.enter(task, Stage::Claimed, self.to.as_ref())?),
            (Some(hold), Stage::Ready | Stage::Claimed) => return Err(case.already(Standing::Claimed, &hold.sign)),
            (None, Stage::Claimed | Stage::UnderWay | Stage::InReview) => {
                case.stays(self.to.as_ref())?;
                None
            }
            (Some(_), Stage::InReview) | (_, Stage::SignedOff) => return Err(case.wrong_stage(task, Stage::Ready)),
        };
        Ok(vec![TaskClaimed { task: self.task, to }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let task = before.task(self.task)?;
        let mine = task.holder() == before.number_of(context.actor);
        let to = Some(Spot::of(task).into());
        match task.stage {
            Stage::Ready => Some(Release { task: self.task, to }.into()),
            Stage::UnderWay if mine => Some(Start { task: self.task, to }.into()),
            _ => None,
        }
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskClaimed {
    fn task(&self) -> TaskId {
        self.task
    }

    fn enters(&self) -> Option<&Spot> {
        self.to.as_ref()
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        let put_down = task.holder() == Some(sign.person);
        match &mut task.hold {
            // Who acts on what was handed to them has accepted it.
            Some(hold) if put_down => Arc::make_mut(hold).handed = None,
            hold => *hold = Some(Arc::new(Hold { holder: sign.person, sign, handed: None })),
        }
        match &self.to {
            Some(spot) => task.stand(spot, Stage::Claimed, sign),
            None if task.stage == Stage::UnderWay => task.worked(sign.person),
            None => {}
        }
        Some(if put_down { Deed::PutDown } else { Deed::Claimed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::{Problem, Thing};

    fn claim() -> Claim {
        Claim { task: TASK, to: None }
    }

    #[test]
    fn takes_what_nobody_has() {
        given([]).when(BEN, claim()).then(TaskClaimed { task: TASK, to: Some(spot(CLAIMED, "a0")) }).undo_restores();
    }

    #[test]
    fn goes_where_it_is_put() {
        let command = Claim { task: TASK, to: Some(place(CLAIMED, "a0V")) };
        given([]).when(BEN, command).then(TaskClaimed { task: TASK, to: Some(spot(CLAIMED, "a0V")) });
        let command = Claim { task: TASK, to: Some(place(UNDER_WAY, "a0")) };
        given([]).when(BEN, command).then_rejected(invalid("to", Problem::BadValue));
    }

    #[test]
    fn first_come_first_served() {
        let rejection = Rejection::ClaimedBy { task: TASK, holder: who(CARA), at: at(0) };
        given(claimed(CARA)).when(BEN, claim()).then_rejected(rejection);
    }

    #[test]
    fn once_is_enough() {
        given(claimed(BEN)).when(BEN, claim()).then_rejected(already(Standing::Claimed, BEN, at(0)));
    }

    #[test]
    fn puts_down_what_was_started() {
        let outcome = given(under_way(BEN)).when(BEN, claim()).then(TaskClaimed { task: TASK, to: Some(spot(CLAIMED, "a0")) });
        assert_eq!(outcome.state().task(TASK).unwrap().holder(), Some(number(BEN)));
        outcome.undo_restores();
    }

    #[test]
    fn takes_over_what_a_removed_member_had() {
        let mut history = under_way(BEN);
        history.push((ANNA, removed(BEN)));
        given(history.clone()).when(CARA, claim()).then(TaskClaimed { task: TASK, to: None }).no_undo();
        let command = Claim { task: TASK, to: Some(place(CLAIMED, "a0")) };
        given(history).when(CARA, command).then_rejected(invalid("to", Problem::BadValue));
    }

    #[test]
    fn not_what_is_in_review_or_signed_off() {
        let rejection = |is, by, at| Rejection::WrongStage { is, needs: Stage::Ready, by: who(by), at };
        given(in_review(BEN)).when(BEN, claim()).then_rejected(rejection(Stage::InReview, BEN, at(2)));
        given(signed_off(BEN, CARA)).when(BEN, claim()).then_rejected(rejection(Stage::SignedOff, CARA, at(3)));
    }

    #[test]
    fn a_full_column_takes_no_more() {
        given([(ANNA, limit(CLAIMED, 1)), (ANNA, added_in(CLAIMED, 50))])
            .when(BEN, claim())
            .then_rejected(column_full_of(CLAIMED, "Claimed", 1, 0));
    }

    #[test]
    fn a_board_without_such_a_column_has_no_place_for_it() {
        let rejection = Rejection::NoColumn { board: BOARD, stage: Stage::Claimed };
        given([discarded_column(CLAIMED)]).when(BEN, claim()).then_rejected(rejection);
        let command = Claim { task: TASK, to: Some(place(CLAIMED, "a0")) };
        given([discarded_column(CLAIMED)]).when(BEN, command).then_rejected(discarded(Thing::Column, ANNA, at(0)));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(claim());
        rejects_lost_tasks(claim(), |task| Claim { task, to: None }.into());
    }
}
