//! Logs in memory: for demonstrations, measurements and tests. Forgets everything when the process ends.

use super::archive::{page_of, row_page_of, seal_of};
use super::asked::{do_follow, ends};
use super::snapshots::piece;
use super::{
    AppendError, ArchiveExtent, ArchiveLayout, FoundRecord, LogStore, Page, PageLimit, PageRow, RowPage, SealedHead, SnapshotExtent,
    StoreError, StoredRecord, StoredRow, StoredSnapshot, Subject,
};
use crate::archive::Piece;
use futures::future::{BoxFuture, FutureExt, ready};
use landfall_engine::{CommandId, Cursor, Epoch, LogId, Position, Seal};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The memory store.
#[derive(Default)]
pub struct MemoryStore {
    logs: Mutex<BTreeMap<LogId, MemoryLog>>,
}

#[derive(Default)]
struct MemoryLog {
    epoch: Epoch,
    /// What comes after the archive.
    records: Vec<StoredRecord>,
    found: BTreeMap<CommandId, FoundRecord>,
    archive: Vec<Piece>,
    /// The newest and, while somebody may read it, the one before.
    snapshots: Vec<(u32, StoredSnapshot)>,
}

impl MemoryLog {
    fn head(&self) -> Cursor {
        Cursor { epoch: self.epoch, position: self.archived() + self.records.len() as Position }
    }

    /// The position up to which records are archived.
    fn archived(&self) -> Position {
        self.archive.last().map_or(0, |piece| piece.last)
    }

    fn piece(&self, position: Position) -> Option<&Piece> {
        self.archive.iter().find(|piece| piece.last >= position)
    }

    /// The rows of the archive after a position; `None` when the next one is not there.
    fn archived_after(&self, after: Position) -> Result<Option<Vec<StoredRow>>, StoreError> {
        let Some(piece) = self.piece(after.saturating_add(1)) else { return Ok(None) };
        let mut rows = piece.unpack().map_err(StoreError::Damaged)?;
        rows.retain(|row| row.position > after.cast_signed());
        Ok(Some(rows))
    }

    /// Records after a position that are not archived.
    fn after(&self, after: Position) -> &[StoredRecord] {
        let start = usize::try_from(after.saturating_sub(self.archived())).unwrap_or(usize::MAX).min(self.records.len());
        &self.records[start..]
    }

    fn take_into_archive(&mut self, piece: Piece) -> Result<(), StoreError> {
        let refused = |why: &str| Err(StoreError::Unavailable(why.into()));
        if piece.first != self.archived() + 1 {
            return refused("the pieces of an archive follow one another");
        }
        if piece.last > self.head().position {
            return refused("some of these records are not there");
        }
        let count = usize::try_from(piece.records()).unwrap_or(usize::MAX).min(self.records.len());
        self.records.drain(..count);
        self.archive.push(piece);
        Ok(())
    }

    fn about(&self, subject: Subject, before: Position, limit: PageLimit) -> Result<Page, StoreError> {
        let about = |record: &&StoredRecord| record.subject == Some(subject) && record.position < before;
        let mut page = self.page(self.records.iter().rev().filter(about), limit);
        let mut bytes: usize = page.rows.iter().map(|row| row.body.len()).sum();
        for piece in self.archive.iter().rev().filter(|piece| piece.first < before) {
            let rows = piece.unpack().map_err(StoreError::Damaged)?;
            let archived = rows.iter().rev().filter_map(|row| row.clone().read(Seal::NONE).ok());
            for record in archived.filter(|record| about(&record)) {
                if !page.end || page.rows.len() == limit.records || (bytes >= limit.bytes && !page.rows.is_empty()) {
                    page.end = false;
                    return Ok(page);
                }
                bytes += record.body.len();
                let row = StoredRow::from(&record);
                page.rows.push((&row).into());
            }
        }
        Ok(page)
    }

    fn newest_snapshot(&self, fold_key: u32) -> Option<&StoredSnapshot> {
        let of_the_key = self.snapshots.iter().filter(|(key, _)| *key == fold_key).map(|(_, kept)| kept);
        of_the_key.max_by_key(|kept| kept.cursor)
    }

