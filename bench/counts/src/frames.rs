//! Bytes: what typical frames, patches and snapshots take.

use crate::paths::screens::patch_of_one_row;
use crate::product::Workspace;
use crate::replica::{Replica, frames_of_others, stored};
use crate::yard::{DEVICE, LOG, ME, NOW, Yard, command_id};
use landfall_engine::Domain;
use landfall_engine::domain::encode_state;
use landfall_engine::protocol::{Downstream, Format, Hello, PROTOCOL_VERSION, Upstream, Welcome};

/// Tasks in the workspace: a snapshot's head does not matter then.
const TASKS: u32 = 5_000;

/// What is weighed, and its bytes.
pub struct Weight {
    /// Its name in budgets.
    pub name: &'static str,
    /// What it is.
    pub of: &'static str,
    /// So many.
    pub bytes: u64,
}

/// Weighs everything.
pub fn weights() -> Vec<Weight> {
    let weight = |name, of, bytes: usize| Weight { name, of, bytes: bytes as u64 };
    let yard = Yard::of(TASKS);
    let mut replica = Replica::online(stored(&yard, 0));
    replica.sent.clear();
    replica.client.submit(command_id(ME, 0), yard.drag(400), NOW).expect("nothing is against it");
    replica.settle();
    let up: usize = replica.sent.iter().map(Vec::len).sum();
    let down: usize = frames_of_others(&mut yard.clone(), 0, 1).iter().map(Vec::len).sum();
    let record = Format::Json.encode(&Downstream::Records(yard.clone().records_of_others(0, 1)));
    let hello = Hello { protocol: PROTOCOL_VERSION, schema: Workspace::SCHEMA, log: LOG, cursor: yard.cursor, device: DEVICE };
    let head = yard.cursor.position;
    let welcome = Welcome { protocol: PROTOCOL_VERSION, epoch: yard.cursor.epoch, head, server_time: NOW, actor: ME };
    let snapshot: usize = encode_state::<Workspace>(&yard.state).iter().map(Vec::len).sum();
    let row = serde_json::to_string(&stored(&yard, 1).outbox[0].commands).expect("commands are plain data");
    vec![
        weight("command-up", "the frame of one command, a card dragged, postcard", up),
        weight("record-down", "the frame of one record, a claim, postcard", down),
        weight("record-down-json", "the same as JSON", record.len()),
        weight("hello", "the first frame of a client, postcard", Format::Postcard.encode(&Upstream::Hello(hello)).len()),
        weight("welcome", "the answer to it, postcard", Format::Postcard.encode(&Downstream::<Workspace>::Welcome(welcome)).len()),
        weight("patch", "the patch for one changed row of a column with 16 in sight, JSON", patch_of_one_row(TASKS).len()),
        weight("outbox-row", "a row of the outbox on disk with one command, a claim, JSON", row.len()),
        weight("snapshot", "a snapshot, for each 1,000 tasks, before compression", snapshot * 1_000 / TASKS as usize),
    ]
}
