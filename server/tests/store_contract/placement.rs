//! Logs on several databases: where new ones go, what moving one leaves at both ends, and that nobody writes where a log is no more.

use super::private_postgres::PrivatePostgres;
use super::{PAGE, at, new_log, read, records, sealed};
use landfall_engine::{Cursor, LogId, Position, Seal};
use landfall_server::archive::Piece;
use landfall_server::config::{LogDatabase, Placement};
use landfall_server::host::random;
use landfall_server::postgres::Postgres;
use landfall_server::reading::Moment;
use landfall_server::store::placed::disagreements::Disagreement;
use landfall_server::store::placed::relocation::Relocated;
use landfall_server::store::placed::{MAIN, PlacedStore};
use landfall_server::store::postgres::PostgresStore;
use landfall_server::store::{AppendError, LogStore, StoredRecord, StoredRow, StoredSnapshot};
use std::sync::Arc;

/// Empty databases: main, and those beside it.
pub struct Databases {
    postgres: Arc<PrivatePostgres>,
    pub main: String,
    pub placement: Placement,
}

impl Databases {
    /// Main, west and east.
    fn new(new_logs_on: &[&str]) -> Self {
        Self::beside(&["west", "east"], new_logs_on)
    }

    pub fn beside(names: &[&str], new_logs_on: &[&str]) -> Self {
        let postgres = PrivatePostgres::shared();
        let beside = names.iter().map(|name| LogDatabase { name: (*name).into(), address: postgres.new_database() }).collect();
        let new_logs_on = new_logs_on.iter().map(|name| (*name).to_owned()).collect();
        Self { main: postgres.new_database(), placement: Placement { beside, new_logs_on }, postgres }
    }

    /// As a server, or whoever moves a log, opens them.
    pub async fn open(&self) -> PlacedStore {
        PlacedStore::open(&self.main, &self.placement).await.unwrap()
    }

    /// One of them by itself, as a server that knows of no directory has it.
    async fn alone(&self, name: &str) -> Postgres {
        let beside = self.placement.beside.iter().find(|database| database.name == name);
        Postgres::open(beside.map_or(&self.main, |database| &database.address)).await.unwrap()
    }
}

async fn relocated(store: &PlacedStore, log: LogId, to: &str) -> anyhow::Result<Relocated> {
    store.relocate(log, to, &mut |_| ()).await
}

/// The new head, and how many records had to be copied.
async fn moved(store: &PlacedStore, log: LogId, to: &str) -> (Cursor, u64) {
    match relocated(store, log, to).await.unwrap() {
        Relocated::Moved { head, copied, .. } => (head, copied),
        other => panic!("{other:?}"),
    }
}