    fn append(&mut self, expected: Cursor, records: Vec<StoredRecord>) -> Result<(), AppendError> {
        let (before, _) = ends(&records);
        if self.head() != expected || self.seal_at(expected.position) != Ok(Some(before)) {
            return Err(AppendError::HeadMoved);
        }
        let commands: BTreeSet<CommandId> = records.iter().map(|record| record.command).collect();
        if commands.len() < records.len() || commands.iter().any(|command| self.found.contains_key(command)) {
            return Err(AppendError::AlreadyRecorded);
        }
        if !do_follow(expected, &records) {
            return Err(AppendError::Unavailable("the positions do not follow the head".into()));
        }
        let found = |record: &StoredRecord| {
            (record.command, FoundRecord { command: record.command, position: record.position, fingerprint: record.fingerprint })
        };
        self.found.extend(records.iter().map(found));
        self.records.extend(records);
        Ok(())
    }

    fn seal_at(&self, position: Position) -> Result<Option<Seal>, StoreError> {
        let Some(before) = position.checked_sub(1) else { return Ok(Some(Seal::NONE)) };
        Ok(match self.archived_after(before)? {
            Some(rows) => rows.first().map(seal_of),
            None => self.after(before).first().map(StoredRecord::seal),
        })
    }

    fn page<'a>(&self, mut records: impl Iterator<Item = &'a StoredRecord>, limit: PageLimit) -> Page {
        let mut page = Page { rows: Vec::new(), end: false, head: self.head(), before: None };
        let mut bytes = 0;
        while page.rows.len() < limit.records && (page.rows.is_empty() || bytes < limit.bytes) {
            let Some(record) = records.next() else { break };
            bytes += record.body.len();
            let (position, fingerprint, seal) = (record.position, record.fingerprint, record.seal());
            page.rows.push(PageRow { position, body: record.body.clone(), fingerprint, seal });
        }
        page.end = records.next().is_none();
        page
    }
}

impl MemoryStore {
    fn logs(&self) -> MutexGuard<'_, BTreeMap<LogId, MemoryLog>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_log<T: Send + 'static>(&self, log: LogId, f: impl FnOnce(&mut MemoryLog) -> T) -> BoxFuture<'_, Result<T, StoreError>> {
        ready(self.logs().get_mut(&log).map(f).ok_or(StoreError::NoSuchLog)).boxed()
    }
}

