//! Which logs are open: opened when somebody asks, closed when nobody has for a while, never more than fit.

use crate::Served;
use crate::held::Room;
use crate::listeners::Listeners;
use crate::metrics::Metrics;
use crate::open_log::{Noted, OpenError, OpenLog};
use crate::store::LogStore;
use crate::writer::Writer;
use landfall_engine::{Cursor, LogId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

type Cell<D> = Arc<OnceCell<Arc<OpenLog<D>>>>;

struct Slot<D: Served> {
    log: Cell<D>,
    /// When it was opened, or seen to be in use.
    used: Instant,
}

impl<D: Served> Slot<D> {
    /// Cells are handed out under the lock only, so that one with a single owner here is used by nobody and cannot be by the time it is dropped.
    fn is_unused(&self) -> bool {
        Arc::strong_count(&self.log) == 1 && self.log.get().is_none_or(|open| Arc::strong_count(open) == 1 && open.is_settled())
    }
}

/// See the module.
pub struct Logs<D: Served> {
    store: Arc<dyn LogStore>,
    metrics: Arc<Metrics>,
    /// For what all writers hold together.
    room: Arc<Room>,
    open_max: usize,
    slots: Mutex<BTreeMap<LogId, Slot<D>>>,
    writers: Mutex<JoinSet<()>>,
}

impl<D: Served> Logs<D> {
    /// Over this store; at most `open_max` at a time.
    pub fn new(store: Arc<dyn LogStore>, metrics: Arc<Metrics>, open_max: usize) -> Self {
        Self { store, metrics, room: Arc::default(), open_max, slots: Mutex::default(), writers: Mutex::default() }
    }

    /// Where they are kept.
    pub fn store(&self) -> &Arc<dyn LogStore> {
        &self.store
    }

    /// The log, opened if it was not, and as far as the store has it now: whoever was let in, or has read further, at another server must
    /// not be told that they are unknown, or ahead of the log.
    pub async fn open(&self, log: LogId) -> Result<Arc<OpenLog<D>>, OpenError> {
        let is_shared = self.store.is_shared();
        loop {
            let cell = self.cell(log)?;
            match cell.get_or_try_init(|| self.start(log)).await {
                Ok(open) if !open.has_ended() => {
                    if !is_shared || open.catch_up().await? {
                        return Ok(open.clone());
                    }
                    self.forget(log, &cell);
                }
                Ok(_) => self.forget(log, &cell),
                Err(error) => {
                    self.forget(log, &cell);
                    return Err(error);
                }
            }
        }
    }

    /// Those that are open.
    pub fn open_ids(&self) -> Vec<LogId> {
        self.slots().iter().filter(|(_, slot)| slot.log.get().is_some()).map(|(log, _)| *log).collect()
    }

    /// How many sockets follow each of them, where any do.
    pub fn listeners(&self) -> Listeners {
        let slots = self.slots();
        let counted = slots.iter().filter_map(|(log, slot)| Some((*log, slot.log.get()?.listeners())));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// The store has this head of a log. If it is open, and another process moved it, it reads on.
    pub fn note_head(&self, log: LogId, noted: Noted) {
        if let Some(open) = self.slots().get(&log).and_then(|slot| slot.log.get()) {
            open.note_head(noted);
        }
    }

    /// Somebody says that the store has this head of a log. `false`: it is open on an older timeline, and has to be looked at.
    pub fn note_hint(&self, log: LogId, head: Cursor) -> bool {
        self.slots().get(&log).and_then(|slot| slot.log.get()).is_none_or(|open| open.note_hint(head))
    }

    /// Nobody knows what is written to this log elsewhere: whoever follows it is sent away, and asks for it again.
    pub fn let_go(&self, log: LogId) {
        let slot = self.slots().remove(&log);
        if let Some(open) = slot.as_ref().and_then(|slot| slot.log.get()) {
            open.let_go();
        }
    }

    fn cell(&self, log: LogId) -> Result<Cell<D>, OpenError> {
        let mut slots = self.slots();
        if !slots.contains_key(&log) && slots.len() >= self.open_max {
            let longest_unused = slots.iter().filter(|(_, slot)| slot.is_unused()).min_by_key(|(_, slot)| slot.used).map(|(log, _)| *log);
            slots.remove(&longest_unused.ok_or(OpenError::TooMany)?);
        }
        let slot = slots.entry(log).or_insert_with(|| Slot { log: Cell::default(), used: Instant::now() });
        slot.used = Instant::now();
        let cell = slot.log.clone();
        self.metrics.open_logs.set(slots.len() as u64);
        Ok(cell)
    }

    async fn start(&self, log: LogId) -> Result<Arc<OpenLog<D>>, OpenError> {
        let begun = Instant::now();
        let (open, writer) = Writer::open(log, self.store.clone(), self.metrics.clone(), self.room.clone()).await?;
        self.metrics.log_open.observe(begun.elapsed());
        let metrics = self.metrics.clone();
        let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        while writers.try_join_next().is_some() {}
        writers.spawn(async move {
            writer.run().await;
            metrics.logs_closed.add_one();
        });
        Ok(Arc::new(open))
    }

    fn forget(&self, log: LogId, cell: &Cell<D>) {
        let mut slots = self.slots();
        if slots.get(&log).is_some_and(|slot| Arc::ptr_eq(&slot.log, cell)) {
            slots.remove(&log);
        }
        self.metrics.open_logs.set(slots.len() as u64);
    }

    /// Closes logs that nobody has used for this long.
    pub fn close_unused(&self, unused: Duration) {
        let mut slots = self.slots();
        let now = Instant::now();
        slots.retain(|_, slot| {
            if !slot.is_unused() {
                slot.used = now;
            }
            now.duration_since(slot.used) < unused
        });
        self.metrics.open_logs.set(slots.len() as u64);
    }

    /// Lets every writer finish what it was given, until the deadline. Sessions should have ended before: what they hold open does not end.
    pub async fn finish(&self, deadline: Instant) {
        self.slots().clear();
        let mut writers = std::mem::take(&mut *self.writers.lock().unwrap_or_else(PoisonError::into_inner));
        if timeout_at(deadline, async { while writers.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!("some writers did not finish in time and are cut off");
            writers.abort_all();
        }
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<LogId, Slot<D>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
