//! What concerns tasks: their life, their parts, and what is said about them.

mod accept_handover;
mod add_step;
mod add_task;
mod assign;
mod block;
mod claim;
mod comment;
mod decline_handover;
mod describe;
mod discard_comment;
mod discard_step;
mod discard_task;
mod estimate;
mod finish;
mod hand_over;
mod label;
mod link;
mod move_task;
mod prioritise;
mod react;
mod release;
mod reopen;
mod reschedule;
mod restore_comment;
mod restore_step;
mod restore_task;
mod revise_comment;
mod reword;
mod reword_step;
mod send_back;
mod sign_off;
mod start;
mod submit_for_review;
mod tick_step;
mod unblock;
mod unlink;
mod untick_step;
pub use accept_handover::{AcceptHandover, HandoverAccepted};
pub use add_step::{AddStep, StepAdded};
pub use add_task::{AddTask, TaskAdded};
pub use assign::{Assign, TaskAssigned};
pub use block::{Block, TaskBlocked};
pub use claim::{Claim, TaskClaimed};
pub use comment::{AddComment, CommentAdded};
pub use decline_handover::{DeclineHandover, HandoverDeclined};
pub use describe::{Describe, TaskDescribed};
pub use discard_comment::{CommentDiscarded, DiscardComment};
pub use discard_step::{DiscardStep, StepDiscarded};
pub use discard_task::{DiscardTask, TaskDiscarded};
pub use estimate::{Estimate, TaskEstimated};
pub use finish::{Finish, TaskFinished};
pub use hand_over::{HandOver, TaskHandedOver};
pub use label::{Label, TaskLabelled};
pub use link::{AddLink, Linked};
pub use move_task::{MoveTask, TaskMoved};
pub use prioritise::{Prioritise, TaskPrioritised};
pub use react::{React, Reacted};
pub use release::{Release, TaskReleased};
pub use reopen::{Reopen, TaskReopened};
pub use reschedule::{Reschedule, TaskRescheduled};
pub use restore_comment::{CommentRestored, RestoreComment};
pub use restore_step::{RestoreStep, StepRestored};
pub use restore_task::{RestoreTask, TaskRestored};
pub use revise_comment::{CommentRevised, ReviseComment};
pub use reword::{Reword, TaskReworded};
pub use reword_step::{RewordStep, StepReworded};
pub use send_back::{SendBack, TaskSentBack};
pub use sign_off::{SignOff, TaskSignedOff};
pub use start::{Start, TaskStarted};
pub use submit_for_review::{SubmitForReview, TaskSubmitted};
pub use tick_step::{StepTicked, TickStep};
pub use unblock::{TaskUnblocked, Unblock};
pub use unlink::{Unlink, Unlinked};
pub use untick_step::{StepUnticked, UntickStep};

use crate::ids::{ColumnId, StepId};
use crate::rank::Rank;
use crate::state::Task;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Where a task is to stand: a column, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The column.
    pub column: ColumnId,
    /// The place in it; by default the end.
    pub rank: Option<Rank>,
}

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Spot {
    /// The column.
    pub column: ColumnId,
    /// The place in it.
    pub rank: Rank,
}

impl Spot {
    /// Where `task` stands.
    pub(crate) fn of(task: &Task) -> Self {
        Self { column: task.column, rank: task.rank.clone() }
    }
}

impl From<Spot> for Place {
    fn from(spot: Spot) -> Self {
        Self { column: spot.column, rank: Some(spot.rank) }
    }
}

/// A step of a task that is being added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct NewStep {
    /// Its id.
    pub step: StepId,
    /// What is to be done.
    pub text: Text,
    /// Ticked already?
    #[serde(default)]
    pub done: bool,
}

/// Why a due time changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The work takes longer, or began later.
    Slipped,
    /// It was decided otherwise.
    Replanned,
}
