//! `decline_handover`: declines a handover, so that the task goes back. Whoever handed it over may take it back so, too.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent, rests_on_task};
use crate::deed::Deed;
use crate::ids::TaskId;
use crate::state::Hold;
use crate::text::Text;
use crate::{Event, Rejection, State};
use landfall_engine::{ActorId, Context};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Declines a handover, so that the task goes back. Whoever handed it over may take it back so, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DeclineHandover {
    /// The task.
    pub task: TaskId,
    /// Why; may be empty only when it is taken back.
    pub why: Text,
}

/// A handover was declined, or taken back by the giver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HandoverDeclined {
    /// The task.
    pub task: TaskId,
    /// Who has the task again.
    pub member: ActorId,
    /// Why.
    pub why: Text,
}

impl Intent for DeclineHandover {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        let hold = task.hold.as_deref().ok_or(Rejection::NotHanded {})?;
        let handed = hold.handed.as_ref().ok_or(Rejection::NotHanded {})?;
        if handed.from == me {
            bounds::lines_or_empty("why", &self.why, bounds::NOTE_CHARS)?;
        } else if hold.holder == me {
            bounds::lines("why", &self.why, bounds::NOTE_CHARS)?;
        } else {
            return Err(Rejection::NotHanded {});
        }
        let member = case.state.who(handed.from).actor;
        Ok(vec![HandoverDeclined { task: self.task, member, why: self.why.clone() }.into()])
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl Fact for HandoverDeclined {
    fn evolve(&self, state: &mut State, context: &Context) {
        let Some(to) = state.number_of(self.member) else { return };
        state.change_task(self.task, context, |task, sign| {
            let from = task.holder().unwrap_or(to);
            task.hold = Some(Arc::new(Hold { holder: to, sign, handed: None }));
            Some(if to == sign.person { Deed::WithdrewHandover { from } } else { Deed::DeclinedHandover { to, why: self.why.clone() } })
        });
    }

    fn settle(&self, view: &mut State, context: &Context) {
        view.settle_task(self.task, |task| task.settle(context));
    }

    fn task(&self) -> Option<TaskId> {
        Some(self.task)
    }

    fn rests_on(&self, each: &mut dyn FnMut([u8; 16])) -> bool {
        rests_on_task(self.task, None, each)
    }

    fn changes(&self, state: &State, each: &mut dyn FnMut([u8; 16])) -> bool {
        state.changes_of_task(self.task, false, None, each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn decline(why: &str) -> DeclineHandover {
        DeclineHandover { task: TASK, why: why.into() }
    }

    #[test]
    fn it_goes_back_to_the_giver() {
        let expected = HandoverDeclined { task: TASK, member: BEN, why: "No diver on this shift.".into() };
        let outcome = given(handed_over(BEN, CARA)).when(CARA, decline("No diver on this shift.")).then(expected).no_undo();
        assert_eq!(outcome.state().task(TASK).unwrap().holder(), Some(number(BEN)));
        assert_eq!(outcome.state().task(TASK).unwrap().workers.to_vec(), [number(BEN)]);
    }

    #[test]
    fn the_giver_takes_it_back_without_a_reason() {
        let expected = HandoverDeclined { task: TASK, member: BEN, why: "".into() };
        given(handed_over(BEN, CARA)).when(BEN, decline("")).then(expected);
    }

    #[test]
    fn others_say_why() {
        given(handed_over(BEN, CARA)).when(CARA, decline(" ")).then_rejected(invalid("why", Problem::Empty));
    }

    #[test]
    fn only_what_was_handed_over_and_not_answered() {
        given([]).when(BEN, decline("No.")).then_rejected(Rejection::NotHanded {});
        given(claimed(BEN)).when(BEN, decline("No.")).then_rejected(Rejection::NotHanded {});
        given(handed_over(BEN, CARA)).when(ANNA, decline("No.")).then_rejected(Rejection::NotHanded {});
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(decline("No."));
        rejects_lost_tasks(decline("No."), |task| DeclineHandover { task, why: "No.".into() }.into());
    }
}
