//! A disk that is held up: commands that would wait too long are turned away with a time, and land afterwards.

use crate::world::{Answer, Folder, Person, Socket, World, say};
use landfall_engine::protocol::*;
use landfall_engine::{CommandId, Cursor};
use landfall_server::config::{Config, Data};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Executor};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Keeps the server from writing until it is let go: the database as another program would lock it.
struct HeldUp(SqliteConnection);

impl HeldUp {
    async fn begin(folder: &Folder) -> Self {
        let options = SqliteConnectOptions::new().filename(folder.0.join("landfall.sqlite3")).busy_timeout(Duration::from_secs(10));
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        Self(connection)
    }

    async fn end(mut self) {
        self.0.execute("ROLLBACK").await.unwrap();
        self.0.close().await.unwrap();
    }
}

/// After how long to come again; asserts that body and header say the same.
fn retry_after(answer: &Answer) -> Duration {
    assert_eq!(answer.error(), (429, "busy".into()));
    let after_ms = answer.json()["retry_after_ms"].as_u64().expect("a time");
    assert!((50..=30_000).contains(&after_ms), "{after_ms}");
    assert_eq!(answer.header("retry-after"), Some(after_ms.div_ceil(1_000).to_string().as_str()));
    Duration::from_millis(after_ms)
}

/// Posts commands until one of them is turned away, while the disk is held up. Those that were taken before that wait for their records.
async fn post_until_turned_away(person: &Person, posting: &mut JoinSet<(Submission, Answer)>) -> (Submission, Answer) {
    loop {
        let (person, command) = (person.clone(), say("in vain?"));
        posting.spawn(async move {
            let answer = person.post_commands(std::slice::from_ref(&command)).await;
            (command, answer)
        });
        if let Ok(Some(answered)) = tokio::time::timeout(Duration::from_millis(20), posting.join_next()).await {
            return answered.unwrap();
        }
    }
}

/// By a socket that stays open: the time after which to come again.
async fn turned_away(socket: &mut Socket, id: CommandId) -> Duration {
    loop {
        if let Downstream::Busy { command, retry_after_ms } = socket.next().await {
            assert_eq!(command, id);
            return Duration::from_millis(retry_after_ms);
        }
    }
}

async fn recorded_once(reader: &mut Socket, ids: &[CommandId]) {
    for id in ids {
        reader.read_until(*id).await;
        assert_eq!(reader.seen.iter().filter(|record| record.command == *id).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_wait_too_long_is_turned_away_with_a_time_and_lands_afterwards() {
    let folder = Folder::new();
    let world = World::start_with(Config { data: Data::Folder(folder.0.clone()), ..Config::default() }).await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut b = ben.follow(Format::Postcard, Cursor::default()).await;

    let held_up = HeldUp::begin(&folder).await;
    let first = a.say("taken before it was known").await;
    let mut posting = JoinSet::new();
    let (refused, answer) = post_until_turned_away(&ben, &mut posting).await;
    let after = retry_after(&answer);
    let by_socket = say("by socket");
    b.submit(by_socket.clone()).await;
    let after_by_socket = turned_away(&mut b, by_socket.id).await;
    assert!(world.metrics().to_text().contains("landfall_submits_turned_away_total{why=\"wait\"}"));
    held_up.end().await;

    let mut ids = vec![first, refused.id, by_socket.id];
    while let Some(answered) = posting.join_next().await {
        let (command, answer) = answered.unwrap();
        match answer.status {
            200 => ids.push(command.id),
            _ => drop(retry_after(&answer)),
        }
    }
    sleep(after.max(after_by_socket)).await;
    assert_eq!(ben.post_commands(&[refused]).await.status, 200);
    b.submit(by_socket).await;
    recorded_once(&mut b, &ids).await;
    recorded_once(&mut a, &ids).await;
    assert_eq!(world.metrics().closes(CloseCode::Busy), 0);
}

/// The log of somebody else is not full when mine is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_turned_away_where_nothing_waits() {
    let folder = Folder::new();
    let mut config = Config { data: Data::Folder(folder.0.clone()), ..Config::default() };
    config.limits.wait_max = Duration::ZERO;
    let world = World::start_with(config).await;
    let ada = world.owner().await;
    for turn in 0..20 {
        assert_eq!(ada.post_commands(&[say(&format!("one at a time {turn}"))]).await.status, 200);
    }
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let id = a.say("by socket").await;
    a.read_until(id).await;
}
