//! The SQLite store's archives.

use super::super::archive::{
    Archive, ArchiveExtent, ArchiveLayout, EXTENT, KEEP, LAYOUT, PIECE, REMOVE, ensure_all, extent, layout, piece,
};
use super::super::asked::{to_bigint, unavailable, unsigned};
use super::super::{StoreError, Subject};
use super::begin;
use crate::archive::Piece;
use crate::database::Database;
use futures::future::{BoxFuture, FutureExt};
use landfall_engine::{LogId, Position};

/// What is asked of an archived record without reading it.
const LIST: &str = "INSERT INTO archived_record (log, command, position, fingerprint, subject) \
     SELECT log, unhex(replace(command, '-', '')), position, fingerprint, unhex(replace(subject, '-', '')) FROM record \
     WHERE log = $1 AND position >= $2 AND position <= $3";

impl Archive for Database {
    fn piece(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Piece>, StoreError>> {
        async move {
            let query = sqlx::query_as(PIECE).bind(log.to_string()).bind(to_bigint(position));
            query.fetch_optional(self.readers()).await.map_err(unavailable)?.map(piece).transpose()
        }
        .boxed()
    }

    fn about(&self, log: LogId, subject: Subject, before: Position, count: usize) -> BoxFuture<'_, Result<Vec<Position>, StoreError>> {
        async move {
            let statement = "SELECT position FROM archived_record WHERE log = $1 AND subject = $2 AND position < $3 \
                 ORDER BY position DESC LIMIT $4";
            let query = sqlx::query_scalar(statement).bind(log.to_string()).bind(subject.to_vec()).bind(to_bigint(before));
            let positions: Vec<i64> = query.bind(to_bigint(count as u64)).fetch_all(self.readers()).await.map_err(unavailable)?;
            positions.into_iter().map(unsigned).collect()
        }
        .boxed()
    }
}

pub(super) async fn read_extent(database: &Database, log: LogId) -> Result<ArchiveExtent, StoreError> {
    let query = sqlx::query_as(EXTENT).bind(log.to_string());
    extent(query.fetch_one(database.readers()).await.map_err(unavailable)?)
}

pub(super) async fn read_layout(database: &Database, log: LogId) -> Result<ArchiveLayout, StoreError> {
    let query = sqlx::query_as(LAYOUT).bind(log.to_string());
    layout(query.fetch_all(database.readers()).await.map_err(unavailable)?)
}

/// One transaction: at each moment a record is in one place, and in one only.
pub(super) async fn keep(database: &Database, log: LogId, piece: Piece) -> Result<(), StoreError> {
    let (log, first, last) = (log.to_string(), to_bigint(piece.first), to_bigint(piece.last));
    let mut transaction = begin(database.writer()).await.map_err(unavailable)?;
    let keep = sqlx::query(KEEP).bind(&log).bind(first).bind(last).bind(&piece.sha256).bind(&piece.body);
    keep.execute(&mut *transaction).await.map_err(unavailable)?;
    let list = sqlx::query(LIST).bind(&log).bind(first).bind(last);
    let listed = list.execute(&mut *transaction).await.map_err(unavailable)?.rows_affected();
    let remove = sqlx::query(REMOVE).bind(&log).bind(first).bind(last);
    let removed = remove.execute(&mut *transaction).await.map_err(unavailable)?.rows_affected();
    ensure_all(&piece, listed, removed)?;
    transaction.commit().await.map_err(unavailable)
}
