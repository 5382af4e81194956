//! A log's state as bytes: postcard of a cursor and the domain's chunks, gzipped. What is stored is what is served.

use crate::Served;
use crate::store::StoredSnapshot;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use landfall_engine::Cursor;
use landfall_engine::domain::{decode_state, encode_state};
use std::io::{Read, Write};

/// A snapshot that unpacks to more than this is not one of ours, bytes.
const UNPACKED_BYTES_MAX: u64 = 1 << 30;

/// Writes a state. Long work: for a thread of its own.
pub fn encode<D: Served>(cursor: Cursor, state: &D::State) -> std::io::Result<StoredSnapshot> {
    let chunks = encode_state::<D>(state);
    let bytes = postcard::to_stdvec(&(cursor, chunks)).map_err(std::io::Error::other)?;
    let mut gzip = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    gzip.write_all(&bytes)?;
    Ok(StoredSnapshot { cursor, body: gzip.finish()? })
}

/// Reads a state; `None` when the bytes are not one, which is a miss. Long work: for a thread of its own.
pub fn decode<D: Served>(snapshot: &StoredSnapshot) -> Option<D::State> {
    let mut bytes = Vec::new();
    GzDecoder::new(snapshot.body.as_slice()).take(UNPACKED_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    let (cursor, chunks): (Cursor, Vec<Vec<u8>>) = postcard::from_bytes(&bytes).ok()?;
    if cursor != snapshot.cursor {
        return None;
    }
    decode_state::<D>(&chunks).ok()
}
