//! What every store of logs must do, run on each of them, and on several PostgreSQL together. SQLite and PostgreSQL are asked a few things more,
//! since they must survive.

#[path = "store_contract/archives.rs"]
mod archives;
#[path = "store_contract/cuts.rs"]
mod cuts;
#[path = "store_contract/placement.rs"]
mod placement;
#[path = "store_contract/private_postgres.rs"]
mod private_postgres;
#[path = "store_contract/snapshots.rs"]
mod snapshots;
#[path = "store_contract/turns.rs"]
mod turns;

use archives::{
    a_command_whose_record_is_archived_has_one_record_for_ever, an_archive_has_no_gap_and_holds_only_what_was_recorded,
    archived_records_are_read_as_before, records_about_something_are_read_on_into_the_archive,
    records_are_archived_while_others_append_and_read,
};
use futures::future::join_all;
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, LogId, Position, Seal, TimeMs};
use landfall_server::database::Database;
use landfall_server::host::random;
use landfall_server::store::memory::MemoryStore;
use landfall_server::store::sqlite::SqliteStore;
use landfall_server::store::{AppendError, Link, LogStore, PageLimit, StoreError, StoredRecord, StoredSnapshot, Subject};
use snapshots::{a_snapshot_is_read_in_pieces_and_the_one_before_can_be_read_to_its_end, a_snapshot_under_another_key_is_a_miss};
use std::path::PathBuf;
use std::sync::Arc;

const PAGE: PageLimit = PageLimit { records: 100, bytes: 1 << 20 };
const SUBJECT: Subject = [7; 16];

/// Runs each of the functions of this file on each store.
macro_rules! contract {
    ($($name:ident)*) => {
        mod on_memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::MemoryStore::default()).await;
            })*
        }
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let folder = super::Folder::new();
                let store = folder.open().await;
                super::$name(&store).await;
                super::LogStore::close(&store).await;
            })*
        }
        mod on_two_databases {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let databases = super::placement::Databases::beside(&["west"], &["spread"]);
                let store = databases.open().await;
                super::$name(&store).await;
                super::LogStore::close(&store).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let postgres = super::private_postgres::PrivatePostgres::shared();
                let store = super::cuts::store(&postgres.new_database()).await;
                super::$name(&store).await;
                super::LogStore::close(&store).await;
            })*
        }
    };
}

contract! {
    a_new_log_is_empty_and_beginning_it_again_changes_nothing
    positions_are_one_two_three_whatever_the_batches
    of_two_writers_one_wins
    many_writers_leave_no_gap_and_lose_nothing
    a_command_has_one_record_for_ever
    a_batch_with_a_known_command_is_refused_whole
    positions_that_do_not_follow_the_head_are_refused
    another_epoch_is_another_head
    logs_do_not_know_of_each_other
    logs_are_listed_in_the_order_of_their_ids
    rows_come_back_whole_and_their_size_is_known
    pages_are_bounded_and_end_at_the_head
    a_page_is_closed_by_its_bytes_but_never_empty
    records_about_something_come_newest_first
    commands_are_found_by_their_ids
    records_come_back_as_they_were
    seals_are_kept_and_compared_like_the_head
    a_snapshot_under_another_key_is_a_miss
    a_snapshot_is_read_in_pieces_and_the_one_before_can_be_read_to_its_end
    archived_records_are_read_as_before
    a_command_whose_record_is_archived_has_one_record_for_ever
    an_archive_has_no_gap_and_holds_only_what_was_recorded
    records_about_something_are_read_on_into_the_archive
    records_are_archived_while_others_append_and_read
    a_log_that_does_not_exist_says_so
}

async fn a_new_log_is_empty_and_beginning_it_again_changes_nothing(store: &dyn LogStore) {
    let log = new_log(store).await;
    assert_eq!(store.head(log).await, Ok(Some(at(1, 0))));
    assert_eq!(read(store, log, 0).await, Vec::<String>::new());
    store.append(log, at(1, 0), records(0, 2)).await.unwrap();
    store.create(log).await.unwrap();
    assert_eq!(store.head(log).await, Ok(Some(at(1, 2))));
}

