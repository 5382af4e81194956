//! A server as a process of its own, with a folder of data of its own, and the people in it.

use crate::client::Place;
use crate::dice::Dice;
use crate::http::{get, post};
use crate::work::{History, Kind, Product, preparations};
use anyhow::{Context, Result, bail, ensure};
use landfall_engine::protocol::{CommandText, Submission};
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Domain, LogId};
use landfall_server::database::Database;
use landfall_server::host::{now, random};
use landfall_server::store::sqlite::SqliteStore;
use landfall_server::store::{LogStore, PageLimit, StoredRecord};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How many may come by one invitation.
const INVITATION_USES_MAX: usize = 50;
/// What is written to a store at a time while a folder is prepared.
const ROWS_AT_A_TIME: usize = 512;
const STOP_PATIENCE: Duration = Duration::from_secs(60);

/// A folder that is gone when it is dropped. It lies in the system's folder for such things: set TMPDIR for another disk.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("landfall-load-{name}-{}", CommandId(random())));
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// All its files, bytes.
    pub fn size_bytes(&self) -> Result<u64> {
        std::fs::read_dir(&self.0)?.map(|entry| Ok(entry?.metadata()?.len())).sum()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// See the module. Killed when it is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// When the process was started.
    pub started: Instant,
}

impl Server {
    /// Starts one that turns nobody away, and waits until it listens.
    pub fn start(program: &Path, data: &Path) -> Result<Self> {
        Self::start_with(program, data, &["--no-limits"])
    }

