//! What `landfall verify` finds: each kind of damage is done by hand, past the triggers that forbid it, and found where it was done.

use crate::place::{Place, hull};
use crate::private_postgres::PrivatePostgres;
use crate::world::{World, text};
use landfall_engine::log::fingerprint;
use landfall_server::database::FILE_NAME;
use landfall_server::postgres::Postgres;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// A log of five records, the last of them a rejection, and a snapshot of all.
struct Kept {
    world: World,
}

impl Kept {
    fn new(test: &str) -> Self {
        let mut world = World::start(&format!("operator-damage-{test}"));
        world.submit(1, "create_board", &hull());
        for (number, name) in [(2, "Keel"), (3, "Rudder")] {
            let mut board = hull();
            board["board"] = format!("01930000-0000-7000-8000-00000000b0{number:02}").into();
            board["name"] = name.into();
            board["key"] = format!("B{number}").into();
            board["columns"][0]["column"] = format!("01930000-0000-7000-8000-0000000001{number:02}").into();
            board["columns"][1]["column"] = format!("01930000-0000-7000-8000-0000000002{number:02}").into();
            world.submit(number, "create_board", &board);
        }
        assert!(world.ask(4, "create_board", &hull())["rejected"].is_object());
        world.kill_server();
        let place = Place::folder(&world.path("data"));
        place.well(&["snapshot"]);
        assert_eq!(place.verified(), 5);
        Self { world }
    }

    /// A copy on which triggers forbid nothing any more.
    async fn copy(&self) -> (PathBuf, SqlitePool) {
        let folder = self.world.path("copy");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        fs::copy(self.world.path("data").join(FILE_NAME), folder.join(FILE_NAME)).unwrap();
        let options = SqliteConnectOptions::new().filename(folder.join(FILE_NAME)).pragma("ignore_check_constraints", "ON");
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        let named = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        for trigger in sqlx::query_scalar::<_, String>(named).fetch_all(&pool).await.unwrap() {
            sqlx::query(AssertSqlSafe(format!("DROP TRIGGER {trigger}"))).execute(&pool).await.unwrap();
        }
        (folder, pool)
    }

    /// What is found after these statements: checks, each with its position.
    async fn found_after(&self, statements: &str) -> BTreeSet<(String, i64)> {
        let (folder, pool) = self.copy().await;
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&pool).await.expect(statements);
        pool.close().await;
        found(&Place::Folder(folder))
    }
}

