//! `revise_comment`: gives its author's own comment another text.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{CommentId, Sign, TaskId};
use crate::state::Task;
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Gives its author's own comment another text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct ReviseComment {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
    /// The new text.
    pub text: Text,
}

/// A comment got another text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommentRevised {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
    /// The new text.
    pub text: Text,
}

impl Intent for ReviseComment {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let comment = case.comment(case.task(self.task)?, self.comment)?;
        bounds::lines("text", &self.text, bounds::COMMENT_CHARS)?;
        if comment.sign.person != me {
            return Err(Rejection::NotAuthor { author: case.state.who(comment.sign.person) });
        }
        Ok(vec![CommentRevised { task: self.task, comment: self.comment, text: self.text.clone() }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        let text = before.task(self.task)?.comments.get(&self.comment)?.text.clone();
        Some(Self { task: self.task, comment: self.comment, text }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for CommentRevised {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.edit_comment(self.comment, |comment| {
            comment.text = self.text.clone();
            comment.revised = Some(sign);
        });
        Some(Deed::CommentRevised { comment: self.comment })
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
    use crate::rejection::Problem;

    fn revise() -> ReviseComment {
        ReviseComment { task: TASK, comment: COMMENT, text: "On shelf C-5.".into() }
    }

    #[test]
    fn gives_ones_own_another_text() {
        let expected = CommentRevised { task: TASK, comment: COMMENT, text: "On shelf C-5.".into() };
        given([comment(BEN)]).when(BEN, revise()).then(expected).undo_restores();
    }

    #[test]
    fn never_somebody_elses() {
        given([comment(CARA)]).when(BEN, revise()).then_rejected(Rejection::NotAuthor { author: who(CARA) });
        given([comment(CARA)]).when(ANNA, revise()).then_rejected(Rejection::NotAuthor { author: who(CARA) });
    }

    #[test]
    fn says_something() {
        given([comment(BEN)]).when(BEN, ReviseComment { text: "".into(), ..revise() }).then_rejected(invalid("text", Problem::Empty));
    }

    #[test]
    fn only_by_members_on_a_live_comment() {
        rejects_outsiders(revise());
        rejects_lost_tasks(revise(), |task| ReviseComment { task, ..revise() }.into());
        rejects_lost_comments(revise());
    }
}
