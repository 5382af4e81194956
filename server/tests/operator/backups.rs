//! Backups: of a place that is written to, into either kind of place, and what becomes of a damaged one.

use crate::place::{Place, hull, sample};
use crate::private_postgres::PrivatePostgres;
use crate::world::{Running, World, text, until};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Backs up while tasks land, several times, and once more afterwards.
fn backed_up_under_load(world: &World, place: &Place) -> Vec<Value> {
    let token = world.token();
    let file = sample(&world.path(""), 500);
    let (before, url) = (world.head(), world.url());
    let mut importing = Running::start(world.client("bo", &["import", text(&file), "--server", &url, "--token", &token]));
    until("some of it lands", || world.head() > before + 50);
    let mut backups: Vec<Value> = (0..3).map(|number| place.json(&["backup", text(&world.path(&format!("backup-{number}")))], 0)).collect();
    assert!(place.verified() > before, "what moves meanwhile is not taken for damage");
    assert_eq!(importing.code(), 0);
    backups.push(place.json(&["backup", text(&world.path("backup-3"))], 0));
    let counts: Vec<u64> = backups.iter().map(|backup| backup["records"].as_u64().unwrap()).collect();
    assert!(counts.is_sorted() && counts[0] > before, "{counts:?}");
    assert_eq!(counts[3], world.head(), "everything that had landed is in the last");
    backups
}

#[test]
fn a_backup_under_load_is_one_moment_and_is_served_again() {
    let mut world = World::start("operator-backup");
    let place = Place::folder(&world.path("data"));
    let backups = backed_up_under_load(&world, &place);
    let live = place.rows(&world.log);
    for (number, backup) in backups.iter().enumerate().step_by(3) {
        let restored = Place::folder(&world.path(&format!("restored-{number}")));
        let records = backup["records"].as_u64().unwrap();
        assert_eq!(restored.json(&["restore", text(&world.path(&format!("backup-{number}")))], 0)["records"].as_u64(), Some(records));
        assert_eq!(restored.verified(), records);
        assert_eq!(restored.rows(&world.log), live[..live.len().min(records as usize)], "a prefix of the log, byte for byte");
        assert!(restored.epoch() > 1_700_000_000, "a number that no other restore has had");
    }

    // The machine burns down, and the last backup is served in its place.
    world.kill_server();
    fs::remove_dir_all(world.path("data")).unwrap();
    place.well(&["restore", text(&world.path("backup-3"))]);
    world.start_server();
    assert_eq!(world.head(), live.len() as u64, "whoever was signed in still is");
    world.submit(1, "create_board", &hull());
}

#[test]
fn what_was_backed_up_from_postgres_is_restored_into_either() {
    let postgres = PrivatePostgres::shared();
    let address = postgres.new_database();
    let world = World::start_on("operator-postgres", Some(address.clone()));
    let place = Place::Postgres(address);
    backed_up_under_load(&world, &place);
    let live = place.rows(&world.log);
    let members = |place: &Place| place.json(&["logs", "list"], 0)["workspaces"][0]["members"].clone();
    for (number, restored) in [(1, Place::folder(&world.path("restored"))), (3, Place::Postgres(postgres.new_database()))] {
        restored.well(&["restore", text(&world.path(&format!("backup-{number}")))]);
        let rows = restored.rows(&world.log);
        assert_eq!(rows, live[..rows.len()]);
        assert_eq!(restored.verified(), rows.len() as u64);
        assert_eq!(members(&restored), members(&place), "people are part of it");
    }
}

#[test]
fn nothing_is_written_over_and_a_damaged_backup_is_refused_before_anything_is_written() {
    let mut world = World::start("operator-refused");
    world.submit(1, "create_board", &hull());
    world.kill_server();
    let place = Place::folder(&world.path("data"));
    let backup = world.path("backup");
    place.well(&["backup", text(&backup)]);
    assert!(place.refused(&["backup", text(&backup)]).contains("no backup is ever written over"));
    assert!(place.refused(&["restore", text(&backup)]).contains("not empty"));
    fs::create_dir(world.path("other.partial")).unwrap();
    assert!(place.refused(&["backup", text(&world.path("other"))]).contains("cut short"));

    let restored = Place::folder(&world.path("restored"));
    let flip = |name: &str, at: usize| {
        let path = world.path("damaged").join(name);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let replace = |name: &str, from: &str, to: &str| {
        let path = world.path("damaged").join(name);
        let whole = fs::read_to_string(&path).unwrap();
        let damaged = whole.replace(from, to);
        assert_ne!(whole, damaged);
        fs::write(path, damaged).unwrap();
    };
    let damages: [(&str, &dyn Fn()); 7] = [
        ("is damaged", &|| flip("records.jsonl.gz", 100)),
        ("is damaged", &|| flip("people.jsonl.gz", 20)),
        ("is damaged", &|| fs::write(world.path("damaged/records.jsonl.gz"), "").unwrap()),
        ("is damaged", &|| fs::remove_file(world.path("damaged/people.jsonl.gz")).unwrap()),
        ("is damaged", &|| replace("manifest.json", "sha256", "sha512")),
        ("is no backup", &|| fs::remove_file(world.path("damaged/manifest.json")).unwrap()),
        ("newer landfall", &|| replace("manifest.json", "\"form\": 1,\n  \"program\"", "\"form\": 2,\n  \"program\"")),
    ];
    for (expected, damage) in damages {
        copy(&backup, &world.path("damaged"));
        damage();
        let why = restored.refused(&["restore", text(&world.path("damaged"))]);
        assert!(why.contains(expected), "{expected}: {why}");
        assert!(!world.path("restored").exists(), "nothing was written");
    }

    // A manifest that says something else than the files is noticed at the latest when they are read.
    copy(&backup, &world.path("damaged"));
    replace("manifest.json", "\"epoch\": 1", "\"epoch\": 7");
    assert!(restored.refused(&["restore", text(&world.path("damaged"))]).contains("is not whole"));
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}
