//! What was done to a task, in brief: one line of its history.

use crate::commands::task::Why;
use crate::day::Due;
use crate::ids::{ColumnId, CommentId, LinkId, MemberNumber, StepId};
use crate::state::Priority;
use crate::text::{List, Text};
use serde::{Deserialize, Serialize};

/// What was done to a task. Who and when is said by the sign beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// Added it. Never in the history itself, where the task's own sign tells it.
    Added,
    /// Gave it another title.
    Reworded {
        /// The title until then.
        was: Text,
    },
    /// Described it.
    Described,
    /// Took the description away.
    DescriptionCleared,
    /// Estimated it, or took the estimate back.
    Estimated {
        /// Minutes.
        minutes: Option<u32>,
    },
    /// Gave it another priority.
    Prioritised {
        /// The new one.
        priority: Priority,
    },
    /// Gave it another due time.
    Rescheduled {
        /// The due time until then.
        was: Option<Due>,
        /// The new one.
        due: Option<Due>,
        /// Slipped, or planned anew?
        why: Why,
        /// What was said.
        note: Text,
    },
    /// Changed its labels.
    Labelled {
        /// Labels that it did not have before.
        added: List<Text>,
        /// Labels that it has no more.
        removed: List<Text>,
    },
    /// Claimed it.
    Claimed,
    /// Put it down after having started: it is claimed, no more under way.
    PutDown,
    /// Gave it free.
    Released,
    /// Made somebody its holder.
    Assigned {
        /// Whom.
        to: MemberNumber,
    },
    /// Handed it over.
    HandedOver {
        /// To whom.
        to: MemberNumber,
        /// What was said.
        note: Text,
    },
    /// Accepted the handover.
    AcceptedHandover,
    /// Declined the handover, so that it went back.
    DeclinedHandover {
        /// To whom it went back.
        to: MemberNumber,
        /// Why.
        why: Text,
    },
    /// Took a handover back before it was answered.
    WithdrewHandover {
        /// From whom.
        from: MemberNumber,
    },
    /// Started it.
    Started,
    /// Said that it cannot go on.
    Blocked {
        /// Why.
        why: Text,
        /// When it is expected to go on.
        until: Option<Due>,
    },
    /// Said that it can go on.
    Unblocked,
    /// Submitted it for review.
    Submitted {
        /// What was said.
        note: Text,
    },
    /// Took it back from review.
    TookBack,
    /// Signed it off.
    SignedOff {
        /// What was said.
        note: Text,
    },
    /// Sent it back from review.
    SentBack {
        /// Why.
        why: Text,
    },
    /// Finished it, on a board without review.
    Finished {
        /// What was said.
        note: Text,
    },
    /// Opened it again after it was signed off.
    Reopened {
        /// Why.
        why: Text,
    },
    /// Moved it to another column of the same stage.
    Moved {
        /// Which.
        column: ColumnId,
    },
    /// Added a step.
    StepAdded {
        /// Which.
        step: StepId,
    },
    /// Reworded a step.
    StepReworded {
        /// Which.
        step: StepId,
    },
    /// Ticked a step.
    StepTicked {
        /// Which.
        step: StepId,
    },
    /// Took the tick of a step back.
    StepUnticked {
        /// Which.
        step: StepId,
    },
    /// Discarded a step.
    StepDiscarded {
        /// Which.
        step: StepId,
    },
    /// Restored a step.
    StepRestored {
        /// Which.
        step: StepId,
    },
    /// Commented on it.
    Commented {
        /// Which comment.
        comment: CommentId,
    },
    /// Revised their comment.
    CommentRevised {
        /// Which.
        comment: CommentId,
    },
    /// Discarded a comment.
    CommentDiscarded {
        /// Which.
        comment: CommentId,
    },
    /// Restored a comment.
    CommentRestored {
        /// Which.
        comment: CommentId,
    },
    /// Linked it.
    Linked {
        /// Which link.
        link: LinkId,
    },
    /// Took a link away.
    Unlinked {
        /// Which.
        link: LinkId,
    },
    /// Discarded it.
    Discarded {
        /// Why; may be empty.
        why: Text,
    },
    /// Restored it.
    Restored,
}
