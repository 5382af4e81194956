//! Logs in PostgreSQL: any process may append, and the row of a log's head decides who was first.

mod archive;
mod snapshots;
mod turns;

use super::archive::{self as layered, Archive};
use super::asked::{
    self, after_log, cursor, do_follow, ends, found, log_head, log_id, one_more, page, row_page, seal_of, sealed_head, subject_text,
    to_bigint, unavailable, unsigned,
};
use super::{
    AppendError, ArchiveExtent, ArchiveLayout, FoundRecord, LogStore, Page, PageLimit, RowPage, SealedHead, SnapshotExtent, StoreError,
    StoredRecord, StoredSnapshot, Subject,
};
use crate::archive::Piece;
use crate::postgres::Postgres;
use futures::future::{BoxFuture, FutureExt};
use landfall_engine::{CommandId, Cursor, Epoch, LogId, Position, Seal};
use sqlx::PgConnection;
use std::time::Duration;
use tokio::time::timeout;
use turns::{TURN, Turns};

/// The head moves only if it is where it was expected and it is nobody else's turn, and the records go in only if it moved: one statement, and
/// so one transaction and one round trip. Of two that expect the same head the second waits for the first's commit, and then finds the head elsewhere.
const APPEND: &str = "WITH moved AS (UPDATE log_head SET head = head + $4, seal = $15, turn_of = NULL, turn_until = NULL \
     WHERE log = $1 AND head = $2 AND epoch = $3 AND seal = $14 \
     AND (turn_until IS NULL OR turn_of = $17 OR turn_until < clock_timestamp()) RETURNING log) \
     INSERT INTO record (log, position, command, actor, device, at, fingerprint, subject, body, command_text, seal) \
     SELECT moved.log, given.* FROM moved, UNNEST($5::BIGINT[], $6::TEXT[], $7::TEXT[], $8::TEXT[], $9::BIGINT[], $10::BIGINT[], \
     $11::TEXT[], $12::TEXT[], $13::TEXT[], $16::BYTEA[]) AS given";

/// How long a look at heads may take: a database that is cut off says nothing at all, and nobody else would notice.
const HEADS_PATIENCE: Duration = Duration::from_secs(1);
/// The same for an append, which the database ends sooner itself if it hears of it (`statement_timeout`).
const APPEND_PATIENCE: Duration = Duration::from_secs(40);

/// A head, and what stands at a position, if anything does.
const HEAD_AND_SEAL: &str = "SELECT log_head.epoch, log_head.head, record.position, record.seal FROM log_head \
     LEFT JOIN record ON record.log = log_head.log AND record.position = $2 WHERE log_head.log = $1";

/// Epoch and head; and the position that was asked about, if its record is there, with its seal.
type HeadAndSeal = (i64, i64, Option<i64>, Option<Vec<u8>>);

/// The PostgreSQL store. Commits that come at the same time share the database's writes to its disk, each on a connection of its own.
pub struct PostgresStore {
    database: Postgres,
    turns: Turns,
}

impl PostgresStore {
    /// Keeps logs in this database, or reads them in one that was opened for that.
    pub fn new(database: Postgres) -> Self {
        Self { database, turns: Turns::of(TURN) }
    }

    /// The same, and whoever takes a turn here has it for so long.
    pub fn with_turns_of(self, lasts: Duration) -> Self {
        Self { turns: Turns::of(lasts), ..self }
    }

    /// Both in one round trip: a writer that has lost a race reads the tail, and each further answer that it waits for lets it lose again.
    async fn read_head_and_seal(&self, log: LogId, position: Position) -> Result<Option<(Cursor, Option<Seal>)>, StoreError> {
        let query = sqlx::query_as(HEAD_AND_SEAL).bind(log.to_string()).bind(to_bigint(position));
        let row: Option<HeadAndSeal> = query.fetch_optional(self.database.pool()).await.map_err(unavailable)?;
        let Some((epoch, head, found, seal)) = row else { return Ok(None) };
        let seal = if position == 0 { Some(Seal::NONE) } else { found.map(|_| seal_of(seal)).transpose()? };
        Ok(Some((cursor(epoch, head)?, seal)))
    }

