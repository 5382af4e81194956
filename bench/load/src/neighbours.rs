//! Quiet clients alone, and beside a noisy neighbour: what one who takes all they can get costs the others.

use crate::Options;
use crate::client::{Device, Outbox, Place};
use crate::dice::Dice;
use crate::http::offer;
use crate::latency::{Latencies, median};
use crate::ledger::Ledger;
use crate::report::{Table, figure, ratio};
use crate::stage::{Folder, Person, Server};
use crate::work::{Kind, Worker};
use anyhow::{Context, Result, ensure};
use landfall_engine::protocol::{CommandText, SUBMIT_COMMANDS_MAX, Submission};
use landfall_engine::{Cursor, DeviceId};
use landfall_server::host::{now, random};
use serde_json::json;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, sleep_until, timeout};

/// Quiet people, each at one device.
const QUIET: usize = 8;
/// Each of them issues a command so often.
const INTERVAL: Duration = Duration::from_millis(50);
/// Batches of commands that the flooder has under way at once.
const FLOOD_BATCHES: usize = 8;
/// In the log that somebody follows who reads nothing, so many commands at a time, so often; their texts fill what the kernel keeps for that socket.
const BUSY_COMMANDS: usize = 64;
const BUSY_INTERVAL: Duration = Duration::from_millis(100);
/// The noise is this old before the quiet are measured beside it.
const AHEAD: Duration = Duration::from_millis(500);
/// Afterwards whatever it left is finished, and a snapshot of it written.
const SETTLE: Duration = Duration::from_secs(7);
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Noise {
    FloodElsewhere,
    FloodHere,
    StuckReader,
    Import,
}

impl Noise {
    const ALL: [Self; 4] = [Self::FloodElsewhere, Self::FloodHere, Self::StuckReader, Self::Import];

    fn words(self, options: &Options) -> String {
        match self {
            Self::FloodElsewhere => "one client floods another log".into(),
            Self::FloodHere => "one client floods the same log".into(),
            Self::StuckReader => "a socket reads nothing while its log is busy".into(),
            Self::Import => format!("`landfall import` of {} tasks into another log", options.imported_tasks()),
        }
    }
}

/// The table.
pub async fn measure(options: &Options) -> Result<Table> {
    let columns = [
        "beside",
        "alone p50 ms",
        "alone p99 ms",
        "beside p50 ms",
        "beside p99 ms",
        "p50 ratio",
        "p99 ratio",
        "noise, commands/s",
        "turned away",
    ];
    let mut table = Table::new("Quiet clients beside a noisy one", &columns);
    table.note(format!(
        "{QUIET} people in one log issue a command each every {} ms; its time counts from when it was due until its record is read. Measured alone and then beside, {} times {} s each, in turn in one run; medians of the percentiles. The server has its usual limits. \
         The flood: {FLOOD_BATCHES} batches of {SUBMIT_COMMANDS_MAX} commands under way by HTTP at all times, sent again as soon as they may be. Whatever is noisy uses the same two processors as the quiet clients and the server, so that a part of the difference is not the server's.",
        INTERVAL.as_millis(),
        options.rounds(),
        options.measured().as_secs_f64(),
    ));
    for noise in Noise::ALL {
        let yard = Yard::begin(options).await?;
        let mut rounds = Vec::new();
        for _ in 0..options.rounds() {
            let alone = yard.quiet(options.measured()).await?;
            let before = yard.counted().await?;
            let making = yard.begin_noise(noise, options).await?;
            sleep(AHEAD).await;
            let (since, noisy_from) = (Instant::now(), yard.counted().await?);
            let beside = yard.quiet(options.measured()).await?;
            let (took, noisy_to) = (since.elapsed().as_secs_f64(), yard.counted().await?);
            making.end().await?;
            let after = yard.counted().await?;
            let by_quiet = beside.count() as f64;
            let commands_per_second = (noisy_to.0 - noisy_from.0 - by_quiet) / took;
            rounds.push((alone.percentiles(), beside.percentiles(), commands_per_second, after.1 - before.1));
            sleep(SETTLE).await;
        }
        let middle = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
        let alone = (middle(|round| round.0.p50_ms), middle(|round| round.0.p99_ms));
        let beside = (middle(|round| round.1.p50_ms), middle(|round| round.1.p99_ms));
        let words = noise.words(options);
        eprintln!("neighbours: {words}: p50 {:.1} -> {:.1} ms, p99 {:.1} -> {:.1} ms", alone.0, beside.0, alone.1, beside.1);
        table.row(vec![
            words.into(),
            figure(alone.0),
            figure(alone.1),
            figure(beside.0),
            figure(beside.1),
            ratio(beside.0 / alone.0),
            ratio(beside.1 / alone.1),
            figure(middle(|round| round.2)),
            figure(middle(|round| round.3)),
        ]);
    }
    Ok(table)
}

