//! Validated and fsynced commands a second, and how long each takes, with the raw store loop beside it in turn.

use crate::Options;
use crate::client::{Device, Outbox, Place, connect_all};
use crate::dice::Dice;
use crate::ground::Ground;
use crate::latency::{Latencies, Percentiles, median};
use crate::ledger::Ledger;
use crate::machine::cpu_seconds;
use crate::pacer::{DUE_MAX, pace};
use crate::report::{Table, figure, ratio};
use crate::stage::{Folder, Person, Server};
use crate::store_loop::StoreLoop;
use crate::work::{Kind, Worker};
use anyhow::{Context, Result, ensure};
use landfall_engine::Cursor;
use landfall_engine::protocol::{IN_FLIGHT_COMMANDS_MAX, SUBMIT_COMMANDS_MAX};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A rate is good when 99 of 100 commands have their record within the first of these; where no rate is, within the second, milliseconds.
const P99_MS_BOUNDS: [f64; 2] = [100.0, 1_000.0];
/// Lower rates are not tried: a second of them has too few commands for a percentile.
const RATE_MIN: f64 = 20.0;
/// Rates that are tried for one number of clients, at most.
const RATES_MAX: usize = 10;
/// How often each of them is tried until it is good, at most.
const TRIALS_MAX: usize = 2;
/// The search ends when the next rate would be nearer than this to a good one.
const NEAR: f64 = 1.15;
/// What is found is measured at less when it does not hold for longer.
const STEP_DOWN: f64 = 0.8;
const STEPS_DOWN_MAX: usize = 4;
const RATE_AT_FIRST: f64 = 200.0;
/// People who share the devices of one log: the server holds so much for one person and no more.
const PEOPLE_MAX: usize = 64;
/// Commands under way in the server, all clients together; others wait at their clients, and their time counts.
const UNDER_WAY_MAX: usize = 8_192;
const DRAIN_PATIENCE: Duration = Duration::from_secs(60);

/// A device that issues when it is told to.
struct Issuer {
    device: Device,
    outbox: Outbox,
}

/// One server with its clients.
struct Load {
    _folder: Folder,
    server: Server,
    issuers: Vec<Issuer>,
    dice: Dice,
}

/// What was seen at one rate.
struct Trial {
    rate: f64,
    latency: Percentiles,
    given_up: bool,
    server_cpu_ms: f64,
    load_cpu_ms: f64,
    batch: f64,
}

impl Trial {
    fn is_good(&self, p99_ms_max: f64) -> bool {
        !self.given_up && self.latency.p99_ms <= p99_ms_max
    }
}

/// The table, of servers on this ground.
pub async fn measure(options: &Options, ground: &Ground) -> Result<Table> {
    let columns = [
        "logs",
        "clients",
        "commands/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "p99.9 ms",
        "p99 bound ms",
        "commands in an append",
        "raw store loop/s",
        "÷ raw loop",
        "records heard/s",
        "server CPU ms/1,000",
        "load CPU ms/1,000",
    ];
    let title = match ground {
        Ground::Sqlite => "Commands: validated, on disk, and told to everybody",
        Ground::Postgres(_) => "The same on PostgreSQL",
    };
    let mut table = Table::new(title, &columns);
    table.note(format!(
        "The highest offered rate at which p99 stays within {} ms (where none does, within {} ms) and nothing is rejected, found by a geometric search (steps of {} s) and then measured {} times for {} s, in turn with the raw store loop at the same commands in an append; medians. \
         A larger p99 than that says that no lower rate that was tried held it either, which is a disturbed machine. \
         Open loop: due times are a Poisson process from a seed, and a command's time counts from when it was due until its record is read by the client that issued it. \
         Every client follows its log, so each of them reads every record of it: that is \"records heard\". The clients and the server share the processors, so what the clients use is taken from the server.",
        P99_MS_BOUNDS[0],
        P99_MS_BOUNDS[1],
        options.trial().as_secs_f64(), options.rounds(), options.measured().as_secs_f64(),
    ));
    for logs in [1, 100] {
        let mut rate = RATE_AT_FIRST;
        // One client follows one log, of however many there are.
        for clients in options.clients().into_iter().filter(|clients| logs == 1 || *clients > 1) {
            let logs = logs.min(clients);
            let mut load = Load::begin(options, ground, logs, clients).await?;
            let mut store_loop = StoreLoop::new(ground, logs).await?;
            let found = load.search(rate, options.trial()).await?;
            let (rounds, raw) = load.hold(found, options, &mut store_loop).await?;
            rate = median(rounds.iter().map(|round| round.rate).collect());
            let middle = |figure: fn(&Trial) -> f64| median(rounds.iter().map(figure).collect());
            let raw = median(raw);
            let heard = rate * clients as f64 / logs as f64;
            eprintln!("commands: {logs} logs, {clients} clients: {rate:.0}/s, raw store loop {raw:.0}/s");
            table.row(vec![
                logs.into(),
                clients.into(),
                figure(rate),
                figure(middle(|round| round.latency.p50_ms)),
                figure(middle(|round| round.latency.p95_ms)),
                figure(middle(|round| round.latency.p99_ms)),
                figure(middle(|round| round.latency.p999_ms)),
                figure(found.1),
                figure(middle(|round| round.batch)),
                figure(raw),
                ratio(rate / raw),
                figure(heard),
                figure(middle(|round| round.server_cpu_ms)),
                figure(middle(|round| round.load_cpu_ms)),
            ]);
        }
    }
    Ok(table)
}

