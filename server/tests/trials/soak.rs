//! Many people at work for an hour: memory and latency stay flat. `cargo xtask soak` runs it; it is no part of `cargo test`.

use crate::dice::{Dice, number, seed};
use crate::native::Native;
use crate::person::Person;
use crate::plain::{code, connect, send};
use crate::plot::{is_flat, plot};
use crate::poster::Poster;
use crate::program::{Folder, Place};
use crate::work::{Board, Worker};
use futures::StreamExt;
use landfall_domain::Workspace;
use landfall_engine::protocol::*;
use landfall_engine::{CommandId, Cursor, DeviceId, Domain};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

/// Points of a plot, and lines of progress.
const SAMPLES: u32 = 60;
/// Each person does something so often, milliseconds, on the average.
const PAUSE_MS: u64 = 1_000;
/// Tasks that everybody works on. Their number stays, so that the state does.
const TASKS: usize = 200;
/// What memory may grow by from the first third to the last besides a tenth: what is bounded by a number of commands fills up that slowly, MiB.
const MEMORY_SLACK_MIB: f64 = 16.0;
/// What latency may grow by besides a half, milliseconds.
const LATENCY_SLACK_MS: f64 = 5.0;

/// When each command was issued, and how long everything took since the last sample, milliseconds.
#[derive(Default)]
struct Clock {
    issued: BTreeMap<CommandId, Instant>,
    own: Vec<f64>,
    others: Vec<f64>,
}

