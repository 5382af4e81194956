//! Logs in SQLite: one connection writes, and each of its transactions takes appends that came while the disk was busy with the last one.

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
use crate::database::Database;
use futures::future::{BoxFuture, FutureExt};
use landfall_engine::{CommandId, Cursor, Epoch, LogId, Position, Seal};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::sync::LazyLock;
use tokio::sync::{mpsc, oneshot};
use turns::Turns;

/// Appends that wait for the disk, at most. Each is one log's batch, so this bounds the logs that can wait, not the commands.
const APPENDS_WAITING_MAX: usize = 256;
/// What a record costs besides its texts, bytes, roughly.
const OVERHEAD_BYTES: usize = 256;

/// The SQLite store.
pub struct SqliteStore {
    database: Database,
    appends: mpsc::Sender<Append>,
}

struct Append {
    log: LogId,
    expected: Cursor,
    records: Vec<StoredRecord>,
    answer: oneshot::Sender<Result<(), AppendError>>,
}

impl Append {
    fn bytes(&self) -> usize {
        let bytes = |record: &StoredRecord| OVERHEAD_BYTES + record.body.len() + record.command_text.as_ref().map_or(0, String::len);
        self.records.iter().map(bytes).sum()
    }
}

impl SqliteStore {
    /// Keeps logs in this database.
    pub fn new(database: Database) -> Self {
        let (appends, waiting) = mpsc::channel(APPENDS_WAITING_MAX);
        tokio::spawn(write(database.writer().clone(), waiting));
        Self { database, appends }
    }

    /// The seal behind a record that is not archived.
    async fn seal_in_table(&self, log: LogId, position: Position) -> Result<Option<Seal>, StoreError> {
        if position == 0 {
            return Ok(Some(Seal::NONE));
        }
        let query = sqlx::query_scalar(asked::SEAL).bind(log.to_string()).bind(to_bigint(position));
        let seal: Option<Option<Vec<u8>>> = query.fetch_optional(self.database.readers()).await.map_err(unavailable)?;
        seal.map(seal_of).transpose()
    }
}

impl LogStore for SqliteStore {
    fn create(&self, log: LogId) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            sqlx::query(asked::CREATE).bind(log.to_string()).execute(self.database.writer()).await.map_err(unavailable)?;
            Ok(())
        }
        .boxed()
    }

    fn head(&self, log: LogId) -> BoxFuture<'_, Result<Option<Cursor>, StoreError>> {
        async move { read_head(self.database.readers(), log).await }.boxed()
    }

    fn heads(&self, logs: Vec<LogId>) -> BoxFuture<'_, Result<Vec<SealedHead>, StoreError>> {
        async move {
            let ids = serde_json::to_string(&logs).map_err(|error| StoreError::Unavailable(error.to_string()))?;
            let query =
                sqlx::query_as("SELECT log, epoch, head, seal FROM log_head WHERE log IN (SELECT value FROM json_each($1))").bind(ids);
            let rows: Vec<(String, i64, i64, Vec<u8>)> = query.fetch_all(self.database.readers()).await.map_err(unavailable)?;
            rows.into_iter().map(sealed_head).collect()
        }
        .boxed()
    }

    fn logs(&self, after: Option<LogId>, logs_max: usize) -> BoxFuture<'_, Result<Vec<(LogId, Cursor)>, StoreError>> {
        async move {
            let query = sqlx::query_as(asked::LOGS).bind(after_log(after)).bind(to_bigint(logs_max as u64));
            let rows: Vec<(String, i64, i64)> = query.fetch_all(self.database.readers()).await.map_err(unavailable)?;
            rows.into_iter().map(log_head).collect()
        }
        .boxed()
    }

    fn recorded(&self, after: Option<LogId>) -> BoxFuture<'_, Result<Option<LogId>, StoreError>> {
        async move {
            let query = sqlx::query_scalar(asked::RECORDED).bind(after_log(after));
            let log: Option<String> = query.fetch_one(self.database.readers()).await.map_err(unavailable)?;
            log.as_deref().map(log_id).transpose()
        }
        .boxed()
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
            let (answer, outcome) = oneshot::channel();
            let stopped = || AppendError::Unavailable("the store is closed".into());
            self.appends.send(Append { log, expected, records, answer }).await.map_err(|_| stopped())?;
            outcome.await.unwrap_or_else(|_| Err(AppendError::UnknownOutcome("the writer ended".into())))
        }
        .boxed()
    }

    fn read(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        async move {
            let head = read_head(self.database.readers(), log).await?.ok_or(StoreError::NoSuchLog)?;
            let query = sqlx::query_as(asked::READ).bind(log.to_string()).bind(to_bigint(after)).bind(to_bigint(head.position));
            let (before, first) = (self.seal_in_table(log, after).await?, Some(after.saturating_add(1)));
            let said = page(query.bind(one_more(limit)).fetch(self.database.readers()), before, head, limit, first).await?;
            layered::page(&self.database, log, after, limit, said).await
        }
        .boxed()
    }

    fn rows(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<RowPage, StoreError>> {
        async move {
            let head = read_head(self.database.readers(), log).await?.ok_or(StoreError::NoSuchLog)?;
            let query = sqlx::query_as(asked::ROWS).bind(log.to_string()).bind(to_bigint(after)).bind(to_bigint(limit.records as u64));
            let said = row_page(query.fetch(self.database.readers()), head, limit, after.saturating_add(1)).await?;
            layered::row_page(&self.database, log, after, limit, said).await
        }
        .boxed()
    }

    fn size_bytes(&self, log: LogId) -> BoxFuture<'_, Result<u64, StoreError>> {
        async move {
            let query = sqlx::query_scalar(asked::SIZE).bind(log.to_string());
            unsigned(query.fetch_one(self.database.readers()).await.map_err(unavailable)?)
        }
        .boxed()
    }

    fn read_subject(&self, log: LogId, subject: Subject, before: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        async move {
            let head = read_head(self.database.readers(), log).await?.ok_or(StoreError::NoSuchLog)?;
            let query = sqlx::query_as(asked::READ_SUBJECT).bind(log.to_string()).bind(subject_text(subject));
            let query = query.bind(to_bigint(before)).bind(to_bigint(head.position)).bind(one_more(limit));
            let said = page(query.fetch(self.database.readers()), None, head, limit, None).await?;
            layered::page_about(&self.database, log, subject, before, limit, said).await
        }
        .boxed()
    }

    fn find(&self, log: LogId, commands: Vec<CommandId>) -> BoxFuture<'_, Result<Vec<FoundRecord>, StoreError>> {
        async move {
            let ids = serde_json::to_string(&commands).map_err(|error| StoreError::Unavailable(error.to_string()))?;
            let statement = "SELECT command, position, fingerprint FROM record \
                             WHERE log = $1 AND command IN (SELECT value FROM json_each($2)) \
                             UNION ALL SELECT given.value, position, fingerprint FROM json_each($2) AS given JOIN archived_record \
                             ON log = $1 AND command = unhex(replace(given.value, '-', ''))";
            let query = sqlx::query_as(statement).bind(log.to_string()).bind(ids);
            let rows = query.fetch_all(self.database.readers()).await.map_err(unavailable)?;
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
            let epoch: Option<i64> = query.fetch_optional(self.database.writer()).await.map_err(unavailable)?;
            unsigned(epoch.ok_or(StoreError::NoSuchLog)?)
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move { self.database.close().await }.boxed()
    }
}

