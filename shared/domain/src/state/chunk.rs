//! A state as pieces of a snapshot: a head, and the tasks a thousand at a time.

use super::{Board, Column, Member, State, Task, WorkspaceInfo};
use crate::ids::{MemberNumber, TaskId};
use landfall_engine::domain::BadChunk;
use serde::{Deserialize, Serialize};
use std::ops::Bound;
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

/// Where a piece begins.
#[derive(Default)]
pub enum Place {
    /// Before everything.
    #[default]
    Head,
    /// After this task, or before all of them.
    Tasks(Option<TaskId>),
}

pub(crate) fn encode_chunk(state: &State, place: &mut Place) -> Option<Vec<u8>> {
    let (bytes, last) = match place {
        Place::Head => {
            let head = HeadOut {
                workspace: state.workspace(),
                members: state.members.iter().map(|(number, member)| (*number, &**member)).collect(),
                boards: state.boards.values().map(|board| &**board).collect(),
                columns: state.columns.values().map(|column| &**column).collect(),
            };
            (postcard::to_stdvec(&head), None)
        }
        Place::Tasks(after) => {
            let rest = state.tasks.range((after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded));
            let tasks: Vec<&Task> = rest.take(TASKS_PER_CHUNK).map(|(_, task)| &**task).collect();
            let last = tasks.last()?.id;
            (postcard::to_stdvec(&tasks), Some(last))
        }
    };
    *place = Place::Tasks(last);
    Some(bytes.expect("the state is plain data"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::board::ColumnCreated;
    use crate::commands::workspace::WorkspaceFounded;
    use crate::given::{ANNA, BOARD, READY, add_task, given, id};
    use crate::rank::Rank;
    use crate::state::Stage;
    use crate::{Event, Workspace};
    use landfall_engine::domain::{decode_state, encode_state};
    use landfall_engine::{ActorId, CommandId, Context, DeviceId, Domain, TimeMs};

    /// The yard's state, of its one task and another.
    fn state() -> State {
        given([(ANNA, add_task(id(7), "Renew the seal").into())]).state().clone()
    }

    /// The state that a snapshot of this one gives.
    fn copy(state: &State) -> State {
        decode_state::<Workspace>(&encode_state::<Workspace>(state)).unwrap()
    }

    /// The piece that holds the first thousand tasks.
    fn tasks(state: &State) -> Vec<u8> {
        encode_chunk(state, &mut Place::Tasks(None)).unwrap()
    }

    #[test]
    fn a_length_that_no_input_could_hold_is_a_miss_and_takes_no_room() {
        let tasks = tasks(&state());
        // The last task ends with its comments (none), its history (none) and the signs of five parts (none).
        let (task, rest) = tasks.split_at(tasks.len() - 7);
        assert_eq!(rest, [0; 7]);
        let bomb = [task, &[0xff, 0xff, 0xff, 0xff, 0xff, 0x3f], &rest[1..]].concat();
        assert_eq!(decode_chunk(&mut State::default(), 1, &bomb), Err(BadChunk));
    }

    #[test]
    fn what_stands_twice_or_in_another_order_is_no_piece_of_ours() {
        let state = state();
        let both: Vec<&Task> = state.tasks.values().map(|task| &**task).collect();
        let [one, other] = both[..] else { panic!("two tasks") };
        for tasks in [vec![one, one], vec![other, one]] {
            let bytes = postcard::to_stdvec(&tasks).unwrap();
            assert_eq!(decode_chunk(&mut State::default(), 1, &bytes), Err(BadChunk));
        }
        assert_eq!(copy(&state), state);
        assert_eq!(decode_chunk(&mut copy(&state), 1, &tasks(&state)), Err(BadChunk), "nor is a piece that was read already");
    }
    #[test]
    fn what_takes_the_place_of_another_leaves_nothing_of_it_in_an_index() {
        let mut state = state();
        let context = Context { command: CommandId([3; 16]), actor: ANNA, device: DeviceId([4; 16]), at: TimeMs(5), position: Some(90) };
        let founded = WorkspaceFounded { name: "Yard".into(), owner: ActorId([0x99; 16]), owner_name: "Zoe".into() };
        let created =
            ColumnCreated { board: BOARD, column: READY, name: "Next".into(), stage: Stage::Ready, rank: Rank::first(), limit: None };
        for event in [Event::from(founded), created.clone().into(), ColumnCreated { board: id(8), ..created }.into()] {
            Workspace::evolve(&mut state, &event, &context);
            assert_eq!(copy(&state), state, "{event:?}");
        }
    }
}