impl Load {
    async fn begin(options: &Options, ground: &Ground, logs: usize, clients: usize) -> Result<Self> {
        let folder = Folder::new("commands")?;
        let server = ground.server(&options.server, &folder)?;
        let mut dice = Dice::new((logs * 10_000 + clients) as u64);
        let founder = Person::founder(server.address).await?;
        let mut members = vec![founder.clone()];
        if logs == 1 {
            members.extend(founder.invite(clients.min(PEOPLE_MAX) - 1).await?);
        }
        for _ in 1..logs {
            members.push(founder.found_another().await?);
        }
        let mut at_home = Vec::new();
        for person in &members {
            if logs > 1 || at_home.is_empty() {
                person.prepare().await?;
            }
            let (head, _) = Device::head(&person.place).await?;
            at_home.push((person.place.clone(), head));
        }
        // People of one log share one ledger, which knows the log up to where all of them begin.
        let ledgers: Vec<Arc<Ledger>> = at_home.iter().map(|(_, head)| Arc::new(Ledger::new(head.position))).collect();
        let places: Vec<(Place, Cursor)> = (0..clients).map(|client| at_home[client % at_home.len()].clone()).collect();
        let devices = connect_all(places.clone()).await?;
        let issuer = |(client, device): (usize, Device)| {
            let ledger = &ledgers[if logs == 1 { 0 } else { client % ledgers.len() }];
            let worker = Worker::new(places[client].0.log, Kind::Mixed, dice.split());
            Issuer { outbox: device.outbox(worker, ledger.clone()), device }
        };
        let issuers = devices.into_iter().enumerate().map(issuer).collect();
        Ok(Self { _folder: folder, server, issuers, dice })
    }

    /// The highest rate that is good, about, and the bound that it keeps.
    async fn search(&mut self, start: f64, duration: Duration) -> Result<(f64, f64)> {
        for p99_ms_max in P99_MS_BOUNDS {
            if let Some(rate) = self.search_within(p99_ms_max, start, duration).await? {
                return Ok((rate, p99_ms_max));
            }
        }
        Ok((RATE_MIN, P99_MS_BOUNDS[1]))
    }

    async fn search_within(&mut self, p99_ms_max: f64, start: f64, duration: Duration) -> Result<Option<f64>> {
        let (mut good, mut bad): (Option<f64>, Option<f64>) = (None, None);
        let mut rate = start.max(RATE_MIN);
        for _ in 0..RATES_MAX {
            *(if self.is_good(p99_ms_max, rate, duration).await? { &mut good } else { &mut bad }) = Some(rate);
            rate = match (good, bad) {
                (Some(good), Some(bad)) if bad / good < NEAR * NEAR => break,
                (Some(good), Some(bad)) => (good * bad).sqrt(),
                (Some(good), None) => good * 2.0,
                (None, _) if rate / 2.0 < RATE_MIN => break,
                (None, _) => rate / 2.0,
            };
        }
        Ok(good)
    }