fn found(place: &Place) -> BTreeSet<(String, i64)> {
    let verified = place.json(&["verify"], 1);
    let findings = verified["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["advice"].as_str().is_some_and(|advice| !advice.is_empty())));
    let place = |finding: &Value| (finding["check"].as_str().unwrap().to_owned(), finding["position"].as_i64().unwrap());
    findings.iter().map(place).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_damage_is_found_where_it_was_done() {
    let kept = Kept::new("kinds");
    let damages: [(&str, &[(&str, i64)]); 18] = [
        ("DELETE FROM record WHERE position = 3", &[("position", 4)]),
        ("DELETE FROM record WHERE position = 5", &[("head", 5), ("snapshot", 5)]),
        ("UPDATE log_head SET head = 4", &[("head", 5)]),
        ("DELETE FROM log_head", &[("head", 0)]),
        ("DELETE FROM log_head; DELETE FROM record", &[("head", 0)]),
        ("UPDATE record SET body = substr(body, 1, 40) WHERE position = 3", &[("body", 3), ("seal", 3)]),
        (r#"UPDATE record SET body = replace(body, '"version":1', '"version":900') WHERE position = 3"#, &[("body", 3), ("seal", 3)]),
        ("UPDATE record SET actor = '01930000-0000-7000-8000-000000000000' WHERE position = 3", &[("columns", 3)]),
        ("UPDATE record SET device = 'a laptop' WHERE position = 3", &[("columns", 3)]),
        ("UPDATE record SET fingerprint = fingerprint + 1 WHERE position = 2", &[("fingerprint", 2)]),
        ("UPDATE record SET subject = NULL WHERE position = 2", &[("subject", 2)]),
        (r#"UPDATE record SET at = 1, body = replace(body, '"at":' || at, '"at":1') WHERE position = 5"#, &[("time", 5), ("seal", 5)]),
        ("UPDATE record SET seal = NULL WHERE position = 3", &[("seal", 3), ("seal", 4)]),
        ("UPDATE record SET seal = x'00000000000000000000000000000007' WHERE position = 5", &[("seal", 5)]),
        ("UPDATE log_head SET seal = x'00000000000000000000000000000007'", &[("seal", 5)]),
        ("UPDATE record SET at = 'soon' WHERE position = 3", &[("reading", 3)]),
        (
            "DROP INDEX record_command; UPDATE record SET command = (SELECT command FROM record WHERE position = 2) WHERE position = 4",
            &[("columns", 4), ("command", 4)],
        ),
        // An index that lacks one of its rows, as after a disk that lost a write.
        (
            "DROP INDEX record_command; CREATE UNIQUE INDEX record_command ON record (log, command) WHERE position <> 3; \
             PRAGMA writable_schema = ON; \
             UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX record_command ON record (log, command)' WHERE name = 'record_command'",
            &[("index", 3)],
        ),
    ];
    for (damage, expected) in damages {
        let expected: BTreeSet<(String, i64)> = expected.iter().map(|(check, position)| ((*check).to_owned(), *position)).collect();
        assert_eq!(kept.found_after(damage).await, expected, "{damage}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_with_care_is_found_all_the_same() {
    let kept = Kept::new("care");
    let sent = async |connection: &mut SqliteConnection, position: i64| -> String {
        sqlx::query_scalar("SELECT command_text FROM record WHERE position = $1").bind(position).fetch_one(connection).await.unwrap()
    };
    let statement = "UPDATE record SET command_text = $1, fingerprint = $2 WHERE position = $3";
    for (position, changes_body, expected) in [(2, true, vec![("seal", 2), ("snapshot", 5)]), (5, false, vec![("refusal", 5)])] {
        let (folder, pool) = kept.copy().await;
        let mut connection = pool.acquire().await.unwrap();
        let changed = sent(&mut connection, position).await.replace("Hull", "Hulk");
        let query = sqlx::query(statement).bind(&changed).bind(fingerprint(&changed).cast_signed()).bind(position);
        query.execute(&mut *connection).await.unwrap();
        if changes_body {
            let body = "UPDATE record SET body = replace(body, 'Hull', 'Hulk') WHERE position = $1";
            sqlx::query(body).bind(position).execute(&mut *connection).await.unwrap();
        }
        drop(connection);
        pool.close().await;
        let place = Place::Folder(folder);
        assert_eq!(found(&place), expected.iter().map(|(check, position)| ((*check).to_owned(), *position)).collect());
        let words = place.run(&["verify"]).out;
        let is_told = |(check, position): &(&str, i64)| words.contains(&format!(" at {position}: {check}: "));
        assert!(expected.iter().all(is_told) && words.contains("What to do: "), "{words}");
    }
    let snapshot = kept.found_after("UPDATE snapshot_piece SET body = x'00'").await;
    assert_eq!(snapshot, BTreeSet::from([("snapshot".to_owned(), 5)]));
    let place = Place::folder(&kept.world.path("copy"));
    place.well(&["snapshot"]);
    assert_eq!(place.verified(), 5, "a snapshot is written anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_in_an_archive_is_found_where_it_was_done_and_nothing_of_it_is_served_or_backed_up() {
    let kept = Kept::new("archive");
    let place = Place::folder(&kept.world.path("data"));
    for before in ["3", "5"] {
        place.well(&["archive", &kept.world.log, "--before", before]);
    }
    assert_eq!(place.verified(), 5, "all is well where nothing was done");
    let flipped = "UPDATE archive_piece SET body = CAST(substr(body, 1, 40) || x'ffff' || substr(body, 43) AS BLOB)";
    let damages: [(String, &[(&str, i64)]); 7] = [
        (format!("{flipped} WHERE first_position = 3"), &[("archive", 3)]),
        (flipped.into(), &[("archive", 1), ("archive", 3)]),
        ("UPDATE archive_piece SET sha256 = 'x' WHERE first_position = 1".into(), &[("archive", 1)]),
        ("UPDATE archive_piece SET first_position = 2 WHERE first_position = 1".into(), &[("archive", 2)]),
        ("DELETE FROM archive_piece WHERE first_position = 1".into(), &[("position", 3)]),
        ("DELETE FROM archive_piece".into(), &[("position", 5)]),
        ("DELETE FROM archived_record WHERE position = 2".into(), &[("index", 2)]),
    ];
    for (damage, expected) in damages {
        let expected: BTreeSet<(String, i64)> = expected.iter().map(|(check, position)| ((*check).to_owned(), *position)).collect();
        assert_eq!(kept.found_after(&damage).await, expected, "{damage}");
    }

    let (folder, pool) = kept.copy().await;
    let (mut body,): (Vec<u8>,) = sqlx::query_as("SELECT body FROM archive_piece WHERE first_position = 3").fetch_one(&pool).await.unwrap();
    let middle = body.len() / 2;
    body[middle] ^= 1;
    sqlx::query("UPDATE archive_piece SET body = $1 WHERE first_position = 3").bind(body).execute(&pool).await.unwrap();
    pool.close().await;
    let damaged = Place::Folder(folder);
    assert_eq!(found(&damaged), BTreeSet::from([("archive".to_owned(), 3)]), "one bit");
    let words = damaged.run(&["verify"]).out;
    assert!(words.contains("the archive of records 3 to 4: it is not as it was written"), "{words}");
    let why = damaged.refused(&["backup", text(&kept.world.path("of-damage"))]);
    assert!(why.contains("the archive of records 3 to 4") && why.contains("landfall verify"), "{why}");
    assert!(!kept.world.path("of-damage").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_in_postgres_is_found_and_is_not_backed_up() {
    let kept = Kept::new("postgres");
    let backup = kept.world.path("backup");
    Place::folder(&kept.world.path("data")).well(&["backup", text(&backup)]);
    let postgres = PrivatePostgres::shared();
    let address = postgres.new_database();
    let place = Place::Postgres(address.clone());
    place.well(&["restore", text(&backup)]);
    assert_eq!(place.verified(), 5);
    let database = Postgres::open(&address).await.unwrap();
    for statement in ["ALTER TABLE record DISABLE TRIGGER ALL", "DELETE FROM record WHERE position = 3"] {
        sqlx::query(statement).execute(database.pool()).await.unwrap();
    }
    database.close().await;
    assert_eq!(found(&place), BTreeSet::from([("position".to_owned(), 4)]));
    let why = place.refused(&["backup", text(&kept.world.path("another"))]);
    assert!(why.contains("has no record 3") && why.contains("landfall verify"), "{why}");
    assert!(!kept.world.path("another").exists() && !kept.world.path("another.partial").exists());
}
