//! `discard_comment`: discards a comment. Its author may, and owners; it can be restored.

use super::RestoreComment;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{CommentId, Sign, TaskId};
use crate::state::Task;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Discards a comment. Its author may, and owners; it can be restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct DiscardComment {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
}

/// A comment was discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommentDiscarded {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
}

impl Intent for DiscardComment {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let comment = case.comment(case.task(self.task)?, self.comment)?;
        if comment.sign.person != me && !case.is_owner(me) {
            return Err(Rejection::NotAuthor { author: case.state.who(comment.sign.person) });
        }
        Ok(vec![CommentDiscarded { task: self.task, comment: self.comment }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(RestoreComment { task: self.task, comment: self.comment }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for CommentDiscarded {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.edit_comment(self.comment, |comment| comment.discarded = Some(sign));
        Some(Deed::CommentDiscarded { comment: self.comment })
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

    fn discard() -> DiscardComment {
        DiscardComment { task: TASK, comment: COMMENT }
    }

    #[test]
    fn by_its_author_or_an_owner() {
        let expected = CommentDiscarded { task: TASK, comment: COMMENT };
        given([comment(BEN)]).when(BEN, discard()).then(expected.clone()).undo_restores();
        given([comment(BEN)]).when(ANNA, discard()).then(expected).undo_restores();
    }

    #[test]
    fn by_nobody_else() {
        given([comment(CARA)]).when(BEN, discard()).then_rejected(Rejection::NotAuthor { author: who(CARA) });
    }

    #[test]
    fn only_by_members_on_a_live_comment() {
        rejects_outsiders(discard());
        rejects_lost_tasks(discard(), |task| DiscardComment { task, comment: COMMENT }.into());
        rejects_lost_comments(discard());
    }
}
