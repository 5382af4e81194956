//! `send_back`: sends a task back from review. Its holder may take it back so, too.

use super::{Place, Spot, SubmitForReview};
use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::state::{SentBack, Stage, Task};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Sends a task back from review. Its holder may take it back so, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct SendBack {
    /// The task.
    pub task: TaskId,
    /// Why; may be empty only when its holder takes it back.
    pub why: Text,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was sent back from review, or taken back by its holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskSentBack {
    /// The task.
    pub task: TaskId,
    /// Why.
    pub why: Text,
    /// Where it stands now.
    pub to: Spot,
}

impl Intent for SendBack {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        case.at_stage(task, Stage::InReview)?;
        if task.holder() == Some(me) {
            bounds::lines_or_empty("why", &self.why, bounds::NOTE_CHARS)?;
        } else {
            bounds::lines("why", &self.why, bounds::NOTE_CHARS)?;
        }
        let to = case.enter(task, Stage::UnderWay, self.to.as_ref())?;
        Ok(vec![TaskSentBack { task: self.task, why: self.why.clone(), to }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        let task = before.task(self.task)?;
        let holder = before.member(task.holder()?)?.actor;
        let note = task.submitted.as_ref().map_or_else(Text::default, |submitted| submitted.note.clone());
        let to = Some(Spot::of(task).into());
        (holder == context.actor).then(|| SubmitForReview { task: self.task, note, to }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskSentBack {
    fn task(&self) -> TaskId {
        self.task
    }

    fn enters(&self) -> Option<&Spot> {
        Some(&self.to)
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        let taken_back = task.holder() == Some(sign.person);
        task.submitted = None;
        task.stand(&self.to, Stage::UnderWay, sign);
        if taken_back {
            return Some(Deed::TookBack);
        }
        task.sent_back = Some(Arc::new(SentBack { why: self.why.clone(), sign }));
        Some(Deed::SentBack { why: self.why.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn send_back(why: &str) -> SendBack {
        SendBack { task: TASK, why: why.into(), to: None }
    }

    #[test]
    fn goes_back_to_its_holder_with_a_reason() {
        let expected = TaskSentBack { task: TASK, why: "Readings missing.".into(), to: spot(UNDER_WAY, "a0") };
        let outcome = given(in_review(BEN)).when(CARA, send_back("Readings missing.")).then(expected).no_undo();
        let task = outcome.state().task(TASK).unwrap();
        assert_eq!((task.holder(), task.stage), (Some(number(BEN)), Stage::UnderWay));
        assert_eq!(task.sent_back.as_ref().unwrap().why, "Readings missing.");
    }

    #[test]
    fn the_reason_stays_until_it_is_submitted_again() {
        let mut history = in_review(BEN);
        history.push((CARA, send_back("Readings missing.").into()));
        let outcome = given(history).when(BEN, SubmitForReview { task: TASK, note: "".into(), to: None });
        assert_eq!(outcome.state().task(TASK).unwrap().sent_back, None);
    }

    #[test]
    fn its_holder_takes_it_back_without_a_reason() {
        let outcome = given(in_review(BEN)).when(BEN, send_back("")).then_happens().undo_restores();
        assert_eq!(outcome.state().task(TASK).unwrap().sent_back, None);
    }

    #[test]
    fn others_say_why() {
        given(in_review(BEN)).when(CARA, send_back(" ")).then_rejected(invalid("why", Problem::Empty));
    }

    #[test]
    fn only_what_is_in_review() {
        given(under_way(BEN)).when(CARA, send_back("No.")).then_rejected(wrong_stage(Stage::UnderWay, Stage::InReview, BEN, at(1)));
    }

    #[test]
    fn a_full_column_takes_no_more() {
        let mut history = in_review(BEN);
        history.extend([(ANNA, limit(UNDER_WAY, 1)), (ANNA, added_in(UNDER_WAY, 50))]);
        given(history).when(CARA, send_back("No.")).then_rejected(column_full_of(UNDER_WAY, "Under way", 1, 3));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(send_back("No."));
        rejects_lost_tasks(send_back("No."), |task| SendBack { task, ..send_back("No.") }.into());
    }
}
