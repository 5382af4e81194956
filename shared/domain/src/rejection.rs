//! Why not: everything that a command can be rejected for, in terms that a person understands.

use crate::ids::{BoardId, ColumnId, Mark, TaskId};
use crate::state::Stage;
use crate::text::Text;
use landfall_engine::upcast::Shape;
use landfall_engine::{ActorId, TimeMs};
use serde::{Deserialize, Serialize};

/// A person, as named at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Who {
    /// Who.
    pub actor: ActorId,
    /// Their name.
    pub name: Text,
}

/// A kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// The workspace.
    Workspace,
    /// A board.
    Board,
    /// A column.
    Column,
    /// A task.
    Task,
    /// A step.
    Step,
    /// A comment.
    Comment,
    /// A link.
    Link,
    /// A member.
    Member,
    /// A label.
    Label,
    /// A reaction.
    Reaction,
}

/// A part that is replaced whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A task's title.
    Title,
    /// A task's description.
    Description,
    /// A task's estimate.
    Estimate,
    /// The text of a step.
    StepText,
    /// A board's name.
    BoardName,
    /// A column's name.
    ColumnName,
}

/// What is so already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The workspace was founded.
    Founded,
    /// The person is a member.
    Admitted,
    /// The thing with this id exists.
    Exists,
    /// The task is claimed by whom the command would make its holder.
    Claimed,
    /// The task is under way with its author.
    UnderWay,
    /// The task is in review.
    InReview,
    /// The task is signed off.
    SignedOff,
    /// The task is blocked.
    Blocked,
    /// The step is ticked.
    Ticked,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// It says nothing.
    Empty,
    /// It has more characters than `max`.
    TooLong {
        /// The most it may have.
        max: u32,
    },
    /// It is none of the values that it may have.
    BadValue,
}

/// Why a command was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// Somebody else has the task.
    ClaimedBy {
        /// The task.
        task: TaskId,
        /// Who has it.
        holder: Who,
        /// Since when.
        at: TimeMs,
    },
    /// Only the holder may do this.
    NotHolder {
        /// Who has it; `None` when nobody has.
        holder: Option<Who>,
        /// Since when.
        at: Option<TimeMs>,
    },
    /// Nothing was handed to the author that they could accept or decline.
    NotHanded {},
    /// The column takes no more.
    ColumnFull {
        /// Which.
        column: ColumnId,
        /// What it is called.
        name: Text,
        /// Its limit.
        limit: u32,
        /// How many it has.
        count: u32,
        /// Who set the limit.
        limited_by: Who,
        /// When.
        limited_at: TimeMs,
    },
    /// The column still has live tasks.
    ColumnNotEmpty {
        /// Which.
        column: ColumnId,
        /// How many it has.
        count: u32,
    },
    /// The board has no live column of that stage.
    NoColumn {
        /// Which board.
        board: BoardId,
        /// Which stage.
        stage: Stage,
    },
    /// The part changed since the author read it.
    Stale {
        /// Which part.
        part: Part,
        /// Who changed it.
        by: Who,
        /// When.
        at: TimeMs,
        /// What it says now.
        theirs: Text,
        /// The command that made it so: what a resubmission is based on.
        mark: Mark,
    },
    /// The author did the work, so somebody else has to sign it off.
    OwnWork {},
    /// The task is at another stage.
    WrongStage {
        /// Where it is.
        is: Stage,
        /// Where it would have to be.
        needs: Stage,
        /// Who brought it there.
        by: Who,
        /// When.
        at: TimeMs,
    },
    /// It was discarded.
    Discarded {
        /// What.
        what: Thing,
        /// By whom.
        by: Who,
        /// When.
        at: TimeMs,
    },
    /// It is not discarded, so it cannot be restored.
    NotDiscarded {
        /// What.
        what: Thing,
    },
    /// There is no such thing in this workspace.
    NoSuch {
        /// What.
        what: Thing,
    },
    /// It is so already.
    Already {
        /// What is so.
        what: Standing,
        /// Who made it so.
        by: Who,
        /// When.
        at: TimeMs,
    },
    /// The task is not blocked, so it cannot be unblocked.
    NotBlocked {},
    /// The step is not ticked, so the tick cannot be taken back.
    NotTicked {},
    /// Viewers read only.
    Viewer {},
    /// Only owners may do this.
    OwnersOnly {},
    /// A workspace always has an owner.
    LastOwner {},
    /// A person is no member: the author, or whom the command names.
    NotAMember {
        /// Who; the name is empty when the workspace never knew it.
        who: Who,
    },
    /// Only the server may do this.
    ServerOnly {},
    /// Only its author may change a comment.
    NotAuthor {
        /// Who wrote it.
        author: Who,
    },
    /// The board has a column for review, so the work cannot be finished without one.
    NeedsSignOff {},
    /// The task is blocked.
    Blocked {
        /// Why.
        why: Text,
        /// By whom.
        by: Who,
        /// Since when.
        at: TimeMs,
    },
    /// A field of the command says nothing, too much, or something that it cannot say.
    Invalid {
        /// The field's name in JSON.
        field: Text,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The name is taken.
    NameTaken {
        /// What has it.
        what: Thing,
        /// The name.
        name: Text,
    },
    /// There are as many as there can be.
    LimitReached {
        /// Of what.
        what: Thing,
        /// How many there can be.
        max: u32,
    },
}

const fn first(kind: &'static str) -> Shape {
    Shape { kind, version: 1, steps: &[] }
}

/// Every kind of rejection, with its version and the steps from older ones.
pub(crate) const SHAPES: &[Shape] = &[
    first("claimed_by"),
    first("not_holder"),
    first("not_handed"),
    first("column_full"),
    first("column_not_empty"),
    first("no_column"),
    first("stale"),
    first("own_work"),
    first("wrong_stage"),
    first("discarded"),
    first("not_discarded"),
    first("no_such"),
    first("already"),
    first("not_blocked"),
    first("not_ticked"),
    first("viewer"),
    first("owners_only"),
    first("last_owner"),
    first("not_a_member"),
    first("server_only"),
    first("not_author"),
    first("needs_sign_off"),
    first("blocked"),
    first("invalid"),
    first("name_taken"),
    first("limit_reached"),
];
