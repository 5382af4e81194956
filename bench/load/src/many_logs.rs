//! One log among many that are open: what the others cost whoever works in it.

use crate::Options;
use crate::client::{Device, connect_all};
use crate::dice::Dice;
use crate::latency::Latencies;
use crate::ledger::Ledger;
use crate::machine::{cpu_seconds, resident_bytes};
use crate::report::{Table, figure};
use crate::stage::{Folder, Person, Server};
use crate::work::{Kind, Worker};
use anyhow::{Context, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{sleep, sleep_until, timeout};

const LOGS: [usize; 3] = [1, 10, 100];
const COMMANDS: u32 = 300;
/// Time between two of them.
const INTERVAL: Duration = Duration::from_millis(20);
/// Longer than a log must be quiet until its snapshot is written.
const SETTLE: Duration = Duration::from_secs(7);
const PATIENCE: Duration = Duration::from_secs(60);

/// The table.
pub async fn measure(options: &Options) -> Result<Table> {
    let columns =
        ["logs", "server MB", "p50 ms", "p99 ms", "server CPU µs a command", "started again: listens after ms", "welcomed after ms"];
    let mut table = Table::new("One log among many", &columns);
    table.note(format!(
        "So many logs with a board and a few tasks are open, each followed by one device; in one of them {COMMANDS} commands are issued, one every {} ms, and the time of each counts from when it was due until its record is read. Then the server is killed and started again, and a device asks for that log.",
        INTERVAL.as_millis()
    ));
    for logs in LOGS {
        let folder = Folder::new("logs")?;
        let server = Server::start(&options.server, folder.path())?;
        let founder = Person::founder(server.address).await?;
        founder.prepare().await?;
        let mut places = Vec::new();
        for _ in 1..logs {
            let another = founder.found_another().await?;
            another.prepare().await?;
            let (head, _) = Device::head(&another.place).await?;
            places.push((another.place, head));
        }
        let others = connect_all(places).await?;
        let (head, _) = Device::head(&founder.place).await?;
        let mut issuer = Device::connect(&founder.place, head).await?;
        let mut outbox = issuer.outbox(Worker::new(founder.place.log, Kind::Mixed, Dice::new(1)), Arc::new(Ledger::new(head.position)));
        sleep(SETTLE).await;
        let megabytes = resident_bytes(server.process())? as f64 / 1e6;

        let cpu = cpu_seconds(server.process())?;
        let mut delays = Latencies::default();
        let start = Instant::now();
        for number in 0..COMMANDS {
            let due = start + INTERVAL * number;
            sleep_until(due.into()).await;
            for frame in outbox.issue(&[due]) {
                issuer.send(&frame).await?;
            }
            let landed = async {
                while outbox.len() > 0 {
                    let (frame, positions) = issuer.hear_records().await?;
                    outbox.settle(&frame, &positions, |due| delays.add(due.elapsed()))?;
                }
                anyhow::Ok(())
            };
            timeout(PATIENCE, landed).await.with_context(|| format!("a command did not land in {PATIENCE:?}"))??;
        }
        let cpu_micros = (cpu_seconds(server.process())? - cpu) * 1e6 / f64::from(COMMANDS);
        drop((issuer, others, server));

        let server = Server::start(&options.server, folder.path())?;
        let listens_ms = server.started.elapsed().as_secs_f64() * 1e3;
        let place = crate::client::Place { server: server.address, ..founder.place.clone() };
        let (_, welcomed) = Device::head(&place).await?;
        let welcomed_ms = welcomed.duration_since(server.started).as_secs_f64() * 1e3;

        let delay = delays.percentiles();
        eprintln!("logs: {logs}: p50 {:.1} ms, {cpu_micros:.0} µs a command, {megabytes:.1} MB", delay.p50_ms);
        let figures = [megabytes, delay.p50_ms, delay.p99_ms, cpu_micros, listens_ms, welcomed_ms];
        table.row(std::iter::once(logs.into()).chain(figures.map(figure)).collect());
    }
    Ok(table)
}
