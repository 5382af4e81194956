//! `sign_off`: signs a task off. Nobody may who did the work.

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

/// Signs a task off. Nobody may who did the work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// The task.
    pub task: TaskId,
    /// What there is to say about it; may be empty.
    pub note: Text,
    /// Where to; by default the end of the first column of the stage.
    pub to: Option<Place>,
}

/// A task was signed off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskSignedOff {
    /// The task.
    pub task: TaskId,
    /// What there is to say about it; may be empty.
    pub note: Text,
    /// Where it stands now.
    pub to: Spot,
}

impl Intent for SignOff {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        bounds::lines_or_empty("note", &self.note, bounds::NOTE_CHARS)?;
        case.at_stage(task, Stage::InReview)?;
        if task.workers.contains(&me) {
            return Err(Rejection::OwnWork {});
        }
        case.unblocked(task)?;
        let to = case.enter(task, Stage::SignedOff, self.to.as_ref())?;
        Ok(vec![TaskSignedOff { task: self.task, note: self.note.clone(), to }.into()])
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskSignedOff {
    fn task(&self) -> TaskId {
        self.task
    }

    fn enters(&self) -> Option<&Spot> {
        Some(&self.to)
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.sign_off(&self.to, &self.note, sign);
        Some(Deed::SignedOff { note: self.note.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::task::{Describe, SubmitForReview};
    use crate::given::*;

    fn sign_off() -> SignOff {
        SignOff { task: TASK, note: "Readings seen.".into(), to: None }
    }

    #[test]
    fn somebody_else_signs_off() {
        let expected = TaskSignedOff { task: TASK, note: "Readings seen.".into(), to: spot(DONE, "a0") };
        let outcome = given(in_review(BEN)).when(CARA, sign_off()).then(expected).no_undo();
        let task = outcome.state().task(TASK).unwrap();
        assert_eq!((task.holder(), task.submitted.is_none()), (None, true));
        assert_eq!(task.signed_off.as_ref().unwrap().sign.person, number(CARA));
        assert_eq!(outcome.state().board_count(BOARD).signed_off, 1);
    }

    #[test]
    fn never_who_did_the_work() {
        given(in_review(BEN)).when(BEN, sign_off()).then_rejected(Rejection::OwnWork {});
        let mut history = handed_over(BEN, CARA);
        history.push((CARA, SubmitForReview { task: TASK, note: "".into(), to: None }.into()));
        given(history.clone()).when(BEN, sign_off()).then_rejected(Rejection::OwnWork {});
        given(history.clone()).when(CARA, sign_off()).then_rejected(Rejection::OwnWork {});
        given(history).when(ANNA, sign_off()).then_happens();
    }

    #[test]
    fn a_later_description_breaks_the_signature() {
        let mut history = signed_off(BEN, CARA);
        history.insert(0, (ANNA, Describe { task: TASK, text: "Under 0.05 mm.".into(), based_on: None }.into()));
        let intact = given(history.clone());
        let task = intact.state().task(TASK).unwrap();
        assert_eq!(task.signed_off.as_ref().unwrap().description, Some(task.description_sign().mark));
        let outcome = intact.when(ANNA, Describe { task: TASK, text: "Under 0.5 mm.".into(), based_on: None });
        let task = outcome.state().task(TASK).unwrap();
        assert_ne!(task.signed_off.as_ref().unwrap().description, Some(task.description_sign().mark));
    }

    #[test]
    fn only_what_is_in_review() {
        given(under_way(BEN)).when(CARA, sign_off()).then_rejected(wrong_stage(Stage::UnderWay, Stage::InReview, BEN, at(1)));
    }

    #[test]
    fn not_what_is_blocked() {
        let mut history = in_review(BEN);
        history.push(blocked(CARA));
        given(history).when(ANNA, sign_off()).then_rejected(blocked_by(CARA, at(3)));
    }

    #[test]
    fn a_full_column_takes_no_more() {
        let mut history = in_review(BEN);
        history.extend([(ANNA, limit(DONE, 1)), (ANNA, added_in(DONE, 50))]);
        given(history).when(CARA, sign_off()).then_rejected(column_full_of(DONE, "Signed off", 1, 3));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(sign_off());
        rejects_lost_tasks(sign_off(), |task| SignOff { task, ..sign_off() }.into());
    }
}
