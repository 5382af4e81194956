//! Stopping: politely, and within its time whoever hangs.

use crate::office::Office;
use crate::served::{Program, command};
use crate::world::{Folder, Person, World};
use landfall_domain::Workspace;
use landfall_engine::protocol::{CloseCode, Format, Hello, PROTOCOL_VERSION, SUBPROTOCOL_POSTCARD, Upstream};
use landfall_engine::{Cursor, DeviceId, Domain};
use landfall_server::host::random;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

/// More than what the two ends of a line hold.
const LINE_BYTES: usize = 12 << 20;

/// Commands that came as requests.
const COMMANDS: &str = "landfall_commands_total{route=\"http\"}";

/// A line whose other end reads as little as it can.
async fn narrow_line(person: &Person) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.connect(person.address).await.unwrap()
}

/// Follows the log from its beginning, and reads nothing of it.
async fn stuck_socket(person: &Person) -> TcpStream {
    let mut line = narrow_line(person).await;
    let cookie = person.cookie.as_ref().unwrap();
    let request = format!(
        "GET /sync HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: {SUBPROTOCOL_POSTCARD}\r\ncookie: landfall_session={cookie}\r\n\r\n",
        person.address
    );
    line.write_all(request.as_bytes()).await.unwrap();
    let device = DeviceId(random());
    let hello = Hello { protocol: PROTOCOL_VERSION, schema: Workspace::SCHEMA, log: person.log, cursor: Cursor::default(), device };
    let frame = Format::Postcard.encode(&Upstream::Hello(hello));
    // A whole binary frame, masked with zeros.
    let head = [0x82, 0x80 | u8::try_from(frame.len()).unwrap(), 0, 0, 0, 0];
    line.write_all(&[&head[..], &frame].concat()).await.unwrap();
    line
}

/// Asks for a large answer, and reads nothing of it.
async fn stuck_request(person: &Person) -> TcpStream {
    let mut line = narrow_line(person).await;
    let cookie = person.cookie.as_ref().unwrap();
    let one = format!(
        "GET /api/logs/{}/records?limit=1024 HTTP/1.1\r\nhost: {}\r\ncookie: landfall_session={cookie}\r\n\r\n",
        person.log, person.address
    );
    line.write_all(one.repeat(64).as_bytes()).await.unwrap();
    line
}

/// What the server has counted under this name.
async fn sample(person: &Person, name: &str) -> u64 {
    let text = String::from_utf8(person.get("/metrics").await.body).unwrap();
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok()).unwrap_or_else(|| panic!("no {name} in {text}"))
}

/// Waits until a server sends no more, although there is more. How much two ends of a line hold is the system's secret, so that there is
/// no fact to wait for; were it not stuck yet, it would be a moment later.
async fn until_it_hangs(person: &Person) {
    let mut sent = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = sample(person, "landfall_sent_bytes_total").await;
        if now > 1 << 20 && now == sent {
            return;
        }
        sent = now;
    }
}

async fn is_refusing(nobody: &Person) {
    while nobody.get("/health/ready").await.status != 503 {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_stops_it_is_not_ready_and_begins_nothing_new() {
    let mut world = World::start().await;
    let ada = world.owner().await;
    // Until it answers the close, its server waits for it.
    let mut socket = ada.follow(Format::Postcard, Cursor::default()).await;
    let stopped = tokio::spawn(async move { world.stop().await });
    is_refusing(&ada).await;
    assert_eq!(ada.get("/health/ready").await.json()["status"], "stopping");
    assert_eq!(ada.get("/health/live").await.status, 200);
    for answer in [ada.get("/api/me").await, ada.get("/").await, ada.post_commands(&[crate::world::say("too late")]).await] {
        assert_eq!(answer.error(), (503, "stopping".into()));
        // Not all at the same time: two seconds, or half as long again.
        assert!((2_000..=3_000).contains(&answer.json()["retry_after_ms"].as_u64().expect("a time")));
        assert!(matches!(answer.header("retry-after"), Some("2" | "3")));
        assert_eq!(answer.header("connection"), Some("close"));
    }
    assert_eq!(ada.connect(SUBPROTOCOL_POSTCARD, &format!("http://{}", ada.address)).await.err(), Some(503));
    assert_eq!(socket.close_code().await, CloseCode::GoingAway.number());
    drop(socket);
    stopped.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_with_clients_that_read_nothing_it_is_gone_in_time_and_has_kept_what_it_said() {
    let folder = Folder::new();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--stop-within-seconds", "3"];
    let mut program = Program::by(command(&serve, &folder).stderr(Stdio::null()));
    let office = Office::found(&program).await;
    office.fill(LINE_BYTES).await;
    let (_socket, _request) = (stuck_socket(&office.ada).await, stuck_request(&office.ada).await);
    until_it_hangs(&office.ada).await;
    let posting = tokio::spawn(async move {
        let mut told = Vec::new();
        for n in 0.. {
            let comment = office.comment(&format!("{n}"));
            let Some(answer) = office.ada.try_post_commands(std::slice::from_ref(&comment)).await else { break };
            told.push((answer["records"][0]["position"].as_u64().unwrap(), comment.id.to_string()));
        }
        (office, told)
    });
    let filled = sample(&program.nobody, COMMANDS).await;
    while sample(&program.nobody, COMMANDS).await < filled + 20 {}
    program.signal("TERM");
    let since = Instant::now();
    let ended = tokio::task::spawn_blocking(move || program.child.wait().unwrap()).await.unwrap();
    assert!(since.elapsed() < Duration::from_secs(3), "gone after {:?}", since.elapsed());
    assert!(ended.success(), "it was asked once: {ended}");

    let (office, told) = posting.await.unwrap();
    assert!(told.len() > 1, "something was told: {}", told.len());
    let program = Program::start(&folder);
    let ada = Person { address: program.nobody.address, ..office.ada };
    let first = told[0].0 - 1;
    let kept = ada.get(&format!("/api/logs/{}/records?after={first}&limit=1024", ada.log)).await.json();
    for (record, (position, command)) in kept["records"].as_array().unwrap().iter().zip(&told) {
        assert_eq!((record["position"].as_u64(), record["command"].as_str()), (Some(*position), Some(command.as_str())));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_it_at_once() {
    let folder = Folder::new();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--stop-within-seconds", "600"];
    let mut program = Program::by(command(&serve, &folder).stderr(Stdio::null()));
    let office = Office::found(&program).await;
    // It does not answer the close, so that there is time for a second signal.
    let _socket = stuck_socket(&office.ada).await;
    program.signal("TERM");
    is_refusing(&program.nobody).await;
    program.signal("TERM");
    let since = Instant::now();
    let ended = tokio::task::spawn_blocking(move || program.child.wait().unwrap()).await.unwrap();
    assert_eq!(ended.code(), Some(1), "it says that it did not finish");
    assert!(since.elapsed() < Duration::from_secs(1), "gone after {:?}", since.elapsed());
}
