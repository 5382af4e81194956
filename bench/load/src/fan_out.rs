//! One person's commands on their way to many sockets.

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
use landfall_engine::Position;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

/// Commands that everybody hears.
pub const COMMANDS: u32 = 100;
/// Time between two of them.
const INTERVAL: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(120);
/// Between the last socket's arrival and the first command.
const SETTLE: Duration = Duration::from_secs(1);

/// The table.
pub async fn measure(options: &Options) -> Result<Table> {
    let columns = [
        "sockets",
        "deliveries",
        "deliveries/s",
        "p50 ms",
        "p99 ms",
        "max ms",
        "server CPU µs a delivery",
        "load CPU µs a delivery",
        "server MB",
    ];
    let mut table = Table::new("Fan-out", &columns);
    table.note(format!(
        "Idle sockets that follow one log hear {COMMANDS} commands of one more, one every {} ms. The delay counts from when a command was due until a socket has read its record; deliveries/s is over the time until the last socket has the last record.",
        INTERVAL.as_millis()
    ));
    for sockets in options.sockets() {
        let folder = Folder::new("fan")?;
        let server = Server::start(&options.server, folder.path())?;
        let founder = Person::founder(server.address).await?;
        founder.prepare().await?;
        let (head, _) = Device::head(&founder.place).await?;
        let devices = connect_all(vec![(founder.place.clone(), head); sockets]).await?;
        let mut issuer = Device::connect(&founder.place, head).await?;
        let worker = Worker::new(founder.place.log, Kind::Mixed, Dice::new(sockets as u64));
        let mut outbox = issuer.outbox(worker, Arc::new(Ledger::new(head.position)));
        let (server_cpu, load_cpu) = (cpu_seconds(server.process())?, cpu_seconds(std::process::id())?);
        let first_due = Instant::now() + SETTLE;
        let mut following = JoinSet::new();
        for device in devices {
            following.spawn(follow(device, head.position, first_due));
        }
        for number in 0..COMMANDS {
            let due = first_due + INTERVAL * number;
            sleep_until(due.into()).await;
            for frame in outbox.issue(&[due]) {
                issuer.send(&frame).await?;
            }
        }
        let mut delays = Latencies::default();
        let everybody = async {
            while outbox.len() > 0 {
                let (frame, positions) = issuer.hear_records().await?;
                outbox.settle(&frame, &positions, |_| {})?;
            }
            while let Some(heard) = following.join_next().await {
                delays.extend(heard??);
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, everybody).await.with_context(|| format!("not everybody heard everything in {PATIENCE:?}"))??;
        let took = first_due.elapsed().as_secs_f64();
        let deliveries = delays.count();
        let micros = |seconds: f64| figure(seconds * 1e6 / deliveries as f64);
        let server_cpu = cpu_seconds(server.process())? - server_cpu;
        let load_cpu = cpu_seconds(std::process::id())? - load_cpu;
        let megabytes = resident_bytes(server.process())? as f64 / 1e6;
        let delay = delays.percentiles();
        eprintln!("fan-out: {sockets} sockets: p50 {:.1} ms, p99 {:.1} ms", delay.p50_ms, delay.p99_ms);
        table.row(vec![
            sockets.into(),
            deliveries.into(),
            figure(deliveries as f64 / took),
            figure(delay.p50_ms),
            figure(delay.p99_ms),
            figure(delay.max_ms),
            micros(server_cpu),
            micros(load_cpu),
            figure(megabytes),
        ]);
    }
    Ok(table)
}

/// Hears every command; they are the only ones after `head`, so their positions say when each was due.
async fn follow(mut device: Device, head: Position, first_due: Instant) -> Result<Latencies> {
    let mut delays = Latencies::default();
    while device.cursor.position < head + Position::from(COMMANDS) {
        let (_, positions) = device.hear_records().await?;
        let now = Instant::now();
        for position in positions {
            let number = u32::try_from(position - head - 1)?;
            delays.add(now.saturating_duration_since(first_due + INTERVAL * number));
        }
    }
    Ok(delays)
}
