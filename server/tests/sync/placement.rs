//! Logs on several databases, as people have them: one moves while they work at several servers, and whoever moves it is killed at every
//! stage; one database dies, and logs on the others go on.

use crate::private_postgres::PrivatePostgres;
use crate::world::{Person, World, patient, say};
use futures::StreamExt;
use landfall_engine::protocol::*;
use landfall_engine::{CommandId, Cursor, LogId};
use landfall_server::config::{Config, Data, LogDatabase, Placement};
use landfall_server::postgres::Postgres;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(30);

/// Two databases, and how servers are run on them.
struct Databases {
    main: String,
    west: String,
}

impl Databases {
    fn config(&self, new_logs_on: &str) -> Config {
        let beside = vec![LogDatabase { name: "west".into(), address: self.west.clone() }];
        let placement = Placement { beside, new_logs_on: vec![new_logs_on.into()] };
        Config { data: Data::Postgres(self.main.clone()), placement, ..patient() }
    }

    /// `landfall move`, as a process of its own.
    fn mover(&self, log: LogId, to: &str) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(["move", &log.to_string(), "--to", to, "--json"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("LANDFALL_DATABASE", &self.main).env("LANDFALL_LOG_DATABASE", format!("west={}", self.west));
        command.spawn().unwrap()
    }

    /// Moves a log, and returns what is said of it.
    async fn moved(&self, log: LogId, to: &str) -> Value {
        let mover = self.mover(log, to);
        let output = tokio::task::spawn_blocking(move || mover.wait_with_output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// Where a mover stops, until the test goes on: a trigger of the test's own, that sleeps.
struct Stage {
    database: Postgres,
    table: &'static str,
}

impl Stage {
    async fn at(address: &str, table: &'static str, event: &str, condition: &str) -> Self {
        let database = Postgres::open(address).await.unwrap();
        for statement in [
            "CREATE OR REPLACE FUNCTION stage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(25); RETURN new; END $$"
                .to_owned(),
            format!("CREATE TRIGGER stage {event} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION stage()"),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(database.pool()).await.unwrap();
        }
        Self { database, table }
    }

    /// Runs a mover until it is here, and kills it as `kill -9` does; what it had begun is undone, as when its machine is gone.
    async fn kills(self, mut mover: Child) {
        let since = Instant::now();
        let asleep = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        let count = format!("SELECT COUNT(*) {asleep}");
        loop {
            let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(count.clone())).fetch_one(self.database.pool()).await.unwrap();
            if count > 0 {
                break;
            }
            if let Some(ended) = mover.try_wait().unwrap() {
                let output = mover.wait_with_output().unwrap();
                panic!("it ended before it came to its stage: {ended} {}", String::from_utf8_lossy(&output.stderr));
            }
            assert!(since.elapsed() < PATIENCE, "the mover does not come to its stage at {}", self.table);
            sleep(Duration::from_millis(20)).await;
        }
        mover.kill().unwrap();
        mover.wait().unwrap();
        let end = format!("SELECT pg_terminate_backend(pid, 10000) {asleep}");
        let ended: Vec<bool> = sqlx::query_scalar(sqlx::AssertSqlSafe(end)).fetch_all(self.database.pool()).await.unwrap();
        assert_eq!(ended, [true]);
        let drop = format!("DROP TRIGGER stage ON {}", self.table);
        sqlx::query(sqlx::AssertSqlSafe(drop)).execute(self.database.pool()).await.unwrap();
        self.database.close().await;
    }
}

/// People at work.
struct Load {
    ends: Arc<AtomicBool>,
    landed: Arc<AtomicUsize>,
    posting: Vec<JoinHandle<Vec<(CommandId, u64)>>>,
    reading: Vec<JoinHandle<()>>,
    /// How many lines each reader has had.
    lines: Vec<Arc<AtomicUsize>>,
}

impl Load {
    /// Each posts one command after another, the next when the last has its record, now at this server, now at that; and each server has
    /// somebody who reads.
    fn begin(nodes: &[World], people: &[Person]) -> Self {
        let (ends, landed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let posting = people.iter().enumerate().map(|(number, person)| {
            let places: Vec<Person> = nodes.iter().map(|node| node.again(person)).collect();
            let (ends, landed) = (ends.clone(), landed.clone());
            tokio::spawn(async move {
                let mut told = Vec::new();
                while !ends.load(Ordering::Relaxed) {
                    let command = say(&format!("{number} {}", told.len()));
                    let mut tries = number + told.len();
                    let answer = loop {
                        tries += 1;
                        // The same command, until somebody answers.
                        match places[tries % places.len()].try_post_commands(std::slice::from_ref(&command)).await {
                            Some(answer) => break answer,
                            None => sleep(Duration::from_millis(20)).await,
                        }
                    };
                    told.push((command.id, answer["records"][0]["position"].as_u64().unwrap()));
                    landed.fetch_add(1, Ordering::Relaxed);
                }
                told
            })
        });
        let lines: Vec<Arc<AtomicUsize>> = nodes.iter().map(|_| Arc::default()).collect();
        let reader =
            |(node, lines): (&World, &Arc<AtomicUsize>)| tokio::spawn(read_for_ever(node.again(&people[0]), lines.clone(), ends.clone()));
        let reading = nodes.iter().zip(&lines).map(reader).collect();
        Self { posting: posting.collect(), reading, lines, ends, landed }
    }

    /// Until so much more has landed.
    async fn goes_on(&self) {
        let before = self.landed.load(Ordering::Relaxed);
        until("nothing lands", || self.landed.load(Ordering::Relaxed) >= before + 20).await;
    }

    /// Until everybody who reads is on such a line.
    async fn is_read_on_line(&self, line: usize) {
        let are_on_it = || self.lines.iter().all(|lines| lines.load(Ordering::Relaxed) >= line);
        until("whoever reads is not sent to the new place each time", are_on_it).await;
    }
}

async fn until(problem: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "{problem}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Follows a log across everything that ends a line, and counts the lines. Only passing ends are met.
async fn read_for_ever(person: Person, lines: Arc<AtomicUsize>, ends: Arc<AtomicBool>) {
    while !ends.load(Ordering::Relaxed) {
        lines.fetch_add(1, Ordering::Relaxed);
        let mut socket = person.socket(Format::Postcard).await;
        socket.hello(person.log).await;
        while !ends.load(Ordering::Relaxed) {
            let Ok(Some(Ok(message))) = tokio::time::timeout(Duration::from_millis(200), socket.stream.next()).await else { continue };
            match message {
                Message::Binary(_) => {}
                Message::Close(Some(frame)) => {
                    let code = u16::from(frame.code);
                    assert!(code == CloseCode::GoingAway as u16 || code == CloseCode::Busy as u16, "{frame:?}");
                    sleep(Duration::from_millis(100)).await;
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_27_a_log_moves_under_load_and_nothing_is_lost_wherever_the_mover_is_killed() {
    let postgres = PrivatePostgres::shared();
    let databases = Databases { main: postgres.new_database(), west: postgres.new_database() };
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(World::start_with(databases.config("main")).await);
    }
    let mut people = vec![nodes[0].owner().await];
    for name in ["Ben", "Cai", "Dee"] {
        people.push(nodes[1].again(&nodes[0].member(&people[0], name).await));
    }
    let log = people[0].log;
    let load = Load::begin(&nodes, &people);
    load.goes_on().await;

    // While it is copied: nobody notices.
    let stage = Stage::at(&databases.west, "record", "BEFORE INSERT", "true").await;
    stage.kills(databases.mover(log, "west")).await;
    load.goes_on().await;

    // After it was frozen: nobody can write, until it is called off.
    let stage = Stage::at(&databases.west, "log_head", "BEFORE INSERT", "true").await;
    stage.kills(databases.mover(log, "west")).await;
    assert_eq!(databases.moved(log, "main").await, json!({ "id": log, "database": "main" }));
    load.goes_on().await;

    // When it is ready to be named in the directory, and when it has been named and is not open yet.
    let stage = Stage::at(&databases.main, "placement", "BEFORE INSERT", "true").await;
    stage.kills(databases.mover(log, "west")).await;
    let stage = Stage::at(&databases.west, "log_head", "BEFORE UPDATE", "old.elsewhere = 'main' AND new.elsewhere IS NULL").await;
    stage.kills(databases.mover(log, "west")).await;
    assert_eq!(databases.moved(log, "west").await, json!({ "id": log, "database": "west" }), "it only had to be opened");
    load.goes_on().await;

    // And back, in one go.
    let back = databases.moved(log, "main").await;
    println!("moved under load: {back}");
    assert!(back["moved"]["frozen_ms"].as_u64().is_some_and(|frozen_ms| frozen_ms < 5_000), "{back}");
    load.goes_on().await;
    load.is_read_on_line(3).await;

    load.ends.store(true, Ordering::Relaxed);
    let mut told = BTreeMap::new();
    for posting in load.posting {
        let posted = posting.await.unwrap();
        assert!(posted.is_sorted_by_key(|(_, position)| *position), "what one person did one after another stands in that order");
        told.extend(posted.into_iter().map(|(id, position)| (position, id)));
    }
    for reading in load.reading {
        reading.await.unwrap();
    }
    for node in &nodes {
        let mut reader = node.again(&people[0]).follow(Format::Postcard, Cursor::default()).await;
        let last = *told.last_key_value().unwrap().0;
        while reader.cursor.position < last {
            reader.next().await;
        }
        assert!(reader.cursor.epoch >= 3, "each stay has a timeline of its own: {:?}", reader.cursor);
        let known = people.len();
        assert_eq!(reader.seen.len(), told.len() + known, "nothing is lost, and nothing came twice");
        for record in reader.seen.iter().skip(known) {
            assert_eq!(told.get(&record.position), Some(&record.command));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_one_database_is_away_workspaces_on_the_others_go_on() {
    let (main, west) = (PrivatePostgres::shared(), Arc::new(PrivatePostgres::start()));
    let databases = Databases { main: main.new_database(), west: west.new_database() };
    let (first, second) = (World::start_with(databases.config("main")).await, World::start_with(databases.config("west")).await);
    let ada = first.owner().await;
    let mut in_the_west = second.again(&ada);
    let founded = in_the_west.post("/api/found", json!({ "workspace": "Hull 8", "name": "Ada" })).await;
    assert_eq!(founded.status, 200, "{}", founded.head);
    in_the_west.log = founded.json()["log"].as_str().unwrap().parse().unwrap();
    let mut near = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut far = first.again(&in_the_west).follow(Format::Postcard, Cursor::default()).await;
    let id = far.say("at the first server, in the west").await;
    far.read_until(id).await;

    let stopped = west.clone();
    tokio::task::spawn_blocking(move || stopped.kill()).await.unwrap();
    let code = far.close_code().await;
    assert!(code == CloseCode::GoingAway as u16 || code == CloseCode::Busy as u16, "{code}");
    let id = near.say("all is well here").await;
    near.read_until(id).await;
    let refused = first.again(&in_the_west).post_commands(&[say("in vain")]).await;
    assert_eq!(refused.error(), (503, "unavailable".into()), "who asks for it is told to come again");

    let started = west.clone();
    tokio::task::spawn_blocking(move || started.start_again()).await.unwrap();
    let command = say("afterwards");
    while first.again(&in_the_west).try_post_commands(std::slice::from_ref(&command)).await.is_none() {}
    near.ping().await;
}
