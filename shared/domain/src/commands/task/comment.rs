//! `comment`: comments on a task.

use super::DiscardComment;
use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{CommentId, Sign, TaskId};
use crate::rejection::Thing;
use crate::state::{Comment, Task};
use crate::text::{List, Text};
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Comments on a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct AddComment {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub comment: CommentId,
    /// What there is to say.
    pub text: Text,
}

/// Somebody commented on a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommentAdded {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub comment: CommentId,
    /// What was said.
    pub text: Text,
}

impl Intent for AddComment {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        bounds::lines("text", &self.text, bounds::COMMENT_CHARS)?;
        case.unused(task.comments.get(&self.comment).map(|comment| &comment.sign))?;
        case.one_more(Thing::Comment, task.comments.len(), bounds::COMMENTS_PER_TASK)?;
        Ok(vec![CommentAdded { task: self.task, comment: self.comment, text: self.text.clone() }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(DiscardComment { task: self.task, comment: self.comment }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for CommentAdded {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        let comment = Comment { text: self.text.clone(), sign, revised: None, discarded: None, reactions: List::default() };
        task.comments.insert(self.comment, Arc::new(comment));
        Some(Deed::Commented { comment: self.comment })
    }

    fn settle_task(&self, task: &mut Task, context: &Context) {
        task.settle(context);
        task.settle_comment(self.comment, context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::{Problem, Standing};

    fn add() -> AddComment {
        AddComment { task: TASK, comment: COMMENT, text: "Seal kit is on shelf C-4.".into() }
    }

    #[test]
    fn comments() {
        let expected = CommentAdded { task: TASK, comment: COMMENT, text: "Seal kit is on shelf C-4.".into() };
        given([]).when(BEN, add()).then(expected).undo_restores();
    }

    #[test]
    fn its_id_is_new() {
        given([comment(CARA)]).when(BEN, add()).then_rejected(already(Standing::Exists, CARA, at(0)));
    }

    #[test]
    fn says_something_and_not_too_much() {
        given([]).when(BEN, AddComment { text: "\n".into(), ..add() }).then_rejected(invalid("text", Problem::Empty));
        let full = (0..2_000).map(|number| (BEN, AddComment { comment: id(number), ..add() }.into()));
        let rejection = Rejection::LimitReached { what: Thing::Comment, max: 2_000 };
        given(full).when(BEN, AddComment { comment: id(2_001), ..add() }).then_rejected(rejection);
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(add());
        rejects_lost_tasks(add(), |task| AddComment { task, ..add() }.into());
    }
}