type Round = (crate::latency::Percentiles, crate::latency::Percentiles, f64, f64);

/// A server with the quiet ones in one log, and somebody noisy who has a log of their own.
struct Yard {
    folder: Folder,
    server: Server,
    program: std::path::PathBuf,
    quiet: Vec<Person>,
    noisy_here: Person,
    noisy_elsewhere: Person,
}

impl Yard {
    async fn begin(options: &Options) -> Result<Self> {
        let folder = Folder::new("neighbours")?;
        let server = Server::start_with(&options.server, &folder.path().join("data"), &[])?;
        let founder = Person::founder(server.address).await?;
        founder.prepare().await?;
        let mut quiet = founder.invite(QUIET).await?;
        let noisy_here = quiet.pop().context("somebody was invited")?;
        let noisy_elsewhere = noisy_here.found_another().await?;
        noisy_elsewhere.prepare().await?;
        quiet.push(founder);
        Ok(Self { folder, server, program: options.server.clone(), quiet, noisy_here, noisy_elsewhere })
    }

    /// Records so far, and batches of commands that were turned away.
    async fn counted(&self) -> Result<(f64, f64)> {
        let metrics = self.server.metrics().await?;
        let sum = |name: &str| metrics.iter().filter(|(found, _)| found.starts_with(name)).map(|(_, value)| value).sum();
        Ok((sum("landfall_records_total"), sum("landfall_submits_turned_away_total")))
    }

    /// What the quiet ones wait for their records meanwhile.
    async fn quiet(&self, duration: Duration) -> Result<Latencies> {
        let (head, _) = Device::head(&self.quiet[0].place).await?;
        let mut working = JoinSet::new();
        let start = Instant::now() + AHEAD;
        for (number, person) in self.quiet.iter().enumerate() {
            // They read what comes meanwhile from where they were, so that all share one ledger.
            let place = person.place.clone();
            let offset = INTERVAL * number as u32 / QUIET as u32;
            let turns = (duration.as_secs_f64() / INTERVAL.as_secs_f64()) as u32;
            working.spawn(work(place, head, number as u64, start + offset, turns));
        }
        let mut latencies = Latencies::default();
        while let Some(done) = working.join_next().await {
            latencies.extend(done??);
        }
        Ok(latencies)
    }

    async fn begin_noise(&self, noise: Noise, options: &Options) -> Result<Making> {
        match noise {
            Noise::FloodElsewhere => Ok(Making::Tasks(flood(&self.noisy_elsewhere.place).await?)),
            Noise::FloodHere => Ok(Making::Tasks(flood(&self.noisy_here.place).await?)),
            Noise::StuckReader => {
                let place = &self.noisy_elsewhere.place;
                let (head, _) = Device::head(place).await?;
                let stuck = Device::connect(place, head).await?;
                let busy = tokio::spawn(be_busy(place.clone()));
                Ok(Making::Stuck(Box::new(stuck), busy))
            }
            Noise::Import => self.begin_import(options).await,
        }
    }

