//! `hand_over`: hands a task over to somebody, who may accept or decline. Its holder may.

use super::DeclineHandover;
use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent, rests_on_task};
use crate::deed::Deed;
use crate::ids::TaskId;
use crate::rejection::Problem;
use crate::state::{Handed, Hold, Stage};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::{ActorId, Context};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Hands a task over to somebody, who may accept or decline. Its holder may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The task.
    pub task: TaskId,
    /// To whom.
    pub member: ActorId,
    /// What they need to know.
    pub note: Text,
}

/// A task was handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskHandedOver {
    /// The task.
    pub task: TaskId,
    /// To whom.
    pub member: ActorId,
    /// What they need to know.
    pub note: Text,
}

impl Intent for HandOver {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        bounds::lines_or_empty("note", &self.note, bounds::NOTE_CHARS)?;
        let member = case.able(self.member)?;
        if !matches!(task.stage, Stage::Claimed | Stage::UnderWay) {
            return Err(case.wrong_stage(task, Stage::Claimed));
        }
        case.held_by(me, task)?;
        if member == me {
            return Err(bounds::invalid("member", Problem::BadValue));
        }
        Ok(vec![TaskHandedOver { task: self.task, member: self.member, note: self.note.clone() }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(DeclineHandover { task: self.task, why: Text::default() }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl Fact for TaskHandedOver {
    fn evolve(&self, state: &mut State, context: &Context) {
        let Some(to) = state.number_of(self.member) else { return };
        state.change_task(self.task, context, |task, sign| {
            let handed = Handed { from: sign.person, note: self.note.clone() };
            task.hold = Some(Arc::new(Hold { holder: to, sign, handed: Some(handed) }));
            Some(Deed::HandedOver { to, note: self.note.clone() })
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

    fn hand_over(member: ActorId) -> HandOver {
        HandOver { task: TASK, member, note: "Seal kit is on shelf C-4.".into() }
    }

    #[test]
    fn the_other_has_it_at_once() {
        let expected = TaskHandedOver { task: TASK, member: CARA, note: "Seal kit is on shelf C-4.".into() };
        let outcome = given(under_way(BEN)).when(BEN, hand_over(CARA)).then(expected);
        let task = outcome.state().task(TASK).unwrap();
        assert_eq!((task.holder(), task.stage), (Some(number(CARA)), Stage::UnderWay));
        assert_eq!(task.hold.as_ref().unwrap().handed.as_ref().unwrap().from, number(BEN));
        outcome.undo_restores();
    }

    #[test]
    fn only_by_the_holder() {
        let rejection = Rejection::NotHolder { holder: Some(who(CARA)), at: Some(at(0)) };
        given(claimed(CARA)).when(BEN, hand_over(BEN)).then_rejected(rejection);
    }

    #[test]
    fn only_what_is_claimed_or_under_way() {
        given([]).when(BEN, hand_over(CARA)).then_rejected(wrong_stage(Stage::Ready, Stage::Claimed, ANNA, AT_ADDED));
    }

    #[test]
    fn only_to_somebody_else_who_could_do_it() {
        given(claimed(BEN)).when(BEN, hand_over(BEN)).then_rejected(invalid("member", Problem::BadValue));
        given(claimed(BEN)).when(BEN, hand_over(VERA)).then_rejected(invalid("member", Problem::BadValue));
        given(claimed(BEN)).when(BEN, hand_over(STRANGER)).then_rejected(stranger());
    }

    #[test]
    fn the_note_has_a_bound() {
        let long = HandOver { note: "a".repeat(2_001).into(), ..hand_over(CARA) };
        given(claimed(BEN)).when(BEN, long).then_rejected(invalid("note", Problem::TooLong { max: 2_000 }));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(hand_over(BEN));
        rejects_lost_tasks(hand_over(BEN), |task| HandOver { task, ..hand_over(BEN) }.into());
    }
}
