//! What every store must do with records that were archived: everything as before, for ever.

use super::{PAGE, SUBJECT, at, bodies, body, new_log, read, records, sealed};
use futures::future::join;
use landfall_engine::{CommandId, LogId, Position, Seal};
use landfall_server::archive::Piece;
use landfall_server::host::random;
use landfall_server::store::{AppendError, ArchiveExtent, LogStore, PageLimit, StoredRecord, StoredRow};
use std::collections::BTreeSet;

/// Archives the records after one position up to another.
async fn archive(store: &dyn LogStore, log: LogId, after: Position, last: Position) {
    store.archive(log, piece(store, log, after, last).await).await.unwrap();
}

async fn piece(store: &dyn LogStore, log: LogId, after: Position, last: Position) -> Piece {
    let mut rows = store.rows(log, after, PAGE).await.unwrap().rows;
    rows.retain(|row| row.position <= last.cast_signed());
    Piece::pack(&rows).unwrap().unwrap()
}

/// A log of ten records, of which the first seven are archived, in two pieces.
async fn archived_log(store: &dyn LogStore) -> (LogId, Vec<StoredRecord>) {
    let log = new_log(store).await;
    let mut batch = records(0, 10);
    for position in [1, 3, 4, 8] {
        batch[position].subject = Some(SUBJECT);
    }
    batch[2].command_text = None;
    batch[5].fingerprint = u64::MAX;
    // The first two are from before there were seals.
    let batch = [batch[..2].to_vec(), sealed(batch.split_off(2), Seal::NONE)].concat();
    store.append(log, at(1, 0), batch[..2].to_vec()).await.unwrap();
    store.append(log, at(1, 2), batch[2..].to_vec()).await.unwrap();
    archive(store, log, 0, 4).await;
    archive(store, log, 4, 7).await;
    (log, batch)
}

/// So many records after those ten.
fn next(batch: &[StoredRecord], count: Position) -> Vec<StoredRecord> {
    sealed(records(10, count), batch[9].seal())
}

