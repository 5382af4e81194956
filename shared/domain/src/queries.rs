//! Questions that screens ask about a state, and their answers as JSON rows: a pure function, in time proportional to what is shown.
//!
//! A query has a head (one JSON value) and rows by key. A row carries a stamp that changes exactly when its JSON would,
//! so whoever asks again gets only the rows that differ from what they know.

mod board;
mod card;
mod compare;
mod desk;
mod filter;
mod intents;
mod list;
mod rows;
mod search;
mod selection;
mod stamp;
mod story;
mod task;
mod touched;
mod workspace;

pub use board::{column_rank_between, rank_between};
pub use compare::{Cause, Comparison, MeantRow, Meanwhile, compare, meanwhile};
pub use desk::for_reader;
pub use filter::{Filter, HolderFilter};
pub use rows::{
    BlockedView, BoardBrief, BoardHead, CardDue, CardReason, CardSigned, CardSteps, ColumnHead, ColumnView, CommentView, DescriptionView,
    DueState, HandedView, HistoryLine, Intent, IntentsHead, LinkView, ListGroup, ListHead, MeView, MemberRow, Neighbours, Person,
    ReactionView, SearchHead, SignView, Signature, StepView, TaskCard, TaskDetail, WorkspaceHead,
};
pub use selection::Selection;
pub use story::{Notice, history_line, notice};
pub use touched::{tasks_among, touched, touched_by_marks};

