//! The SQLite store's snapshots.

use super::super::asked::{to_bigint, unavailable};
use super::super::snapshots::{EXTENT, FORGET, PIECE, SNAPSHOT_PIECE_BYTES, SnapshotExtent, WHOLE, extent, whole};
use super::super::{StoreError, StoredSnapshot};
use super::begin;
use crate::database::Database;
use landfall_engine::{Cursor, LogId};

pub(super) async fn read(database: &Database, log: LogId, fold_key: u32) -> Result<Option<StoredSnapshot>, StoreError> {
    let query = sqlx::query_as(WHOLE).bind(log.to_string()).bind(i64::from(fold_key));
    whole(query.fetch_all(database.readers()).await.map_err(unavailable)?)
}

pub(super) async fn read_extent(database: &Database, log: LogId, fold_key: u32) -> Result<Option<SnapshotExtent>, StoreError> {
    let query = sqlx::query_as(EXTENT).bind(log.to_string()).bind(i64::from(fold_key));
    query.fetch_optional(database.readers()).await.map_err(unavailable)?.map(extent).transpose()
}

pub(super) async fn read_piece(
    database: &Database,
    log: LogId,
    fold_key: u32,
    cursor: Cursor,
    number: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let query = sqlx::query_scalar(PIECE).bind(log.to_string()).bind(i64::from(fold_key)).bind(to_bigint(cursor.epoch));
    let query = query.bind(to_bigint(cursor.position)).bind(to_bigint(number));
    query.fetch_optional(database.readers()).await.map_err(unavailable)
}

pub(super) async fn save(database: &Database, log: LogId, fold_key: u32, snapshot: StoredSnapshot) -> Result<(), StoreError> {
    let (log, fold_key) = (log.to_string(), i64::from(fold_key));
    let (epoch, position) = (to_bigint(snapshot.cursor.epoch), to_bigint(snapshot.cursor.position));
    let mut transaction = begin(database.writer()).await.map_err(unavailable)?;
    let forget = sqlx::query(FORGET).bind(&log).bind(fold_key).bind(epoch).bind(position);
    forget.execute(&mut *transaction).await.map_err(unavailable)?;
    for (number, piece) in snapshot.body.chunks(SNAPSHOT_PIECE_BYTES).enumerate() {
        let keep = "INSERT INTO snapshot_piece (log, fold_key, epoch, position, number, body) VALUES ($1, $2, $3, $4, $5, $6)";
        let keep = sqlx::query(keep).bind(&log).bind(fold_key).bind(epoch).bind(position).bind(to_bigint(number as u64)).bind(piece);
        keep.execute(&mut *transaction).await.map_err(unavailable)?;
    }
    transaction.commit().await.map_err(unavailable)
}
