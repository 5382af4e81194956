//! `assign`: makes somebody the holder of a task. Owners may do so even if somebody else has it.

use super::{Place, Release, Spot};
use crate::case::Case;
use crate::commands::{Fact, Intent, rests_on_task};
use crate::deed::Deed;
use crate::ids::TaskId;
use crate::rejection::Standing;
use crate::state::{Hold, Role, Stage};
use crate::{Command, Event, Rejection, State};
use landfall_engine::{ActorId, Context};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Makes somebody the holder of a task. Owners may do so even if somebody else has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The task.
    pub task: TaskId,
    /// Whom.
    pub member: ActorId,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// Somebody was made the holder of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskAssigned {
    /// The task.
    pub task: TaskId,
    /// Whom.
    pub member: ActorId,
    /// Where it stands now; `None` where it stood.
    pub to: Option<Spot>,
}

impl Intent for Assign {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        let member = case.able(self.member)?;
        if task.stage == Stage::SignedOff {
            return Err(case.wrong_stage(task, Stage::Ready));
        }
        match case.hold(task) {
            Some(hold) if hold.holder == member => return Err(case.already(Standing::Claimed, &hold.sign)),
            Some(hold) if hold.holder != me && !case.is_owner(me) => return Err(case.claimed_by(task, hold)),
            _ => {}
        }
        let to = if task.stage == Stage::Ready {
            Some(case.enter(task, Stage::Claimed, self.to.as_ref())?)
        } else {
            case.stays(self.to.as_ref())?;
            None
        };
        Ok(vec![TaskAssigned { task: self.task, member: self.member, to }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let task = before.task(self.task)?;
        if task.stage == Stage::Ready {
            return Some(Release { task: self.task, to: Some(Spot::of(task).into()) }.into());
        }
        let owner = before.member_of(context.actor)?.role == Role::Owner;
        let holder = before.member(task.holder()?).filter(|holder| owner && holder.may_work())?;
        Some(Self { task: self.task, member: holder.actor, to: None }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl Fact for TaskAssigned {
    fn evolve(&self, state: &mut State, context: &Context) {
        let Some(to) = state.number_of(self.member) else { return };
        state.change_task(self.task, context, |task, sign| {
            task.hold = Some(Arc::new(Hold { holder: to, sign, handed: None }));
            match &self.to {
                Some(spot) => task.stand(spot, Stage::Claimed, sign),
                None if task.stage == Stage::UnderWay => task.worked(to),
                None => {}
            }
            Some(Deed::Assigned { to })
        });
    }

    fn settle(&self, view: &mut State, context: &Context) {
        view.settle_task(self.task, |task| task.settle(context));
    }

    fn task(&self) -> Option<TaskId> {
        Some(self.task)
    }

    fn rests_on(&self, each: &mut dyn FnMut([u8; 16])) -> bool {
        rests_on_task(self.task, self.to.as_ref(), each)
    }

    fn changes(&self, state: &State, each: &mut dyn FnMut([u8; 16])) -> bool {
        state.changes_of_task(self.task, self.to.is_some(), self.to.as_ref(), each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn assign(member: ActorId) -> Assign {
        Assign { task: TASK, member, to: None }
    }

    #[test]
    fn makes_somebody_the_holder() {
        let expected = TaskAssigned { task: TASK, member: BEN, to: Some(spot(CLAIMED, "a0")) };
        given([]).when(CARA, assign(BEN)).then(expected).undo_restores();
    }

    #[test]
    fn an_owner_may_take_it_from_somebody() {
        let expected = TaskAssigned { task: TASK, member: BEN, to: None };
        given(under_way(CARA)).when(ANNA, assign(BEN)).then(expected).undo_restores();
    }

    #[test]
    fn so_may_the_holder() {
        given(claimed(CARA)).when(CARA, assign(BEN)).then_happens().no_undo();
    }

    #[test]
    fn others_may_not() {
        let rejection = Rejection::ClaimedBy { task: TASK, holder: who(CARA), at: at(0) };
        given(claimed(CARA)).when(BEN, assign(BEN)).then_rejected(rejection);
    }

    #[test]
    fn not_to_the_same_again() {
        given(claimed(CARA)).when(ANNA, assign(CARA)).then_rejected(already(Standing::Claimed, CARA, at(0)));
    }

    #[test]
    fn only_to_somebody_who_could_do_it() {
        given([]).when(BEN, assign(VERA)).then_rejected(invalid("member", Problem::BadValue));
        given([]).when(BEN, assign(STRANGER)).then_rejected(stranger());
        given([(ANNA, removed(CARA))]).when(BEN, assign(CARA)).then_rejected(Rejection::NotAMember { who: who(CARA) });
    }

    #[test]
    fn not_what_is_signed_off() {
        let rejection = wrong_stage(Stage::SignedOff, Stage::Ready, CARA, at(3));
        given(signed_off(BEN, CARA)).when(ANNA, assign(BEN)).then_rejected(rejection);
    }

    #[test]
    fn only_what_is_ready_moves() {
        let command = Assign { to: Some(place(CLAIMED, "a0")), ..assign(BEN) };
        given(under_way(CARA)).when(ANNA, command).then_rejected(invalid("to", Problem::BadValue));
    }

    #[test]
    fn a_full_column_takes_no_more() {
        given([(ANNA, limit(CLAIMED, 1)), (ANNA, added_in(CLAIMED, 50))])
            .when(BEN, assign(CARA))
            .then_rejected(column_full_of(CLAIMED, "Claimed", 1, 0));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(assign(BEN));
        rejects_lost_tasks(assign(BEN), |task| Assign { task, ..assign(BEN) }.into());
    }
}