async fn rows(store: &dyn LogStore, log: LogId) -> Vec<StoredRow> {
    let mut rows: Vec<StoredRow> = Vec::new();
    loop {
        let page = store.rows(log, rows.len() as Position, PAGE).await.unwrap().rows;
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

/// By the database itself, which says why.
fn refused_as_moved(outcome: Result<(), AppendError>) {
    assert!(matches!(&outcome, Err(AppendError::Unavailable(why)) if why.contains("on another database")), "{outcome:?}");
}

/// A log with so many records.
async fn written(store: &dyn LogStore, count: Position) -> LogId {
    let log = new_log(store).await;
    store.append(log, at(1, 0), next(store, log, 0, count).await).await.unwrap();
    log
}

/// So many records that follow the one at a position.
async fn next(store: &dyn LogStore, log: LogId, head: Position, count: Position) -> Vec<StoredRecord> {
    sealed(records(head, count), store.seal(log, head).await.unwrap().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_27_a_log_moves_whole_and_its_old_place_takes_no_record_any_more() {
    let databases = Databases::new(&[]);
    let (mover, stale) = (databases.open().await, databases.open().await);
    let log = written(&stale, 2_345).await;
    stale.save_snapshot(log, 7, StoredSnapshot { cursor: at(1, 2_000), body: vec![1, 2, 3] }).await.unwrap();
    let before = rows(&stale, log).await;
    let seal = stale.seal(log, 2_345).await.unwrap().unwrap();
    assert_ne!(seal, Seal::NONE);
    assert_eq!(stale.head(log).await, Ok(Some(at(1, 2_345))), "it remembers where the log is");

    assert_eq!(moved(&mover, log, "west").await, (at(2, 2_345), 2_345));
    // A server that believes the old place writes nothing there, learns where the log is, and finds it on its next timeline.
    let mut heard = stale.hints().unwrap();
    assert_eq!(stale.append(log, at(1, 2_345), next(&stale, log, 2_345, 1).await).await, Err(AppendError::HeadMoved));
    assert_eq!(heard.recv().await.unwrap(), (log, at(2, 2_345)), "whoever holds it open is told at once");
    assert_eq!(stale.append(log, at(1, 2_345), next(&stale, log, 2_345, 1).await).await, Err(AppendError::HeadMoved));
    assert_eq!(stale.head(log).await, Ok(Some(at(2, 2_345))));
    let fresh = databases.open().await;
    assert_eq!(fresh.heads(vec![log]).await, Ok(vec![(log, at(2, 2_345), seal)]), "with the seal that it had");
    assert_eq!(fresh.snapshot(log, 7).await.unwrap().map(|snapshot| snapshot.cursor), Some(at(2, 2_000)), "it means the same as before");
    assert_eq!(rows(&stale, log).await, before);
    stale.append(log, at(2, 2_345), next(&stale, log, 2_345, 5).await).await.unwrap();
    assert_eq!(mover.head(log).await, Ok(Some(at(2, 2_350))));

    // So does one of a release that knows of one database only.
    let old = PostgresStore::new(databases.alone(MAIN).await);
    refused_as_moved(old.append(log, at(1, 2_345), next(&old, log, 2_345, 1).await).await);
    assert!(old.begin_epoch(log, 0).await.is_err(), "no new timeline either");
    assert_eq!(rows(&old, log).await, before, "the copy stays as it was");
    for store in [&mover, &stale, &fresh] {
        assert_eq!(store.logs(None, 10).await, Ok(vec![(log, at(2, 2_350))]), "a copy is no log of its own");
        assert_eq!(store.disagreements(10).await, Ok(Vec::new()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_27_on_its_way_a_log_is_written_nowhere_and_a_move_can_be_called_off() {
    let databases = Databases::new(&[]);
    let store = databases.open().await;
    let log = written(&store, 10).await;
    // As a mover leaves it that is killed after the freeze.
    let main = databases.alone(MAIN).await;
    sqlx::query("UPDATE log_head SET elsewhere = 'west'").execute(main.pool()).await.unwrap();
    assert_eq!(store.head(log).await, Ok(Some(at(1, 10))), "it can be read");
    assert_eq!(read(&store, log, 0).await.len(), 10);
    assert_eq!(store.disagreements(10).await, Ok(vec![Disagreement::Halted { log, here: MAIN.into(), elsewhere: "west".into() }]));
    let (refused, opened) = tokio::join!(store.append(log, at(1, 10), next(&store, log, 10, 1).await), async {
        tokio::task::yield_now().await;
        relocated(&databases.open().await, log, MAIN).await.unwrap()
    });
    assert_eq!((refused, opened), (Err(AppendError::HeadMoved), Relocated::Opened), "who waited for it looks again");
    store.append(log, at(1, 10), next(&store, log, 10, 1).await).await.unwrap();
    assert_eq!(relocated(&store, log, MAIN).await.unwrap(), Relocated::Unchanged);
    assert_eq!(moved(&store, log, "west").await, (at(2, 11), 11));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_comes_back_to_where_its_copy_is_and_a_copy_can_be_forgotten() {
    let databases = Databases::new(&[]);
    let store = databases.open().await;
    let log = written(&store, 30).await;
    moved(&store, log, "west").await;
    store.append(log, at(2, 30), next(&store, log, 30, 4).await).await.unwrap();
    assert_eq!(moved(&store, log, MAIN).await, (at(3, 34), 4), "only what it lacks is copied");
    let too_early = store.forget_copies(log).await.unwrap_err().to_string();
    assert!(too_early.contains("come again in"), "{too_early}");
    let main = databases.alone(MAIN).await;
    sqlx::query("UPDATE placement SET since = since - 60000").execute(main.pool()).await.unwrap();
    assert_eq!(store.forget_copies(log).await.unwrap(), 34);
    assert_eq!(store.forget_copies(log).await.unwrap(), 0);
    assert_eq!(rows(&store, log).await.len(), 34, "the log itself stays");

    // What is left of it still refuses whoever comes too late.
    let west = databases.alone("west").await;
    let late = PostgresStore::new(west.clone());
    refused_as_moved(late.append(log, at(2, 34), next(&store, log, 34, 1).await).await);
    assert!(sqlx::query("DELETE FROM record").execute(main.pool()).await.is_err(), "nothing else can be deleted");
    assert_eq!(moved(&store, log, "west").await, (at(4, 34), 34), "it can go there again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_archived_goes_along_and_nobody_archives_a_log_that_moves() {
    let databases = Databases::new(&[]);
    let store = databases.open().await;
    let log = written(&store, 50).await;
    archive(&store, log, 20).await.unwrap();
    let before = rows(&store, log).await;
    assert_eq!(moved(&store, log, "west").await, (at(2, 50), 30), "the others came in a piece");
    assert_eq!(rows(&store, log).await, before);
    store.append(log, at(2, 50), next(&store, log, 50, 5).await).await.unwrap();
    let again = StoredRecord { position: 56, ..before[3].clone().read(Seal::NONE).unwrap() };
    let again = sealed(vec![again], store.seal(log, 55).await.unwrap().unwrap());
    assert_eq!(store.append(log, at(2, 55), again).await, Err(AppendError::AlreadyRecorded), "a command has one record for ever");

    // At its old place the records are still in the table: the piece takes their place.
    archive(&store, log, 40).await.unwrap();
    let before = rows(&store, log).await;
    assert_eq!(moved(&store, log, MAIN).await, (at(3, 55), 5));
    assert_eq!((rows(&store, log).await, store.archived(log).await.unwrap().last), (before.clone(), 40));
    let main = databases.alone(MAIN).await;
    let (in_table, listed): (i64, i64) = sqlx::query_as("SELECT (SELECT COUNT(*) FROM record), (SELECT COUNT(*) FROM archived_record)")
        .fetch_one(main.pool())
        .await
        .unwrap();
    assert_eq!((in_table, listed), (15, 40), "each is in one place");

    let holding = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
    let mut mover = main.pool().acquire().await.unwrap();
    let held: bool = sqlx::query_scalar(holding).bind(format!("landfall move {log}")).fetch_one(&mut *mover).await.unwrap();
    assert!(held);
    let refused = archive(&store, log, 50).await.unwrap_err().to_string();
    assert!(refused.contains("is being moved or archived"), "{refused}");
    // Unlocked and not only closed: the database notices that a connection is gone when it comes to it.
    let unlocked: bool = sqlx::query_scalar("SELECT pg_advisory_unlock(hashtextextended($1, 0))")
        .bind(format!("landfall move {log}"))
        .fetch_one(&mut *mover)
        .await
        .unwrap();
    assert!(unlocked);

    sqlx::query("UPDATE placement SET since = since - 60000").execute(main.pool()).await.unwrap();
    assert_eq!(store.forget_copies(log).await.unwrap(), 55, "of either kind");
    assert_eq!(rows(&store, log).await, before);
    assert_eq!(moved(&store, log, "west").await, (at(4, 55), 15));
    assert_eq!(rows(&store, log).await, before);
}

/// Archives all records up to a position that are not archived yet, as one piece.
async fn archive(store: &dyn LogStore, log: LogId, until: i64) -> Result<(), landfall_server::store::StoreError> {
    let archived = store.archived(log).await.unwrap().last.cast_signed();
    let mut rows = rows(store, log).await;
    rows.retain(|row| row.position > archived && row.position <= until);
    store.archive(log, Piece::pack(&rows).unwrap().unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_log_under_the_same_id_is_not_touched() {
    let databases = Databases::new(&[]);
    let store = databases.open().await;
    let log = written(&store, 30).await;
    let west = PostgresStore::new(databases.alone("west").await);
    west.create(log).await.unwrap();
    west.append(log, at(1, 0), next(&west, log, 0, 3).await).await.unwrap();
    let claimed = Disagreement::Claimed { log, by: "west".into(), here: MAIN.into() };
    assert_eq!(store.disagreements(10).await, Ok(vec![claimed]));
    let refused = relocated(&store, log, "west").await.unwrap_err().to_string();
    assert!(refused.contains("another log under the same id"), "{refused}");
    let pool = databases.alone("west").await;
    sqlx::query("UPDATE log_head SET elsewhere = 'main'").execute(pool.pool()).await.unwrap();
    let refused = relocated(&store, log, "west").await.unwrap_err().to_string();
    assert!(refused.contains("they differ between the records 1 and 3"), "{refused}");
    store.append(log, at(1, 30), next(&store, log, 30, 1).await).await.unwrap();
    let refused = relocated(&store, log, "south").await.unwrap_err().to_string();
    assert!(refused.contains("there are main, west, east"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_logs_go_where_they_are_to_be_kept_and_are_listed_from_all_databases() {
    let databases = Databases::new(&["spread"]);
    let store = databases.open().await;
    let mut logs = Vec::new();
    for _ in 0..9 {
        logs.push((new_log(&store).await, at(1, 0)));
    }
    logs.sort();
    let names = store.names_of(&logs.iter().map(|(log, _)| *log).collect::<Vec<_>>()).await.unwrap();
    for name in ["main", "west", "east"] {
        assert_eq!(names.values().filter(|found| *found == name).count(), 3, "{name}");
    }
    for page in [1, 2, 4, 100] {
        let mut found = Vec::new();
        loop {
            let more = store.logs(found.last().map(|(log, _)| *log), page).await.unwrap();
            if more.is_empty() {
                break;
            }
            assert!(more.len() <= page);
            found.extend(more);
        }
        assert_eq!(found, logs, "pages of {page}");
    }
    let placement = Placement { new_logs_on: vec!["east".into()], ..databases.placement.clone() };
    let east = PlacedStore::open(&databases.main, &placement).await.unwrap();
    let log = new_log(&east).await;
    assert_eq!(east.names_of(&[log]).await.unwrap()[&log], "east");
    east.create(logs[0].0).await.unwrap();
    assert_eq!(store.logs(None, 100).await.unwrap().len(), 10, "one that is there is not begun again elsewhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn databases_that_are_mixed_up_or_left_out_are_refused() {
    let databases = Databases::new(&["west"]);
    let store = databases.open().await;
    written(&store, 1).await;
    let mut swapped = databases.placement.clone();
    let (first, second) = swapped.beside.split_at_mut(1);
    std::mem::swap(&mut first[0].address, &mut second[0].address);
    let refusal = async |main: &str, placement: &Placement| {
        let why = [
            PlacedStore::open(main, placement).await.err().map(|error| format!("{error:#}")),
            PlacedStore::read(main, placement, Moment::One).await.err().map(|error| format!("{error:#}")),
        ];
        why.map(|why| why.expect("it is refused"))
    };
    for why in refusal(&databases.main, &swapped).await {
        assert!(why.contains("it is the database east, and not west"), "{why}");
    }
    for why in refusal(&swapped.beside[0].address, &Placement::default()).await {
        assert!(why.contains("it is the database east, and not main"), "{why}");
    }
    for why in refusal(&databases.main, &Placement::default()).await {
        assert!(why.contains("logs are kept on the database west, which was not named"), "{why}");
    }
    let other = Databases::new(&[]);
    drop(other.open().await);
    for why in refusal(&other.main, &databases.placement).await {
        assert!(why.contains("belongs to another main database"), "{why}");
    }
    let unknown = Placement { new_logs_on: vec!["south".into()], ..databases.placement.clone() };
    for why in refusal(&databases.main, &unknown).await {
        assert!(why.contains("no such database: there are main, west, east"), "{why}");
    }
    // One that was used by itself has logs that nobody would find.
    let used = databases.postgres.new_database();
    let alone = PostgresStore::new(Postgres::open(&used).await.unwrap());
    new_log(&alone).await;
    let beside = vec![LogDatabase { name: "north".into(), address: used }];
    let why = PlacedStore::open(&other.main, &Placement { beside, ..Placement::default() }).await.err().map(|error| format!("{error:#}"));
    assert!(why.as_ref().is_some_and(|why| why.contains("name an empty database")), "{why:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_should_be_on_a_database_and_is_not_there_is_not_given_up() {
    let databases = Databases::new(&["west"]);
    let log = written(&databases.open().await, 3).await;
    let west = databases.alone("west").await;
    sqlx::query("DELETE FROM log_head").execute(west.pool()).await.unwrap();
    let gone = databases.open().await.head(log).await.unwrap_err().to_string();
    assert!(gone.contains("should be on the database west"), "devices would delete what they have: {gone}");
    assert_eq!(databases.open().await.head(LogId(random())).await, Ok(None));
}

/// A database may be cut into several by the log's id as long as nothing that must be unique is so across logs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_of_a_table_about_logs_begins_with_the_log() {
    /// Of people, who belong to no log; of servers, a row each; and what a database knows of itself.
    const NOT_ABOUT_LOGS: [&str; 7] = ["person", "credential", "admission", "invitation", "listening", "place", "_sqlx_migrations"];
    let databases = Databases::new(&[]);
    let database = databases.alone(MAIN).await;
    let statement = "SELECT c.relname::TEXT, i.relname::TEXT, a.attname::TEXT FROM pg_index x \
                     JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
                     JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema() \
                     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0] ORDER BY 1, 2";
    let keys: Vec<(String, String, String)> = sqlx::query_as(statement).fetch_all(database.pool()).await.unwrap();
    let about_logs: Vec<_> = keys.iter().filter(|(table, ..)| !NOT_ABOUT_LOGS.contains(&table.as_str())).collect();
    for (table, index, first) in &about_logs {
        assert_eq!(first, "log", "the key {index} of {table}");
    }
    for table in ["log_head", "record", "snapshot_piece", "archive_piece", "archived_record", "placement"] {
        assert!(about_logs.iter().any(|(found, ..)| found == table), "{table} has a key");
    }
    let statement = "SELECT COUNT(*) FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::TEXT <> ALL($1)";
    let across: i64 = sqlx::query_scalar(statement).bind(NOT_ABOUT_LOGS.map(str::to_owned)).fetch_one(database.pool()).await.unwrap();
    assert_eq!(across, 0, "none refers to a row of another table");
}
