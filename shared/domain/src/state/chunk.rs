//! A state as pieces of a snapshot: a head, and the tasks a thousand at a time.

use super::{Board, Column, Member, State, Task, WorkspaceInfo};
use crate::ids::MemberNumber;
use landfall_engine::domain::BadChunk;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Tasks in one piece.
const TASKS_PER_CHUNK: usize = 1000;

/// The first piece, as written.
#[derive(Serialize)]
struct HeadOut<'a> {
    workspace: Option<&'a WorkspaceInfo>,
    members: Vec<(MemberNumber, &'a Member)>,
    boards: Vec<&'a Board>,
    columns: Vec<&'a Column>,
}

/// The first piece, as read.
#[derive(Deserialize)]
struct HeadIn {
    workspace: Option<WorkspaceInfo>,
    members: Vec<(MemberNumber, Member)>,
    boards: Vec<Board>,
    columns: Vec<Column>,
}

pub(crate) fn chunk_count(state: &State) -> usize {
    1 + state.tasks.len().div_ceil(TASKS_PER_CHUNK)
}

pub(crate) fn encode_chunk(state: &State, index: usize) -> Vec<u8> {
    let bytes = match index.checked_sub(1) {
        None => postcard::to_stdvec(&HeadOut {
            workspace: state.workspace(),
            members: state.members.iter().map(|(number, member)| (*number, &**member)).collect(),
            boards: state.boards.values().map(|board| &**board).collect(),
            columns: state.columns.values().map(|column| &**column).collect(),
        }),
        Some(piece) => {
            let tasks = state.tasks.values().skip(piece * TASKS_PER_CHUNK).take(TASKS_PER_CHUNK);
            postcard::to_stdvec(&tasks.map(|task| &**task).collect::<Vec<&Task>>())
        }
    };
    bytes.expect("the state is plain data")
}

pub(crate) fn decode_chunk(state: &mut State, index: usize, bytes: &[u8]) -> Result<(), BadChunk> {
    if index == 0 {
        let head: HeadIn = read(bytes)?;
        ascending(head.members.iter().map(|(number, _)| number))?;
        ascending(head.boards.iter().map(|board| &board.id))?;
        ascending(head.columns.iter().map(|column| &column.id))?;
        state.workspace = head.workspace.map(Arc::new);
        head.members.into_iter().for_each(|(number, member)| state.insert_member(number, member));
        head.boards.into_iter().for_each(|board| state.insert_board(board));
        head.columns.into_iter().for_each(|column| state.insert_column(column));
    } else {
        let tasks: Vec<Task> = read(bytes)?;
        let last = state.tasks.get_max().map(|(id, _)| id);
        ascending(last.into_iter().chain(tasks.iter().map(|task| &task.id)))?;
        state.insert_tasks(tasks);
    }
    Ok(())
}

/// Pieces are written in the order of ids, each once. What is not is no piece of ours, and would leave indexes that say something else.
fn ascending<'a, T: Ord + 'a>(ids: impl Iterator<Item = &'a T>) -> Result<(), BadChunk> {
    if ids.is_sorted_by(|one, next| one < next) { Ok(()) } else { Err(BadChunk) }
}

/// Reads bytes that hold one value and nothing after it.
fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, BadChunk> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(BadChunk),
    }
}
