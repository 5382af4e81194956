//! What a connection costs the server in memory: idle, and after it has been active.

use crate::Options;
use crate::client::{Device, Outbox, connect_all};
use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::machine::resident_bytes;
use crate::report::{Table, figure};
use crate::stage::{Folder, Person, Server};
use crate::work::{Kind, Worker};
use anyhow::{Context, Result};
use landfall_engine::Position;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout};

/// Commands of one device before anything is measured: the ring of newest records is full then, and later ones take no more room.
const WARM_UP_COMMANDS: usize = 8_192;
/// Of them at a time.
const AT_A_TIME: usize = 256;
/// Connections that issue a command of their own while all are active.
const ISSUING_MAX: usize = 200;
/// Deliveries a second meanwhile, about: less than what the server can do, so that no queue grows.
const DELIVERIES_PER_SECOND: usize = 20_000;
/// Longer than a log must be quiet until its snapshot is written, which takes memory of its own.
const SETTLE: Duration = Duration::from_secs(7);
const PATIENCE: Duration = Duration::from_secs(300);

/// The table.
pub async fn measure(options: &Options) -> Result<Table> {
    let columns =
        ["connections", "server MB before", "MB, all idle", "kB per idle connection", "MB, all active", "kB per active connection"];
    let mut table = Table::new("Memory of a connection", &columns);
    table.note(format!(
        "RSS of the server from /proc; what the kernel keeps for a socket is not in it. Before: {WARM_UP_COMMANDS} commands have filled the log's ring, one device is connected. \
         Idle: so many more devices are signed in, follow the log and have caught up. Active: up to {ISSUING_MAX} of them have issued a command each, spread over time, and every connection has been sent every record. Each is looked at after {} s of silence, in a server of its own.",
        SETTLE.as_secs()
    ));
    for connections in options.sockets() {
        let folder = Folder::new("memory")?;
        let server = Server::start(&options.server, folder.path())?;
        let founder = Person::founder(server.address).await?;
        founder.prepare().await?;
        let (head, _) = Device::head(&founder.place).await?;
        let ledger = Arc::new(Ledger::new(head.position));
        let mut first = Device::connect(&founder.place, head).await?;
        let mut outbox = first.outbox(Worker::new(founder.place.log, Kind::Steady, Dice::new(1)), ledger.clone());
        for _ in 0..WARM_UP_COMMANDS / AT_A_TIME {
            issue(&mut first, &mut outbox, AT_A_TIME).await?;
        }
        let resident = async || {
            sleep(SETTLE).await;
            resident_bytes(server.process())
        };
        let before = resident().await?;
        let devices = connect_all(vec![(founder.place.clone(), first.cursor); connections]).await?;
        let idle = resident().await?;

        let issuing = connections.min(ISSUING_MAX);
        let pause = Duration::from_secs_f64(connections as f64 / DELIVERIES_PER_SECOND as f64);
        let start = Instant::now();
        let until = first.cursor.position + issuing as Position;
        let mut active = JoinSet::new();
        for (number, device) in devices.into_iter().enumerate() {
            let colleague = outbox.worker().colleague(Dice::new(1_000 + number as u64));
            let turn = (number < issuing).then(|| (device.outbox(colleague, ledger.clone()), start + pause * number as u32));
            active.spawn(be_active(device, turn, until));
        }
        let mut still_connected = Vec::new();
        let everybody = async {
            while let Some(done) = active.join_next().await {
                still_connected.push(done??);
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, everybody).await.with_context(|| format!("not everybody heard everything in {PATIENCE:?}"))??;
        let after = resident().await?;
        let each = |bytes: u64| figure((bytes as f64 - before as f64) / 1e3 / still_connected.len() as f64);
        let megabytes = |bytes: u64| figure(bytes as f64 / 1e6);
        eprintln!("memory: {connections} connections: {before} bytes before, {idle} idle, {after} active");
        table.row(vec![connections.into(), megabytes(before), megabytes(idle), each(idle), megabytes(after), each(after)]);
    }
    Ok(table)
}

async fn issue(device: &mut Device, outbox: &mut Outbox, count: usize) -> Result<()> {
    for frame in outbox.issue(&vec![Instant::now(); count]) {
        device.send(&frame).await?;
    }
    while outbox.len() > 0 {
        let (frame, positions) = device.hear_records().await?;
        outbox.settle(&frame, &positions, |_| {})?;
    }
    Ok(())
}

/// Issues one command when it is its turn, and hears everything.
async fn be_active(mut device: Device, turn: Option<(Outbox, Instant)>, until: Position) -> Result<Device> {
    let mut turn = turn;
    while device.cursor.position < until {
        tokio::select! {
            () = sleep_until(turn.as_ref().map_or_else(Instant::now, |(_, at)| *at).into()), if turn.is_some() => {
                if let Some((mut outbox, at)) = turn.take() {
                    for frame in outbox.issue(&[at]) {
                        device.send(&frame).await?;
                    }
                }
            }
            heard = device.hear_records() => drop(heard?),
        }
    }
    Ok(device)
}
