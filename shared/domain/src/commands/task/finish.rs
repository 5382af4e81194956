//! `finish`: finishes a task on a board that has no column for review. Its holder may.

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

/// Finishes a task on a board that has no column for review. Its holder may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// The task.
    pub task: TaskId,
    /// What there is to say about it; may be empty.
    pub note: Text,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was finished without review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskFinished {
    /// The task.
    pub task: TaskId,
    /// What there is to say about it; may be empty.
    pub note: Text,
    /// Where it stands now.
    pub to: Spot,
}

impl Intent for Finish {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        bounds::lines_or_empty("note", &self.note, bounds::NOTE_CHARS)?;
        case.at_stage(task, Stage::UnderWay)?;
        case.held_by(me, task)?;
        if case.first_column(task.board, Stage::InReview).is_some() {
            return Err(Rejection::NeedsSignOff {});
        }
        case.unblocked(task)?;
        let to = case.enter(task, Stage::SignedOff, self.to.as_ref())?;
        Ok(vec![TaskFinished { task: self.task, note: self.note.clone(), to }.into()])
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskFinished {
    fn task(&self) -> TaskId {
        self.task
    }

    fn enters(&self) -> Option<&Spot> {
        Some(&self.to)
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.worked(sign.person);
        task.sign_off(&self.to, &self.note, sign);
        Some(Deed::Finished { note: self.note.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Command;
    use crate::given::*;
    use landfall_engine::ActorId;

    fn finish() -> Finish {
        Finish { task: TASK, note: "".into(), to: None }
    }

    fn without_review(mut history: Vec<(ActorId, Command)>) -> Vec<(ActorId, Command)> {
        history.push(discarded_column(REVIEW));
        history
    }

    #[test]
    fn finishes_without_review() {
        let expected = TaskFinished { task: TASK, note: "".into(), to: spot(DONE, "a0") };
        let outcome = given(without_review(under_way(BEN))).when(BEN, finish()).then(expected).no_undo();
        assert_eq!(outcome.state().task(TASK).unwrap().signed_off.as_ref().unwrap().sign.person, number(BEN));
    }

    #[test]
    fn not_where_there_is_review() {
        given(under_way(BEN)).when(BEN, finish()).then_rejected(Rejection::NeedsSignOff {});
    }

    #[test]
    fn only_the_holder_finishes() {
        let rejection = Rejection::NotHolder { holder: Some(who(CARA)), at: Some(at(0)) };
        given(without_review(under_way(CARA))).when(BEN, finish()).then_rejected(rejection);
    }

    #[test]
    fn only_what_is_under_way() {
        given(claimed(BEN)).when(BEN, finish()).then_rejected(wrong_stage(Stage::Claimed, Stage::UnderWay, BEN, at(0)));
    }

    #[test]
    fn not_what_is_blocked() {
        let mut history = under_way(BEN);
        history.push(blocked(CARA));
        given(without_review(history)).when(BEN, finish()).then_rejected(blocked_by(CARA, at(2)));
    }

    #[test]
    fn a_full_column_takes_no_more() {
        let mut history = under_way(BEN);
        history.extend([(ANNA, limit(DONE, 1)), (ANNA, added_in(DONE, 50))]);
        given(without_review(history)).when(BEN, finish()).then_rejected(column_full_of(DONE, "Signed off", 1, 2));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(finish());
        rejects_lost_tasks(finish(), |task| Finish { task, ..finish() }.into());
    }
}