/// One line of progress.
struct Sample {
    server_mib: f64,
    clients_mib: f64,
    own_ms: [f64; 2],
    others_ms: [f64; 2],
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes an hour: cargo xtask soak"]
async fn people_at_work_for_an_hour_find_it_as_quick_at_the_end() {
    let (minutes, people) = (number("LANDFALL_SOAK_MINUTES", 60), number("LANDFALL_SOAK_CLIENTS", 20));
    let mut dice = Dice::new(seed());
    let folder = Folder::new("soak");
    let place = Place::new(&folder);
    let server = place.start().await;
    let edda = Person::founder(place.address).await;
    let board = Board::new(&mut dice);
    let mut foreman = Worker::new(board.clone(), dice.split());
    let mut poster = Poster::new(edda.clone(), Worker::new(board.clone(), dice.split())).begin_with(board.create()).await;
    let tasks: Vec<String> = (0..TASKS).map(|_| dice.task()).collect();
    for task in &tasks {
        poster = poster.begin_with(foreman.add(task)).await;
    }

    let clock = Arc::new(Mutex::new(Clock::default()));
    let ended = Arc::new(Mutex::new(Vec::new()));
    let watching = tokio::spawn(watch(edda.clone(), clock.clone(), ended.clone()));
    let mut working = Vec::new();
    for n in 0..people {
        let person = edda.invite(&format!("Hand {n}")).await;
        let worker = Worker::new(board.clone(), dice.split());
        let client = Native::new(&person, folder.path(&format!("client-{n}")), worker).await;
        working.push(tokio::spawn(work(client, tasks.clone(), clock.clone())));
    }

    println!("{people} native clients in one process and one server, {minutes} minutes; each issues a command a second");
    println!("  minute   server MiB  clients MiB   own p50    p99 ms   others p50    p99 ms   commands");
    let every = Duration::from_secs(minutes * 60) / SAMPLES;
    let (begun, mut samples, mut commands) = (Instant::now(), Vec::new(), 0);
    for n in 1..=SAMPLES {
        tokio::time::sleep_until((begun + every * n).into()).await;
        // What is still on its way is counted with the next sample.
        let (issued, own, others) = {
            let mut clock = clock.lock().expect("nobody panicked");
            (clock.issued.len(), std::mem::take(&mut clock.own), std::mem::take(&mut clock.others))
        };
        commands += own.len();
        let has_stopped = own.is_empty() && every > Duration::from_secs(10);
        assert!(!has_stopped, "work has stopped; {issued} commands were issued lately: {}", place.complaints());
        let sample = Sample {
            server_mib: resident_mib(&server.id().to_string()),
            clients_mib: resident_mib("self"),
            own_ms: [percentile(&own, 50), percentile(&own, 99)],
            others_ms: [percentile(&others, 50), percentile(&others, 99)],
        };
        println!(
            "  {:>6.1}   {:>10.1}  {:>11.1}   {:>7.1}   {:>7.1}   {:>10.1}   {:>7.1}   {commands:>8}",
            begun.elapsed().as_secs_f64() / 60.0,
            sample.server_mib,
            sample.clients_mib,
            sample.own_ms[0],
            sample.own_ms[1],
            sample.others_ms[0],
            sample.others_ms[1],
        );
        samples.push(sample);
    }
    watching.abort();
    working.iter().for_each(tokio::task::JoinHandle::abort);
    assert!(ended.lock().expect("nobody panicked").is_empty(), "the watcher was closed: {ended:?}");
    assert!(!place.complaints().contains("panicked"), "{}", place.complaints());

    let mut verdicts = Vec::new();
    let mut series = |name: &str, of: fn(&Sample) -> f64, factor: f64, slack: f64| {
        let values: Vec<f64> = samples.iter().map(of).collect();
        println!("\n{}", plot(name, &values));
        let (flat, words) = is_flat(&values, factor, slack);
        println!("{words}");
        verdicts.push((flat, format!("{name}: {words}")));
    };
    series("memory of the server, MiB", |sample| sample.server_mib, 1.1, MEMORY_SLACK_MIB);
    series("memory of the clients, MiB", |sample| sample.clients_mib, 1.1, MEMORY_SLACK_MIB);
    series("issued until one's own record, median, ms", |sample| sample.own_ms[0], 1.5, LATENCY_SLACK_MS);
    series("issued until somebody else has the record, median, ms", |sample| sample.others_ms[0], 1.5, LATENCY_SLACK_MS);
    series("issued until one's own record, 99th percentile, ms", |sample| sample.own_ms[1], 2.0, 4.0 * LATENCY_SLACK_MS);
    let rising: Vec<&String> = verdicts.iter().filter(|(flat, _)| !flat).map(|(_, words)| words).collect();
    assert!(rising.is_empty(), "not flat: {rising:?}");
    println!("\n{commands} commands in {minutes} minutes: memory and latency are flat");
}

/// One person at work.
async fn work(mut client: Native, tasks: Vec<String>, clock: Arc<Mutex<Clock>>) {
    let mut due = Instant::now() + pause(&mut client);
    loop {
        client.turn(due.saturating_duration_since(Instant::now())).await;
        while let Some(id) = client.take_settled() {
            let mut clock = clock.lock().expect("nobody panicked");
            if let Some(issued) = clock.issued.get(&id).map(Instant::elapsed) {
                clock.own.push(milliseconds(issued));
            }
        }
        if Instant::now() >= due {
            due += pause(&mut client);
            // The clock is held meanwhile: the record may be everywhere before this returns.
            let mut clock = clock.lock().expect("nobody panicked");
            let now = Instant::now();
            if let Some(id) = client.issue(&tasks) {
                clock.issued.insert(id, now);
            }
        }
    }
}

fn pause(client: &mut Native) -> Duration {
    Duration::from_millis(PAUSE_MS / 2 + client.dice().below(PAUSE_MS))
}

/// Somebody else, who only reads.
async fn watch(person: Person, clock: Arc<Mutex<Clock>>, ended: Arc<Mutex<Vec<u16>>>) {
    let mut socket = connect(&person, Format::Postcard).await.expect("the server listens");
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        schema: Workspace::SCHEMA,
        log: person.log,
        cursor: Cursor::default(),
        device: DeviceId([9; 16]),
    };
    send(&mut socket, Format::Postcard, &Upstream::Hello(hello)).await.expect("it goes out");
    let mut pinged = Instant::now();
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Binary(bytes) => {
                let frame = Format::Postcard.decode::<Downstream<Workspace>>(&bytes).ok();
                if let Some(records) = frame.and_then(Downstream::into_records) {
                    let mut clock = clock.lock().expect("nobody panicked");
                    for record in records {
                        if let Some(issued) = clock.issued.get(&record.command).map(Instant::elapsed) {
                            clock.others.push(milliseconds(issued));
                        }
                    }
                    clock.issued.retain(|_, issued| issued.elapsed() < Duration::from_secs(10));
                }
            }
            Message::Close(close) => ended.lock().expect("nobody panicked").push(code(close.as_ref())),
            _ => {}
        }
        if pinged.elapsed() >= Duration::from_millis(KEEPALIVE_MS) {
            pinged = Instant::now();
            let _ = send(&mut socket, Format::Postcard, &Upstream::Ping).await;
        }
    }
    ended.lock().expect("nobody panicked").push(1006);
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Memory that a process has in RAM.
fn resident_mib(process: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("this needs /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line on memory");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib / 1_024.0
}
