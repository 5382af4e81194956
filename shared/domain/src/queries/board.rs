//! A board with its columns, and windows of a column's tasks.

use super::desk::Desk;
use super::filter::Filter;
use super::rows::{BoardHead, ColumnHead, ColumnView};
use super::selection::{Group, Selection};
use super::{Answer, to_json};
use crate::ids::{BoardId, ColumnId, TaskId};
use crate::rank::Rank;
use crate::state::{Column, Order, Stage, State, Task};

pub(super) fn head<'v>(desk: &Desk<'v>, board: BoardId, filter: &Filter, selection: Option<&Selection>) -> Option<BoardHead<'v>> {
    let state = desk.state;
    let board = state.board(board)?;
    let (discarded, live): (Vec<&_>, Vec<&_>) = state.columns_of(board.id).partition(|column| column.discarded.is_some());
    let views = |columns: Vec<&'v std::sync::Arc<Column>>| {
        let shown = |column: &Column| shown(desk, column.id, filter, selection);
        columns.into_iter().map(|column| view(desk, column, shown(column) as u32)).collect()
    };
    let count = state.board_count(board.id);
    Some(BoardHead {
        id: board.id,
        name: &board.name,
        key: &board.key,
        name_mark: board.name_sign.mark,
        columns: views(live),
        discarded_columns: views(discarded),
        empty: count.open + count.signed_off == 0,
        discarded: board.discarded.is_some(),
        labels: state.labels_of(board.id).collect(),
    })
}

/// How many tasks of a column the filter shows.
fn shown(desk: &Desk<'_>, column: ColumnId, filter: &Filter, selection: Option<&Selection>) -> usize {
    if filter.is_empty() {
        return desk.state.count(column);
    }
    selection.and_then(|selection| selection.tasks(Group::Column(column))).map_or(0, |tasks| tasks.len())
}

fn view<'v>(desk: &Desk<'v>, column: &'v Column, shown: u32) -> ColumnView<'v> {
    let count = desk.state.count(column.id) as u32;
    let limit = column.limit.as_ref();
    ColumnView {
        id: column.id,
        name: &column.name,
        name_mark: column.name_sign.mark,
        stage: column.stage,
        limit: limit.map(|limit| limit.count),
        count,
        shown,
        full: limit.is_some_and(|limit| count >= limit.count),
        rank: column.rank.as_str(),
        limited_by: limit.map(|limit| desk.person(limit.sign.person)),
    }
}

/// A window of a column.
pub(super) fn column(
    desk: &Desk<'_>,
    column: ColumnId,
    from: usize,
    count: usize,
    filter: &Filter,
    selection: Option<&Selection>,
) -> Answer {
    let newest_first = desk.state.column(column).is_some_and(|column| shows_newest_first(column));
    let ids = if filter.is_empty() {
        desk.state.order(column).map_or_else(Vec::new, |order| window(order, newest_first, from, count))
    } else {
        let tasks = selection.and_then(|selection| selection.tasks(Group::Column(column)));
        tasks.map_or_else(Vec::new, |tasks| window_of(|| tasks.iter().map(|(_, id)| *id), tasks.len(), newest_first, from, count))
    };
    let rows = ids.into_iter().filter_map(|id| desk.row(id)).collect();
    let total = shown(desk, column, filter, selection) as u32;
    Answer { head: to_json(&ColumnHead { total }), rows, ..Answer::default() }
}

/// What is signed off is read like a log: the last thing first. Work to do is read from the top.
pub(super) fn shows_newest_first(column: &Column) -> bool {
    column.stage == Stage::SignedOff
}

/// `count` tasks of an order after the first `from`.
pub(super) fn window(order: &Order, backwards: bool, from: usize, count: usize) -> Vec<TaskId> {
    window_of(|| order.iter().map(|(_, task)| *task), order.len(), backwards, from, count)
}

/// `count` of `length` tasks after the first `from`, walking from the nearer end.
pub(super) fn window_of<I: DoubleEndedIterator<Item = TaskId>>(
    tasks: impl Fn() -> I,
    length: usize,
    backwards: bool,
    from: usize,
    count: usize,
) -> Vec<TaskId> {
    let from = from.min(length);
    let until = from.saturating_add(count).min(length);
    let (start, end) = if backwards { (length - until, length - from) } else { (from, until) };
    let mut ids: Vec<TaskId> = if start <= length - end {
        tasks().skip(start).take(end - start).collect()
    } else {
        let mut ids: Vec<TaskId> = tasks().rev().skip(length - end).take(end - start).collect();
        ids.reverse();
        ids
    };
    if backwards {
        ids.reverse();
    }
    ids
}

/// The tasks that stand before and after one on the screen.
pub(super) fn neighbours(state: &State, task: &Task) -> (Option<TaskId>, Option<TaskId>) {
    let Some(order) = state.order(task.column) else { return (None, None) };
    let here = (task.rank.clone(), task.id);
    let before = order.range(..here.clone()).next_back().map(|(_, id)| *id);
    let after = order.range(here..).find(|(_, id)| *id != task.id).map(|(_, id)| *id);
    if state.column(task.column).is_some_and(|column| shows_newest_first(column)) { (after, before) } else { (before, after) }
}

/// The rank that puts a column before another live one of the board, or behind the last.
/// `moving` is the column itself, which does not count as its own neighbour.
pub fn column_rank_between(state: &State, board: BoardId, before: Option<ColumnId>, moving: Option<ColumnId>) -> Rank {
    let others = || state.columns_of(board).filter(|column| column.discarded.is_none() && Some(column.id) != moving);
    let upper = others().find(|column| Some(column.id) == before);
    let lower = others().take_while(|column| upper.is_none_or(|upper| column.id != upper.id)).last();
    Rank::between(lower.map(|column| &column.rank), upper.map(|column| &column.rank))
}

/// The rank that puts a task where the screen shows it: above `before`, or at the bottom of the column.
/// `moving` is the task itself, which does not count as its own neighbour.
pub fn rank_between(state: &State, column: ColumnId, before: Option<TaskId>, moving: Option<TaskId>) -> Rank {
    let newest_first = state.column(column).is_some_and(|column| shows_newest_first(column));
    let empty = Order::new();
    let order = state.order(column).unwrap_or(&empty);
    let still = |entry: &&(Rank, TaskId)| Some(entry.1) != moving;
    let anchor = before.filter(|before| Some(*before) != moving).and_then(|before| state.task(before)).filter(|task| task.column == column);
    // Above on the screen is the larger rank where the newest comes first.
    let (lower, upper) = match (anchor, newest_first) {
        (Some(task), false) => (order.range(..(task.rank.clone(), task.id)).rev().find(still), order.get(&(task.rank.clone(), task.id))),
        (Some(task), true) => {
            let here = (task.rank.clone(), task.id);
            let above = order.range(here.clone()..).find(|entry| **entry != here && still(entry));
            (order.get(&here), above)
        }
        (None, false) => (order.iter().rev().find(still), None),
        (None, true) => (None, order.iter().find(still)),
    };
    Rank::between(lower.map(|(rank, _)| rank), upper.map(|(rank, _)| rank))
}