pub async fn archived_records_are_read_as_before(store: &dyn LogStore) {
    let (log, batch) = archived_log(store).await;
    let size = |records: &[StoredRecord]| {
        records.iter().map(|record| record.body.len() + record.command_text.as_deref().map_or(0, str::len)).sum::<usize>()
    };
    assert_eq!(store.size_bytes(log).await, Ok(size(&batch[7..]) as u64), "the table of records is small");
    let ArchiveExtent { last, pieces, bytes } = store.archived(log).await.unwrap();
    assert_eq!((last, pieces, bytes > 100), (7, 2, true));
    let layout = store.archive_layout(log).await.unwrap();
    assert_eq!((layout.pieces.len(), layout.pieces.last().map(|(_, last)| *last), layout.table_from), (2, Some(7), Some(8)));
    assert_eq!(layout.pieces[1].0, layout.pieces[0].1 + 1);
    assert_eq!(store.head(log).await, Ok(Some(at(1, 10))));
    let limits = [PAGE, PageLimit { records: 2, ..PAGE }, PageLimit { bytes: 1, ..PAGE }, PageLimit { bytes: body(1).len() + 1, ..PAGE }];
    for (limit, after) in limits.into_iter().flat_map(|limit| (0..10).map(move |after| (limit, after))) {
        let page = store.read(log, after, limit).await.unwrap();
        let count = page.rows.len() as Position;
        assert!(count > 0 && count <= limit.records as Position);
        assert_eq!(bodies(&page), (after + 1..=after + count).map(body).collect::<Vec<_>>());
        assert_eq!((page.end, page.head), (after + count == 10, at(1, 10)), "{count} after {after}");
        for (row, record) in page.rows.iter().zip(&batch[after as usize..]) {
            assert_eq!((row.position, row.fingerprint, row.seal), (record.position, record.fingerprint, record.seal()));
        }
        let before = after.checked_sub(1).map_or(Seal::NONE, |index| batch[index as usize].seal());
        assert_eq!((page.before, store.seal(log, after).await), (Some(before), Ok(Some(before))), "the chain goes on in the archive");
        let page = store.rows(log, after, limit).await.unwrap();
        let count = page.rows.len();
        assert!(count > 0 && count <= limit.records && page.head == at(1, 10));
        let expected: Vec<StoredRow> = batch[after as usize..][..count].iter().map(Into::into).collect();
        assert_eq!(page.rows, expected, "whole, as they were");
    }
    for beyond in [10, 11, Position::MAX] {
        assert!(store.read(log, beyond, PAGE).await.unwrap().rows.is_empty());
        assert!(store.rows(log, beyond, PAGE).await.unwrap().rows.is_empty());
    }
    let mut found = store.find(log, batch.iter().map(|record| record.command).chain([CommandId(random())]).collect()).await.unwrap();
    found.sort_by_key(|found| found.position);
    let found: Vec<_> = found.iter().map(|found| (found.command, found.position, found.fingerprint)).collect();
    assert_eq!(found, batch.iter().map(|record| (record.command, record.position, record.fingerprint)).collect::<Vec<_>>());

    // All of it, and then it goes on.
    archive(store, log, 7, 10).await;
    assert_eq!((store.size_bytes(log).await, store.archived(log).await.unwrap().last), (Ok(0), 10));
    assert_eq!(store.archive_layout(log).await.unwrap().table_from, None, "the table of records has none");
    assert_eq!(store.recorded(None).await, Ok(Some(log)), "there are records of it");
    let page = store.read(log, 9, PAGE).await.unwrap();
    assert_eq!((bodies(&page), page.end), (vec![body(10)], true));
    assert_eq!(store.seal(log, 11).await, Ok(None));
    store.append(log, at(1, 10), next(&batch, 2)).await.unwrap();
    assert_eq!(store.read(log, 10, PAGE).await.unwrap().before, Some(batch[9].seal()));
    assert_eq!(read(store, log, 10).await, [body(11), body(12)]);
    let other = new_log(store).await;
    assert_eq!(store.archived(other).await, Ok(ArchiveExtent::default()), "logs do not know of each other");
    store.append(other, at(1, 0), records(0, 1)).await.unwrap();
    assert_eq!(read(store, other, 0).await, [body(1)]);
}

pub async fn a_command_whose_record_is_archived_has_one_record_for_ever(store: &dyn LogStore) {
    let (log, batch) = archived_log(store).await;
    for old in [0, 6, 7] {
        let mut again = next(&batch, 3);
        again[1].command = batch[old].command;
        assert_eq!(store.append(log, at(1, 10), again).await, Err(AppendError::AlreadyRecorded), "that of record {}", old + 1);
        assert_eq!(store.head(log).await, Ok(Some(at(1, 10))), "a batch is refused whole");
    }
    store.append(log, at(1, 10), next(&batch, 1)).await.unwrap();
    let other = new_log(store).await;
    store.append(other, at(1, 0), batch[..1].to_vec()).await.unwrap();
}

pub async fn an_archive_has_no_gap_and_holds_only_what_was_recorded(store: &dyn LogStore) {
    let log = new_log(store).await;
    store.append(log, at(1, 0), records(0, 6)).await.unwrap();
    let mut beyond: Vec<StoredRow> = records(0, 8).iter().map(Into::into).collect();
    for refused in
        [piece(store, log, 1, 3).await, Piece::pack(&beyond).unwrap().unwrap(), Piece::pack(&beyond.split_off(6)).unwrap().unwrap()]
    {
        let (first, last) = (refused.first, refused.last);
        assert!(store.archive(log, refused).await.is_err(), "{first} to {last}");
        assert_eq!(store.archived(log).await, Ok(ArchiveExtent::default()), "nothing is moved");
        assert_eq!(read(store, log, 0).await.len(), 6);
    }
    let first = piece(store, log, 0, 3).await;
    store.archive(log, first.clone()).await.unwrap();
    assert!(store.archive(log, first.clone()).await.is_err(), "it is there already");
    assert_eq!(store.archive_piece(log, 2).await, Ok(Some(first)));
    assert_eq!(store.archive_piece(log, 4).await, Ok(None));
    assert_eq!(read(store, log, 3).await.len(), 3);
    assert!(store.archive(LogId(random()), piece(store, log, 3, 4).await).await.is_err(), "there is no such log");
}

