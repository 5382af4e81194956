//! Snapshots: the body that a server serves and stores, unpacked, and the state that comes of it.

use super::{DECODED_STATE, USED_STATE};
use crate::meter::within;
use crate::yard::bear_work;
use landfall_domain::{State, Workspace};
use landfall_engine::Cursor;
use landfall_engine::domain::decode_state;

pub fn body(bytes: &[u8]) {
    let Some((_, state)) = within("a snapshot", DECODED_STATE, bytes.len(), || read(bytes)) else { return };
    within("work on a snapshot", USED_STATE, bytes.len(), || bear_work(&state, bytes.len() as u64));
}

/// As the server and both clients read it.
pub fn read(bytes: &[u8]) -> Option<(Cursor, State)> {
    let (cursor, chunks): (Cursor, Vec<Vec<u8>>) = postcard::from_bytes(bytes).ok()?;
    Some((cursor, decode_state::<Workspace>(&chunks).ok()?))
}