    /// The client of a terminal, as it is shipped.
    async fn begin_import(&self, options: &Options) -> Result<Making> {
        let link = self.noisy_elsewhere.invitation().await?;
        let profile = self.folder.path().join(format!("profile-{}", DeviceId(random())));
        let tasks = profile.with_extension("csv");
        let landfall = |words: &[&str]| {
            let mut command = Command::new(&self.program);
            command.args(words).env("LANDFALL_PROFILE", &profile).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let file = tasks.to_str().context("a folder with a usual name")?;
        let count = options.imported_tasks().to_string();
        // Names are given once in a workspace.
        let name = format!("Mover {}", DeviceId(random()));
        for words in [&["sample", "--tasks", &count, "--out", file][..], &["join", &link, "--name", &name]] {
            ensure!(landfall(words).status()?.success(), "landfall {} failed", words[0]);
        }
        Ok(Making::Import(landfall(&["import", file, "--wait"]).spawn()?))
    }
}

/// Noise that is being made.
enum Making {
    Tasks(JoinSet<Result<()>>),
    Stuck(Box<Device>, JoinHandle<Result<()>>),
    Import(Child),
}

impl Making {
    async fn end(self) -> Result<()> {
        match self {
            Self::Tasks(mut tasks) => {
                while let Some(ended) = tasks.try_join_next() {
                    ended??;
                }
                tasks.shutdown().await;
            }
            Self::Stuck(stuck, busy) => {
                ensure!(!busy.is_finished(), "the busy log is busy no more: {:?}", busy.await);
                busy.abort();
                drop(stuck);
            }
            Self::Import(mut import) => {
                let since = Instant::now();
                while import.try_wait()?.is_none() {
                    ensure!(since.elapsed() < 2 * PATIENCE, "the import does not end");
                    sleep(Duration::from_millis(20)).await;
                }
                ensure!(import.wait()?.success(), "not everything was imported");
            }
        }
        Ok(())
    }
}

/// One quiet person at work: at each turn one command, whether or not the last one has landed.
async fn work(place: Place, head: Cursor, seed: u64, start: Instant, turns: u32) -> Result<Latencies> {
    let mut device = Device::connect(&place, head).await?;
    let ledger = Arc::new(Ledger::new(device.cursor.position));
    let mut outbox = device.outbox(Worker::new(place.log, Kind::Steady, Dice::new(seed)), ledger);
    let mut latencies = Latencies::default();
    let mut turn = 0;
    while turn < turns || outbox.len() > 0 {
        let due = start + INTERVAL * turn;
        tokio::select! {
            () = sleep_until(due.into()), if turn < turns => {
                issue(&mut device, &mut outbox, due).await?;
                turn += 1;
            }
            heard = timeout(PATIENCE, device.hear_records()) => {
                let (frame, positions) = heard.context("a quiet client waits in vain")??;
                outbox.settle(&frame, &positions, |due| latencies.add(due.elapsed()))?;
            }
        }
    }
    Ok(latencies)
}

async fn issue(device: &mut Device, outbox: &mut Outbox, due: Instant) -> Result<()> {
    for frame in outbox.issue(&[due]) {
        device.send(&frame).await?;
    }
    Ok(())
}

/// Commands without end, as fast as the server takes them.
async fn flood(place: &Place) -> Result<JoinSet<Result<()>>> {
    let mut worker = Worker::new(place.log, Kind::Steady, Dice::new(99));
    insist(place, &batch(&mut worker, 1)).await?;
    let mut flooding = JoinSet::new();
    for number in 0..FLOOD_BATCHES {
        let (place, mut worker) = (place.clone(), worker.colleague(Dice::new(1_000 + number as u64)));
        flooding.spawn(async move {
            loop {
                insist(&place, &batch(&mut worker, SUBMIT_COMMANDS_MAX)).await?;
            }
        });
    }
    Ok(flooding)
}

/// A log that is as busy as a large team makes it, in bursts.
async fn be_busy(place: Place) -> Result<()> {
    let mut worker = Worker::new(place.log, Kind::Mixed, Dice::new(7));
    loop {
        insist(&place, &batch(&mut worker, BUSY_COMMANDS)).await?;
        sleep(BUSY_INTERVAL).await;
    }
}

fn batch(worker: &mut Worker, commands: usize) -> String {
    let submission = |_| {
        let issued = now();
        let id = worker.id(issued);
        Submission { id, after: None, issued, command: Some(CommandText(worker.text(issued))) }
    };
    let commands: Vec<Submission> = (0..commands).map(submission).collect();
    json!({ "device": DeviceId(random()), "commands": commands }).to_string()
}

/// Sends it until it is taken, as soon as it may.
async fn insist(place: &Place, body: &str) -> Result<()> {
    let path = format!("/api/logs/{}/commands", place.log);
    while let Some(after) = offer(place.server, &path, &place.cookie, body).await? {
        sleep(after).await;
    }
    Ok(())
}