pub async fn records_about_something_are_read_on_into_the_archive(store: &dyn LogStore) {
    let (log, _) = archived_log(store).await;
    let about = |before, limit| store.read_subject(log, SUBJECT, before, limit);
    for (before, records, expected, end) in [
        (Position::MAX, 100, vec![9, 5, 4, 2], true),
        (Position::MAX, 4, vec![9, 5, 4, 2], true),
        (Position::MAX, 1, vec![9], false),
        (Position::MAX, 2, vec![9, 5], false),
        (9, 2, vec![5, 4], false),
        (4, 2, vec![2], true),
        (2, 2, vec![], true),
    ] {
        let page = about(before, PageLimit { records, ..PAGE }).await.unwrap();
        assert_eq!((bodies(&page), page.end), (expected.into_iter().map(body).collect(), end), "{records} before {before}");
    }
    let page = about(Position::MAX, PageLimit { bytes: 1, ..PAGE }).await.unwrap();
    assert_eq!((bodies(&page), page.end), (vec![body(9)], false), "closed by its bytes");
    let page = about(9, PageLimit { bytes: 1, ..PAGE }).await.unwrap();
    assert_eq!((bodies(&page), page.end), (vec![body(5)], false));

    // In more pieces than are unpacked for one page: it is closed early, and goes on.
    let log = new_log(store).await;
    let batch = records(0, 20).into_iter().map(|record| StoredRecord { subject: Some(SUBJECT), ..record }).collect();
    store.append(log, at(1, 0), batch).await.unwrap();
    for after in 0..20 {
        archive(store, log, after, after + 1).await;
    }
    let (mut before, mut read) = (Position::MAX, Vec::new());
    loop {
        let page = store.read_subject(log, SUBJECT, before, PAGE).await.unwrap();
        assert!(!page.rows.is_empty() || page.end);
        read.extend(page.rows.iter().map(|row| row.position));
        before = page.rows.last().map_or(0, |row| row.position);
        if page.end {
            break;
        }
    }
    assert_eq!(read, (1..=20).rev().collect::<Vec<_>>());
}

pub async fn records_are_archived_while_others_append_and_read(store: &dyn LogStore) {
    const ALL: Position = 300;
    let log = new_log(store).await;
    let appending = async {
        let mut old = Vec::new();
        for head in (0..ALL).step_by(20) {
            let batch = records(head, 20);
            old.extend(batch.iter().map(|record| record.command));
            store.append(log, at(1, head), batch).await.unwrap();
            let again = StoredRecord { command: old[head as usize / 2], ..records(head + 20, 1)[0].clone() };
            assert_eq!(store.append(log, at(1, head + 20), vec![again]).await, Err(AppendError::AlreadyRecorded));
            let found: BTreeSet<CommandId> = store.find(log, old.clone()).await.unwrap().iter().map(|found| found.command).collect();
            assert_eq!(found.len(), old.len(), "each is found, wherever it is");
        }
    };
    let archiving = async {
        let mut to = 0;
        while to < ALL {
            let rows = store.rows(log, to, PageLimit { records: 30, ..PAGE }).await.unwrap().rows;
            if let Some(piece) = Piece::pack(&rows).unwrap() {
                to = piece.last;
                store.archive(log, piece).await.unwrap();
            }
            let mut read_so_far = Vec::new();
            let head = store.head(log).await.unwrap().unwrap().position;
            while (read_so_far.len() as Position) < head {
                let page = read(store, log, read_so_far.len() as Position).await;
                assert!(!page.is_empty(), "a page is never empty while there are more");
                read_so_far.extend(page);
            }
            assert_eq!(read_so_far, (1..=read_so_far.len() as Position).map(body).collect::<Vec<_>>(), "no hole at any moment");
        }
    };
    join(appending, archiving).await;
    assert_eq!((store.archived(log).await.unwrap().last, store.size_bytes(log).await), (ALL, Ok(0)));
}
