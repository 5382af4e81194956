//! A log's state as bytes: postcard of a cursor, the domain's chunks and the seal there, gzipped. What is stored is what is served.

use crate::Served;
use crate::store::StoredSnapshot;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use landfall_engine::domain::{decode_state, encode_state};
use landfall_engine::protocol::Snapshot;
use landfall_engine::{Cursor, Seal};
use std::io::{Read, Write};

/// A snapshot that unpacks to more than this is not one of ours, bytes.
const UNPACKED_BYTES_MAX: u64 = 1 << 30;

/// Writes a state, behind whose last record this seal stands. Long work: for a thread of its own.
pub fn encode<D: Served>(cursor: Cursor, seal: Seal, state: &D::State) -> std::io::Result<StoredSnapshot> {
    let chunks = encode_state::<D>(state);
    let bytes = postcard::to_stdvec(&Snapshot { cursor, chunks, seal }).map_err(std::io::Error::other)?;
    let mut gzip = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    gzip.write_all(&bytes)?;
    Ok(StoredSnapshot { cursor, body: gzip.finish()? })
}

/// Reads a state, and the seal that stood there; `None` when the bytes are not one, which is a miss. Long work: for a thread of its own.
pub fn decode<D: Served>(snapshot: &StoredSnapshot) -> Option<(D::State, Seal)> {
    let mut bytes = Vec::new();
    GzDecoder::new(snapshot.body.as_slice()).take(UNPACKED_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    let Snapshot { cursor, chunks, seal } = postcard::from_bytes(&bytes).ok()?;
    if cursor != snapshot.cursor {
        return None;
    }
    Some((decode_state::<D>(&chunks).ok()?, seal))
}
