//! A server that starts over a long log: until the first device is welcomed, and how much memory it has then.

use crate::Options;
use crate::client::{Device, Place};
use crate::latency::median;
use crate::machine::{peak_bytes, resident_bytes};
use crate::report::{Table, figure};
use crate::stage::{Server, Written, snapshot, write_past};
use crate::work::{Product, tasks_in};
use anyhow::{Result, ensure};
use landfall_engine::Domain;
use landfall_server::database::Database;
use landfall_server::store::sqlite::SqliteStore;
use landfall_server::store::{LogStore, StoredSnapshot};
use std::time::Instant;

/// Millions of bytes of records.
const SIZES: [u64; 3] = [1, 10, 100];

/// The table.
pub async fn measure(options: &Options) -> Result<Table> {
    let columns = [
        "log MB",
        "snapshot stored",
        "records",
        "tasks",
        "folder MB",
        "listens after ms",
        "first device welcomed after ms",
        "and has the snapshot after ms",
        "server MB",
        "server MB at most",
    ];
    let mut table = Table::new("Opening a log", &columns);
    table.note(format!(
        "From the start of the process; the files are in the system's cache. The log's size is that of its records as JSON. A log is opened when the first device asks for it; without a stored snapshot the whole log is folded then. {} starts each, medians.",
        options.rounds()
    ));
    for size in SIZES.into_iter().filter(|size| *size <= options.log_megabytes_max()) {
        for with_snapshot in [true, false] {
            let bytes = size * 1_000_000;
            let written = write_past(&options.server, 0, with_snapshot, |written, _| written < bytes).await?;
            let folder_bytes = written.folder.size_bytes()?;
            let mut starts = Vec::new();
            for _ in 0..options.rounds() {
                starts.push(start(options, &written, with_snapshot).await?);
            }
            let middle = |figure: fn(&Start) -> f64| median(starts.iter().map(figure).collect());
            eprintln!("opening: {size} MB, snapshot: {with_snapshot}: welcomed after {:.0} ms", middle(|start| start.welcomed_ms));
            table.row(vec![
                figure(written.log_bytes as f64 / 1e6),
                if with_snapshot { "yes" } else { "no" }.into(),
                (written.head.position as usize).into(),
                written.tasks.into(),
                figure(folder_bytes as f64 / 1e6),
                figure(middle(|start| start.listens_ms)),
                figure(middle(|start| start.welcomed_ms)),
                figure(middle(|start| start.has_snapshot_ms)),
                figure(middle(|start| start.resident_bytes) / 1e6),
                figure(middle(|start| start.peak_bytes) / 1e6),
            ]);
        }
    }
    Ok(table)
}

struct Start {
    listens_ms: f64,
    welcomed_ms: f64,
    has_snapshot_ms: f64,
    resident_bytes: f64,
    peak_bytes: f64,
}

async fn start(options: &Options, written: &Written, with_snapshot: bool) -> Result<Start> {
    let server = Server::start(&options.server, written.folder.path())?;
    let started = server.started;
    let since = |at: Instant| at.duration_since(started).as_secs_f64() * 1000.0;
    let listens_ms = since(Instant::now());
    let place = Place { server: server.address, ..written.person.place.clone() };
    let (head, welcomed) = Device::head(&place).await?;
    ensure!(head == written.head, "the log ends at {head:?} and was written to {:?}", written.head);
    let resident_bytes = resident_bytes(server.process())? as f64;
    let mut has_snapshot_ms = f64::NAN;
    if with_snapshot {
        let (cursor, body) = snapshot(&place).await?;
        has_snapshot_ms = since(Instant::now());
        let tasks = tasks_in(cursor, body)?;
        ensure!(tasks == written.tasks, "the snapshot holds {tasks} tasks of {}", written.tasks);
    }
    let peak_bytes = peak_bytes(server.process())? as f64;
    let welcomed_ms = since(welcomed);
    // Killed and not stopped: what it would still write must not make the next start another one.
    drop(server);
    if !with_snapshot {
        // The server may have begun to store one; a snapshot of another reducer takes its place, and is a miss for the next start.
        let store = SqliteStore::new(Database::open(written.folder.path()).await?);
        store.save_snapshot(place.log, Product::FOLD + 1, StoredSnapshot { cursor: head, body: Vec::new() }).await?;
        store.close().await;
    }
    Ok(Start { listens_ms, welcomed_ms, has_snapshot_ms, resident_bytes, peak_bytes })
}