use crate::day::Day;
use crate::ids::{BoardId, ColumnId, TaskId};
use crate::state::{Changes, State};
use desk::Desk;
use landfall_engine::{ActorId, TimeMs};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A question. In JSON `{"column": {…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// The workspace: its people and boards. Head: [`WorkspaceHead`]; no rows.
    Workspace {},
    /// A board and its columns. Head: [`BoardHead`], or null when there is no such board; no rows.
    Board {
        /// Which.
        board: BoardId,
        /// Counted in each column's `shown`.
        #[serde(default)]
        filter: Filter,
    },
    /// A window of a column's tasks. Head: [`ColumnHead`]; rows: [`TaskCard`].
    Column {
        /// Which.
        column: ColumnId,
        /// How many tasks to skip.
        from: u32,
        /// How many tasks to show at most.
        count: u32,
        /// Which tasks count.
        #[serde(default)]
        filter: Filter,
    },
    /// A window of a grouped list. Head: [`ListHead`]; rows: [`TaskCard`].
    List {
        /// Where the tasks come from.
        scope: Scope,
        /// How they are grouped.
        group: Grouping,
        /// Which tasks count.
        #[serde(default)]
        filter: Filter,
        /// How many rows to skip; tasks of collapsed groups are no rows.
        from: u32,
        /// How many rows to show at most.
        count: u32,
        /// Keys of collapsed groups.
        #[serde(default)]
        collapsed: Vec<String>,
    },
    /// All about one task. Head: [`TaskDetail`], or null when there is no such task; no rows.
    Task {
        /// Which.
        task: TaskId,
    },
    /// What the reader can do with a task. Head: [`IntentsHead`]; no rows.
    Intents {
        /// Which.
        task: TaskId,
    },
    /// Tasks that match a text, the likeliest first. Head: [`SearchHead`]; rows: [`TaskCard`].
    Search {
        /// Words, all of which must occur.
        text: String,
        /// How many tasks to show at most.
        limit: u32,
    },
}

/// Where the tasks of a list come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, rename = "ListScope"))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// From one board.
    Board {
        /// Which.
        board: BoardId,
    },
    /// What the reader has to do, on all boards; grouped by need also what they could take.
    MyWork {},
    /// From all boards that are not discarded.
    Everything {},
    /// What was discarded, on all boards.
    Discarded {},
}

/// How a list is grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// By how far tasks are.
    State,
    /// By what they need from the reader.
    Needs,
    /// By who has them.
    Holder,
    /// Not at all.
    None,
}

/// What stands between a thing and "landed"; of several, the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Marked {
    /// Saved on this device.
    Saved,
    /// On its way to the server.
    Landing,
    /// Sent, and not answered; or fine when it was issued, and no more.
    InDoubt,
    /// Rejected, and not decided about.
    Rejected,
}

/// What a reader looks at, and who the reader is.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Confirmed, with the outbox replayed.
    pub state: &'a State,
    /// The reader.
    pub me: ActorId,
    /// The worst mark of each subject that has one, by the 16 bytes of its id.
    pub marks: &'a BTreeMap<[u8; 16], Marked>,
    /// The reader's local day.
    pub today: Day,
    /// The time, for what depends on it.
    pub now: TimeMs,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The head, as JSON.
    pub head: String,
    /// The rows, in their order.
    pub rows: Vec<Row>,
    /// `false` while not every task was looked at that could be in it.
    pub is_partial: bool,
}

/// A row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The id of what it shows.
    pub key: [u8; 16],
    /// Changes exactly when the JSON would.
    pub stamp: u64,
    /// The row as JSON; `None` when who asked knows it already.
    pub json: Option<String>,
}

/// Answers `query`. Rows whose stamp is the one in `known` come without their JSON.
///
/// Where a look at each task is needed, all of them are looked at: a page has [`answer_from`] for that.
pub fn answer(view: &View<'_>, query: &Query, known: &BTreeMap<[u8; 16], u64>) -> Answer {
    answer_from(view, query, known, Selection::whole(query, view).as_ref())
}

/// The same from what is gathered so far, in time proportional to what is shown.
pub fn answer_from(view: &View<'_>, query: &Query, known: &BTreeMap<[u8; 16], u64>, selection: Option<&Selection>) -> Answer {
    answered(&Desk::new(view, known, None), query, selection)
}

/// The tasks whose rows may differ after these changes in state and marks; `None` when any may.
pub fn changed_rows(changes: &Changes, marks_changed: &BTreeSet<[u8; 16]>) -> Option<BTreeSet<[u8; 16]>> {
    // Names of members and boards stand in rows.
    let is_of_tasks_only = changes.members.is_empty() && changes.boards.is_empty();
    is_of_tasks_only.then(|| changes.tasks.iter().map(|change| change.id.0).chain(marks_changed.iter().copied()).collect())
}

/// The same in less time, for who asked before and knows which rows may differ since then: [`changed_rows`].
/// Reader and day must be those of the time before.
pub fn answer_again(
    view: &View<'_>,
    query: &Query,
    known: &BTreeMap<[u8; 16], u64>,
    changed: Option<&BTreeSet<[u8; 16]>>,
    selection: Option<&Selection>,
) -> Answer {
    answered(&Desk::new(view, known, changed), query, selection)
}

fn answered(desk: &Desk<'_>, query: &Query, selection: Option<&Selection>) -> Answer {
    let answer = match query {
        Query::Workspace {} => headed(&workspace::head(desk)),
        Query::Board { board, filter } => headed(&board::head(desk, *board, filter, selection)),
        Query::Column { column, from, count, filter } => board::column(desk, *column, *from as usize, *count as usize, filter, selection),
        Query::List { scope, group, filter, from, count, collapsed } => {
            list::answer(desk, (scope, *group, filter), *from as usize, *count as usize, collapsed, selection)
        }
        Query::Task { task } => headed(&task::detail(desk, *task)),
        Query::Intents { task } => headed(&intents::intents(desk, *task)),
        Query::Search { limit, .. } => search::answer(desk, *limit as usize, selection),
    };
    Answer { is_partial: selection.is_some_and(|selection| !selection.is_complete()), ..answer }
}

fn headed(head: &impl Serialize) -> Answer {
    Answer { head: to_json(head), ..Answer::default() }
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("rows are plain data")
}
