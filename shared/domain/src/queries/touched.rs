//! Which answers a change can have touched, so that the others are not asked again.

use super::{Grouping, Query, Scope};
use crate::ids::{BoardId, ColumnId, TaskId};
use crate::state::{Changes, State, Task, TaskChange};
use std::collections::BTreeSet;

/// Can the answer to `query` differ after these changes? Never wrong in saying no.
pub fn touched(changes: &Changes, query: &Query) -> bool {
    let tasks = &changes.tasks;
    // Names stand in every answer, and roles decide what the reader may do.
    if !changes.members.is_empty() {
        return true;
    }
    let columns_or_boards = !changes.columns.is_empty() || !changes.boards.is_empty();
    match query {
        Query::Workspace {} => changes.workspace || !changes.boards.is_empty() || tasks.iter().any(counts_differ),
        Query::Board { board, filter } => {
            changes.boards.contains(board)
                || !changes.columns.is_empty()
                || tasks.iter().any(|change| is_of_board(change, *board) && (!filter.is_empty() || shape_differs(change)))
        }
        Query::Column { column, .. } => changes.columns.contains(column) || tasks.iter().any(|change| is_of_column(change, *column)),
        Query::List { scope: Scope::Board { board }, group, .. } => {
            columns_or_boards
                || tasks.iter().any(|change| is_of_board(change, *board))
                // What waits for the reader depends on nothing but the tasks of the board, so no other group needs more.
                || (*group == Grouping::Needs && changes.workspace)
        }
        Query::List { scope: Scope::Discarded {}, .. } => {
            !changes.boards.is_empty() || tasks.iter().any(|change| sides(change).any(|task| !task.is_live()))
        }
        Query::List { scope: Scope::MyWork {} | Scope::Everything {}, .. } | Query::Search { .. } => columns_or_boards || !tasks.is_empty(),
        Query::Task { task } => {
            columns_or_boards || tasks.iter().any(|change| change.id == *task || shape_differs(change) || name_differs(change))
        }
        // Another task that enters or leaves a column can make it full, or make room.
        Query::Intents { task } => columns_or_boards || tasks.iter().any(|change| change.id == *task || shape_differs(change)),
    }
}

/// The tasks among these subjects: looked up once, however many queries are asked of.
pub fn tasks_among<'s>(state: &'s State, subjects: &BTreeSet<[u8; 16]>) -> Vec<&'s Task> {
    subjects.iter().filter_map(|subject| state.task(TaskId(*subject))).map(|task| &**task).collect()
}

/// Can the answer to `query` differ because the marks of these tasks did?
pub fn touched_by_marks(state: &State, marked: &[&Task], query: &Query) -> bool {
    match query {
        Query::Workspace {} | Query::Board { .. } | Query::Intents { .. } => false,
        Query::Column { column, .. } => marked.iter().any(|task| task.column == *column),
        Query::List { scope: Scope::Board { board }, .. } => marked.iter().any(|task| task.board == *board),
        Query::List { .. } | Query::Search { .. } => !marked.is_empty(),
        Query::Task { task } => {
            let linked = |id: TaskId| {
                state.task(*task).is_some_and(|task| task.links.iter().any(|link| link.to == crate::state::LinkTarget::Task(id)))
            };
            marked.iter().any(|other| other.id == *task || linked(other.id))
        }
    }
}

fn sides(change: &TaskChange) -> impl Iterator<Item = &Task> {
    change.before.iter().chain(&change.after).map(|task| &**task)
}

fn is_of_board(change: &TaskChange, board: BoardId) -> bool {
    sides(change).any(|task| task.board == board)
}

fn is_of_column(change: &TaskChange, column: ColumnId) -> bool {
    sides(change).any(|task| task.column == column && task.is_live())
}

/// Does the task count, or stand, elsewhere than before, or has it other labels?
fn shape_differs(change: &TaskChange) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return true };
    before.column != after.column || before.rank != after.rank || before.is_live() != after.is_live() || before.labels != after.labels
}

/// Is it called, or does it look, different where another task links to it?
fn name_differs(change: &TaskChange) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return true };
    before.title != after.title || before.number != after.number || before.stage != after.stage || before.holder() != after.holder()
}

/// Does it count differently among all tasks, those of its board, or those of somebody?
fn counts_differ(change: &TaskChange) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return true };
    before.is_live() != after.is_live()
        || before.stage != after.stage
        || before.hold != after.hold
        || before.workers != after.workers
        || before.board != after.board
}
