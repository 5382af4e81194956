//! What every store must do with snapshots, which are a cache.

use super::{at, new_log};
use landfall_server::store::{LogStore, SNAPSHOT_PIECE_BYTES, SnapshotExtent, StoredSnapshot};

pub async fn a_snapshot_under_another_key_is_a_miss(store: &dyn LogStore) {
    let log = new_log(store).await;
    assert_eq!(store.snapshot(log, 1).await, Ok(None));
    let snapshot = |position| StoredSnapshot { cursor: at(1, position), body: vec![0, 255, 3] };
    store.save_snapshot(log, 1, snapshot(5)).await.unwrap();
    assert_eq!(store.snapshot(log, 1).await, Ok(Some(snapshot(5))));
    assert_eq!(store.snapshot(log, 2).await, Ok(None));
    store.save_snapshot(log, 2, snapshot(9)).await.unwrap();
    assert_eq!(store.snapshot(log, 2).await, Ok(Some(snapshot(9))));
    assert_eq!(store.snapshot(log, 1).await, Ok(None));
}

pub async fn a_snapshot_is_read_in_pieces_and_the_one_before_can_be_read_to_its_end(store: &dyn LogStore) {
    let log = new_log(store).await;
    assert_eq!(store.snapshot_extent(log, 1).await, Ok(None));
    let snapshot = |position, size: usize| StoredSnapshot {
        cursor: at(1, position),
        body: (0..size).map(|byte| (byte as u64 * position % 251) as u8).collect(),
    };
    let read = async |kept: &StoredSnapshot| {
        let mut body = Vec::new();
        for number in 0.. {
            let Some(piece) = store.snapshot_piece(log, 1, kept.cursor, number).await.unwrap() else { break };
            assert!(piece.len() == SNAPSHOT_PIECE_BYTES || body.len() + piece.len() == kept.body.len(), "only the last may be shorter");
            body.extend(piece);
        }
        body
    };
    let kept = [(5, 3 * SNAPSHOT_PIECE_BYTES), (7, 2 * SNAPSHOT_PIECE_BYTES + 1), (9, 10)].map(|(position, size)| snapshot(position, size));
    for (saved, newest) in kept.iter().enumerate() {
        store.save_snapshot(log, 1, newest.clone()).await.unwrap();
        let extent = SnapshotExtent { cursor: newest.cursor, bytes: newest.body.len() as u64 };
        assert_eq!(store.snapshot_extent(log, 1).await, Ok(Some(extent)));
        assert_eq!(store.snapshot(log, 1).await.as_ref(), Ok(&Some(newest.clone())));
        let readable: Vec<bool> = kept.iter().map(|kept| kept.cursor).map(|cursor| cursor <= newest.cursor).collect();
        for (number, kept) in kept.iter().enumerate() {
            let expected: &[u8] = if readable[number] && number + 1 >= saved { &kept.body } else { &[] };
            assert_eq!(read(kept).await, expected, "{number} after {saved}");
        }
    }
    // Written anew where it was, as after one that was wrong.
    let other = StoredSnapshot { body: vec![1, 2], ..kept[2].clone() };
    store.save_snapshot(log, 1, other.clone()).await.unwrap();
    assert_eq!((read(&other).await, read(&kept[1]).await), (vec![1, 2], kept[1].body.clone()));
    // A server that is behind keeps an older one: the newest stays the newest.
    store.save_snapshot(log, 1, snapshot(8, 20)).await.unwrap();
    assert_eq!(store.snapshot(log, 1).await, Ok(Some(other)));
}
