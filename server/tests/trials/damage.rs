//! A folder of data that cannot be used: the server says what is wrong and what to do, ends with code 1, and changes nothing.

use crate::dice::{Dice, number};
use crate::person::Person;
use crate::poster::Poster;
use crate::program::{Folder, Place};
use crate::room::Room;
use crate::verdict::Kept;
use crate::work::{Board, Worker};
use landfall_server::database::Database;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const DATABASE: &str = "landfall.sqlite3";

/// A folder of data with something in it, and who may read it. `stopped` says whether its server ended by itself, which leaves one file.
async fn with_data(name: &str, stopped: bool) -> (Folder, Place, Person) {
    let folder = Folder::new(name);
    let place = Place::new(&folder);
    let server = place.start().await;
    let edda = Person::founder(place.address).await;
    let mut dice = Dice::new(7);
    let board = Board::new(&mut dice);
    let mut worker = Worker::new(board.clone(), dice.split());
    let mut poster = Poster::new(edda.clone(), Worker::new(board.clone(), dice)).begin_with(board.create()).await;
    for _ in 0..200 {
        let text = worker.text();
        poster = poster.begin_with(text).await;
    }
    if stopped {
        server.stop()
    } else {
        server.kill()
    }
    (folder, place, edda)
}

/// Every file of the database that has something in it, byte by byte.
fn content(data: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(data).expect("the folder").map(|entry| entry.expect("a file").path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ["sqlite3", "sqlite3-wal"].iter().any(|known| ending == *known)));
    let read = |path: PathBuf| (path.clone(), fs::read(path).expect("its content"));
    files.map(read).filter(|(_, content)| !content.is_empty()).collect()
}

/// The server does not start, says all of these words, and leaves the database as it is.
fn refuses(place: &Place, words: &[&str]) {
    let before = place.under.is_empty().then(|| content(&place.data));
    let output = place.run();
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{said}");
    for word in words {
        assert!(said.contains(word), "“{word}” is not said: {said}");
    }
    assert_eq!(said.trim().lines().count(), 1, "one sentence and no backtrace: {said}");
    assert!(output.stdout.is_empty(), "it does not say that it is there");
    if let Some(before) = before {
        assert!(content(&place.data) == before, "nothing was changed");
    }
}

fn overwrite(path: &Path, offset: u64, bytes: &[u8]) {
    fs::OpenOptions::new().write(true).open(path).and_then(|file| file.write_all_at(bytes, offset)).expect("damage");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_with_another_header_or_a_missing_end_is_damaged() {
    let (_folder, place, _) = with_data("damage-header", true).await;
    let whole = fs::read(place.data.join(DATABASE)).expect("the file");
    let damaged = ["is damaged", DATABASE, "backup", "landfall restored"];
    overwrite(&place.data.join(DATABASE), 0, b"this was a database");
    refuses(&place, &damaged);
    fs::write(place.data.join(DATABASE), &whole[..9_000]).expect("damage");
    refuses(&place, &damaged);
    fs::write(place.data.join(DATABASE), &whole).expect("repair");
    place.start().await.kill();
}

/// Whichever page it is, but for those that nothing is in. Every third is tried; all of them with `LANDFALL_DAMAGE_EVERY=1`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_page_is_found_before_anything_is_served() {
    let (_folder, place, _) = with_data("damage-page", true).await;
    let path = place.data.join(DATABASE);
    let pages = fs::metadata(&path).expect("the file").len() / 4_096;
    let whole = fs::read(&path).expect("the file");
    let mut served = Vec::new();
    let tried: Vec<u64> = (1..pages).step_by(number("LANDFALL_DAMAGE_EVERY", 3) as usize).collect();
    for &page in &tried {
        fs::write(&path, &whole).expect("repair");
        let _ = fs::remove_file(place.data.join("landfall.sqlite3-wal"));
        overwrite(&path, page * 4_096, &[0xa5; 4_096]);
        if place.spawn().is_serving().await {
            served.push(page);
        }
    }
    println!("{} of {pages} pages damaged one by one: all but {served:?} refused to start", tried.len());
    assert!(served.len() < 3, "{served:?} of {pages}");
    let complaints = place.complaints();
    let refusals = complaints.lines().filter(|line| line.contains("is damaged") && line.contains("landfall restored")).count();
    assert_eq!(refusals + served.len(), tried.len(), "{complaints}");
}

