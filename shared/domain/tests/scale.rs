//! Fifty thousand tasks: what must work at that size. How fast it is, is measured elsewhere.

#[path = "history/random.rs"]
#[expect(dead_code, reason = "random intents are for the other tests")]
mod random;

use landfall_domain::commands::board::{CreateBoard, NewColumn};
use landfall_domain::commands::task::{AddTask, Claim, Prioritise};
use landfall_domain::ids::{BoardId, ColumnId, TaskId};
use landfall_domain::state::{Priority, Stage, diff};
use landfall_domain::text::Text;
use landfall_domain::{Command, State, Workspace};
use landfall_engine::Domain;
use landfall_engine::domain::{BadChunk, decode_state, encode_state};
use random::{context, first_day, people, perform};

const TASKS: u32 = 50_000;

fn task_id(number: u32) -> TaskId {
    let mut id = [0x42; 16];
    // Ids do not come in the order of ranks, as they would not after a year of moving.
    id[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    TaskId(id)
}

fn add(number: u32) -> Command {
    let mut column = [0xC8; 16];
    column[15] = (number % 8) as u8;
    let labels = if number.is_multiple_of(3) { vec!["Hull".into()] } else { Vec::new() };
    AddTask {
        task: task_id(number),
        board: BoardId([0xB8; 16]),
        column: Some(ColumnId(column)),
        rank: None,
        title: Text::from(format!("Replace zinc anode {number} on the port bilge keel")),
        description: None,
        steps: Vec::new(),
        labels,
        due: "2026-11-24".parse().ok(),
        estimate_minutes: None,
        priority: Priority::Normal,
        source: None,
    }
    .into()
}

fn yard() -> (State, u64) {
    let mut state = State::default();
    let mut position = 0;
    let mut record = |actor, command: &Command| {
        position += 1;
        perform(&mut state, command, &context(actor, position, position * 10, Some(position))).expect("a valid history");
    };
    first_day().iter().for_each(|(actor, command)| record(*actor, command));
    let columns = (0..8).map(|number| {
        let mut column = [0xC8; 16];
        column[15] = number;
        let stage = if number == 7 { Stage::Claimed } else { Stage::Ready };
        NewColumn { column: ColumnId(column), name: Text::from(format!("Column {number}")), stage, limit: None }
    });
    let board = CreateBoard { board: BoardId([0xB8; 16]), name: "Anodes".into(), key: "ANO".into(), columns: columns.collect() };
    record(people()[0], &board.into());
    (0..TASKS).for_each(|number| record(people()[1], &add(number)));
    (state, position)
}

#[test]
fn a_large_workspace_works_and_survives_its_snapshot() {
    let (state, position) = yard();
    assert_eq!(state.board_count(BoardId([0xB8; 16])).open, TASKS);
    let chunks = encode_state::<Workspace>(&state);
    assert_eq!(chunks.len(), 52, "a head, 50 full pieces, and the tasks of the first day");
    assert_eq!(decode_state::<Workspace>(&chunks).as_ref(), Ok(&state));

    let mut view = state.clone();
    let context = context(people()[2], position + 1, position * 10, None);
    perform(&mut view, &Claim { task: task_id(8), to: None }.into(), &context).unwrap();
    let changes = diff(&state, &view);
    let changed: Vec<TaskId> = changes.tasks.iter().map(|change| change.id).collect();
    assert_eq!((changed, changes.columns.len(), changes.boards.len(), changes.members.len()), (vec![task_id(8)], 0, 0, 0));
    assert_eq!(view.held_by(view.number_of(people()[2]).unwrap()).collect::<Vec<_>>(), [task_id(8)]);
    assert_eq!(state.held_by(state.number_of(people()[2]).unwrap()).len(), 0, "the other copy is as it was");
}

#[test]
fn a_large_state_is_let_go_piece_by_piece_and_copies_stay_whole() {
    let (state, _) = yard();
    let (copy, count) = (state.clone(), state.tasks().len());
    let mut unwanted = state;
    let mut pieces = 0;
    while Workspace::dismantle(&mut unwanted, 1_000) {
        pieces += 1;
        assert_eq!(unwanted.tasks().len(), count - 1_000 * pieces);
    }
    assert_eq!((pieces, unwanted.tasks().len(), copy.tasks().len()), (count / 1_000, 0, count));
}

#[test]
fn bytes_that_are_no_snapshot_are_a_miss() {
    let mut state = State::default();
    for (index, bytes) in [(0, &b"\xff\xff\xff\xff"[..]), (1, b"\x01"), (0, b""), (1, b"\x00\x00")] {
        assert_eq!(Workspace::decode_chunk(&mut state, index, bytes), Err(BadChunk), "{index} {bytes:?}");
    }
}

/// Run with `cargo test --release -p landfall-domain --test scale -- --ignored --nocapture`.
#[test]
#[ignore = "prints how long things take; asserts nothing"]
#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "it measures")]
fn measure() {
    use std::time::Instant;
    let start = Instant::now();
    let (state, mut position) = yard();
    println!("add {TASKS} tasks: {:?}", start.elapsed());
    let start = Instant::now();
    let chunks = encode_state::<Workspace>(&state);
    println!("encode {} bytes: {:?}", chunks.iter().map(Vec::len).sum::<usize>(), start.elapsed());
    let start = Instant::now();
    let copy = decode_state::<Workspace>(&chunks).unwrap();
    println!("decode: {:?}", start.elapsed());
    let mut view = state.clone();
    let start = Instant::now();
    for number in 0..10_000 {
        position += 1;
        let context = context(people()[2], position, position * 10, None);
        perform(&mut view, &Prioritise { task: task_id(number * 5), priority: Priority::High }.into(), &context).unwrap();
    }
    println!("10,000 priorities, unshared after the first: {:?}", start.elapsed());
    let start = Instant::now();
    let mut touched = 0;
    for number in 0..10_000 {
        position += 1;
        let context = context(people()[2], position, position * 10, None);
        let before = view.clone();
        perform(&mut view, &Prioritise { task: task_id(number * 5), priority: Priority::Low }.into(), &context).unwrap();
        touched += diff(&before, &view).tasks.len();
    }
    println!("10,000 times fork, decide, fold, diff ({touched} changes): {:?}", start.elapsed());
    let mut view = state.clone();
    let start = Instant::now();
    for number in 0..1_000 {
        position += 1;
        let context = context(people()[2], position, position * 10, None);
        perform(&mut view, &Claim { task: task_id(number * 8), to: None }.into(), &context).unwrap();
    }
    println!("replay of 1,000 claims: {:?}", start.elapsed());
    let replay = |position: u64| {
        let mut view = state.clone();
        for number in 0..TASKS {
            let context = context(people()[2], position + u64::from(number), position * 10, None);
            perform(&mut view, &Prioritise { task: task_id(number), priority: Priority::Low }.into(), &context).unwrap();
        }
        view
    };
    let (one, other) = (replay(position), replay(position));
    let start = Instant::now();
    println!("{} differ", diff(&one, &other).tasks.len());
    println!("two replays of {TASKS} commands compared: {:?}", start.elapsed());
    let start = Instant::now();
    let mut one = one;
    let mut longest = std::time::Duration::ZERO;
    loop {
        let piece = Instant::now();
        let more = Workspace::dismantle(&mut one, 256);
        longest = longest.max(piece.elapsed());
        if !more {
            break;
        }
    }
    println!("one of them let go in pieces: {:?}, the longest {longest:?}", start.elapsed());
    drop(other);
    drop(view);
    drop(state);
    let start = Instant::now();
    drop(copy);
    println!("a whole state let go: {:?}", start.elapsed());
}
