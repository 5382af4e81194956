//! What a connection costs the program in memory while nothing happens, most connections most of the time, and while a large snapshot is taken slowly.
#![cfg(target_os = "linux")]

#[path = "sync/served.rs"]
#[allow(dead_code, reason = "the program of the other tests")]
mod served;
#[path = "sync/toy.rs"]
#[allow(dead_code, reason = "the product of the other tests, which the world below speaks")]
mod toy;
#[path = "sync/world.rs"]
#[allow(dead_code, reason = "the world of the other tests")]
mod world;

use landfall_domain::Workspace;
use landfall_engine::protocol::{Downstream, Format, Hello, PROTOCOL_VERSION, Upstream};
use landfall_engine::{Cursor, Domain};
use landfall_server::database::Database;
use landfall_server::host::random;
use landfall_server::store::sqlite::SqliteStore;
use landfall_server::store::{LogStore, StoredSnapshot};
use serde_json::json;
use served::Program;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use world::{Folder, Person};

/// What a connection may take, bytes: half as much again as it took on 2026-11-29 (8,700 to 8,830 in a debug build), so that no noise of an allocator reaches it.
const IDLE_BYTES_MAX: usize = 13_000;
/// Connections before anything is measured: what is allocated once is allocated then.
const WARM_UP_CONNECTIONS: usize = 100;
/// Connections in one measurement. All of them, at both ends, stay below the 1,024 files that a process may open where nobody raises that.
const CONNECTIONS: usize = 200;
/// Measurements, of which the smallest counts: whatever else the program does can only add to it.
const MEASUREMENTS: usize = 3;
/// How long the program comes to rest before it is looked at.
const REST: Duration = Duration::from_millis(500);

/// A snapshot that is downloaded by devices on slow lines, bytes, and how many of them there are.
const SNAPSHOT_BYTES: usize = 16 << 20;
const DOWNLOADS: usize = 24;
/// What one of these downloads may take, bytes: what waits for its line is half a megabyte, and the rest is the allocator's.
const DOWNLOAD_BYTES_MAX: usize = 1 << 20;

/// What of its memory is in use, bytes.
async fn resident_bytes(program: &Program) -> usize {
    tokio::time::sleep(REST).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.child.id())).expect("the program runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says it");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") << 10
}

/// So many more connections that are signed in, follow the log and have caught up.
async fn connect(person: &Person, count: usize, held: &mut Vec<TcpStream>) {
    for _ in 0..count {
        let mut socket = person.socket(Format::Postcard).await;
        let (log, device) = (person.log, socket.device);
        let hello = Hello { protocol: PROTOCOL_VERSION, schema: Workspace::SCHEMA, log, cursor: Cursor::default(), device };
        socket.send(&Upstream::Hello(hello)).await;
        loop {
            let Message::Binary(frame) = socket.message().await else { panic!("the server speaks postcard") };
            if matches!(Format::Postcard.decode(&frame), Ok(Downstream::<Workspace>::CaughtUp { .. })) {
                break;
            }
        }
        held.push(socket.stream.into_inner());
    }
}

#[tokio::test]
async fn an_idle_connection_takes_little_memory() {
    let folder = Folder::new();
    let program = Program::start(&folder);
    let mut ada = program.nobody.clone();
    ada.enter("/api/found", json!({ "workspace": "Hull 7", "name": "Ada" })).await;
    let mut held = Vec::new();
    connect(&ada, WARM_UP_CONNECTIONS, &mut held).await;
    let mut each_bytes = Vec::new();
    for _ in 0..MEASUREMENTS {
        let before = resident_bytes(&program).await;
        connect(&ada, CONNECTIONS, &mut held).await;
        each_bytes.push(resident_bytes(&program).await.saturating_sub(before) / CONNECTIONS);
    }
    println!("bytes for each idle connection: {each_bytes:?}");
    let least = each_bytes.iter().min().expect("it was measured");
    assert!(*least <= IDLE_BYTES_MAX, "an idle connection takes {least} bytes, and may take {IDLE_BYTES_MAX}; measured: {each_bytes:?}");
}

/// Asks for the snapshot and reads no further than the first bytes of it.
async fn begin_download(person: &Person) -> (TcpStream, Vec<u8>) {
    let (log, cookie) = (person.log, person.cookie.as_ref().unwrap());
    let path = format!("/api/logs/{log}/snapshot?fold={}&schema={}", Workspace::FOLD, Workspace::SCHEMA);
    let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncookie: landfall_session={cookie}\r\n\r\n", person.address);
    let mut stream = TcpStream::connect(person.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = vec![0; 4 << 10];
    stream.read_exact(&mut first).await.unwrap();
    (stream, first)
}

/// The rest of it, without the head of the answer.
async fn end_download((mut stream, mut bytes): (TcpStream, Vec<u8>)) -> Vec<u8> {
    stream.read_to_end(&mut bytes).await.unwrap();
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    bytes.split_off(head + 4)
}

#[tokio::test]
async fn a_large_snapshot_that_many_take_slowly_is_not_held_for_each_of_them() {
    let folder = Folder::new();
    let program = Program::start(&folder);
    let mut ada = program.nobody.clone();
    ada.enter("/api/found", json!({ "workspace": "Hull 7", "name": "Ada" })).await;
    program.kill();
    // No state: whoever opens the log passes it over. Devices are given it all the same.
    let body: Vec<u8> = (0..SNAPSHOT_BYTES >> 10).flat_map(|_| random::<1024>()).collect();
    let store = SqliteStore::new(Database::open(&folder.0).await.unwrap());
    let head = store.head(ada.log).await.unwrap().unwrap();
    store.save_snapshot(ada.log, Workspace::FOLD, StoredSnapshot { cursor: head, body: body.clone() }).await.unwrap();
    store.close().await;

    let program = Program::start(&folder);
    let ada = Person { address: program.nobody.address, ..ada };
    assert!(end_download(begin_download(&ada).await).await == body);
    let before = resident_bytes(&program).await;
    let mut downloads = Vec::new();
    for _ in 0..DOWNLOADS {
        downloads.push(begin_download(&ada).await);
    }
    let each = resident_bytes(&program).await.saturating_sub(before) / DOWNLOADS;
    println!("bytes for each download of {SNAPSHOT_BYTES}: {each}, beside {before} before");
    assert!(each <= DOWNLOAD_BYTES_MAX, "a download takes {each} bytes, and may take {DOWNLOAD_BYTES_MAX}");
    for download in downloads.split_off(DOWNLOADS - 3) {
        assert!(end_download(download).await == body, "it comes whole all the same");
    }
}
