//! New devices that have nothing: a snapshot of 50,000 tasks for one of them, and for fifty at once.

use crate::Options;
use crate::client::{Device, Place};
use crate::latency::{Latencies, median};
use crate::machine::{cpu_seconds, forget_peak, peak_bytes, resident_bytes};
use crate::report::{Table, figure};
use crate::stage::{Server, snapshot, write_past};
use crate::work::tasks_in;
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Devices that come at once.
const DEVICES: usize = 50;

/// The table.
pub async fn measure(options: &Options) -> Result<Table> {
    let columns = [
        "devices at once",
        "tasks",
        "MB in all",
        "all done, ms",
        "device p50 ms",
        "device max ms",
        "server CPU ms",
        "server MB before",
        "server MB at most",
    ];
    let mut table = Table::new("New devices", &columns);
    let wanted = options.bootstrap_tasks();
    let mut written = write_past(&options.server, wanted, true, |_, tasks| tasks < wanted).await?;
    let server = Server::start(&options.server, written.folder.path())?;
    written.person.place.server = server.address;
    let place = &written.person.place;
    // The first to come waits until the log is opened; that is measured elsewhere.
    Device::head(place).await?;
    let (cursor, body) = snapshot(place).await?;
    let tasks = tasks_in(cursor, body)?;
    ensure!(tasks == written.tasks && tasks == wanted, "the snapshot holds {tasks} tasks of {wanted}");
    table.note(format!(
        "The tasks are those of the product's own import of a file. Each device downloads the snapshot (gzip) on a connection of its own, then follows the log by socket until it has caught up; it does not unpack. {} rounds in turn, medians; the peak of memory is the highest of all rounds.",
        options.rounds()
    ));
    let mut one = Vec::new();
    let mut many = Vec::new();
    for _ in 0..options.rounds() {
        one.push(round(&server, place, 1).await?);
        many.push(round(&server, place, DEVICES).await?);
    }
    for (devices, rounds) in [(1, one), (DEVICES, many)] {
        let middle = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
        let before = middle(|round| round.before_bytes as f64);
        let peak = rounds.iter().map(|round| round.peak_bytes).max().unwrap_or(0);
        table.row(vec![
            devices.into(),
            tasks.into(),
            figure(middle(|round| round.bytes as f64) / 1e6),
            figure(middle(|round| round.all_ms)),
            figure(middle(|round| round.p50_ms)),
            figure(middle(|round| round.max_ms)),
            figure(middle(|round| round.cpu_ms)),
            figure(before / 1e6),
            figure(peak as f64 / 1e6),
        ]);
    }
    eprintln!("bootstrap: done");
    Ok(table)
}

struct Round {
    bytes: u64,
    all_ms: f64,
    p50_ms: f64,
    max_ms: f64,
    cpu_ms: f64,
    before_bytes: u64,
    peak_bytes: u64,
}

async fn round(server: &Server, place: &Place, devices: usize) -> Result<Round> {
    forget_peak(server.process())?;
    let (before_bytes, cpu) = (resident_bytes(server.process())?, cpu_seconds(server.process())?);
    let started = Instant::now();
    let mut coming = JoinSet::new();
    for _ in 0..devices {
        let place = place.clone();
        coming.spawn(async move { come(&place).await });
    }
    let mut times = Latencies::default();
    let mut bytes = 0;
    while let Some(came) = coming.join_next().await {
        let (took, downloaded) = came??;
        times.add(took);
        bytes += downloaded;
    }
    let all_ms = started.elapsed().as_secs_f64() * 1000.0;
    let times = times.percentiles();
    let cpu_ms = (cpu_seconds(server.process())? - cpu) * 1000.0;
    let peak_bytes = peak_bytes(server.process())?;
    Ok(Round { bytes, all_ms, p50_ms: times.p50_ms, max_ms: times.max_ms, cpu_ms, before_bytes, peak_bytes })
}

async fn come(place: &Place) -> Result<(Duration, u64)> {
    let started = Instant::now();
    let (cursor, body) = snapshot(place).await?;
    Device::connect(place, cursor).await?;
    Ok((started.elapsed(), body.len() as u64))
}
