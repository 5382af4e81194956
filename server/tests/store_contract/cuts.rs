//! What becomes of an append to PostgreSQL when the line is cut in the middle of it, when the database is restarted, and when two nodes race.

use super::private_postgres::PrivatePostgres;
use super::{at, body, new_log, read, records};
use futures::future::join_all;
use landfall_engine::{LogId, Position};
use landfall_server::postgres::Postgres;
use landfall_server::store::postgres::PostgresStore;
use landfall_server::store::{AppendError, LogStore, PageLimit};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a wire does with the bytes of an append.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Weather {
    Fine,
    /// An append arrives, and the line is cut when the database says that it has written.
    AnswerLost,
    /// The line is cut before anything arrives.
    QuestionLost,
}

/// A line to the database that can be cut.
struct Wire {
    weather: Arc<AtomicU8>,
    store: PostgresStore,
}

pub async fn store(address: &str) -> PostgresStore {
    PostgresStore::new(Postgres::open(address).await.unwrap())
}

impl Wire {
    async fn to(postgres: &PrivatePostgres) -> Self {
        let address = postgres.new_database();
        let (before, rest) = address.split_once("127.0.0.1:").unwrap();
        let (database, name) = rest.split_once('/').unwrap();
        let database: u16 = database.parse().unwrap();
        let weather = Arc::new(AtomicU8::new(Weather::Fine as u8));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = weather.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(("127.0.0.1", database)).await.unwrap();
                tokio::spawn(carry(near, far, seen.clone()));
            }
        });
        Self { weather, store: store(&format!("{before}127.0.0.1:{port}/{name}")).await }
    }

    fn turns(&self, weather: Weather) {
        self.weather.store(weather as u8, Ordering::SeqCst);
    }
}

async fn carry(mut near: TcpStream, mut far: TcpStream, weather: Arc<AtomicU8>) {
    let (mut there, mut back) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = near.read(&mut there) => match read {
                Ok(count) if count > 0 && weather.load(Ordering::SeqCst) != Weather::QuestionLost as u8 => far.write_all(&there[..count]).await.unwrap(),
                _ => return,
            },
            read = far.read(&mut back) => match read {
                Ok(count) if count > 0 && !(weather.load(Ordering::SeqCst) == Weather::AnswerLost as u8 && says_written(&back[..count])) => {
                    near.write_all(&back[..count]).await.unwrap();
                }
                _ => return,
            },
        }
    }
}

/// The database's words for so many rows inserted. They leave it when they are committed.
fn says_written(answer: &[u8]) -> bool {
    answer.windows(9).any(|words| words == b"INSERT 0 ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_leaves_the_outcome_unknown_and_the_tail_tells_it() {
    let postgres = PrivatePostgres::shared();
    let wire = Wire::to(&postgres).await;
    let log = new_log(&wire.store).await;
    wire.store.append(log, at(1, 0), records(0, 2)).await.unwrap();
    wire.turns(Weather::AnswerLost);
    let outcome = wire.store.append(log, at(1, 2), records(2, 3)).await;
    assert!(matches!(outcome, Err(AppendError::UnknownOutcome(_))), "{outcome:?}");
    wire.turns(Weather::Fine);
    let head = settled_head(&wire.store, log).await;
    assert_eq!(head, 5, "it was written");
    assert_eq!(read(&wire.store, log, 0).await, (1..=5).map(body).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_is_lost_writes_nothing_and_is_never_called_done() {
    let postgres = PrivatePostgres::shared();
    let wire = Wire::to(&postgres).await;
    let log = new_log(&wire.store).await;
    wire.turns(Weather::QuestionLost);
    let outcome = wire.store.append(log, at(1, 0), records(0, 3)).await;
    assert!(matches!(outcome, Err(AppendError::UnknownOutcome(_) | AppendError::Unavailable(_))), "{outcome:?}");
    wire.turns(Weather::Fine);
    assert_eq!(settled_head(&wire.store, log).await, 0);
    wire.store.append(log, at(1, 0), records(0, 1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_race_and_leave_one_log_without_a_gap() {
    let postgres = PrivatePostgres::shared();
    let address = postgres.new_database();
    let nodes = [store(&address).await, store(&address).await];
    let log = new_log(&nodes[0]).await;
    let writers = nodes.iter().flat_map(|node| [node, node, node]).map(|node| async move {
        let mut won = 0;
        while won < 20 {
            let head = node.head(log).await.unwrap().unwrap();
            match node.append(log, head, records(head.position, 4)).await {
                Ok(()) => won += 1,
                Err(AppendError::HeadMoved) => {}
                Err(error) => panic!("{error}"),
            }
        }
    });
    join_all(writers).await;
    assert_eq!(all(&nodes[1], log).await, (1..=480).map(body).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_killed_under_load_keeps_what_it_acknowledged_and_is_used_again() {
    let postgres = Arc::new(PrivatePostgres::start());
    let store = Arc::new(store(&postgres.new_database()).await);
    let log = new_log(&*store).await;
    let appending = tokio::spawn({
        let store = store.clone();
        async move {
            let (mut acknowledged, mut failures) = (0, 0);
            while acknowledged < 400 {
                let Ok(Some(head)) = store.head(log).await else {
                    failures += 1;
                    continue;
                };
                assert!(head.position >= acknowledged, "what was acknowledged is gone");
                match store.append(log, head, records(head.position, 1)).await {
                    Ok(()) => acknowledged = head.position + 1,
                    Err(AppendError::HeadMoved | AppendError::AlreadyRecorded) => panic!("nobody else writes"),
                    Err(AppendError::UnknownOutcome(_) | AppendError::Unavailable(_)) => failures += 1,
                }
            }
            failures
        }
    });
    for _ in 0..3 {
        settled_past(&store, log).await;
        let postgres = postgres.clone();
        tokio::task::spawn_blocking(move || {
            postgres.kill();
            postgres.start_again();
        })
        .await
        .unwrap();
    }
    assert!(appending.await.unwrap() > 0, "it was killed under load");
    let head = settled_head(&store, log).await;
    assert_eq!(all(&store, log).await, (1..=head).map(body).collect::<Vec<_>>());
}

/// The head, once the database answers again: connections that died are replaced as they are used.
async fn settled_head(store: &PostgresStore, log: LogId) -> Position {
    loop {
        if let Ok(Some(head)) = store.head(log).await {
            return head.position;
        }
    }
}

/// Waits until the log has grown.
async fn settled_past(store: &PostgresStore, log: LogId) {
    let before = settled_head(store, log).await;
    while settled_head(store, log).await <= before + 20 {}
}

async fn all(store: &PostgresStore, log: LogId) -> Vec<String> {
    let mut bodies = Vec::new();
    loop {
        let page = store.read(log, bodies.len() as Position, PageLimit { records: 100, bytes: 1 << 20 }).await.unwrap();
        bodies.extend(super::bodies(&page));
        if page.end {
            return bodies;
        }
    }
}