/// SQLite takes what does not carry its checksum for the end of the write-ahead log, wherever that is: what lies before is there, and nothing in part.
/// It says nothing of it, since a power cut leaves such an end too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_in_the_write_ahead_log_is_no_record() {
    let (folder, place, edda) = with_data("damage-wal", true).await;
    let server = place.start().await;
    let mut dice = Dice::new(9);
    let board = Board::new(&mut dice);
    let mut worker = Worker::new(board.clone(), dice.split());
    let mut poster = Poster::new(edda.clone(), Worker::new(board, dice.split()));
    for _ in 0..50 {
        let text = worker.text();
        poster = poster.begin_with(text).await;
    }
    server.kill();
    // The founding, a board and 200 commands are in the database, and 50 more in the write-ahead log.
    let (in_database, all) = (202, 252);
    let length = fs::metadata(place.data.join("landfall.sqlite3-wal")).expect("the write-ahead log").len();
    let mut kept = Vec::new();
    for offset in [0, 40, length / 3, length / 2, length - 50, length] {
        let copy = folder.path(&format!("garbage-at-{offset}"));
        fs::create_dir(&copy).expect("a folder");
        for file in [DATABASE, "landfall.sqlite3-wal"] {
            fs::copy(place.data.join(file), copy.join(file)).expect("a copy");
        }
        overwrite(&copy.join("landfall.sqlite3-wal"), offset, &[0x5a; 5_000]);
        kept.push(Kept::read(&copy, edda.log).await.records.len());
    }
    println!("{length} bytes of write-ahead log, records that are left: {kept:?}");
    assert!(kept.is_sorted() && kept[0] == in_database && kept[5] == all && kept[2] > in_database, "{kept:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_a_newer_version_is_left_to_it() {
    let (_folder, place, _) = with_data("damage-newer", true).await;
    let database = Database::open(&place.data).await.expect("it opens");
    let newer =
        "INSERT INTO _sqlx_migrations SELECT 9001, 'of the future', installed_on, success, checksum, 0 FROM _sqlx_migrations LIMIT 1";
    sqlx::query(newer).execute(database.writer()).await.expect("a version");
    database.close().await;
    refuses(&place, &["newer landfall", "9001", "start that one"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_program_has_locked_is_told_from_a_damaged_one() {
    let (_folder, place, _) = with_data("damage-locked", true).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(place.data.join(DATABASE));
    let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.expect("another program");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("its lock");
    let output = place.run();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("another program keeps the database") && said.contains("end it"), "{said}");
    sqlx::query("ROLLBACK").execute(&mut other).await.expect("its end");
    place.start().await.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_read_only_full_or_no_folder_says_so() {
    let folder = Folder::new("damage-room");
    let mut place = Place::new(&folder);
    let room = Room::new(&place.data, 4);
    place.under = room.enter();
    room.fill("ballast", 8 << 10);
    refuses(&place, &["the disk under the database", "is full", "make room"]);
    fs::remove_file(room.path("ballast")).expect("room again");
    let server = place.start().await;
    let edda = Person::founder(place.address).await;
    server.kill();
    room.make_read_only();
    refuses(&place, &["cannot write in the folder of data", "mounted read-only"]);
    drop((room, edda));

    let file = folder.path("file");
    fs::write(&file, "").expect("a file");
    place = Place { data: file.join("data"), under: Vec::new(), ..place };
    let output = place.run();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("cannot make the folder of data"), "{said}");
}
