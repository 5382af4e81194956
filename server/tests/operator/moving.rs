//! Logs on their way from one place to another, by files of lines.

use crate::place::{Place, hull};
use crate::private_postgres::PrivatePostgres;
use crate::world::{World, text};
use landfall_engine::{Cursor, LogId, Seal};
use landfall_server::database::Database;
use landfall_server::store::sqlite::SqliteStore;
use landfall_server::store::{LogStore, StoredRow};
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn a_log_goes_from_sqlite_to_postgres_and_back_and_is_the_same() {
    let postgres = PrivatePostgres::shared();
    let world = World::start("operator-moving");
    world.submit(1, "create_board", &hull());
    assert!(world.ask(2, "create_board", &hull())["rejected"].is_object(), "a rejection is part of a log too");
    let places = [Place::folder(&world.path("data")), Place::Postgres(postgres.new_database()), Place::folder(&world.path("back"))];
    let rows = places[0].rows(&world.log);
    assert_eq!(rows.len(), 3);
    let mut epoch = 1;
    for (number, pair) in places.windows(2).enumerate() {
        let file = world.path(&format!("{number}.jsonl"));
        let exported = pair[0].json(&["logs", "export", "dry dock", "--out", text(&file)], 0);
        assert_eq!(exported["records"], 3);
        assert_eq!(pair[1].json(&["logs", "import", text(&file)], 0)["id"], Value::from(world.log.clone()));
        assert_eq!(pair[1].rows(&world.log), rows);
        assert_eq!(pair[1].verified(), 3);
        assert!(pair[1].epoch() > epoch, "devices read it again");
        epoch = pair[1].epoch();
        let why = pair[1].refused(&["logs", "import", text(&file)]);
        assert!(why.contains("is there already") && !why.contains("--resume"), "{why}");
        assert!(pair[0].refused(&["logs", "export", &world.log, "--out", text(&file)]).contains("is there already"));
    }
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_refused_before_anything_is_written() {
    let world = World::start("operator-bad-file");
    world.submit(1, "create_board", &hull());
    let place = Place::folder(&world.path("data"));
    let whole = place.well(&["logs", "export", &world.log]);
    let lines: Vec<&str> = whole.lines().collect();
    let damages = [
        ("it has 1 records", lines[..2].join("\n")),
        ("record 1 is missing", [lines[0], lines[2]].join("\n")),
        ("does not begin with a log", lines[1..].join("\n")),
        ("more than one log", [&lines[..], &lines[..]].concat().join("\n")),
        ("line 3 cannot be read", [lines[0], lines[1], &lines[2][..50]].join("\n")),
        ("the fingerprint is not", whole.replace("found_workspace", "found_workplace")),
        ("the column actor says", whole.replacen("\"actor\":\"0", "\"actor\":\"1", 1)),
    ];
    assert!(place.refused(&["logs", "export", &world.log, "--json"]).contains("--out"), "one thing at a time on standard output");
    let target = Place::folder(&world.path("target"));
    for (expected, damaged) in damages {
        let file = world.write("damaged.jsonl", damaged);
        let why = target.refused(&["logs", "import", text(&file)]);
        assert!(why.contains(expected), "{expected}: {why}");
        assert!(!world.path("target").exists(), "nothing was written");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_was_cut_short_goes_on_and_another_log_is_not_touched() {
    let world = World::start("operator-resume");
    world.submit(1, "create_board", &hull());
    let place = Place::folder(&world.path("data"));
    let rows = place.rows(&world.log);
    let file = world.path("log.jsonl");
    place.well(&["logs", "export", &world.log, "--out", text(&file)]);

    let target = world.path("target");
    leave_first_record(&target, &world.log, &rows[0]).await;
    let target = Place::Folder(target);
    assert!(target.refused(&["logs", "import", text(&file)]).contains("--resume"));
    target.well(&["logs", "import", text(&file), "--resume"]);
    assert_eq!(target.rows(&world.log), rows);
    assert!(target.epoch() > 1);
    assert!(target.refused(&["logs", "import", text(&file), "--resume"]).contains("is there already"), "it is finished");

    let other = world.path("other");
    leave_first_record(&other, &world.log, &rows[0].replace("Dry dock", "Wet dock")).await;
    let other = Place::Folder(other);
    assert!(other.refused(&["logs", "import", text(&file), "--resume"]).contains("another log under the same id"));
    assert_eq!(other.rows(&world.log).len(), 1);
    drop(fs::remove_file(file));
}

/// What an import leaves that is killed after its first record.
async fn leave_first_record(folder: &Path, log: &str, line: &str) {
    let line: Value = serde_json::from_str(line).unwrap();
    let row: StoredRow = serde_json::from_value(line["record"].clone()).unwrap();
    let log: LogId = log.parse().unwrap();
    let store = SqliteStore::new(Database::open(folder).await.unwrap());
    store.create(log).await.unwrap();
    store.append(log, Cursor { epoch: 1, position: 0 }, vec![row.read(Seal::NONE).unwrap()]).await.unwrap();
    store.close().await;
}
