//! A client in the yard, and a world around it in which everything works: what is saved is saved, what is sent is sent.

use crate::product::Workspace;
use crate::yard::{DEVICE, LOG, ME, NOW, OTHER, Yard, command_id};
use landfall_engine::client::{Client, Config, InboxRow, Loaded, Lock, OutboxRow, Output, SavedCommand, Servers};
use landfall_engine::protocol::{CommandText, Downstream, Format, PROTOCOL_VERSION, Piece, Welcome, sealed_frame};
use landfall_engine::{Domain, Record, Seal, TimeMs, upcast};
use std::hint::black_box;

/// Commands in one row of an outbox on disk.
const ROW_COMMANDS: usize = 512;
/// Records in one frame.
const FRAME_RECORDS: usize = 256;

/// One tab's client in the yard, and what its device has written and sent.
pub struct Replica {
    /// The machine.
    pub client: Client<Workspace>,
    /// Frames that it has sent.
    pub sent: Vec<Vec<u8>>,
}

fn saved(yard: &Yard, number: u32) -> SavedCommand {
    SavedCommand {
        id: command_id(ME, u64::from(number)),
        after: number.checked_sub(1).map(|before| command_id(ME, u64::from(before))),
        issued: NOW,
        at: NOW,
        command: Some(CommandText(upcast::encode(&yard.intent(number), Workspace::command_shapes()))),
    }
}

/// The rows of so many tabs, each with one command, numbered from `first` on.
pub fn rows_of_tabs(yard: &Yard, first: u32, tabs: u32) -> Vec<OutboxRow> {
    let rows = (first..first + tabs).map(|number| saved(yard, number));
    rows.map(|command| OutboxRow { key: command.id, commands: vec![command] }).collect()
}

/// What a device has stored that was in the yard last, with commands that wait: those that are numbered from 0 on.
pub fn stored(yard: &Yard, pending: u32) -> Loaded<Workspace> {
    let commands: Vec<SavedCommand> = (0..pending).map(|number| saved(yard, number)).collect();
    let outbox = commands.chunks(ROW_COMMANDS).map(|row| OutboxRow { key: row[0].id, commands: row.to_vec() });
    let snapshot = Some((yard.cursor, yard.state.clone()));
    Loaded { epoch: yard.cursor.epoch, snapshot, outbox: outbox.collect(), ..Loaded::default() }
}

/// So many rejections in an inbox on disk, each of another task.
pub fn inbox(yard: &Yard, count: u32) -> Vec<InboxRow> {
    let row = |number: u32| {
        let command = upcast::encode(&yard.intent(number), Workspace::command_shapes());
        let text = format!(r#"{{"at":{},"issued":{},"reason":"withdrawn","command":{command}}}"#, NOW.0 + u64::from(number), NOW.0);
        InboxRow { id: command_id(ME, 2_000_000 + u64::from(number)), text }
    };
    (0..count).map(row).collect()
}

impl Replica {
    /// Starts from what the device has stored.
    pub fn open(loaded: Loaded<Workspace>) -> Self {
        let config = Config { log: LOG, actor: ME, device: DEVICE, seed: 1, servers: Servers::default() };
        let mut replica = Self { client: Client::new(config, loaded, NOW), sent: Vec::new() };
        replica.settle();
        replica
    }

    /// The same, then leads, connects and catches up.
    pub fn online(loaded: Loaded<Workspace>) -> Self {
        let mut replica = Self::reading(loaded);
        replica.catch_up();
        replica
    }

    /// The same, but the server has more to tell before it says that this is all.
    pub fn reading(loaded: Loaded<Workspace>) -> Self {
        let mut replica = Self::open(loaded);
        replica.client.handle_lock(true, NOW);
        replica.settle();
        let cursor = replica.client.cursor();
        let welcome = Welcome { protocol: PROTOCOL_VERSION, epoch: cursor.epoch, head: cursor.position, server_time: NOW, actor: ME };
        replica.hear(&Format::Postcard.encode(&Downstream::<Workspace>::Welcome(welcome)));
        replica
    }

    /// The server says that this is all.
    pub fn catch_up(&mut self) {
        let head = self.client.cursor().position;
        self.hear(&Format::Postcard.encode(&Downstream::<Workspace>::CaughtUp { head }));
        assert!(self.client.status().caught_up, "the client is online");
    }

    /// A frame comes, and everything that follows from it is done.
    pub fn hear(&mut self, frame: &[u8]) {
        self.client.handle_message(frame, NOW);
        self.settle();
    }

    /// Does what the client wants done until it wants nothing more.
    pub fn settle(&mut self) {
        loop {
            while self.client.work(NOW) {}
            let Some(output) = self.client.poll_output() else { return };
            self.perform(output, NOW);
        }
    }

    /// As the doors of a browser do: rows become JSON on their way to the disk, news becomes bytes on its way to other tabs.
    fn perform(&mut self, output: Output<Workspace>, now: TimeMs) {
        match output {
            Output::Save(save) => {
                for row in &save.outbox_put {
                    black_box(serde_json::to_string(&row.commands).expect("commands are plain data"));
                }
                self.client.handle_saved(save.token, Ok(()), now);
            }
            Output::Load { .. } => self.client.handle_loaded(Loaded::default(), now),
            Output::Snapshot => self.client.handle_snapshot_saved(),
            Output::Bootstrap { .. } => self.client.handle_no_snapshot(true, now),
            Output::Connect { .. } => self.client.handle_connected(now),
            Output::Send(frame) => self.sent.push(frame),
            Output::Tell(news) => {
                black_box(news.encode());
            }
            Output::Lock(Lock::Steal) => self.client.handle_lock(true, now),
            Output::LetGo(state) => drop(state),
            Output::Lock(Lock::Request)
            | Output::Disconnect
            | Output::Post { .. }
            | Output::Show
            | Output::Kept { .. }
            | Output::Settled { .. }
            | Output::Happened(_) => {}
        }
    }
}

/// These records as the frames in which a server sends them.
pub fn frames(records: &[Record<Workspace>]) -> Vec<Vec<u8>> {
    records.chunks(FRAME_RECORDS).map(sealed).collect()
}

/// The next records of the log: of somebody else, about the tasks from this number on.
pub fn frames_of_others(yard: &mut Yard, from: u32, count: u32) -> Vec<Vec<u8>> {
    frames(&yard.records_of_others(from, count))
}

/// The frame with the record of my first command that waits.
pub fn frame_of_mine(yard: &mut Yard) -> Vec<u8> {
    let command = yard.intent(0);
    let record = yard.record(ME, command_id(ME, 0), &command);
    assert_ne!(record.actor, OTHER);
    frames(&[record]).remove(0)
}

/// A page as a server sends it; which seals stand in it costs the same.
fn sealed(page: &[Record<Workspace>]) -> Vec<u8> {
    let pieces: Vec<Piece> = page.iter().map(|record| Piece::of(record, Seal::NONE, Format::Postcard)).collect();
    sealed_frame(Seal::NONE, &pieces, ME, Format::Postcard)
}