async fn positions_are_one_two_three_whatever_the_batches(store: &dyn LogStore) {
    let log = new_log(store).await;
    let mut head = 0;
    for count in [1, 3, 200, 2] {
        store.append(log, at(1, head), records(head, count)).await.unwrap();
        head += count;
        assert_eq!(store.head(log).await, Ok(Some(at(1, head))));
    }
    let bodies: Vec<String> = (1..=206).map(body).collect();
    let mut read_so_far = Vec::new();
    while (read_so_far.len() as Position) < head {
        read_so_far.extend(read(store, log, read_so_far.len() as Position).await);
    }
    assert_eq!(read_so_far, bodies);
}

async fn of_two_writers_one_wins(store: &dyn LogStore) {
    let log = new_log(store).await;
    let (first, second) = tokio::join!(store.append(log, at(1, 0), records(0, 2)), store.append(log, at(1, 0), records(0, 3)));
    let winners = [&first, &second].into_iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(winners, 1, "{first:?} {second:?}");
    assert!([first, second].contains(&Err(AppendError::HeadMoved)));
    let head = store.head(log).await.unwrap().unwrap().position;
    assert_eq!(read(store, log, 0).await.len() as Position, head);
}

async fn many_writers_leave_no_gap_and_lose_nothing(store: &dyn LogStore) {
    let log = new_log(store).await;
    let writers = (0..8).map(|_| async {
        for _ in 0..10 {
            loop {
                let head = store.head(log).await.unwrap().unwrap();
                match store.append(log, head, records(head.position, 3)).await {
                    Ok(()) => break,
                    Err(AppendError::HeadMoved) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
    });
    join_all(writers).await;
    let mut bodies = Vec::new();
    while bodies.len() < 240 {
        bodies.extend(read(store, log, bodies.len() as Position).await);
    }
    assert_eq!(bodies, (1..=240).map(body).collect::<Vec<_>>());
    assert_eq!(store.head(log).await, Ok(Some(at(1, 240))));
}

async fn a_command_has_one_record_for_ever(store: &dyn LogStore) {
    let log = new_log(store).await;
    let first = records(0, 1);
    store.append(log, at(1, 0), first.clone()).await.unwrap();
    store.append(log, at(1, 1), records(1, 5)).await.unwrap();
    let again = StoredRecord { position: 7, ..first[0].clone() };
    assert_eq!(store.append(log, at(1, 6), vec![again]).await, Err(AppendError::AlreadyRecorded));
    assert_eq!(store.head(log).await, Ok(Some(at(1, 6))));
}

async fn a_batch_with_a_known_command_is_refused_whole(store: &dyn LogStore) {
    let log = new_log(store).await;
    let mut batch = records(0, 5);
    batch[4].command = batch[1].command;
    assert_eq!(store.append(log, at(1, 0), batch).await, Err(AppendError::AlreadyRecorded));
    assert_eq!(store.head(log).await, Ok(Some(at(1, 0))));
    assert_eq!(read(store, log, 0).await, Vec::<String>::new());
    store.append(log, at(1, 0), records(0, 1)).await.unwrap();
}

async fn positions_that_do_not_follow_the_head_are_refused(store: &dyn LogStore) {
    let log = new_log(store).await;
    let outcome = store.append(log, at(1, 0), records(1, 1)).await;
    assert!(matches!(outcome, Err(AppendError::Unavailable(_))), "{outcome:?}");
    assert_eq!(store.head(log).await, Ok(Some(at(1, 0))));
}

async fn another_epoch_is_another_head(store: &dyn LogStore) {
    let log = new_log(store).await;
    store.append(log, at(1, 0), records(0, 2)).await.unwrap();
    assert_eq!(store.begin_epoch(log, 0).await, Ok(2));
    assert_eq!(store.head(log).await, Ok(Some(at(2, 2))));
    assert_eq!(store.append(log, at(1, 2), records(2, 1)).await, Err(AppendError::HeadMoved));
    store.append(log, at(2, 2), records(2, 1)).await.unwrap();
    assert_eq!(store.head(log).await, Ok(Some(at(2, 3))));
    assert_eq!(store.begin_epoch(log, 1_800_000_000).await, Ok(1_800_000_000), "a number that no backup has ever seen");
    assert_eq!(store.begin_epoch(log, 1_700_000_000).await, Ok(1_800_000_001), "never a smaller one");
}

async fn logs_do_not_know_of_each_other(store: &dyn LogStore) {
    let (one, other) = (new_log(store).await, new_log(store).await);
    let batch = records(0, 2);
    store.append(one, at(1, 0), batch.clone()).await.unwrap();
    store.append(other, at(1, 0), batch.clone()).await.unwrap();
    store.append(one, at(1, 2), records(2, 1)).await.unwrap();
    assert_eq!((read(store, one, 0).await.len(), read(store, other, 0).await.len()), (3, 2));
}

async fn logs_are_listed_in_the_order_of_their_ids(store: &dyn LogStore) {
    let mut logs = Vec::new();
    for records_count in [2, 0, 5] {
        let log = new_log(store).await;
        store.append(log, at(1, 0), records(0, records_count)).await.unwrap();
        logs.push((log, at(1, records_count)));
    }
    logs.sort();
    assert_eq!(store.logs(None, 100).await.unwrap(), logs);
    assert_eq!(store.logs(None, 2).await.unwrap(), logs[..2]);
    assert_eq!(store.logs(Some(logs[1].0), 100).await.unwrap(), logs[2..]);
    let mut recorded = Vec::new();
    while let Some(log) = store.recorded(recorded.last().copied()).await.unwrap() {
        recorded.push(log);
    }
    let with_records: Vec<LogId> = logs.iter().filter(|(_, head)| head.position > 0).map(|(log, _)| *log).collect();
    assert_eq!(recorded, with_records);
}

async fn rows_come_back_whole_and_their_size_is_known(store: &dyn LogStore) {
    let log = new_log(store).await;
    let mut batch = records(0, 4);
    batch[0].subject = Some(SUBJECT);
    batch[1].fingerprint = u64::MAX;
    batch[2].command_text = None;
    batch[3].body = r#"{"text":"“quotes” \\ back\nslash, 𝄞 \" '"}"#.into();
    store.append(log, at(1, 0), batch.clone()).await.unwrap();
    let page = store.rows(log, 0, PAGE).await.unwrap();
    assert_eq!(page.head, at(1, 4));
    let read: Vec<StoredRecord> = page.rows.into_iter().map(|row| row.read(Seal::NONE).unwrap()).collect();
    assert_eq!(read, batch);
    let page = store.rows(log, 1, PageLimit { records: 2, ..PAGE }).await.unwrap();
    assert_eq!(page.rows.iter().map(|row| row.position).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(store.rows(log, 0, PageLimit { bytes: 1, ..PAGE }).await.unwrap().rows.len(), 1, "closed by its bytes, but never empty");
    assert_eq!(store.rows(log, 4, PAGE).await.unwrap().rows, []);
    let bytes: usize = batch.iter().map(|record| record.body.len() + record.command_text.as_deref().map_or(0, str::len)).sum();
    assert_eq!(store.size_bytes(log).await, Ok(bytes as u64));
    assert_eq!(store.rows(LogId(random()), 0, PAGE).await, Err(StoreError::NoSuchLog));
}

async fn pages_are_bounded_and_end_at_the_head(store: &dyn LogStore) {
    let log = new_log(store).await;
    store.append(log, at(1, 0), records(0, 7)).await.unwrap();
    let limit = PageLimit { records: 3, ..PAGE };
    let page = store.read(log, 0, limit).await.unwrap();
    assert_eq!((page.rows.len(), page.end, page.head), (3, false, at(1, 7)));
    let page = store.read(log, 4, limit).await.unwrap();
    assert_eq!((page.rows.len(), page.end), (3, true));
    for beyond in [7, 8, Position::MAX] {
        let page = store.read(log, beyond, limit).await.unwrap();
        assert_eq!((page.rows.len(), page.end), (0, true));
    }
}

async fn a_page_is_closed_by_its_bytes_but_never_empty(store: &dyn LogStore) {
    let log = new_log(store).await;
    store.append(log, at(1, 0), records(0, 5)).await.unwrap();
    let one = store.read(log, 0, PageLimit { records: 100, bytes: 1 }).await.unwrap();
    assert_eq!((one.rows.len(), one.end), (1, false));
    let two = store.read(log, 0, PageLimit { records: 100, bytes: body(1).len() + 1 }).await.unwrap();
    assert_eq!((two.rows.len(), two.end), (2, false));
}

async fn records_about_something_come_newest_first(store: &dyn LogStore) {
    let log = new_log(store).await;
    let mut batch = records(0, 6);
    for position in [1, 3, 4] {
        batch[position].subject = Some(SUBJECT);
    }
    batch[5].subject = Some([8; 16]);
    store.append(log, at(1, 0), batch).await.unwrap();
    let about = |before, records| store.read_subject(log, SUBJECT, before, PageLimit { records, ..PAGE });
    let page = about(Position::MAX, 2).await.unwrap();
    assert_eq!((bodies(&page), page.end), (vec![body(5), body(4)], false));
    let page = about(4, 2).await.unwrap();
    assert_eq!((bodies(&page), page.end), (vec![body(2)], true));
    assert_eq!(store.read_subject(log, [9; 16], Position::MAX, PAGE).await.unwrap().rows, []);
}

async fn commands_are_found_by_their_ids(store: &dyn LogStore) {
    let log = new_log(store).await;
    let batch = records(0, 5);
    store.append(log, at(1, 0), batch.clone()).await.unwrap();
    let ids = vec![batch[3].command, CommandId(random()), batch[0].command];
    let mut found = store.find(log, ids).await.unwrap();
    found.sort_by_key(|found| found.position);
    let found: Vec<_> = found.iter().map(|found| (found.command, found.position, found.fingerprint)).collect();
    assert_eq!(found, [(batch[0].command, 1, batch[0].fingerprint), (batch[3].command, 4, batch[3].fingerprint)]);
    assert_eq!(store.find(log, Vec::new()).await.unwrap(), []);
}

async fn records_come_back_as_they_were(store: &dyn LogStore) {
    let log = new_log(store).await;
    let mut batch = records(0, 1);
    batch[0].body = r#"{"text":"“quotes” \\ back\nslash, 𝄞 and \u0007 \" '"}"#.into();
    batch[0].fingerprint = u64::MAX;
    batch[0].at = TimeMs(u64::from(u32::MAX) * 1000);
    batch[0].command_text = None;
    store.append(log, at(1, 0), batch.clone()).await.unwrap();
    let page = store.read(log, 0, PAGE).await.unwrap();
    assert_eq!((page.rows[0].body.as_str(), page.rows[0].fingerprint), (batch[0].body.as_str(), u64::MAX));
}

/// Rule 24.
async fn seals_are_kept_and_compared_like_the_head(store: &dyn LogStore) {
    let log = new_log(store).await;
    // Records from before there were seals have none, and the chain begins after them.
    store.append(log, at(1, 0), records(0, 2)).await.unwrap();
    let first = sealed(records(2, 3), Seal::NONE);
    store.append(log, at(1, 2), first.clone()).await.unwrap();
    let last = first[2].seal();
    let astray = sealed(records(5, 1), Seal([9; 16]));
    assert_eq!(
        store.append(log, at(1, 5), astray).await,
        Err(AppendError::HeadMoved),
        "it follows another record than the one that is there"
    );
    assert_eq!(store.append(log, at(1, 5), records(5, 1)).await, Err(AppendError::HeadMoved), "and so does one without a seal");
    let mut broken = sealed(records(5, 2), last);
    broken[1].link = Some(Link { before: Seal([9; 16]), seal: Seal([8; 16]) });
    assert!(matches!(store.append(log, at(1, 5), broken).await, Err(AppendError::Unavailable(_))), "a batch is a chain in itself");
    store.append(log, at(1, 5), sealed(records(5, 1), last)).await.unwrap();

    let [before, one, two, three] = [Seal::NONE, first[0].seal(), first[1].seal(), last];
    for (position, seal) in [(0, before), (1, before), (2, before), (3, one), (4, two), (5, three)] {
        assert_eq!(store.seal(log, position).await, Ok(Some(seal)), "{position}");
        assert_eq!(store.read(log, position, PAGE).await.unwrap().before, Some(seal), "a page says what comes before it");
    }
    assert_eq!(
        (store.seal(log, 7).await, store.read(log, 7, PAGE).await.unwrap().before),
        (Ok(None), None),
        "beyond the head there is none"
    );
    let page = store.read(log, 2, PAGE).await.unwrap();
    assert_eq!(page.rows[..3].iter().map(|row| row.seal).collect::<Vec<_>>(), [one, two, three]);
    let rows = store.rows(log, 1, PAGE).await.unwrap().rows;
    assert_eq!(rows[..3].iter().map(|row| row.seal().unwrap()).collect::<Vec<_>>(), [None, Some(one), Some(two)]);
    let newest = store.seal(log, 6).await.unwrap().unwrap();
    assert_eq!(store.heads(vec![log, LogId(random())]).await, Ok(vec![(log, at(1, 6), newest)]));
    store.begin_epoch(log, 2).await.unwrap();
    assert_eq!(store.heads(vec![log]).await, Ok(vec![(log, at(2, 6), newest)]), "a new timeline is of the same records");
}

async fn a_log_that_does_not_exist_says_so(store: &dyn LogStore) {
    let log = LogId(random());
    assert_eq!(store.head(log).await, Ok(None));
    assert_eq!(store.read(log, 0, PAGE).await, Err(StoreError::NoSuchLog));
    assert_eq!(store.begin_epoch(log, 0).await, Err(StoreError::NoSuchLog));
    assert!(store.append(log, at(1, 0), records(0, 1)).await.is_err());
}

#[tokio::test]
async fn sqlite_keeps_everything_when_it_is_opened_again() {
    let folder = Folder::new();
    let store = folder.open().await;
    let log = new_log(&store).await;
    store.append(log, at(1, 0), records(0, 3)).await.unwrap();
    store.save_snapshot(log, 4, StoredSnapshot { cursor: at(1, 2), body: vec![1] }).await.unwrap();
    store.close().await;
    assert!(store.append(log, at(1, 3), records(3, 1)).await.is_err(), "a closed store appends nothing");

    let store = folder.open().await;
    assert_eq!(store.head(log).await, Ok(Some(at(1, 3))));
    assert_eq!(read(&store, log, 0).await, [body(1), body(2), body(3)]);
    assert!(store.snapshot(log, 4).await.unwrap().is_some());
    store.close().await;
}

#[tokio::test]
async fn sqlite_refuses_to_change_or_delete_a_record() {
    let folder = Folder::new();
    let database = Database::open(&folder.0).await.unwrap();
    let store = SqliteStore::new(database.clone());
    let log = new_log(&store).await;
    store.append(log, at(1, 0), records(0, 3)).await.unwrap();
    for statement in [
        "UPDATE record SET body = '{}'",
        "DELETE FROM record WHERE position = 3",
        "UPDATE log_head SET head = 2",
        "UPDATE log_head SET epoch = 0",
    ] {
        let error = sqlx::query(statement).execute(database.writer()).await.expect_err(statement).to_string();
        assert!(error.contains("append-only") || error.contains("goes back"), "{statement}: {error}");
    }
    assert_eq!(read(&store, log, 0).await.len(), 3);
    store.close().await;
}

#[tokio::test]
async fn sqlite_is_durable_and_readable_by_people() {
    let folder = Folder::new();
    let database = Database::open(&folder.0).await.unwrap();
    let store = SqliteStore::new(database.clone());
    let log = new_log(&store).await;
    let batch = records(0, 1);
    store.append(log, at(1, 0), batch.clone()).await.unwrap();
    for (pragma, value) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        let text = sqlx::AssertSqlSafe(format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}"));
        let found: String = sqlx::query_scalar(text).fetch_one(database.writer()).await.unwrap();
        assert_eq!(found, value, "{pragma}");
    }
    let query = "SELECT command, body ->> 'n' FROM record WHERE log = $1";
    let (command, n): (String, i64) = sqlx::query_as(query).bind(log.to_string()).fetch_one(database.readers()).await.unwrap();
    assert_eq!((command, n), (batch[0].command.to_string(), 1));
    assert!(sqlx::query("DELETE FROM snapshot_piece").execute(database.readers()).await.is_err(), "readers cannot write");
    store.close().await;
}

#[tokio::test]
async fn a_full_disk_refuses_whole_batches_and_loses_nothing() {
    let folder = Folder::new();
    let database = Database::open(&folder.0).await.unwrap();
    let store = SqliteStore::new(database.clone());
    let log = new_log(&store).await;
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(database.writer()).await.unwrap();
    let limit = async |pages: i64| {
        sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"))).execute(database.writer()).await.unwrap();
    };
    limit(pages + 20).await;
    let mut head = 0;
    let error = loop {
        match store.append(log, at(1, head), records(head, 50)).await {
            Ok(()) => head += 50,
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, AppendError::Unavailable(why) if why.contains("full")), "{error}");
    assert_eq!(store.head(log).await, Ok(Some(at(1, head))), "all or none");
    limit(1 << 20).await;
    store.append(log, at(1, head), records(head, 50)).await.unwrap();
    assert_eq!(store.read(log, head, PAGE).await.unwrap().rows.len(), 50, "it goes on where it was");
    store.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_kept_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    std::fs::create_dir(&folder.0).unwrap();
    let database = Database::open(&folder.0).await.unwrap();
    for file in ["landfall.sqlite3", "landfall.sqlite3-wal"] {
        let mode = std::fs::metadata(folder.0.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    database.close().await;
}

#[tokio::test]
async fn one_folder_serves_one_process() {
    let folder = Folder::new();
    let first = Database::open(&folder.0).await.unwrap();
    let error = Database::open(&folder.0).await.err().expect("the folder is taken").to_string();
    assert!(error.contains("another landfall is already using"), "{error}");
    first.close().await;
    Database::open(&folder.0).await.unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_of_many_logs_share_transactions_and_do_not_spoil_each_other() {
    let folder = Folder::new();
    let store = Arc::new(folder.open().await);
    let mut logs = Vec::new();
    for _ in 0..32 {
        logs.push(new_log(&*store).await);
    }
    // Every third append expects a head that is not there, every third one has a command twice; the others must go through all the same.
    let appends = logs.iter().enumerate().map(|(index, log)| {
        let store = store.clone();
        let head = u64::from(index % 3 == 0);
        let mut records = records(head, 2);
        if index % 3 == 1 {
            records[1].command = records[0].command;
        }
        async move { store.append(*log, at(1, head), records).await }
    });
    let expected = [(Err(AppendError::HeadMoved), 0), (Err(AppendError::AlreadyRecorded), 0), (Ok(()), 2)];
    for (index, outcome) in join_all(appends).await.into_iter().enumerate() {
        let landed = store.head(logs[index]).await.unwrap().unwrap().position;
        assert_eq!((outcome, landed), expected[index % 3]);
    }
    store.close().await;
}

/// A folder of data that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name: String = random::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        Self(std::env::temp_dir().join(format!("landfall-store-{name}")))
    }

    async fn open(&self) -> SqliteStore {
        SqliteStore::new(Database::open(&self.0).await.unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn new_log(store: &dyn LogStore) -> LogId {
    let log = LogId(random());
    store.create(log).await.unwrap();
    log
}

fn at(epoch: u64, position: Position) -> Cursor {
    Cursor { epoch, position }
}

/// The body of the record at a position.
fn body(position: Position) -> String {
    format!(r#"{{"n":{position}}}"#)
}

/// `count` records after a head.
fn records(head: Position, count: Position) -> Vec<StoredRecord> {
    let record = |position| StoredRecord {
        position,
        command: CommandId(random()),
        actor: ActorId(random()),
        device: DeviceId(random()),
        at: TimeMs(1_000 + position),
        fingerprint: u64::from_le_bytes(random()),
        subject: None,
        body: body(position),
        command_text: Some("{}".into()),
        link: None,
    };
    (head + 1..=head + count).map(record).collect()
}

/// The same records as a chain after this seal.
fn sealed(records: Vec<StoredRecord>, mut before: Seal) -> Vec<StoredRecord> {
    let link = |record: StoredRecord| {
        let link = Link { before, seal: before.then(&record.body) };
        before = link.seal;
        StoredRecord { link: Some(link), ..record }
    };
    records.into_iter().map(link).collect()
}

fn bodies(page: &landfall_server::store::Page) -> Vec<String> {
    page.rows.iter().map(|row| row.body.clone()).collect()
}

async fn read(store: &dyn LogStore, log: LogId, after: Position) -> Vec<String> {
    bodies(&store.read(log, after, PAGE).await.unwrap())
}
