//! Logs in memory: for demonstrations, measurements and tests. Forgets everything when the process ends.

use super::asked::{do_follow, ends};
use super::{
    AppendError, FoundRecord, LogStore, Page, PageLimit, PageRow, RowPage, SealedHead, StoreError, StoredRecord, StoredSnapshot, Subject,
};
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
    records: Vec<StoredRecord>,
    positions: BTreeMap<CommandId, Position>,
    snapshot: Option<(u32, StoredSnapshot)>,
}

impl MemoryLog {
    fn head(&self) -> Cursor {
        Cursor { epoch: self.epoch, position: self.records.len() as Position }
    }

    fn append(&mut self, expected: Cursor, records: Vec<StoredRecord>) -> Result<(), AppendError> {
        let (before, _) = ends(&records);
        if self.head() != expected || self.seal_at(expected.position) != Some(before) {
            return Err(AppendError::HeadMoved);
        }
        let commands: BTreeSet<CommandId> = records.iter().map(|record| record.command).collect();
        if commands.len() < records.len() || commands.iter().any(|command| self.positions.contains_key(command)) {
            return Err(AppendError::AlreadyRecorded);
        }
        if !do_follow(expected, &records) {
            return Err(AppendError::Unavailable("the positions do not follow the head".into()));
        }
        self.positions.extend(records.iter().map(|record| (record.command, record.position)));
        self.records.extend(records);
        Ok(())
    }

    fn seal_at(&self, position: Position) -> Option<Seal> {
        let Some(index) = position.checked_sub(1) else { return Some(Seal::NONE) };
        self.records.get(usize::try_from(index).ok()?).map(StoredRecord::seal)
    }

    fn page<'a>(&self, mut records: impl Iterator<Item = &'a StoredRecord>, limit: PageLimit) -> Page {
        let mut page = Page { rows: Vec::new(), end: false, head: self.head(), before: None };
        let mut bytes = 0;
        while page.rows.len() < limit.records && (page.rows.is_empty() || bytes < limit.bytes) {
            let Some(record) = records.next() else { break };
            bytes += record.body.len();
            page.rows.push(PageRow { body: record.body.clone(), fingerprint: record.fingerprint, seal: record.seal() });
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
        let recorded = self.logs().range(beyond(after)).find(|(_, kept)| !kept.records.is_empty()).map(|(log, _)| *log);
        ready(Ok(recorded)).boxed()
    }

    fn seal(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Seal>, StoreError>> {
        self.with_log(log, move |log| log.seal_at(position))
    }

    fn heads(&self, logs: Vec<LogId>) -> BoxFuture<'_, Result<Vec<SealedHead>, StoreError>> {
        let kept = self.logs();
        let head = |log: LogId| {
            let head = kept.get(&log)?.head();
            Some((log, head, kept.get(&log)?.seal_at(head.position)?))
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
        self.with_log(log, |log| {
            let start = usize::try_from(after).unwrap_or(usize::MAX).min(log.records.len());
            Page { before: log.seal_at(after), ..log.page(log.records[start..].iter(), limit) }
        })
    }

    fn rows(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<RowPage, StoreError>> {
        self.with_log(log, |log| {
            let start = usize::try_from(after).unwrap_or(usize::MAX).min(log.records.len());
            let mut bytes = 0;
            let within = |record: &&StoredRecord| {
                let is_room = bytes == 0 || bytes < limit.bytes;
                bytes += record.body.len() + record.command_text.as_deref().map_or(0, str::len);
                is_room
            };
            let rows = log.records[start..].iter().take(limit.records).take_while(within).map(Into::into).collect();
            RowPage { rows, head: log.head() }
        })
    }

    fn size_bytes(&self, log: LogId) -> BoxFuture<'_, Result<u64, StoreError>> {
        let size = |record: &StoredRecord| record.body.len() + record.command_text.as_deref().map_or(0, str::len);
        ready(Ok(self.logs().get(&log).map_or(0, |log| log.records.iter().map(size).sum::<usize>() as u64))).boxed()
    }

    fn read_subject(&self, log: LogId, subject: Subject, before: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        self.with_log(log, |log| {
            let about = |record: &&StoredRecord| record.subject == Some(subject) && record.position < before;
            log.page(log.records.iter().rev().filter(about), limit)
        })
    }

    fn find(&self, log: LogId, commands: Vec<CommandId>) -> BoxFuture<'_, Result<Vec<FoundRecord>, StoreError>> {
        self.with_log(log, |log| {
            let position = |command: &CommandId| log.positions.get(command);
            let found = |position: &Position| {
                let record = log.records.get(usize::try_from(*position).ok()?.checked_sub(1)?)?;
                Some(FoundRecord { command: record.command, position: *position, fingerprint: record.fingerprint })
            };
            commands.iter().filter_map(position).filter_map(found).collect()
        })
    }

    fn snapshot(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<StoredSnapshot>, StoreError>> {
        self.with_log(log, |log| log.snapshot.as_ref().filter(|(key, _)| *key == fold_key).map(|(_, snapshot)| snapshot.clone()))
    }

    fn save_snapshot(&self, log: LogId, fold_key: u32, snapshot: StoredSnapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        self.with_log(log, move |log| log.snapshot = Some((fold_key, snapshot)))
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
