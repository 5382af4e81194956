//! Logs on several PostgreSQL databases: each call goes to the database on which its log is.
//!
//! A directory says which one that is. What a server remembers of it is believed only as long as the database confirms it: where a log has
//! left, its head says so and takes no record any more, and then the directory is read anew. So a log is written at one place at a time,
//! whatever a server still believes.

mod directory;
pub mod disagreements;
pub mod opening;
mod place;
pub mod relocation;

use super::asked::to_bigint;
use super::{
    AppendError, ArchiveExtent, ArchiveLayout, FoundRecord, LogStore, Page, PageLimit, RowPage, SealedHead, SnapshotExtent, StoreError,
    StoredRecord, StoredSnapshot, Subject,
};
use crate::archive::Piece;
use crate::hints::Hints;
use directory::Directory;
use futures::future::{BoxFuture, FutureExt, join_all, try_join_all};
use landfall_engine::{CommandId, Cursor, Epoch, LogId, Position, Seal};
use place::{Place, Standing};
use relocation::release;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep, timeout};

/// The name of the database where people are kept, and the directory.
pub const MAIN: &str = "main";
/// Its place among the others.
const AT_MAIN: usize = 0;
/// Logs whose place is remembered, at most.
const REMEMBERED_MAX: usize = 65_536;
/// How long one database may take to say where its heads are; the others must not wait for it.
const LOOK_PATIENCE: Duration = Duration::from_secs(1);
/// How long an append waits for a log that is on its way, and how often it looks. Moving a log halts it for a moment only.
const FROZEN_PATIENCE: Duration = Duration::from_secs(5);
const FROZEN_LOOK: Duration = Duration::from_millis(50);

/// See the module.
pub struct PlacedStore {
    /// The first is the main one.
    places: Vec<Place>,
    directory: Directory,
    /// Where new logs go: of several to the one that has the fewest.
    new_logs_on: Vec<usize>,
    /// Where logs were confirmed to be.
    remembered: Mutex<BTreeMap<LogId, usize>>,
    /// `None` where nothing is written, and nobody listens.
    hints: Option<Hints>,
}

impl PlacedStore {
    fn new(places: Vec<Place>, new_logs_on: Vec<usize>, hears: bool) -> Self {
        let directory = Directory::in_database(places[AT_MAIN].database.clone());
        let hints = hears.then(|| Hints::through(places.iter().map(|place| &place.database)));
        Self { places, directory, new_logs_on, remembered: Mutex::default(), hints }
    }

