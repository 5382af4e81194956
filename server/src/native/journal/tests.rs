//! Given a journal, when it is written, torn, damaged or grown, then what was promised is there.

use super::super::testing::Folder;
use super::*;
use landfall_engine::client::SavedCommand;
use landfall_engine::protocol::CommandText;

fn id(number: u64) -> CommandId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    CommandId(bytes)
}

fn row(number: u64, text: &str) -> OutboxRow {
    let command = Some(CommandText(format!("{{\"type\":\"say\",\"version\":1,\"body\":\"{text}\"}}")));
    OutboxRow { key: id(number), commands: vec![SavedCommand { id: id(number), after: None, issued: TimeMs(1), at: TimeMs(2), command }] }
}

fn put(number: u64) -> Save {
    Save { outbox_put: vec![row(number, "hello")], ..Save::default() }
}

fn done(number: u64) -> Save {
    Save { outbox_delete: vec![id(number)], ..Save::default() }
}

fn imported(fingerprint: u64) -> Imported {
    Imported { fingerprint, at: TimeMs(5), commands: 3 }
}

fn keys(content: &Content) -> Vec<CommandId> {
    content.outbox.iter().map(|row| row.key).collect()
}

fn open(folder: &Folder) -> (Journal, Content) {
    Journal::open(folder.path().join("outbox.jsonl")).unwrap()
}

#[test]
fn what_was_saved_is_there_in_its_order() {
    let folder = Folder::new("journal-order");
    let (mut journal, empty) = open(&folder);
    assert!(empty.outbox.is_empty() && empty.inbox.is_empty());
    for number in [3, 1, 2] {
        journal.save(&put(number)).unwrap();
    }
    journal.save(&done(1)).unwrap();
    journal.save(&Save { outbox_put: vec![row(3, "rewritten")], ..Save::default() }).unwrap();
    let rejected = InboxRow { id: id(1), text: "{}".into() };
    journal.save(&Save { inbox_put: vec![rejected.clone()], ..Save::default() }).unwrap();
    drop(journal);
    let (_, content) = open(&folder);
    assert_eq!(content.outbox, [row(3, "rewritten"), row(2, "hello")]);
    assert_eq!(content.inbox, [rejected]);
}

#[test]
fn what_is_put_together_is_there_whole_or_not_at_all() {
    let folder = Folder::new("journal-together");
    let (mut journal, _) = open(&folder);
    journal.begin(imported(9));
    journal.save(&put(1)).unwrap();
    journal.save(&put(2)).unwrap();
    let (_, before) = open(&folder);
    assert!(before.outbox.is_empty() && before.imports.is_empty());
    journal.commit().unwrap();
    let (_, after) = open(&folder);
    assert_eq!(keys(&after), [id(1), id(2)]);
    assert_eq!(after.imports, [imported(9)]);
}

#[test]
fn a_line_that_a_power_cut_tore_is_set_aside() {
    let folder = Folder::new("journal-torn");
    let (mut journal, _) = open(&folder);
    journal.save(&put(1)).unwrap();
    let whole = fs::metadata(&journal.path).unwrap().len();
    journal.save(&put(2)).unwrap();
    let path = journal.path.clone();
    let all = fs::read(&path).unwrap();
    drop(journal);
    for cut in whole..all.len() as u64 {
        fs::write(&path, &all[..cut as usize]).unwrap();
        let (mut journal, content) = open(&folder);
        assert_eq!(keys(&content), [id(1)], "cut at {cut}");
        journal.save(&put(3)).unwrap();
        drop(journal);
        assert_eq!(keys(&open(&folder).1), [id(1), id(3)], "cut at {cut}");
    }
    assert!(path.with_extension("torn").exists());
}

#[test]
fn damage_in_the_middle_changes_nothing_and_says_where() {
    let folder = Folder::new("journal-damage");
    let (mut journal, _) = open(&folder);
    journal.save(&put(1)).unwrap();
    journal.save(&put(2)).unwrap();
    let path = journal.path.clone();
    drop(journal);
    let mut bytes = fs::read(&path).unwrap();
    bytes[40] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let why = format!("{:#}", Journal::open(path.clone()).unwrap_err());
    assert!(why.contains("byte 0"), "{why}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn what_is_over_takes_no_space_for_long() {
    let folder = Folder::new("journal-compact");
    let (mut journal, _) = open(&folder);
    journal.begin(imported(1));
    journal.commit().unwrap();
    journal.save(&put(0)).unwrap();
    let large = "x".repeat(60_000);
    for number in 1..200 {
        journal.save(&Save { outbox_put: vec![row(number, &large)], ..Save::default() }).unwrap();
        journal.save(&done(number)).unwrap();
        assert!(fs::metadata(&journal.path).unwrap().len() < 2 * WORTHWHILE_BYTES);
    }
    drop(journal);
    let (_, content) = open(&folder);
    assert_eq!(keys(&content), [id(0)]);
    assert_eq!(content.imports, [imported(1)]);
}

#[test]
fn when_nothing_waits_any_more_nothing_takes_space() {
    let folder = Folder::new("journal-empty");
    let (mut journal, _) = open(&folder);
    let large = "x".repeat(60_000);
    journal.begin(imported(1));
    for number in 0..100 {
        journal.save(&Save { outbox_put: vec![row(number, &large)], ..Save::default() }).unwrap();
    }
    journal.commit().unwrap();
    for number in 0..100 {
        journal.save(&done(number)).unwrap();
    }
    assert!(fs::metadata(&journal.path).unwrap().len() < 1_000);
}

#[test]
fn a_file_of_another_version_is_left_alone() {
    let folder = Folder::new("journal-version");
    let path = folder.path().join("outbox.jsonl");
    fs::write(&path, line_of(&Entry { version: VERSION + 1, changes: Vec::new() })).unwrap();
    let why = format!("{:#}", Journal::open(path).unwrap_err());
    assert!(why.contains("please update"), "{why}");
}
