//! Old records on their way out of the table of records: beside servers that run, and cut short.

use crate::place::{Place, hull, sample};
use crate::private_postgres::PrivatePostgres;
use crate::world::{Running, World, text, until};
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, LogId, Position, TimeMs};
use landfall_server::database::Database;
use landfall_server::host::random;
use landfall_server::reading::Moment;
use landfall_server::store::sqlite::SqliteStore;
use landfall_server::store::{LogStore, PageLimit, StoredRecord};
use serde_json::json;

/// Imports while records are archived in small steps, and looks at everything that reads a log.
fn archived_under_load(mut world: World, place: &Place, other: &Place) {
    world.submit(1, "create_board", &hull());
    let token = world.token();
    let (file, url) = (sample(&world.path(""), 300), world.url());
    let mut importing = Running::start(world.client("bo", &["import", text(&file), "--server", &url, "--token", &token]));
    let mut to = 0;
    while to < 150 {
        until("more of it lands", || world.head() > to + 20);
        let before = to + 15;
        let archived = place.json(&["archive", &world.log, "--before", &before.to_string()], 0);
        let log = &archived["workspaces"][0];
        assert_eq!(archived["archived"].as_u64(), Some(before - 1 - to), "{archived}");
        assert_eq!((log["archived_to"].as_u64(), log["id"].as_str()), (Some(before - 1), Some(world.log.as_str())));
        to = before - 1;
    }
    assert_eq!(importing.code(), 0);
    let head = world.head();
    assert_eq!(place.verified(), head);

    let exported = world.run("bo", &["export", "Dry dock", "--server", &url, "--token", &token]);
    assert_eq!(exported.out.lines().count() as u64, head, "a device reads from the beginning: {}", exported.err);
    let listed = place.json(&["logs", "list"], 0)["workspaces"][0].clone();
    assert_eq!((listed["records_archived"].as_u64(), listed["records"].as_u64()), (Some(to), Some(head)));
    assert!(listed["archive_bytes"].as_u64() > Some(1_000) && place.well(&["logs", "list"]).contains(" that are archived;"));

    // An old command that is sent again is answered by its record, by a server that has never seen it.
    world.kill_server();
    place.well(&["snapshot"]);
    world.start_server();
    world.submit(1, "create_board", &hull());
    assert_eq!(world.head(), head, "no second record");

    let rows = place.rows(&world.log);
    assert_eq!(rows.len() as u64, head);
    let backup = world.path("backup");
    place.well(&["backup", text(&backup)]);
    other.well(&["restore", text(&backup)]);
    assert_eq!(other.rows(&world.log), rows, "a backup has everything, archived or not");
    assert_eq!(other.verified(), head);
    assert_eq!(other.json(&["logs", "list"], 0)["workspaces"][0]["records_archived"], json!(0));

    let rest = place.json(&["archive", "dry dock", "--keep", "0"], 0);
    assert_eq!(rest["archived"], json!(0), "what fills no piece is left for the next time");
    assert!(place.well(&["archive", "--older-than", "1"]).contains("Nothing to archive."), "everything is of today");
    place.well(&["archive", &world.log, "--before", &(head + 1).to_string()]);
    assert_eq!(place.rows(&world.log), rows);
    assert_eq!(place.verified(), head);
    world.kill_server();
    world.start_server();
    assert_eq!(world.head(), head, "nothing of it is in the table, and it is opened all the same");
    let mut keel = hull();
    keel["board"] = "01930000-0000-7000-8000-00000000b0b1".into();
    keel["columns"] = json!([{ "column": "01930000-0000-7000-8000-0000000000d1", "name": "Ready", "stage": "ready", "limit": null }]);
    keel["key"] = "KEL".into();
    world.submit(2, "create_board", &keel);
    assert_eq!(place.verified(), head + 1);
}

#[test]
fn records_of_a_folder_are_archived_while_its_server_runs_and_nobody_notices() {
    let world = World::start("operator-archive");
    let (place, other) = (Place::folder(&world.path("data")), Place::folder(&world.path("restored")));
    archived_under_load(world, &place, &other);
}

#[test]
fn records_in_postgres_are_archived_while_servers_run_and_nobody_notices() {
    let postgres = PrivatePostgres::shared();
    let address = postgres.new_database();
    let world = World::start_on("operator-archive-postgres", Some(address.clone()));
    archived_under_load(world, &Place::Postgres(address), &Place::Postgres(postgres.new_database()));
}