    /// The names of the databases, the main one first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| place.name.as_str())
    }

    /// On which database each of these logs is.
    pub async fn names_of(&self, logs: &[LogId]) -> Result<BTreeMap<LogId, String>, StoreError> {
        let listed = self.directory.places_of(logs).await?;
        Ok(logs.iter().map(|log| (*log, listed.get(log).map_or_else(|| MAIN.to_owned(), Clone::clone))).collect())
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.places.iter().position(|place| place.name == name)
    }

    fn memory(&self) -> MutexGuard<'_, BTreeMap<LogId, usize>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recall(&self, log: LogId) -> Option<usize> {
        self.memory().get(&log).copied()
    }

    fn remember(&self, log: LogId, place: usize) {
        let mut memory = self.memory();
        if memory.len() >= REMEMBERED_MAX {
            memory.clear();
        }
        memory.insert(log, place);
    }

    fn forget(&self, log: LogId) {
        self.memory().remove(&log);
    }

    /// Where the directory has a log, and whether it lists it.
    async fn look_up(&self, log: LogId) -> Result<(usize, bool), StoreError> {
        let Some(name) = self.directory.place_of(log).await? else { return Ok((AT_MAIN, false)) };
        let index = self.index(&name).ok_or_else(|| {
            StoreError::Unavailable(format!(
                "log {log} is on the database {name}, which this server was not told of: start it with --log-database {name}=…"
            ))
        })?;
        Ok((index, true))
    }

    /// Where to read a log.
    async fn place_of(&self, log: LogId) -> Result<&Place, StoreError> {
        let index = match self.recall(log) {
            Some(index) => index,
            None => self.look_up(log).await?.0,
        };
        Ok(&self.places[index])
    }

    /// The head of a log at the place where it is by now.
    async fn seen(&self, log: LogId) -> Result<Option<Cursor>, StoreError> {
        Ok(self.seen_sealed(log).await?.map(|(_, head, _)| head))
    }

    /// The same with the seal behind it.
    async fn seen_sealed(&self, log: LogId) -> Result<Option<SealedHead>, StoreError> {
        if let Some(index) = self.recall(log) {
            if let Some(Standing { head, seal, elsewhere: None }) = self.places[index].standing(log).await? {
                return Ok(Some((log, head, seal)));
            }
            self.forget(log);
        }
        let (index, is_listed) = self.look_up(log).await?;
        let place = &self.places[index];
        match place.standing(log).await? {
            Some(Standing { head, seal, elsewhere }) => {
                // One on its way is here until the directory says otherwise, and is asked about each time.
                if elsewhere.is_none() {
                    self.remember(log, index);
                }
                Ok(Some((log, head, seal)))
            }
            // To those who follow it, a log that there is not is one that they lose: a database that was put back must not say so.
            None if is_listed => {
                Err(StoreError::Unavailable(format!("log {log} should be on the database {} and is not there", place.name)))
            }
            None => Ok(None),
        }
    }

    async fn all_seen(&self, logs: Vec<LogId>) -> Result<Vec<SealedHead>, StoreError> {
        let (mut by_place, mut unsure) = (BTreeMap::<usize, Vec<LogId>>::new(), Vec::new());
        for log in logs {
            match self.recall(log) {
                Some(index) => by_place.entry(index).or_default().push(log),
                None => unsure.push(log),
            }
        }
        let (mut heads, mut answers, mut failure) = (Vec::new(), 0, None);
        let asked = by_place.iter().map(async |(index, logs)| {
            let place = &self.places[*index];
            place.standings(logs, LOOK_PATIENCE).await.map_err(|error| {
                tracing::warn!(%error, database = place.name, "the heads of open logs cannot be looked at");
                error
            })
        });
        for standings in join_all(asked).await {
            match standings {
                Ok(standings) => {
                    answers += 1;
                    for (log, Standing { head, seal, elsewhere }) in standings {
                        if elsewhere.is_none() { heads.push((log, head, seal)) } else { unsure.push(log) }
                    }
                }
                Err(error) => failure = Some(error),
            }
        }
        for log in unsure {
            let seen = timeout(LOOK_PATIENCE, self.seen_sealed(log)).await;
            match seen.unwrap_or_else(|_| Err(StoreError::Unavailable("the databases do not answer".into()))) {
                Ok(head) => {
                    answers += 1;
                    heads.extend(head);
                }
                Err(error) => failure = Some(error),
            }
        }
        failure.filter(|_| answers == 0).map_or(Ok(heads), Err)
    }

    /// An append was not taken at a place. Has the log left it?
    async fn after_refusal(&self, log: LogId, index: usize, why: String) -> AppendError {
        let until = Instant::now() + FROZEN_PATIENCE;
        let mut has_waited = false;
        loop {
            self.forget(log);
            let Ok(standing) = self.places[index].standing(log).await else { return AppendError::Unavailable(why) };
            if standing.is_none_or(|standing| standing.elsewhere.is_none()) {
                // It was called off, and the log is here; or the refusal had nothing to do with it.
                return if has_waited { AppendError::HeadMoved } else { AppendError::Unavailable(why) };
            }
            match self.look_up(log).await {
                Ok((listed, _)) if listed == index && Instant::now() < until => {}
                Ok((listed, _)) if listed == index => {
                    return AppendError::Unavailable(format!("log {log} is being moved to another database, and that takes long"));
                }
                Ok(_) => {
                    // Its new timeline is told at once, so that whoever holds it open lets go of it.
                    if let (Some(hints), Ok(Some(head))) = (&self.hints, self.seen(log).await) {
                        hints.note(log, head);
                    }
                    return AppendError::HeadMoved;
                }
                Err(error) => return AppendError::Unavailable(error.to_string()),
            }
            has_waited = true;
            sleep(FROZEN_LOOK).await;
        }
    }

    async fn page_of_logs(&self, mut after: Option<LogId>, logs_max: usize) -> Result<Vec<(LogId, Cursor)>, StoreError> {
        loop {
            let pages = try_join_all(self.places.iter().map(|place| place.store.logs(after, logs_max))).await?;
            // Behind the end of a page that is full there may be more: what another place has beyond it comes later.
            let full = pages.iter().filter(|page| page.len() == logs_max);
            let bound = full.filter_map(|page| page.last()).map(|(log, _)| *log).min();
            let all = pages.into_iter().enumerate().flat_map(|(index, page)| page.into_iter().map(move |(log, head)| (index, log, head)));
            let all: Vec<(usize, LogId, Cursor)> = all.filter(|(_, log, _)| bound.is_none_or(|bound| *log <= bound)).collect();
            let listed = self.directory.places_of(&all.iter().map(|(_, log, _)| *log).collect::<Vec<_>>()).await?;
            // Copies that were left behind are no logs.
            let is_there = |index: usize, log: &LogId| listed.get(log).map_or(MAIN, String::as_str) == self.places[index].name;
            let mut logs: Vec<_> =
                all.into_iter().filter(|(index, log, _)| is_there(*index, log)).map(|(_, log, head)| (log, head)).collect();
            logs.sort_unstable_by_key(|(log, _)| *log);
            logs.truncate(logs_max);
            if !logs.is_empty() || bound.is_none() {
                return Ok(logs);
            }
            after = bound;
        }
    }

    /// The directory is told last: what it lists is there.
    async fn begin(&self, log: LogId) -> Result<(), StoreError> {
        let (listed, is_listed) = self.look_up(log).await?;
        let is_there = is_listed || self.places[listed].standing(log).await?.is_some();
        let index = if is_there { listed } else { self.place_for_a_new_log().await? };
        self.places[index].store.create(log).await?;
        if index != AT_MAIN && !is_listed {
            self.directory.list(log, &self.places[index].name).await?;
        }
        Ok(())
    }

    async fn place_for_a_new_log(&self) -> Result<usize, StoreError> {
        let [only] = self.new_logs_on[..] else {
            let counts = try_join_all(self.new_logs_on.iter().map(async |index| Ok((self.places[*index].count().await?, *index)))).await?;
            return Ok(counts.into_iter().min_by_key(|(count, _)| *count).map_or(AT_MAIN, |(_, index)| index));
        };
        Ok(only)
    }
}