/// Takes appends as they come; those that waited together are committed together, as far as they fit.
async fn write(writer: SqlitePool, mut waiting: mpsc::Receiver<Append>) {
    let mut turns = Turns::default();
    loop {
        if turns.len() == 0 {
            let Some(append) = waiting.recv().await else { return };
            turns.push(append.bytes(), append);
        }
        while turns.len() < APPENDS_WAITING_MAX
            && let Ok(append) = waiting.try_recv()
        {
            turns.push(append.bytes(), append);
        }
        let batch = turns.next();
        let outcomes = commit(&writer, &batch).await;
        for (append, outcome) in batch.into_iter().zip(outcomes) {
            // Whoever asked may have gone away meanwhile; the records stand all the same.
            let _ = append.answer.send(outcome);
        }
    }
}

/// One transaction for a batch of appends. Each is all or none on its own: when one of them loses its race, which it is shows when each goes
/// alone, and the others land. That is rare, since a log has one writer here, so nothing is paid for it before.
async fn commit(writer: &SqlitePool, batch: &[Append]) -> Vec<Result<(), AppendError>> {
    match commit_whole(writer, batch).await {
        Ok(outcomes) => outcomes,
        Err(refused) if batch.len() == 1 => vec![Err(refused)],
        Err(_) => {
            let mut outcomes = Vec::with_capacity(batch.len());
            for append in batch.chunks(1) {
                outcomes.extend(commit_whole(writer, append).await.unwrap_or_else(|refused| vec![Err(refused)]));
            }
            outcomes
        }
    }
}

/// All of them or none: what came of each, or why one of them, it is not known which, must not be kept.
async fn commit_whole(writer: &SqlitePool, batch: &[Append]) -> Result<Vec<Result<(), AppendError>>, AppendError> {
    let failed = |error: sqlx::Error| Ok(vec![Err(AppendError::Unavailable(error.to_string())); batch.len()]);
    let mut transaction = match begin(writer).await {
        Ok(transaction) => transaction,
        Err(error) => return failed(error),
    };
    // A transaction that is dropped is rolled back.
    match insert(&mut transaction, batch).await {
        Ok(landed) => landed?,
        Err(error) => return failed(error),
    }
    let Err(error) = transaction.commit().await else { return Ok(vec![Ok(()); batch.len()]) };
    let mut outcomes = Vec::with_capacity(batch.len());
    for append in batch {
        outcomes.push(Err(after_failed_commit(writer, append, error.to_string()).await));
    }
    Ok(outcomes)
}

