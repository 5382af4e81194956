//! `restore_comment`: restores a discarded comment. Its author may, and owners.

use super::DiscardComment;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{CommentId, Sign, TaskId};
use crate::rejection::Thing;
use crate::state::Task;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Restores a discarded comment. Its author may, and owners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RestoreComment {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
}

/// A comment was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommentRestored {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
}

impl Intent for RestoreComment {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let comment = case.any_comment(case.task(self.task)?, self.comment)?;
        case.discarded(Thing::Comment, comment.discarded.is_some())?;
        if comment.sign.person != me && !case.is_owner(me) {
            return Err(Rejection::NotAuthor { author: case.state.who(comment.sign.person) });
        }
        Ok(vec![CommentRestored { task: self.task, comment: self.comment }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(DiscardComment { task: self.task, comment: self.comment }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for CommentRestored {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, _: Sign) -> Option<Deed> {
        task.edit_comment(self.comment, |comment| comment.discarded = None);
        Some(Deed::CommentRestored { comment: self.comment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use landfall_engine::ActorId;

    fn restore() -> RestoreComment {
        RestoreComment { task: TASK, comment: COMMENT }
    }

    fn discarded_comment(author: ActorId) -> Given {
        given([comment(author), (author, DiscardComment { task: TASK, comment: COMMENT }.into())])
    }

    #[test]
    fn by_its_author_or_an_owner() {
        let expected = CommentRestored { task: TASK, comment: COMMENT };
        discarded_comment(BEN).when(BEN, restore()).then(expected.clone()).undo_restores();
        discarded_comment(BEN).when(ANNA, restore()).then(expected).undo_restores();
    }

    #[test]
    fn by_nobody_else() {
        discarded_comment(CARA).when(BEN, restore()).then_rejected(Rejection::NotAuthor { author: who(CARA) });
    }

    #[test]
    fn only_what_is_discarded() {
        given([comment(BEN)]).when(BEN, restore()).then_rejected(Rejection::NotDiscarded { what: Thing::Comment });
        given([]).when(BEN, restore()).then_rejected(Rejection::NoSuch { what: Thing::Comment });
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(restore());
        rejects_lost_tasks(restore(), |task| RestoreComment { task, comment: COMMENT }.into());
    }
}
