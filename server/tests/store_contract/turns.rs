//! Who loses one race after the other for the head of a log has a turn in the end, and nobody keeps one.

use super::private_postgres::PrivatePostgres;
use super::{at, new_log, records, sealed};
use landfall_engine::{LogId, Position};
use landfall_server::postgres::Postgres;
use landfall_server::store::postgres::PostgresStore;
use landfall_server::store::{AppendError, LogStore};
use std::time::Duration;

/// Two servers on a new database there, whose turns last so long.
async fn given_two(postgres: &PrivatePostgres, lasts: Duration) -> (PostgresStore, PostgresStore) {
    let address = postgres.new_database();
    let store = async || PostgresStore::new(Postgres::open(&address).await.unwrap()).with_turns_of(lasts);
    (store().await, store().await)
}

/// One record after this head.
async fn appended(store: &PostgresStore, log: LogId, head: Position) -> Result<(), AppendError> {
    let record = sealed(records(head, 1), store.seal(log, head).await.unwrap().unwrap());
    store.append(log, at(1, head), record).await
}

/// The near one is first, so many times; the far one always finds the head elsewhere.
async fn loses(near: &PostgresStore, far: &PostgresStore, log: LogId, times: u64) -> Position {
    for head in 0..times {
        appended(near, log, head).await.unwrap();
        assert_eq!(appended(far, log, head).await, Err(AppendError::HeadMoved));
    }
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_lost_three_races_is_first_in_the_next() {
    let postgres = PrivatePostgres::shared();
    let (near, far) = given_two(&postgres, Duration::from_mins(10)).await;
    let log = new_log(&near).await;
    let head = loses(&near, &far, log, 3).await;
    for _ in 0..5 {
        assert_eq!(appended(&near, log, head).await, Err(AppendError::HeadMoved), "not its turn, and it cannot take one meanwhile");
    }
    appended(&far, log, head).await.unwrap();
    appended(&near, log, head + 1).await.expect("the turn was given back");
    assert_eq!(appended(&far, log, head + 1).await, Err(AppendError::HeadMoved), "one loss is part of life");
    appended(&near, log, head + 2).await.unwrap();
    let other = new_log(&far).await;
    appended(&near, other, 0).await.expect("other logs have their own turns");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_nobody_uses_is_over_after_a_moment() {
    let postgres = PrivatePostgres::shared();
    let (near, far) = given_two(&postgres, Duration::from_millis(1)).await;
    let log = new_log(&near).await;
    let head = loses(&near, &far, log, 3).await;
    drop(far);
    while appended(&near, log, head).await.is_err() {}
    assert_eq!(near.head(log).await, Ok(Some(at(1, head + 1))));
}