/// A commit failed, as it does on a full disk. A head that stands where it stood says that nothing was written.
async fn after_failed_commit(writer: &SqlitePool, append: &Append, error: String) -> AppendError {
    match read_head(writer, append.log).await {
        Ok(Some(head)) if head == append.expected => AppendError::Unavailable(error),
        _ => AppendError::UnknownOutcome(error),
    }
}

/// Heads move only if each is where it was expected, and the records go in only if all moved. What fails is to be rolled back.
async fn insert(connection: &mut SqliteConnection, appends: &[Append]) -> Result<Result<(), AppendError>, sqlx::Error> {
    if !appends.iter().all(|append| do_follow(append.expected, &append.records)) {
        return Ok(Err(AppendError::Unavailable("the positions do not follow the head".into())));
    }
    let logs: Vec<String> = appends.iter().map(|append| append.log.to_string()).collect();
    let heads: Vec<(&str, &Append)> = logs.iter().map(String::as_str).zip(appends).collect();
    for (statement, heads) in parts(&MOVES, &heads) {
        let moved = heads.iter().fold(sqlx::query(statement), |query, (log, append)| bind_head(query, log, append));
        if moved.execute(&mut *connection).await?.rows_affected() != heads.len() as u64 {
            return Ok(Err(AppendError::HeadMoved));
        }
    }
    let records: Vec<(&str, &StoredRecord)> =
        heads.iter().flat_map(|(log, append)| append.records.iter().map(move |record| (*log, record))).collect();
    for (statement, records) in parts(&INSERTS, &records) {
        let inserted = records.iter().fold(sqlx::query(statement), |query, (log, record)| bind_record(query, log, record));
        match inserted.execute(&mut *connection).await {
            Ok(_) => {}
            // By the unique index, or by the trigger that looks into the archive.
            Err(sqlx::Error::Database(error)) if error.message().contains("record.command") => {
                return Ok(Err(AppendError::AlreadyRecorded));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Ok(()))
}

/// A statement for each number of rows that it is written for, the most first: few of them for a large batch, and each is prepared once.
/// Their parameters have no names, because SQLite searches through all names for each.
type Statements = [(usize, String); 5];

static MOVES: LazyLock<Statements> = LazyLock::new(|| {
    [64, 16, 8, 3, 1].map(|count| {
        let rows = vec!["(?,?,?,?,?,?)"; count].join(",");
        let stands = "log_head.log = column1 AND log_head.epoch = column2 AND log_head.head = column3 AND log_head.seal = column4";
        (count, format!("UPDATE log_head SET head = column5, seal = column6 FROM (VALUES {rows}) WHERE {stands}"))
    })
});

static INSERTS: LazyLock<Statements> = LazyLock::new(|| {
    [256, 64, 16, 4, 1].map(|count| {
        let rows = vec!["(?,?,?,?,?,?,?,?,?,?,?)"; count].join(",");
        let columns = "log, position, command, actor, device, at, fingerprint, subject, body, command_text, seal";
        (count, format!("INSERT INTO record ({columns}) VALUES {rows}"))
    })
});

/// All of these rows, each with the statement that takes it.
fn parts<'r, R>(statements: &'static Statements, mut rows: &'r [R]) -> impl Iterator<Item = (&'static str, &'r [R])> {
    std::iter::from_fn(move || {
        let (count, statement) = statements.iter().find(|(count, _)| *count <= rows.len())?;
        let (these, others) = rows.split_at(*count);
        rows = others;
        Some((statement.as_str(), these))
    })
}

type Asked<'q> = Query<'q, Sqlite, SqliteArguments>;

fn bind_head<'q>(query: Asked<'q>, log: &'q str, append: &'q Append) -> Asked<'q> {
    let (before, seal) = ends(&append.records);
    let moved = append.expected.position + append.records.len() as u64;
    let query = query.bind(log).bind(to_bigint(append.expected.epoch)).bind(to_bigint(append.expected.position)).bind(before.0.to_vec());
    query.bind(to_bigint(moved)).bind(seal.0.to_vec())
}

fn bind_record<'q>(query: Asked<'q>, log: &'q str, record: &'q StoredRecord) -> Asked<'q> {
    query
        .bind(log)
        .bind(to_bigint(record.position))
        .bind(record.command.to_string())
        .bind(record.actor.to_string())
        .bind(record.device.to_string())
        .bind(to_bigint(record.at.0))
        .bind(record.fingerprint.cast_signed())
        .bind(record.subject.map(subject_text))
        .bind(&record.body)
        .bind(&record.command_text)
        .bind(record.link.map(|link| link.seal.0.to_vec()))
}

async fn begin(writer: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    // Never a deferred transaction: one that reads first and writes later can fail half way, whatever the busy timeout.
    writer.begin_with("BEGIN IMMEDIATE").await
}

async fn read_head(readers: &SqlitePool, log: LogId) -> Result<Option<Cursor>, StoreError> {
    let query = sqlx::query_as(asked::HEAD).bind(log.to_string());
    let row: Option<(i64, i64)> = query.fetch_optional(readers).await.map_err(unavailable)?;
    row.map(|(epoch, head)| cursor(epoch, head)).transpose()
}
