//! Files of other programs: planned as an import into a new board and into one that is there, and every planned command issued.

use super::USED;
use crate::meter::{Bound, within};
use crate::random::people;
use crate::yard::{NOW, YARD, bear};
use landfall_domain::import::{self, Destination, Format, Options, Recognition};
use landfall_domain::{Command, Rejection, Workspace};
use landfall_engine::domain::evolve_all;
use landfall_engine::protocol::COMMAND_BYTES_MAX;
use landfall_engine::{ActorId, CommandId, Context, Domain, upcast};
use std::sync::Arc;

/// What a plan may hold: the shortest line that makes a task is two bytes long.
const PLANNED: Bound = Bound { base: 1 << 20, per_byte: 2048 };

pub fn csv(bytes: &[u8]) {
    read(bytes, Format::Csv);
}

pub fn trello(bytes: &[u8]) {
    read(bytes, Format::Trello);
}

pub fn github(bytes: &[u8]) {
    read(bytes, Format::Github);
}

fn read(bytes: &[u8], format: Format) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for name in ["", "tasks.CSV"] {
        let mut recognition = Recognition::new(Arc::new(text.to_owned()), name);
        while recognition.step().is_none() {}
    }
    let (_, state) = &*YARD;
    let board = *state.boards().keys().next().expect("the yard has a board");
    // Into a new board or into one that is there, by the length of the file.
    let destination = if bytes.len() % 2 == 1 { Destination::Existing(board) } else { Destination::New { name: None, key: None } };
    let options = Options { board: destination, now: NOW, seed: [3; 16], offset_minutes: 60 };
    let places = import::places(state, board);
    let plan = || import::plan(text, format, &options, &places).with_free_key(state);
    let planned = within("a plan", PLANNED, bytes.len(), plan);
    assert_eq!(planned.commands.len(), planned.lines.len(), "each command comes from a line");
    if !planned.commands.is_empty() {
        assert!(planned.commands == plan().commands, "the same file gives the same plan");
        within("carrying out a plan", USED, bytes.len(), || issue(&planned.commands));
    }
}

/// What a plan says can be said, and the domain takes it: but for what no file can know.
fn issue(commands: &[Command]) {
    let mut state = YARD.1.clone();
    for (number, command) in (1_u64..).zip(commands) {
        let text = upcast::encode(command, Workspace::command_shapes());
        assert!(text.len() <= COMMAND_BYTES_MAX, "a planned command of {} bytes", text.len());
        let mut id = [9; 16];
        id[8..].copy_from_slice(&number.to_be_bytes());
        let owner = state.members().values().find(|member| member.role == landfall_domain::state::Role::Owner && member.removed.is_none());
        let actor: ActorId = owner.map_or(people()[0], |owner| owner.actor);
        let context = Context { command: CommandId(id), position: Some(1_000 + number), ..crate::yard::next_context(actor) };
        match Workspace::decide(&state, command, &context) {
            Ok(events) => evolve_all::<Workspace>(&mut state, &events, &context),
            Err(Rejection::LimitReached { .. } | Rejection::ColumnFull { .. } | Rejection::NoColumn { .. }) => {}
            Err(rejection) => panic!("a planned command is refused: {rejection:?}"),
        }
    }
    bear(&state);
}