fn beyond(log: Option<LogId>) -> (Bound<LogId>, Bound<LogId>) {
    (log.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

impl LogStore for MemoryStore {
    fn create(&self, log: LogId) -> BoxFuture<'_, Result<(), StoreError>> {
        self.logs().entry(log).or_insert_with(|| MemoryLog { epoch: 1, ..MemoryLog::default() });
        ready(Ok(())).boxed()
    }

    fn head(&self, log: LogId) -> BoxFuture<'_, Result<Option<Cursor>, StoreError>> {
        ready(Ok(self.logs().get(&log).map(MemoryLog::head))).boxed()
    }

    fn logs(&self, after: Option<LogId>, logs_max: usize) -> BoxFuture<'_, Result<Vec<(LogId, Cursor)>, StoreError>> {
        let logs = self.logs();
        let listed = logs.range(beyond(after)).take(logs_max).map(|(log, kept)| (*log, kept.head())).collect();
        ready(Ok(listed)).boxed()
    }

    fn recorded(&self, after: Option<LogId>) -> BoxFuture<'_, Result<Option<LogId>, StoreError>> {
        let recorded = self.logs().range(beyond(after)).find(|(_, kept)| kept.head().position > 0).map(|(log, _)| *log);
        ready(Ok(recorded)).boxed()
    }

    fn seal(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Seal>, StoreError>> {
        self.with_log(log, move |log| log.seal_at(position)).map(Result::flatten).boxed()
    }

    fn heads(&self, logs: Vec<LogId>) -> BoxFuture<'_, Result<Vec<SealedHead>, StoreError>> {
        let kept = self.logs();
        let head = |log: LogId| {
            let head = kept.get(&log)?.head();
            Some((log, head, kept.get(&log)?.seal_at(head.position).ok()??))
        };
        ready(Ok(logs.into_iter().filter_map(head).collect())).boxed()
    }

    fn append(&self, log: LogId, expected: Cursor, records: Vec<StoredRecord>) -> BoxFuture<'_, Result<(), AppendError>> {
        let outcome = match self.logs().get_mut(&log) {
            Some(log) => log.append(expected, records),
            None => Err(AppendError::Unavailable("there is no such log".into())),
        };
        ready(outcome).boxed()
    }

    fn read(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        let read = self.with_log(log, |log| {
            let page = match log.archived_after(after)? {
                Some(rows) => page_of(rows, limit, log.head()),
                None => log.page(log.after(after).iter(), limit),
            };
            Ok(Page { before: log.seal_at(after)?, ..page })
        });
        read.map(Result::flatten).boxed()
    }

    fn rows(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<RowPage, StoreError>> {
        let read = self.with_log(log, |log| {
            let rows = log.archived_after(after)?.unwrap_or_else(|| log.after(after).iter().take(limit.records).map(Into::into).collect());
            Ok(row_page_of(rows, limit, log.head()))
        });
        read.map(Result::flatten).boxed()
    }

    fn size_bytes(&self, log: LogId) -> BoxFuture<'_, Result<u64, StoreError>> {
        let size = |record: &StoredRecord| record.body.len() + record.command_text.as_deref().map_or(0, str::len);
        ready(Ok(self.logs().get(&log).map_or(0, |log| log.records.iter().map(size).sum::<usize>() as u64))).boxed()
    }

    fn read_subject(&self, log: LogId, subject: Subject, before: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        self.with_log(log, |log| log.about(subject, before, limit)).map(Result::flatten).boxed()
    }

    fn find(&self, log: LogId, commands: Vec<CommandId>) -> BoxFuture<'_, Result<Vec<FoundRecord>, StoreError>> {
        self.with_log(log, |log| commands.iter().filter_map(|command| log.found.get(command).copied()).collect())
    }

    fn archive(&self, log: LogId, piece: Piece) -> BoxFuture<'_, Result<(), StoreError>> {
        self.with_log(log, |log| log.take_into_archive(piece)).map(Result::flatten).boxed()
    }

    fn archived(&self, log: LogId) -> BoxFuture<'_, Result<ArchiveExtent, StoreError>> {
        let logs = self.logs();
        let extent = logs.get(&log).map_or_else(ArchiveExtent::default, |log| ArchiveExtent {
            last: log.archived(),
            pieces: log.archive.len() as u64,
            bytes: log.archive.iter().map(|piece| piece.body.len() as u64).sum(),
        });
        ready(Ok(extent)).boxed()
    }

    fn archive_layout(&self, log: LogId) -> BoxFuture<'_, Result<ArchiveLayout, StoreError>> {
        self.with_log(log, |log| ArchiveLayout {
            pieces: log.archive.iter().map(|piece| (piece.first, piece.last)).collect(),
            table_from: log.records.first().map(|record| record.position),
        })
    }

    fn archive_piece(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Piece>, StoreError>> {
        self.with_log(log, |log| log.piece(position).cloned())
    }

    fn snapshot(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<StoredSnapshot>, StoreError>> {
        self.with_log(log, |log| log.newest_snapshot(fold_key).cloned())
    }

    fn snapshot_extent(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<SnapshotExtent>, StoreError>> {
        let extent = |kept: &StoredSnapshot| SnapshotExtent { cursor: kept.cursor, bytes: kept.body.len() as u64 };
        self.with_log(log, |log| log.newest_snapshot(fold_key).map(extent))
    }

    fn snapshot_piece(&self, log: LogId, fold_key: u32, cursor: Cursor, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.with_log(log, |log| {
            let (_, kept) = log.snapshots.iter().find(|(key, kept)| *key == fold_key && kept.cursor == cursor)?;
            piece(&kept.body, number).map(<[u8]>::to_vec)
        })
    }

    fn save_snapshot(&self, log: LogId, fold_key: u32, snapshot: StoredSnapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        self.with_log(log, move |log| {
            log.snapshots.retain(|(key, kept)| *key == fold_key && kept.cursor != snapshot.cursor);
            let before = log.newest_snapshot(fold_key).cloned();
            log.snapshots = before.into_iter().chain([snapshot]).map(|kept| (fold_key, kept)).collect();
        })
    }

    fn begin_epoch(&self, log: LogId, at_least: Epoch) -> BoxFuture<'_, Result<Epoch, StoreError>> {
        self.with_log(log, move |log| {
            log.epoch = at_least.max(log.epoch + 1);
            log.epoch
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        ready(()).boxed()
    }
}