    /// A rate that was good once is good: another program may have disturbed the other trials.
    async fn is_good(&mut self, p99_ms_max: f64, rate: f64, duration: Duration) -> Result<bool> {
        for _ in 0..TRIALS_MAX {
            let trial = self.trial(rate, duration).await?;
            let given_up = if trial.given_up { ", given up" } else { "" };
            eprintln!("  {rate:.0}/s offered: p99 {:.1} ms, {:.1} commands in an append{given_up}", trial.latency.p99_ms, trial.batch);
            if trial.is_good(p99_ms_max) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Measures for longer, in turn with the raw store loop, at that rate or at a lower one that holds most of the time.
    async fn hold(
        &mut self,
        (found, p99_ms_max): (f64, f64),
        options: &Options,
        store_loop: &mut StoreLoop,
    ) -> Result<(Vec<Trial>, Vec<f64>)> {
        let mut rate = found;
        let mut step = 0;
        loop {
            let (mut rounds, mut raw): (Vec<Trial>, Vec<f64>) = (Vec::new(), Vec::new());
            for _ in 0..options.rounds() {
                let round = self.trial(rate, options.measured()).await?;
                raw.push(store_loop.run(round.batch.round() as usize, options.measured()).await?);
                rounds.push(round);
            }
            step += 1;
            if step > STEPS_DOWN_MAX || rounds.iter().filter(|round| round.is_good(p99_ms_max)).count() * 2 > rounds.len() {
                return Ok((rounds, raw));
            }
            rate *= STEP_DOWN;
        }
    }

    /// Offers this rate for so long, and waits until everything has its record.
    async fn trial(&mut self, rate: f64, duration: Duration) -> Result<Trial> {
        let window = (UNDER_WAY_MAX / self.issuers.len()).clamp(8, IN_FLIGHT_COMMANDS_MAX);
        let before = self.server.metrics().await?;
        let (server_cpu, load_cpu) = (cpu_seconds(self.server.process())?, cpu_seconds(std::process::id())?);
        let landed = Arc::new(AtomicU64::new(0));
        let mut clients = Vec::new();
        let mut running = JoinSet::new();
        for issuer in self.issuers.drain(..) {
            let (client, due) = mpsc::channel(DUE_MAX);
            clients.push(client);
            running.spawn(issuer.run(due, window, landed.clone()));
        }
        let started = Instant::now();
        let pacing = pace(rate, duration, clients, landed.clone(), self.dice.split());
        let mut latencies = Latencies::default();
        let drained = timeout(duration + DRAIN_PATIENCE, async {
            while let Some(done) = running.join_next().await {
                let (issuer, taken) = done??;
                latencies.extend(taken);
                self.issuers.push(issuer);
            }
            anyhow::Ok(())
        });
        drained.await.with_context(|| format!("commands have no record after {DRAIN_PATIENCE:?}"))??;
        let took = started.elapsed();
        let paced = pacing.join().map_err(|_| anyhow::anyhow!("the pacer broke"))?;
        let (server_cpu, load_cpu) = (cpu_seconds(self.server.process())? - server_cpu, cpu_seconds(std::process::id())? - load_cpu);
        let after = self.server.metrics().await?;
        let counted = |name: &str| {
            after.get(name).zip(before.get(name)).map(|(after, before)| after - before).with_context(|| format!("/metrics has no {name}"))
        };
        let accepted = counted("landfall_records_total{outcome=\"accepted\"}")?;
        ensure!(counted("landfall_records_total{outcome=\"rejected\"}")? == 0.0, "commands were rejected");
        ensure!(
            accepted == paced.due as f64 && latencies.count() as u64 == paced.due,
            "of {} commands {accepted} were accepted",
            paced.due
        );
        let thousands = accepted / 1000.0;
        Ok(Trial {
            // The last records come a little after the last command was due.
            rate: accepted / took.max(duration).as_secs_f64(),
            latency: latencies.percentiles(),
            given_up: paced.given_up,
            server_cpu_ms: server_cpu * 1000.0 / thousands,
            load_cpu_ms: load_cpu * 1000.0 / thousands,
            batch: accepted / counted("landfall_appends_total")?,
        })
    }
}

impl Issuer {
    /// Issues what falls due until nobody says so any more, and until everything has its record.
    async fn run(mut self, mut due: mpsc::Receiver<Instant>, window: usize, landed: Arc<AtomicU64>) -> Result<(Self, Latencies)> {
        let mut latencies = Latencies::default();
        let mut batch = Vec::new();
        let mut open = true;
        while open || self.outbox.len() > 0 {
            let room = window.saturating_sub(self.outbox.len()).min(SUBMIT_COMMANDS_MAX);
            tokio::select! {
                count = due.recv_many(&mut batch, room), if open && room > 0 => {
                    open = count > 0;
                    for frame in self.outbox.issue(&batch) {
                        self.device.send(&frame).await?;
                    }
                    batch.clear();
                }
                heard = self.device.hear_records() => {
                    let (frame, positions) = heard?;
                    let now = Instant::now();
                    self.outbox.settle(&frame, &positions, |due| {
                        latencies.add(now.saturating_duration_since(due));
                        landed.fetch_add(1, Ordering::Relaxed);
                    })?;
                }
            }
        }
        Ok((self, latencies))
    }
}
