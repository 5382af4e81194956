//! `submit_for_review`: submits a task for review. Its holder may.

use super::{Place, SendBack, Spot};
use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::rejection::Standing;
use crate::state::{Stage, Submitted, Task};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Submits a task for review. Its holder may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct SubmitForReview {
    /// The task.
    pub task: TaskId,
    /// What there is to say about it; may be empty.
    pub note: Text,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was submitted for review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskSubmitted {
    /// The task.
    pub task: TaskId,
    /// What there is to say about it; may be empty.
    pub note: Text,
    /// Where it stands now.
    pub to: Spot,
}

impl Intent for SubmitForReview {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        bounds::lines_or_empty("note", &self.note, bounds::NOTE_CHARS)?;
        if task.stage == Stage::InReview && task.holder() == Some(me) {
            return Err(case.already(Standing::InReview, task.entered()));
        }
        case.at_stage(task, Stage::UnderWay)?;
        case.held_by(me, task)?;
        case.unblocked(task)?;
        let to = case.enter(task, Stage::InReview, self.to.as_ref())?;
        Ok(vec![TaskSubmitted { task: self.task, note: self.note.clone(), to }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        let to = Some(Spot::of(before.task(self.task)?).into());
        Some(SendBack { task: self.task, why: Text::default(), to }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskSubmitted {
    fn task(&self) -> TaskId {
        self.task
    }

    fn enters(&self) -> Option<&Spot> {
        Some(&self.to)
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        if let Some(hold) = &mut task.hold
            && hold.handed.is_some()
        {
            Arc::make_mut(hold).handed = None;
        }
        task.worked(sign.person);
        task.sent_back = None;
        task.submitted = Some(Arc::new(Submitted { note: self.note.clone(), sign }));
        task.stand(&self.to, Stage::InReview, sign);
        Some(Deed::Submitted { note: self.note.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn submit() -> SubmitForReview {
        SubmitForReview { task: TASK, note: "Readings attached.".into(), to: None }
    }

    #[test]
    fn submits() {
        let expected = TaskSubmitted { task: TASK, note: "Readings attached.".into(), to: spot(REVIEW, "a0") };
        given(under_way(BEN)).when(BEN, submit()).then(expected).undo_restores();
    }

    #[test]
    fn only_the_holder_submits() {
        let rejection = Rejection::NotHolder { holder: Some(who(CARA)), at: Some(at(0)) };
        given(under_way(CARA)).when(BEN, submit()).then_rejected(rejection);
        let unheld = SubmitForReview { task: id(50), ..submit() };
        given([(ANNA, added_in(UNDER_WAY, 50))]).when(BEN, unheld).then_rejected(Rejection::NotHolder { holder: None, at: None });
    }

    #[test]
    fn only_what_is_under_way() {
        given(claimed(BEN)).when(BEN, submit()).then_rejected(wrong_stage(Stage::Claimed, Stage::UnderWay, BEN, at(0)));
        given(in_review(BEN)).when(BEN, submit()).then_rejected(already(Standing::InReview, BEN, at(2)));
    }

    #[test]
    fn not_what_is_blocked() {
        let mut history = under_way(BEN);
        history.push(blocked(CARA));
        given(history).when(BEN, submit()).then_rejected(blocked_by(CARA, at(2)));
    }

    #[test]
    fn a_board_without_review_has_no_place_for_it() {
        let mut history = under_way(BEN);
        history.push(discarded_column(REVIEW));
        given(history).when(BEN, submit()).then_rejected(Rejection::NoColumn { board: BOARD, stage: Stage::InReview });
    }

    #[test]
    fn a_full_column_takes_no_more() {
        let mut history = under_way(BEN);
        history.extend([(ANNA, limit(REVIEW, 1)), (ANNA, added_in(REVIEW, 50))]);
        given(history).when(BEN, submit()).then_rejected(column_full_of(REVIEW, "In review", 1, 2));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(submit());
        rejects_lost_tasks(submit(), |task| SubmitForReview { task, ..submit() }.into());
    }
}
