//! Snapshots in pieces, so that one is served without being held whole: what both databases are asked for them.
//!
//! When a snapshot is saved, the one before it stays until the next: whoever downloads it can come to its end.

use super::StoredSnapshot;
use super::asked::{cursor, unsigned};
use crate::store::StoreError;
use landfall_engine::Cursor;

/// The size of each piece but the last, bytes.
pub const SNAPSHOT_PIECE_BYTES: usize = 64 << 10;

/// A snapshot that is kept, without its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotExtent {
    /// The last record folded into it.
    pub cursor: Cursor,
    /// Its size as it is served, bytes.
    pub bytes: u64,
}

pub(super) const EXTENT: &str = "SELECT epoch, position, CAST(SUM(octet_length(body)) AS BIGINT) FROM snapshot_piece \
     WHERE log = $1 AND fold_key = $2 GROUP BY epoch, position ORDER BY epoch DESC, position DESC LIMIT 1";
pub(super) const WHOLE: &str = "SELECT epoch, position, body FROM snapshot_piece WHERE log = $1 AND fold_key = $2 AND (epoch, position) IN \
     (SELECT newest.epoch, newest.position FROM snapshot_piece AS newest WHERE newest.log = $1 AND newest.fold_key = $2 \
     ORDER BY newest.epoch DESC, newest.position DESC LIMIT 1) ORDER BY number";
pub(super) const PIECE: &str =
    "SELECT body FROM snapshot_piece WHERE log = $1 AND fold_key = $2 AND epoch = $3 AND position = $4 AND number = $5";
/// Of the same key the newest one stays that is not the one about to be saved.
pub(super) const FORGET: &str = "DELETE FROM snapshot_piece WHERE log = $1 AND (fold_key <> $2 OR (epoch, position) NOT IN \
     (SELECT kept.epoch, kept.position FROM snapshot_piece AS kept WHERE kept.log = $1 AND kept.fold_key = $2 \
     AND (kept.epoch <> $3 OR kept.position <> $4) ORDER BY kept.epoch DESC, kept.position DESC LIMIT 1))";

pub(super) fn extent((epoch, position, bytes): (i64, i64, i64)) -> Result<SnapshotExtent, StoreError> {
    Ok(SnapshotExtent { cursor: cursor(epoch, position)?, bytes: unsigned(bytes)? })
}

/// The pieces of one snapshot put together; `None` of none.
pub(super) fn whole(pieces: Vec<(i64, i64, Vec<u8>)>) -> Result<Option<StoredSnapshot>, StoreError> {
    let Some((epoch, position, _)) = pieces.first() else { return Ok(None) };
    let cursor = cursor(*epoch, *position)?;
    let body = pieces.into_iter().flat_map(|(_, _, body)| body).collect();
    Ok(Some(StoredSnapshot { cursor, body }))
}

/// The piece of these bytes with this number.
pub(super) fn piece(body: &[u8], number: u64) -> Option<&[u8]> {
    body.chunks(SNAPSHOT_PIECE_BYTES).nth(usize::try_from(number).ok()?)
}
