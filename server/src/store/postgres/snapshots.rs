//! The PostgreSQL store's snapshots: of one log for all servers.

use super::super::asked::{to_bigint, unavailable};
use super::super::snapshots::{EXTENT, FORGET, PIECE, SNAPSHOT_PIECE_BYTES, SnapshotExtent, WHOLE, extent, whole};
use super::super::{StoreError, StoredSnapshot};
use crate::postgres::Postgres;
use landfall_engine::{Cursor, LogId};

pub(super) async fn read(database: &Postgres, log: LogId, fold_key: u32) -> Result<Option<StoredSnapshot>, StoreError> {
    let query = sqlx::query_as(WHOLE).bind(log.to_string()).bind(i64::from(fold_key));
    whole(query.fetch_all(database.pool()).await.map_err(unavailable)?)
}

pub(super) async fn read_extent(database: &Postgres, log: LogId, fold_key: u32) -> Result<Option<SnapshotExtent>, StoreError> {
    let query = sqlx::query_as(EXTENT).bind(log.to_string()).bind(i64::from(fold_key));
    query.fetch_optional(database.pool()).await.map_err(unavailable)?.map(extent).transpose()
}

pub(super) async fn read_piece(
    database: &Postgres,
    log: LogId,
    fold_key: u32,
    cursor: Cursor,
    number: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let query = sqlx::query_scalar(PIECE).bind(log.to_string()).bind(i64::from(fold_key)).bind(to_bigint(cursor.epoch));
    let query = query.bind(to_bigint(cursor.position)).bind(to_bigint(number));
    query.fetch_optional(database.pool()).await.map_err(unavailable)
}

pub(super) async fn save(database: &Postgres, log: LogId, fold_key: u32, snapshot: StoredSnapshot) -> Result<(), StoreError> {
    let (log, fold_key) = (log.to_string(), i64::from(fold_key));
    let (epoch, position) = (to_bigint(snapshot.cursor.epoch), to_bigint(snapshot.cursor.position));
    let mut transaction = database.pool().begin().await.map_err(unavailable)?;
    // Two processes may keep one at the same time: each waits for the other.
    let lock = sqlx::query("SELECT 1 FROM log_head WHERE log = $1 FOR NO KEY UPDATE").bind(&log);
    lock.execute(&mut *transaction).await.map_err(unavailable)?;
    let forget = sqlx::query(FORGET).bind(&log).bind(fold_key).bind(epoch).bind(position);
    forget.execute(&mut *transaction).await.map_err(unavailable)?;
    let keep = "INSERT INTO snapshot_piece (log, fold_key, epoch, position, number, body) \
         SELECT $1, $2, $3, $4, given.number - 1, given.body FROM UNNEST($5::BYTEA[]) WITH ORDINALITY AS given (body, number)";
    let pieces: Vec<&[u8]> = snapshot.body.chunks(SNAPSHOT_PIECE_BYTES).collect();
    let keep = sqlx::query(keep).bind(&log).bind(fold_key).bind(epoch).bind(position).bind(pieces);
    keep.execute(&mut *transaction).await.map_err(unavailable)?;
    transaction.commit().await.map_err(unavailable)
}
