//! The newest records of one log, encoded once for everybody who reads them.
//!
//! Every session reads at its own cursor. One that has fallen behind the ring is served from the store; nothing waits for it.

use landfall_engine::protocol::{Format, PAGE_BYTES_MAX, PAGE_RECORDS_MAX, Piece};
use landfall_engine::{Domain, Position, Record, Seal};
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Most records in a ring.
const RECORDS_MAX: usize = 4096;
/// Most bytes in a ring, counted as JSON text of commands and records, roughly.
const BYTES_MAX: usize = 4 << 20;

/// One record, and its encodings as soon as somebody needed them.
pub struct Kept<D: Domain> {
    /// The record.
    pub record: Record<D>,
    /// The seal behind it.
    pub seal: Seal,
    bytes: usize,
    postcard: OnceLock<Piece>,
    json: OnceLock<Piece>,
}

impl<D: Domain> Kept<D> {
    fn piece(&self, format: Format) -> &Piece {
        let cell = match format {
            Format::Postcard => &self.postcard,
            Format::Json => &self.json,
        };
        cell.get_or_init(|| Piece::of(&self.record, self.seal, format))
    }
}

/// See the module.
pub struct Ring<D: Domain> {
    kept: RwLock<Window<D>>,
}

struct Window<D: Domain> {
    records: VecDeque<Arc<Kept<D>>>,
    /// The seal before the first of them.
    before: Seal,
    bytes: usize,
}

impl<D: Domain> Window<D> {
    fn seal_at(&self, position: Position) -> Option<Seal> {
        let first = self.records.front()?.record.position;
        match usize::try_from((position + 1).checked_sub(first)?).ok()?.checked_sub(1) {
            None => Some(self.before),
            Some(index) => self.records.get(index).map(|kept| kept.seal),
        }
    }
}

impl<D: Domain> Ring<D> {
    /// An empty one, of a log behind whose head this seal stands.
    pub fn after_seal(before: Seal) -> Self {
        Self { kept: RwLock::new(Window { records: VecDeque::new(), before, bytes: 0 }) }
    }

    /// The seal behind a record; `None` when the ring does not know it.
    pub fn seal_at(&self, position: Position) -> Option<Seal> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).seal_at(position)
    }

    /// Adds the records that follow, each with its approximate size in bytes, and lets go of the oldest over the bound.
    pub fn extend(&self, records: impl IntoIterator<Item = (Record<D>, Seal, usize)>) {
        let mut window = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        for (record, seal, bytes) in records {
            window.bytes += bytes;
            window.records.push_back(Arc::new(Kept { record, seal, bytes, postcard: OnceLock::new(), json: OnceLock::new() }));
        }
        while window.records.len() > RECORDS_MAX || (window.bytes > BYTES_MAX && window.records.len() > 1) {
            let Some(oldest) = window.records.pop_front() else { break };
            window.bytes -= oldest.bytes;
            window.before = oldest.seal;
        }
    }

    /// The records after a position, at most `limit`; `None` when the ring no longer goes back that far.
    pub fn after(&self, position: Position, limit: usize) -> Option<Vec<Arc<Kept<D>>>> {
        let window = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let first = window.records.front()?.record.position;
        let skipped = usize::try_from(position.saturating_add(1).checked_sub(first)?).ok()?;
        Some(window.records.iter().skip(skipped).take(limit).cloned().collect())
    }

    /// A page for a session, after the seal before it; `None` when it must be read from the store.
    pub fn page(&self, after: Position, format: Format) -> Option<(Seal, Vec<Piece>)> {
        let records = self.after(after, PAGE_RECORDS_MAX)?;
        // What has left the ring meanwhile is read from the store, with the seal that stands there.
        let before = self.seal_at(after)?;
        let mut bytes = 0;
        let mut pieces = Vec::with_capacity(records.len());
        for kept in &records {
            let piece = kept.piece(format);
            bytes += piece.whole.len();
            if bytes > PAGE_BYTES_MAX && !pieces.is_empty() {
                break;
            }
            pieces.push(piece.clone());
        }
        Some((before, pieces))
    }
}
