//! The raw store loop, which is the limit: the same rows through the same store with the same fsync, without sockets, sessions or decisions.

use crate::dice::Dice;
use crate::ground::Ground;
use crate::latency::median;
use crate::report::{Table, figure};
use crate::stage::Folder;
use crate::work::{History, Kind};
use anyhow::Result;
use landfall_engine::Cursor;
use landfall_server::host::now;
use landfall_server::store::{LogStore, StoredRecord};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Rows that are prepared before each run, for all logs together: more than are written in its time.
const ROWS_PER_RUN: usize = 60_000;
/// Rows that are written before anything is measured: SQLite's journal has its size then, and is written over and not made longer.
const ROWS_TO_WARM_UP: usize = 20_000;
/// Commands in one append, at most, as in the server.
const BATCH_MAX: usize = landfall_engine::sequencer::BATCH_COMMANDS_MAX;

/// A store of its own with so many logs, which go on growing.
pub struct StoreLoop {
    _folder: Folder,
    store: Arc<dyn LogStore>,
    logs: Vec<Growing>,
}

/// One log: what it is to hold next, and how far it is written.
struct Growing {
    history: History,
    prepared: VecDeque<StoredRecord>,
    head: Cursor,
}

impl StoreLoop {
    pub async fn new(ground: &Ground, logs: usize) -> Result<Self> {
        let folder = Folder::new("store")?;
        let store = ground.store(&folder).await?;
        let mut growing = Vec::new();
        for number in 0..logs {
            let (history, rows) = History::of_nobodys_log(Kind::Mixed, Dice::new(number as u64 + 1), now())?;
            store.create(history.log).await?;
            growing.push(Growing { history, prepared: rows.into(), head: Cursor { epoch: 1, position: 0 } });
        }
        let mut warm = Self { _folder: folder, store, logs: growing };
        warm.prepare(ROWS_TO_WARM_UP)?;
        warm.write(BATCH_MAX, Duration::MAX).await?;
        Ok(warm)
    }

    /// Commands a second. Each log appends so many at a time, and its next batch when that one is on disk, as the server's writers do.
    pub async fn run(&mut self, batch: usize, duration: Duration) -> Result<f64> {
        self.prepare(ROWS_PER_RUN)?;
        let started = Instant::now();
        let written = self.write(batch.clamp(1, BATCH_MAX), duration).await?;
        Ok(written as f64 / started.elapsed().as_secs_f64())
    }

    fn prepare(&mut self, rows: usize) -> Result<()> {
        let each = rows / self.logs.len();
        for log in &mut self.logs {
            while log.prepared.len() < each {
                log.prepared.push_back(log.history.next()?);
            }
        }
        Ok(())
    }

    /// Writes until the time is over, or nothing is prepared any more; returns how many rows that were.
    async fn write(&mut self, batch: usize, duration: Duration) -> Result<usize> {
        let started = Instant::now();
        let mut writers = JoinSet::new();
        for mut log in self.logs.drain(..) {
            let store = self.store.clone();
            writers.spawn(async move {
                let mut written = 0;
                while started.elapsed() < duration && !log.prepared.is_empty() {
                    let rows: Vec<StoredRecord> = log.prepared.drain(..batch.min(log.prepared.len())).collect();
                    let count = rows.len();
                    store.append(log.history.log, log.head, rows).await?;
                    log.head.position += count as u64;
                    written += count;
                }
                anyhow::Ok((log, written))
            });
        }
        let mut all = 0;
        while let Some(writer) = writers.join_next().await {
            let (log, written) = writer??;
            self.logs.push(log);
            all += written;
        }
        Ok(all)
    }
}

/// The limit by batch, in turn.
pub async fn measure(rounds: usize, duration: Duration) -> Result<Table> {
    let mut table = Table::new("The raw store loop", &["logs", "commands in an append", "commands/s", "slowest", "fastest"]);
    table.note("SQLite, WAL, `synchronous=FULL`, through the server's own `SqliteStore` in the load process: no sockets, no sessions, no decisions. Each log appends its next batch when the last one is on disk; with 100 logs, those that wait together share a transaction.");
    for logs in [1, 100] {
        let mut store_loop = StoreLoop::new(&Ground::Sqlite, logs).await?;
        let sizes: &[usize] = if logs == 1 { &[1, 16, 64, 256, 512] } else { &[1, 4, 16] };
        let mut rates = vec![Vec::new(); sizes.len()];
        for _ in 0..rounds {
            for (rates, batch) in rates.iter_mut().zip(sizes) {
                rates.push(store_loop.run(*batch, duration).await?);
            }
        }
        for (rates, batch) in rates.into_iter().zip(sizes) {
            let (slowest, fastest) = rates.iter().fold((f64::MAX, 0.0_f64), |(low, high), rate| (low.min(*rate), high.max(*rate)));
            table.row(vec![logs.into(), (*batch).into(), figure(median(rates)), figure(slowest), figure(fastest)]);
        }
    }
    Ok(table)
}