    async fn read_head(&self, log: LogId) -> Result<Option<Cursor>, StoreError> {
        let query = sqlx::query_as(asked::HEAD).bind(log.to_string());
        let row: Option<(i64, i64)> = query.fetch_optional(self.database.pool()).await.map_err(unavailable)?;
        row.map(|(epoch, head)| cursor(epoch, head)).transpose()
    }

    /// The seal behind a record that is not archived.
    async fn seal_in_table(&self, log: LogId, position: Position) -> Result<Option<Seal>, StoreError> {
        if position == 0 {
            return Ok(Some(Seal::NONE));
        }
        let query = sqlx::query_scalar(asked::SEAL).bind(log.to_string()).bind(to_bigint(position));
        let seal: Option<Option<Vec<u8>>> = query.fetch_optional(self.database.pool()).await.map_err(unavailable)?;
        seal.map(seal_of).transpose()
    }
}

impl LogStore for PostgresStore {
    fn create(&self, log: LogId) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            sqlx::query(asked::CREATE).bind(log.to_string()).execute(self.database.pool()).await.map_err(unavailable)?;
            Ok(())
        }
        .boxed()
    }

    fn head(&self, log: LogId) -> BoxFuture<'_, Result<Option<Cursor>, StoreError>> {
        self.read_head(log).boxed()
    }

    fn heads(&self, logs: Vec<LogId>) -> BoxFuture<'_, Result<Vec<SealedHead>, StoreError>> {
        async move {
            let logs: Vec<String> = logs.iter().map(LogId::to_string).collect();
            let silent = |_| StoreError::Unavailable("the database does not answer".into());
            let acquired = timeout(HEADS_PATIENCE, self.database.pool().acquire()).await.map_err(silent)?;
            let mut connection = acquired.map_err(unavailable)?;
            let query = sqlx::query_as("SELECT log, epoch, head, seal FROM log_head WHERE log = ANY($1)").bind(logs);
            let Ok(rows) = timeout(HEADS_PATIENCE, query.fetch_all(&mut *connection)).await else {
                // Back among the others it would be waited for again.
                connection.close_on_drop();
                return Err(StoreError::Unavailable("the database does not answer".into()));
            };
            let rows: Vec<(String, i64, i64, Vec<u8>)> = rows.map_err(unavailable)?;
            rows.into_iter().map(sealed_head).collect()
        }
        .boxed()
    }

    fn logs(&self, after: Option<LogId>, logs_max: usize) -> BoxFuture<'_, Result<Vec<(LogId, Cursor)>, StoreError>> {
        async move {
            let query = sqlx::query_as(asked::LOGS).bind(after_log(after)).bind(to_bigint(logs_max as u64));
            let rows: Vec<(String, i64, i64)> = query.fetch_all(self.database.pool()).await.map_err(unavailable)?;
            rows.into_iter().map(log_head).collect()
        }
        .boxed()
    }

    fn recorded(&self, after: Option<LogId>) -> BoxFuture<'_, Result<Option<LogId>, StoreError>> {
        async move {
            let query = sqlx::query_scalar(asked::RECORDED).bind(after_log(after));
            let log: Option<String> = query.fetch_one(self.database.pool()).await.map_err(unavailable)?;
            log.as_deref().map(log_id).transpose()
        }
        .boxed()
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn seal(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Seal>, StoreError>> {
        async move {
            let seal = self.seal_in_table(log, position).await?;
            if seal.is_some() { Ok(seal) } else { layered::seal(&self.database, log, position).await }
        }
        .boxed()
    }

    fn append(&self, log: LogId, expected: Cursor, records: Vec<StoredRecord>) -> BoxFuture<'_, Result<(), AppendError>> {
        async move {
            if !do_follow(expected, &records) {
                return Err(AppendError::Unavailable("the positions do not follow the head".into()));
            }
            let acquired = self.database.pool().acquire().await;
            let mut connection = acquired.map_err(|error| AppendError::Unavailable(error.to_string()))?;
            let Ok(inserted) = timeout(APPEND_PATIENCE, insert(&mut connection, log, expected, &records, self.turns.writer())).await else {
                connection.close_on_drop();
                return Err(AppendError::UnknownOutcome("the database does not answer".into()));
            };
            match inserted {
                Ok(written) if written == records.len() as u64 => {
                    self.turns.won(log);
                    Ok(())
                }
                Ok(_) => {
                    drop(connection);
                    // Without a turn it is a race once more.
                    if let Err(error) = self.turns.lost(log, &self.database).await {
                        tracing::debug!(%error, "no turn was taken");
                    }
                    Err(AppendError::HeadMoved)
                }
                Err(error) => Err(failure(&error)),
            }
        }
        .boxed()
    }

    fn read(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        async move {
            let (head, before) = self.read_head_and_seal(log, after).await?.ok_or(StoreError::NoSuchLog)?;
            let query = sqlx::query_as(asked::READ).bind(log.to_string()).bind(to_bigint(after)).bind(to_bigint(head.position));
            let first = Some(after.saturating_add(1));
            let said = page(query.bind(one_more(limit)).fetch(self.database.pool()), before, head, limit, first).await?;
            layered::page(&self.database, log, after, limit, said).await
        }
        .boxed()
    }

    fn rows(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<RowPage, StoreError>> {
        async move {
            let head = self.read_head(log).await?.ok_or(StoreError::NoSuchLog)?;
            let query = sqlx::query_as(asked::ROWS).bind(log.to_string()).bind(to_bigint(after)).bind(to_bigint(limit.records as u64));
            let said = row_page(query.fetch(self.database.pool()), head, limit, after.saturating_add(1)).await?;
            layered::row_page(&self.database, log, after, limit, said).await
        }
        .boxed()
    }

    fn size_bytes(&self, log: LogId) -> BoxFuture<'_, Result<u64, StoreError>> {
        async move {
            let query = sqlx::query_scalar(asked::SIZE).bind(log.to_string());
            unsigned(query.fetch_one(self.database.pool()).await.map_err(unavailable)?)
        }
        .boxed()
    }

    fn read_subject(&self, log: LogId, subject: Subject, before: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        async move {
            let head = self.read_head(log).await?.ok_or(StoreError::NoSuchLog)?;
            let query = sqlx::query_as(asked::READ_SUBJECT).bind(log.to_string()).bind(subject_text(subject));
            let query = query.bind(to_bigint(before)).bind(to_bigint(head.position)).bind(one_more(limit));
            let said = page(query.fetch(self.database.pool()), None, head, limit, None).await?;
            layered::page_about(&self.database, log, subject, before, limit, said).await
        }
        .boxed()
    }

    fn find(&self, log: LogId, commands: Vec<CommandId>) -> BoxFuture<'_, Result<Vec<FoundRecord>, StoreError>> {
        async move {
            let ids: Vec<String> = commands.iter().map(CommandId::to_string).collect();
            let statement = "SELECT command, position, fingerprint FROM record WHERE log = $1 AND command = ANY($2) \
                             UNION ALL SELECT CAST(command AS TEXT), position, fingerprint FROM archived_record \
                             WHERE log = $1 AND command = ANY(CAST($2 AS UUID[]))";
            let query = sqlx::query_as(statement);
            let rows = query.bind(log.to_string()).bind(ids).fetch_all(self.database.pool()).await.map_err(unavailable)?;
            rows.into_iter().map(found).collect()
        }
        .boxed()
    }

    fn archive(&self, log: LogId, piece: Piece) -> BoxFuture<'_, Result<(), StoreError>> {
        archive::keep(&self.database, log, piece).boxed()
    }

    fn archived(&self, log: LogId) -> BoxFuture<'_, Result<ArchiveExtent, StoreError>> {
        archive::read_extent(&self.database, log).boxed()
    }

    fn archive_layout(&self, log: LogId) -> BoxFuture<'_, Result<ArchiveLayout, StoreError>> {
        archive::read_layout(&self.database, log).boxed()
    }

    fn archive_piece(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Piece>, StoreError>> {
        self.database.piece(log, position)
    }

    fn snapshot(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<StoredSnapshot>, StoreError>> {
        snapshots::read(&self.database, log, fold_key).boxed()
    }

    fn snapshot_extent(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<SnapshotExtent>, StoreError>> {
        snapshots::read_extent(&self.database, log, fold_key).boxed()
    }

    fn snapshot_piece(&self, log: LogId, fold_key: u32, cursor: Cursor, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        snapshots::read_piece(&self.database, log, fold_key, cursor, number).boxed()
    }

    fn save_snapshot(&self, log: LogId, fold_key: u32, snapshot: StoredSnapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        snapshots::save(&self.database, log, fold_key, snapshot).boxed()
    }

    fn begin_epoch(&self, log: LogId, at_least: Epoch) -> BoxFuture<'_, Result<Epoch, StoreError>> {
        async move {
            let query = sqlx::query_scalar(asked::BEGIN_EPOCH).bind(log.to_string()).bind(to_bigint(at_least));
            let epoch: Option<i64> = query.fetch_optional(self.database.pool()).await.map_err(unavailable)?;
            unsigned(epoch.ok_or(StoreError::NoSuchLog)?)
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.database.close().boxed()
    }
}

/// How many records were written: all, or none when the head was elsewhere or it was another's turn.
async fn insert(
    connection: &mut PgConnection,
    log: LogId,
    expected: Cursor,
    records: &[StoredRecord],
    writer: &str,
) -> Result<u64, sqlx::Error> {
    fn column<'r, T>(records: &'r [StoredRecord], of: impl Fn(&'r StoredRecord) -> T) -> Vec<T> {
        records.iter().map(of).collect()
    }
    let (before, seal) = ends(records);
    let written = sqlx::query(APPEND)
        .bind(log.to_string())
        .bind(to_bigint(expected.position))
        .bind(to_bigint(expected.epoch))
        .bind(to_bigint(records.len() as u64))
        .bind(column(records, |record| to_bigint(record.position)))
        .bind(column(records, |record| record.command.to_string()))
        .bind(column(records, |record| record.actor.to_string()))
        .bind(column(records, |record| record.device.to_string()))
        .bind(column(records, |record| to_bigint(record.at.0)))
        .bind(column(records, |record| record.fingerprint.cast_signed()))
        .bind(column(records, |record| record.subject.map(subject_text)))
        .bind(column(records, |record| record.body.as_str()))
        .bind(column(records, |record| record.command_text.as_deref()))
        .bind(before.0.as_slice())
        .bind(seal.0.as_slice())
        .bind(column(records, |record| record.link.map(|link| link.seal.0.to_vec())))
        .bind(writer)
        .execute(connection)
        .await?;
    Ok(written.rows_affected())
}

/// What the database refuses it has rolled back. When the line breaks, or the database ends the session, nobody knows.
fn failure(error: &sqlx::Error) -> AppendError {
    let text = error.to_string();
    let sqlx::Error::Database(refusal) = error else { return AppendError::UnknownOutcome(text) };
    if refusal.is_unique_violation() && refusal.constraint() == Some("record_command") {
        return AppendError::AlreadyRecorded;
    }
    // Class 08: the connection; 57: an operator ended the session, which may have happened after the commit; 40003 says so itself.
    let code = refusal.code().unwrap_or_default();
    let is_unknown = code.starts_with("08") || code.starts_with("57P") || code == "40003";
    if is_unknown { AppendError::UnknownOutcome(text) } else { AppendError::Unavailable(text) }
}