    /// Starts it with these options besides, and waits until it listens.
    pub fn start_with(program: &Path, data: &Path, options: &[&str]) -> Result<Self> {
        let started = Instant::now();
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(options)
            .env("RUST_LOG", "warn")
            .env_remove("LANDFALL_ORIGIN");
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.with_context(|| format!("{} does not start", program.display()))?;
        let mut said = BufReader::new(child.stdout.take().context("its output is piped")?);
        let mut line = String::new();
        said.read_line(&mut line)?;
        let Some(address) = line.trim().rsplit("http://").next().and_then(|address| address.parse().ok()) else {
            let _ = child.kill();
            bail!("the server did not say where it listens; it said: {line}");
        };
        thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Ok(Self { child, address, started })
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// As a service manager does: it finishes what it was given.
    pub fn stop(mut self) -> Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.process().to_string()]).status()?;
        ensure!(told.success(), "the server could not be told to stop");
        let since = Instant::now();
        while self.child.try_wait()?.is_none() {
            ensure!(since.elapsed() < STOP_PATIENCE, "the server did not stop in {STOP_PATIENCE:?}");
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// What it has counted so far.
    pub async fn metrics(&self) -> Result<BTreeMap<String, f64>> {
        let text = String::from_utf8(get(self.address, "/metrics", "").await?.body)?;
        let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
        Ok(samples.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody whom the server knows, in one log.
#[derive(Clone, Debug)]
pub struct Person {
    pub place: Place,
    pub actor: ActorId,
}

impl Person {
    /// The first visitor, who founds.
    pub async fn founder(server: SocketAddr) -> Result<Self> {
        Self::enter(server, "", "/api/found", &json!({ "workspace": "Dry dock", "name": "Edda" })).await
    }

    /// The same person in one more log, which they found.
    pub async fn found_another(&self) -> Result<Self> {
        let (server, cookie) = (self.place.server, &self.place.cookie);
        Self::enter(server, cookie, "/api/found", &json!({ "workspace": "Another dock", "name": "Edda" })).await
    }

    /// A link by which others come into the same log.
    pub async fn invitation(&self) -> Result<String> {
        let (server, cookie) = (self.place.server, &self.place.cookie);
        let invited = post(server, "/api/invitations", cookie, &json!({ "log": self.place.log, "role": "member" })).await?.json()?;
        Ok(invited["link"].as_str().context("no link")?.to_owned())
    }

    /// So many others in the same log.
    pub async fn invite(&self, count: usize) -> Result<Vec<Self>> {
        let server = self.place.server;
        let mut others = Vec::new();
        let mut code = String::new();
        for number in 0..count {
            if number % INVITATION_USES_MAX == 0 {
                code = self.invitation().await?.rsplit('/').next().context("no code in the link")?.to_owned();
            }
            others.push(Self::enter(server, "", "/api/join", &json!({ "code": code, "name": format!("Hand {number}") })).await?);
        }
        Ok(others)
    }

    async fn enter(server: SocketAddr, cookie: &str, path: &str, body: &Value) -> Result<Self> {
        let answer = post(server, path, cookie, body).await?;
        let given = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        let entered = answer.json()?;
        let id = |name: &str| entered[name].as_str().with_context(|| format!("no {name} in {entered}"));
        let place = Place { server, cookie: given.unwrap_or(cookie).to_owned(), log: id("log")?.parse()? };
        Ok(Self { place, actor: id("actor")?.parse()? })
    }

    /// Makes the boards.
    pub async fn prepare(&self) -> Result<()> {
        let mut after = None;
        let mut commands = Vec::new();
        for text in preparations(self.place.log) {
            let id = CommandId::mint(now(), random());
            commands.push(Submission { id, after, issued: now(), command: Some(CommandText(text)) });
            after = Some(id);
        }
        let body = json!({ "device": DeviceId(random()), "commands": commands });
        let answer = post(self.place.server, &format!("/api/logs/{}/commands", self.place.log), &self.place.cookie, &body).await?;
        let answered = answer.json()?;
        let records = answered["records"].as_array().context("no records")?;
        ensure!(records.iter().all(|record| record["outcome"]["accepted"].is_array()), "the boards were rejected: {answered}");
        Ok(())
    }
}

/// A log with a past, in a folder of data that no server has open.
pub struct Written {
    pub folder: Folder,
    pub person: Person,
    pub head: Cursor,
    pub tasks: usize,
    /// The records as JSON, bytes.
    pub log_bytes: u64,
}

/// Founds by the server, stops it, and writes on through the store's own API while `goes_on` says so (of bytes and tasks):
/// first so many imported tasks, then people's work.
pub async fn write_past(program: &Path, imported: usize, with_snapshot: bool, goes_on: impl Fn(u64, usize) -> bool) -> Result<Written> {
    let folder = Folder::new("past")?;
    let server = Server::start(program, folder.path())?;
    let person = Person::founder(server.address).await?;
    server.stop()?;
    let store = SqliteStore::new(Database::open(folder.path()).await?);
    let log = person.place.log;
    let head = store.head(log).await?.context("the log was founded")?;
    let page = store.read(log, 0, PageLimit { records: ROWS_AT_A_TIME, bytes: usize::MAX }).await?;
    let begun: Vec<String> = page.rows.into_iter().map(|row| row.body).collect();
    let mut history = History::new(log, head.epoch, &begun, person.actor, Kind::Mixed, Dice::new(50_000), now())?;
    if imported > 0 {
        history.import(imported);
    }
    let mut log_bytes: u64 = begun.iter().map(|body| body.len() as u64).sum();
    let mut rows = history.prepare()?;
    while goes_on(log_bytes, history.task_count()) {
        let row = history.next()?;
        log_bytes += row.body.len() as u64;
        rows.push(row);
        if rows.len() >= ROWS_AT_A_TIME {
            append(&store, log, std::mem::take(&mut rows), head.epoch).await?;
        }
    }
    append(&store, log, rows, head.epoch).await?;
    if with_snapshot {
        store.save_snapshot(log, Product::FOLD, history.snapshot()?).await?;
    }
    store.close().await;
    Ok(Written { folder, person, head: history.cursor, tasks: history.task_count(), log_bytes })
}

async fn append(store: &SqliteStore, log: LogId, rows: Vec<StoredRecord>, epoch: u64) -> Result<()> {
    let Some(first) = rows.first() else { return Ok(()) };
    let expected = Cursor { epoch, position: first.position - 1 };
    Ok(store.append(log, expected, rows).await?)
}

/// Downloads the newest snapshot: its cursor, and its bytes as they came.
pub async fn snapshot(place: &Place) -> Result<(Cursor, Vec<u8>)> {
    let (fold, schema) = (Product::FOLD, Product::SCHEMA);
    let path = format!("/api/logs/{}/snapshot?fold={fold}&schema={schema}", place.log);
    let answer = get(place.server, &path, &place.cookie).await?;
    // The tag names fold, epoch and position, so that nothing needs to be unpacked here.
    let tag = answer.header("etag").context("a snapshot without a tag")?.trim_matches('"').to_owned();
    let mut numbers = tag.split('-').skip(1).map(str::parse);
    let (Some(Ok(epoch)), Some(Ok(position))) = (numbers.next(), numbers.next()) else { bail!("a tag of another form: {tag}") };
    Ok((Cursor { epoch, position }, answer.body))
}
