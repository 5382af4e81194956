//! The rows and heads that cross to the page, exactly as their JSON.

mod detail;

pub use detail::{
    BlockedView, CommentView, DescriptionView, HandedView, HistoryLine, Intent, IntentsHead, LinkView, Neighbours, ReactionView, SignView,
    Signature, StepView, TaskDetail,
};

use super::Marked;
use crate::day::Due;
use crate::ids::{BoardId, ColumnId, Mark, TaskId};
use crate::state::{Priority, Role, Stage};
use crate::text::Text;
use landfall_engine::{ActorId, TimeMs};
use serde::Serialize;
use std::rc::Rc;

/// A person as a reader sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Person {
    /// Who.
    pub actor: ActorId,
    /// Their name.
    pub name: String,
    /// One or two letters for it.
    pub initials: String,
    /// Is it the reader?
    pub you: bool,
    /// Is it a crew or shift, which signs in as one?
    pub crew: bool,
}

/// The readable number of a task: "HLD-214".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'a> {
    /// The board's key.
    pub key: &'a str,
    /// The number within the board.
    pub number: u32,
}

impl std::fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.key, self.number)
    }
}

impl Serialize for Number<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A task on a board or in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskCard<'a> {
    /// Its id.
    pub id: TaskId,
    /// Its readable number; `None` until it has landed.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub number: Option<Number<'a>>,
    /// What is to be done.
    pub title: &'a str,
    /// How far it is.
    pub stage: Stage,
    /// The column that it stands in.
    pub column: ColumnId,
    /// The board that it belongs to.
    pub board: BoardId,
    /// Its place in the column.
    pub rank: &'a str,
    /// What stands between it and "landed".
    pub mark: Option<Marked>,
    /// The one line that says why it needs attention.
    pub reason: Option<CardReason<'a>>,
    /// Its labels.
    pub labels: &'a [Text],
    /// When it is due.
    pub due: Option<CardDue>,
    /// Its steps; `None` when it has none.
    pub steps: Option<CardSteps>,
    /// How many comments it has.
    pub comments: u32,
    /// Who has it.
    pub holder: Option<Rc<Person>>,
    /// How soon it matters.
    pub priority: Priority,
    /// Who signed it off, and when.
    pub signed: Option<CardSigned>,
    /// Was it discarded?
    pub discarded: bool,
}

/// Why a task needs attention.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CardReason<'a> {
    /// It cannot go on.
    Blocked {
        /// Why.
        why: &'a str,
        /// Until when.
        until: Option<Due>,
    },
    /// It waits for the reader's sign-off.
    WaitsForYou,
    /// Somebody handed it to the reader, who has not answered.
    HandedToYou {
        /// Who.
        by: Rc<Person>,
    },
    /// It came back from review.
    SentBack {
        /// Who sent it.
        by: Rc<Person>,
        /// Why.
        why: &'a str,
        /// When.
        at: TimeMs,
    },
}

/// When a task is due, seen from the reader's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CardDue {
    /// The due time.
    pub date: Due,
    /// Before today, today, or later.
    pub state: DueState,
}

/// How a due time lies to the reader's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum DueState {
    /// Its day is over, and the task is not signed off.
    Overdue,
    /// Its day is today, and the task is not signed off.
    Today,
    /// Neither.
    Later,
}

/// How many steps are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CardSteps {
    /// Ticked ones.
    pub done: u32,
    /// All.
    pub total: u32,
}

/// Who signed a task off.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CardSigned {
    /// Who.
    pub by: Rc<Person>,
    /// When.
    pub at: TimeMs,
}

/// A member of the workspace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MemberRow {
    /// Who.
    pub person: Rc<Person>,
    /// What they may do.
    pub role: Role,
    /// Are they a member no more?
    pub removed: bool,
}

/// The reader.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MeView {
    /// Who.
    pub person: Rc<Person>,
    /// What they may do.
    pub role: Role,
}

/// A board, in the list of boards.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct BoardBrief<'a> {
    /// Its id.
    pub id: BoardId,
    /// Its name.
    pub name: &'a str,
    /// What its numbers begin with.
    pub key: &'a str,
    /// How many live tasks it has that are not signed off.
    pub open: u32,
    /// Was it discarded?
    pub discarded: bool,
}

/// Head of the query `workspace`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct WorkspaceHead<'a> {
    /// Its name; empty before it was founded.
    pub name: &'a str,
    /// The reader.
    pub me: MeView,
    /// Everybody, in the order of admission.
    pub members: Vec<MemberRow>,
    /// All boards, in the order of their creation.
    pub boards: Vec<BoardBrief<'a>>,
    /// How many tasks wait for the reader, or are with them.
    pub my_work: u32,
    /// How many tasks there are.
    pub tasks: u32,
}

/// A column of a board.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ColumnView<'a> {
    /// Its id.
    pub id: ColumnId,
    /// Its name.
    pub name: &'a str,
    /// What a renaming is based on.
    pub name_mark: Mark,
    /// How far the tasks are that stand here.
    pub stage: Stage,
    /// How many live tasks it takes.
    pub limit: Option<u32>,
    /// How many live tasks it has.
    pub count: u32,
    /// How many of them the filter shows.
    pub shown: u32,
    /// Does it take no more?
    pub full: bool,
    /// Its place among the columns.
    pub rank: &'a str,
    /// Who set the limit.
    pub limited_by: Option<Rc<Person>>,
}

/// Head of the query `board`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct BoardHead<'a> {
    /// Its id.
    pub id: BoardId,
    /// Its name.
    pub name: &'a str,
    /// What its numbers begin with.
    pub key: &'a str,
    /// What a renaming is based on.
    pub name_mark: Mark,
    /// Its columns, in their order.
    pub columns: Vec<ColumnView<'a>>,
    /// Its discarded columns.
    pub discarded_columns: Vec<ColumnView<'a>>,
    /// Has it no live task?
    pub empty: bool,
    /// Was it discarded?
    pub discarded: bool,
    /// Labels in use, in alphabetical order.
    pub labels: Vec<&'a Text>,
}

/// Head of the query `column`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ColumnHead {
    /// How many tasks it has that the filter shows.
    pub total: u32,
}

/// A group of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ListGroup {
    /// What names it, for `collapsed`.
    pub key: String,
    /// What it is called.
    pub title: String,
    /// How many tasks it has.
    pub count: u32,
    /// The index of its first row.
    pub start: u32,
    /// Are its tasks no rows?
    pub collapsed: bool,
}

/// Head of the query `list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ListHead {
    /// How many rows there are; tasks of collapsed groups are none.
    pub total: u32,
    /// The groups, in their order; none when the list is not grouped.
    pub groups: Vec<ListGroup>,
}

/// Head of the query `search`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SearchHead {
    /// How many tasks match, shown or not.
    pub total: u32,
}