#[test]
fn which_records_are_old_must_be_said_and_in_one_way() {
    let world = World::start("operator-archive-options");
    let place = Place::folder(&world.path("data"));
    for (arguments, expected) in [
        (&["archive"][..], "--keep"),
        (&["archive", "--keep", "5", "--older-than", "3"], "cannot be used with"),
        (&["archive", "--before", "5"], "LOG"),
        (&["archive", "--older-than", "0"], "1..="),
        (&["archive", "Wet dock", "--keep", "5"], "landfall logs list"),
    ] {
        let why = place.refused(arguments);
        assert!(why.contains(expected), "{arguments:?}: {why}");
    }
    let nowhere = Place::folder(&world.path("nowhere"));
    assert!(nowhere.refused(&["archive", "--keep", "5"]).contains("there is no database"));
    assert!(!world.path("nowhere").exists(), "nothing is made");
}

/// Records that say nothing, from a time on in steps of an hour.
fn records(head: Position, count: Position, since_ms: u64) -> Vec<StoredRecord> {
    let record = |position| StoredRecord {
        position,
        command: CommandId(random()),
        actor: ActorId(random()),
        device: DeviceId(random()),
        at: TimeMs(since_ms + position * 3_600_000),
        fingerprint: position,
        subject: (position % 7 == 0).then_some([7; 16]),
        body: format!(r#"{{"n":{position}}}"#),
        command_text: Some("{}".into()),
        link: None,
    };
    (head + 1..=head + count).map(record).collect()
}

/// A log of so many of them.
async fn begun(folder: &std::path::Path, count: Position, since_ms: u64) -> LogId {
    let store = SqliteStore::new(Database::open(folder).await.unwrap());
    let log = LogId(random());
    store.create(log).await.unwrap();
    for head in (0..count).step_by(500) {
        store.append(log, Cursor { epoch: 1, position: head }, records(head, 500, since_ms)).await.unwrap();
    }
    store.close().await;
    log
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_that_is_killed_on_its_way_has_lost_and_doubled_nothing_and_goes_on() {
    const RECORDS: Position = 8_000;
    let folder = std::env::temp_dir().join(format!("landfall-archiving-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let log = begun(&folder, RECORDS, 0).await;
    let place = Place::Folder(folder.clone());
    let rows = place.rows(&log.to_string());
    assert_eq!(rows.len() as Position, RECORDS);
    let reader = SqliteStore::new(Database::read(&folder, Moment::Each).await.unwrap());
    let (mut to, mut killed) = (0, 0);
    while to < RECORDS {
        let mut archiving = place.start(&["archive", "--keep", "0"]);
        while reader.archived(log).await.unwrap().last == to {
            tokio::task::yield_now().await;
        }
        archiving.kill();
        to = reader.archived(log).await.unwrap().last;
        killed += usize::from(to < RECORDS);
        let mut read = 0;
        while read < RECORDS {
            let page = reader.read(log, read, PageLimit { records: 1_000, bytes: 1 << 20 }).await.unwrap();
            assert!(page.rows.iter().map(|row| row.position).eq(read + 1..=read + page.rows.len() as Position), "it was killed at {to}");
            read += page.rows.len() as Position;
        }
    }
    assert_eq!(place.rows(&log.to_string()), rows);
    assert!(killed > 0, "it was on its way");
    assert_eq!((reader.size_bytes(log).await, reader.archived(log).await.unwrap().pieces), (Ok(0), RECORDS / 1_000));
    reader.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_old_is_told_by_count_or_by_days_and_goes_by_whole_pieces() {
    let folder = std::env::temp_dir().join(format!("landfall-archiving-days-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    const RECORDS: Position = 4_500;
    // The last one is of now, the one 1,500 before it of 62 days and a half ago.
    let since_ms = landfall_server::host::now().0 - RECORDS * 3_600_000;
    let log = begun(&folder, RECORDS, since_ms).await;
    let place = Place::Folder(folder.clone());
    let archived = |arguments: &[&str]| {
        let told = place.json(&[&["archive"], arguments].concat(), 0);
        let log = &told["workspaces"][0];
        [&told["archived"], &log["archived_to"], &log["left"], &log["pieces"]].map(|number| number.as_u64().unwrap())
    };
    assert_eq!(archived(&["--keep", "3400"]), [1_000, 1_000, 3_500, 1], "1,100 are old, and fill one piece");
    assert_eq!(archived(&["--keep", "3400"]), [0, 1_000, 3_500, 1]);
    assert_eq!(archived(&["--older-than", "105"]), [0, 1_000, 3_500, 1], "1,980 are old, and 980 of them fill no piece");
    assert_eq!(archived(&["--older-than", "62"]), [2_000, 3_000, 1_500, 3], "3,012 are old");
    assert_eq!(archived(&[&log.to_string(), "--before", "3013"]), [12, 3_012, 1_488, 4], "to the record");
    assert_eq!(archived(&[&log.to_string(), "--before", "2000"]), [0, 3_012, 1_488, 4], "never back");
    std::fs::remove_dir_all(folder).unwrap();
}