impl LogStore for PlacedStore {
    fn create(&self, log: LogId) -> BoxFuture<'_, Result<(), StoreError>> {
        self.begin(log).boxed()
    }

    fn head(&self, log: LogId) -> BoxFuture<'_, Result<Option<Cursor>, StoreError>> {
        self.seen(log).boxed()
    }

    fn heads(&self, logs: Vec<LogId>) -> BoxFuture<'_, Result<Vec<SealedHead>, StoreError>> {
        self.all_seen(logs).boxed()
    }

    fn logs(&self, after: Option<LogId>, logs_max: usize) -> BoxFuture<'_, Result<Vec<(LogId, Cursor)>, StoreError>> {
        self.page_of_logs(after, logs_max).boxed()
    }

    fn recorded(&self, after: Option<LogId>) -> BoxFuture<'_, Result<Option<LogId>, StoreError>> {
        async move {
            let next = try_join_all(self.places.iter().map(|place| place.store.recorded(after))).await?;
            Ok(next.into_iter().flatten().min())
        }
        .boxed()
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn hints(&self) -> Option<broadcast::Receiver<(LogId, Cursor)>> {
        self.hints.as_ref().map(Hints::heard)
    }

    fn seal(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Seal>, StoreError>> {
        async move { self.place_of(log).await?.store.seal(log, position).await }.boxed()
    }

    fn append(&self, log: LogId, expected: Cursor, records: Vec<StoredRecord>) -> BoxFuture<'_, Result<(), AppendError>> {
        async move {
            let index = match self.recall(log) {
                Some(index) => index,
                None => self.look_up(log).await.map_err(|error| AppendError::Unavailable(error.to_string()))?.0,
            };
            let head = Cursor { position: expected.position + records.len() as u64, ..expected };
            match self.places[index].store.append(log, expected, records).await {
                Ok(()) => {
                    if let Some(hints) = &self.hints {
                        hints.tell(index, log, head);
                    }
                    Ok(())
                }
                Err(AppendError::Unavailable(why)) => Err(self.after_refusal(log, index, why).await),
                outcome => outcome,
            }
        }
        .boxed()
    }

    fn read(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        async move { self.place_of(log).await?.store.read(log, after, limit).await }.boxed()
    }

    fn rows(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<RowPage, StoreError>> {
        async move { self.place_of(log).await?.store.rows(log, after, limit).await }.boxed()
    }

    fn size_bytes(&self, log: LogId) -> BoxFuture<'_, Result<u64, StoreError>> {
        async move { self.place_of(log).await?.store.size_bytes(log).await }.boxed()
    }

    fn read_subject(&self, log: LogId, subject: Subject, before: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        async move { self.place_of(log).await?.store.read_subject(log, subject, before, limit).await }.boxed()
    }

    fn find(&self, log: LogId, commands: Vec<CommandId>) -> BoxFuture<'_, Result<Vec<FoundRecord>, StoreError>> {
        async move { self.place_of(log).await?.store.find(log, commands).await }.boxed()
    }

    fn archive(&self, log: LogId, piece: Piece) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            // Whoever moves the log must find it as it was when they began.
            let held = self.hold(log).await.map_err(|error| StoreError::Unavailable(format!("{error:#}")))?;
            self.seen(log).await?;
            let archived = self.place_of(log).await?.store.archive(log, piece).await;
            release(held, log).await;
            archived
        }
        .boxed()
    }

    fn archived(&self, log: LogId) -> BoxFuture<'_, Result<ArchiveExtent, StoreError>> {
        async move { self.place_of(log).await?.store.archived(log).await }.boxed()
    }

    fn archive_layout(&self, log: LogId) -> BoxFuture<'_, Result<ArchiveLayout, StoreError>> {
        async move { self.place_of(log).await?.store.archive_layout(log).await }.boxed()
    }

    fn archive_piece(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Piece>, StoreError>> {
        async move { self.place_of(log).await?.store.archive_piece(log, position).await }.boxed()
    }

    fn snapshot_extent(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<SnapshotExtent>, StoreError>> {
        async move { self.place_of(log).await?.store.snapshot_extent(log, fold_key).await }.boxed()
    }

    fn snapshot_piece(&self, log: LogId, fold_key: u32, cursor: Cursor, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        async move { self.place_of(log).await?.store.snapshot_piece(log, fold_key, cursor, number).await }.boxed()
    }

    fn snapshot(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<StoredSnapshot>, StoreError>> {
        async move { self.place_of(log).await?.store.snapshot(log, fold_key).await }.boxed()
    }

    fn save_snapshot(&self, log: LogId, fold_key: u32, snapshot: StoredSnapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        async move { self.place_of(log).await?.store.save_snapshot(log, fold_key, snapshot).await }.boxed()
    }

    fn begin_epoch(&self, log: LogId, at_least: Epoch) -> BoxFuture<'_, Result<Epoch, StoreError>> {
        async move {
            // Where it is by now, and not where it was.
            self.seen(log).await?;
            self.place_of(log).await?.store.begin_epoch(log, at_least).await
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        join_all(self.places.iter().map(|place| place.store.close())).map(drop).boxed()
    }
}
