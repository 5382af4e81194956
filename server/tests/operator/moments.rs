//! What reads see beside a server that writes, and what becomes of one moment when the line to it breaks.

use crate::private_postgres::PrivatePostgres;
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, LogId, Position, TimeMs};
use landfall_server::database::Database;
use landfall_server::host::random;
use landfall_server::postgres::Postgres;
use landfall_server::reading::Moment;
use landfall_server::store::postgres::PostgresStore;
use landfall_server::store::sqlite::SqliteStore;
use landfall_server::store::{LogStore, StoredRecord};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_stands_still_for_who_reads_one_moment() {
    let folder = std::env::temp_dir().join(format!("landfall-moments-{}", std::process::id()));
    let writer = SqliteStore::new(Database::open(&folder).await.unwrap());
    let log = begun(&writer).await;
    let still = SqliteStore::new(Database::read(&folder, Moment::One).await.unwrap());
    let each = SqliteStore::new(Database::read(&folder, Moment::Each).await.unwrap());
    stands_still(&writer, &still, &each, log).await;
    assert!(each.create(LogId(random())).await.is_err(), "who reads cannot write");
    for store in [still, each, writer] {
        store.close().await;
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_stands_still_for_who_reads_one_moment_and_a_lost_moment_is_an_error() {
    let postgres = PrivatePostgres::shared();
    let address = postgres.new_database();
    let database = Postgres::open(&address).await.unwrap();
    let writer = PostgresStore::new(database.clone());
    let log = begun(&writer).await;
    let still = PostgresStore::new(Postgres::read(&address, Moment::One).await.unwrap());
    let each = PostgresStore::new(Postgres::read(&address, Moment::Each).await.unwrap());
    stands_still(&writer, &still, &each, log).await;
    assert!(each.create(LogId(random())).await.is_err(), "who reads cannot write");

    let ended = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'";
    assert_eq!(sqlx::query_scalar::<_, i64>(ended).fetch_one(database.pool()).await.unwrap(), 1);
    assert!(still.head(log).await.is_err(), "another moment is not taken for the first");
    for store in [still, each, writer] {
        store.close().await;
    }
}

async fn stands_still(writer: &dyn LogStore, still: &dyn LogStore, each: &dyn LogStore, log: LogId) {
    writer.append(log, at(1), vec![record(2)]).await.unwrap();
    let other = begun(writer).await;
    assert_eq!(still.head(log).await, Ok(Some(at(1))));
    assert_eq!(still.logs(None, 10).await.unwrap(), [(log, at(1))]);
    assert_eq!(still.head(other).await, Ok(None));
    assert_eq!(each.head(log).await, Ok(Some(at(2))));
    assert_eq!(each.head(other).await, Ok(Some(at(1))));
}

/// A log of one record.
async fn begun(store: &dyn LogStore) -> LogId {
    let log = LogId(random());
    store.create(log).await.unwrap();
    store.append(log, at(0), vec![record(1)]).await.unwrap();
    log
}

fn at(position: Position) -> Cursor {
    Cursor { epoch: 1, position }
}

fn record(position: Position) -> StoredRecord {
    StoredRecord {
        position,
        command: CommandId(random()),
        actor: ActorId(random()),
        device: DeviceId(random()),
        at: TimeMs(1_000),
        fingerprint: 0,
        subject: None,
        body: "{}".into(),
        command_text: None,
        link: None,
    }
}
