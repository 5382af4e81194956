//! The SQLite file: opened once for writing, by one process, with one connection that writes and a few that read; others may read beside it.

use crate::reading::{Moment, NEWEST, ensure_version_of_tables, still};
use anyhow::{Context, anyhow, bail, ensure};
use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Earlier versions can corrupt a database in WAL mode when a checkpoint races a write.
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);
/// The file, in the folder of data.
pub const FILE_NAME: &str = "landfall.sqlite3";
/// Its tables, version by version.
pub static TABLES: Migrator = sqlx::migrate!("./migrations/sqlite");
const LOCK_NAME: &str = "landfall.lock";
const READERS_MAX: u32 = 4;
/// A database up to this size is looked through before it is used, which takes a second or two; damage in a larger one shows when it is read, bytes.
const CHECKED_BYTES_MAX: u64 = 1 << 30;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Held for as long as the database is open; the operating system lets go of it when the process dies, however it dies.
    lock: Option<Arc<File>>,
}

impl Database {
    /// Opens the database in a folder of data, which is made if it is missing.
    pub async fn open(folder: &Path) -> anyhow::Result<Self> {
        make_private_folder(folder).with_context(|| format!("cannot make the folder of data {}", folder.display()))?;
        let lock = lock(folder)?;
        let file = folder.join(FILE_NAME);
        make_private_file(&file).and_then(|()| sync_names(folder)).with_context(|| cannot_write(folder))?;
        let options = options().filename(&file);
        let writer = pool(1).connect_with(options.clone()).await.map_err(|error| explained(error, &file))?;
        let readers = pool(READERS_MAX).connect_lazy_with(options.read_only(true));
        let size_bytes = fs::metadata(&file).map_or(0, |file| file.len());
        let opened = Self { writer, readers, lock: Some(Arc::new(lock)) }.prepared(size_bytes).await;
        opened.map_err(|error| match error {
            Unprepared::Sql(error) => explained(error, &file),
            Unprepared::Damaged(how) => anyhow!("{}: {how}", damaged(&file)),
            Unprepared::Newer(version) => anyhow!(
                "the database {} was written by a newer landfall (its tables are of version {version}): start that one, or a newer one",
                file.display()
            ),
            Unprepared::Other(error) => error,
        })
    }

    /// Opens the database in a folder of data for reading only, beside a server or without one.
    pub async fn read(folder: &Path, moment: Moment) -> anyhow::Result<Self> {
        let database = Self::opened_to_read(folder, moment).await?;
        ensure_version_of_tables(database.version_of_tables().await, &TABLES)?;
        Ok(database)
    }

    /// The same, whatever the settings and the tables there are, to look at them.
    pub async fn look(folder: &Path) -> anyhow::Result<Self> {
        Self::opened_to_read(folder, Moment::Each).await
    }

    /// Opens the database in a folder of data for writing beside a server, which does not notice more than a transaction in between: for what
    /// moves no head. The tables must be of this version already.
    pub async fn beside(folder: &Path) -> anyhow::Result<Self> {
        let file = there(folder)?;
        let options = options().filename(&file);
        let writer = pool(1).connect_with(options.clone()).await.map_err(|error| explained(error, &file))?;
        let database = Self { writer, readers: pool(READERS_MAX).connect_lazy_with(options.read_only(true)), lock: None };
        ensure_version_of_tables(database.version_of_tables().await, &TABLES)?;
        Ok(database)
    }

    async fn opened_to_read(folder: &Path, moment: Moment) -> anyhow::Result<Self> {
        let file = there(folder)?;
        let options =
            SqliteConnectOptions::new().filename(&file).read_only(true).busy_timeout(BUSY_TIMEOUT).pragma("trusted_schema", "OFF");
        let pool = SqlitePoolOptions::new().idle_timeout(None).max_lifetime(None).test_before_acquire(false);
        let pool = match moment {
            Moment::Each => pool.max_connections(READERS_MAX),
            Moment::One => {
                let begin = still("BEGIN; SELECT COUNT(*) FROM sqlite_schema");
                pool.max_connections(1).after_connect(move |connection, _| begin(connection))
            }
        };
        let readers = pool.connect_with(options).await.map_err(|error| explained(error, &file))?;
        Ok(Self { writer: readers.clone(), readers, lock: None })
    }

    /// The version of the newest tables in it.
    pub async fn version_of_tables(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(NEWEST).fetch_one(&self.readers).await
    }

    /// A setting of the database by its pragma's name, as text.
    pub async fn setting(&self, name: &'static str) -> Result<String, sqlx::Error> {
        let pragma = AssertSqlSafe(format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"));
        sqlx::query_scalar(pragma).fetch_one(&self.readers).await
    }

    /// The version of SQLite, and whether this program may use it.
    pub async fn version(&self) -> Result<(String, bool), sqlx::Error> {
        let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&self.readers).await?;
        let is_fine = ensure_version(&version).is_ok();
        Ok((version, is_fine))
    }

    /// Opens a database in memory, which is gone when it is closed.
    pub async fn in_memory() -> anyhow::Result<Self> {
        let writer = pool(1).connect_with(options().in_memory(true)).await?;
        let opened = Self { readers: writer.clone(), writer, lock: None }.prepared(0).await;
        opened.map_err(|error| match error {
            Unprepared::Sql(error) => error.into(),
            Unprepared::Damaged(how) => anyhow!("an empty database is damaged: {how}"),
            Unprepared::Newer(version) => anyhow!("an empty database has tables of version {version}"),
            Unprepared::Other(error) => error,
        })
    }

    async fn prepared(self, size_bytes: u64) -> Result<Self, Unprepared> {
        let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&self.writer).await?;
        ensure_version(&version).map_err(Unprepared::Other)?;
        if size_bytes <= CHECKED_BYTES_MAX {
            let found: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&self.writer).await?;
            if found != "ok" {
                return Err(Unprepared::Damaged(found.replace('\n', " ")));
            }
        }
        TABLES.run(&self.writer).await.map_err(|error| match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Unprepared::Sql(error),
            MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => Unprepared::Newer(version),
            error => Unprepared::Other(anyhow::Error::new(error).context("cannot bring the database to this version's tables")),
        })?;
        // A database that cannot be written is told of now, and not by the first command.
        self.writer.begin_with("BEGIN IMMEDIATE").await?.rollback().await?;
        Ok(self)
    }

    /// The one connection that writes. Whoever waits for it is served in order.
    pub fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// Connections that read.
    pub fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        // Clones may outlive this; the folder is free all the same.
        if let Some(lock) = &self.lock
            && let Err(error) = lock.unlock()
        {
            tracing::warn!(%error, "the folder of data stays locked until this process ends");
        }
    }
}

/// Why an open database cannot be used.
enum Unprepared {
    Sql(sqlx::Error),
    Damaged(String),
    Newer(i64),
    Other(anyhow::Error),
}

impl From<sqlx::Error> for Unprepared {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

/// The file, if there is one.
fn there(folder: &Path) -> anyhow::Result<PathBuf> {
    let file = folder.join(FILE_NAME);
    ensure!(file.is_file(), "there is no database {}: is it another folder of data? Name it with --data", file.display());
    Ok(file)
}

fn cannot_write(folder: &Path) -> String {
    format!(
        "cannot write in the folder of data {}: see who owns it, whether it is mounted read-only, and whether the disk is full",
        folder.display()
    )
}

/// What SQLite's error means for whoever runs the server, and what to do. Nothing was changed so far.
fn explained(error: sqlx::Error, file: &Path) -> anyhow::Error {
    let (path, file) = (file, file.display());
    // The last byte says what it is; the others say where SQLite met it.
    let what = match primary_code(&error) {
        Some(5 | 6) => format!("another program keeps the database {file} locked: end it, then start again"),
        Some(8 | 14) => format!("the database {file} cannot be written: see who owns it, and whether it is mounted read-only"),
        Some(10) => format!("the disk under the database {file} is full or fails: make room, and see what the system's log says of it"),
        Some(11 | 26) => damaged(path),
        Some(13) => format!("the disk under the database {file} is full: make room, then start again"),
        _ => format!("the database {file} cannot be opened"),
    };
    anyhow::Error::new(error).context(what)
}

fn damaged(file: &Path) -> String {
    let file = file.display();
    format!(
        "the database {file} is damaged: keep its files as they are, and put a backup in their place with `landfall restore`, or a copy of the folder and run `landfall restored`"
    )
}

/// SQLite's number for what went wrong, without its details.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

fn options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("trusted_schema", "OFF")
        // So that the triggers that guard the log also see rows that a REPLACE would push out.
        .pragma("recursive_triggers", "ON")
}

fn pool(connections_max: u32) -> SqlitePoolOptions {
    let pool = SqlitePoolOptions::new().max_connections(connections_max).idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    // When a commit fails, SQLite may have rolled back by itself, and sqlx then takes the transaction for open for ever: nothing would be written
    // again on that connection, so another one takes its place. A rollback that was begun is over when the ping is answered.
    pool.after_release(|connection, _| {
        Box::pin(async move {
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

fn ensure_version(version: &str) -> anyhow::Result<()> {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let found = (next(), next(), next());
    let (major, minor, patch) = SQLITE_VERSION_MIN;
    ensure!(
        found >= SQLITE_VERSION_MIN,
        "this program was built with SQLite {version}, which can damage a database in WAL mode; build it with {major}.{minor}.{patch} or later"
    );
    Ok(())
}

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// SQLite takes an empty file for an empty database, and gives the files beside it the same permissions.
fn make_private_file(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// A name that was just made survives a power cut only when its folder is on disk too.
fn sync_names(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    for folder in [Some(folder), folder.canonicalize()?.parent()].into_iter().flatten() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join(LOCK_NAME);
    let file = File::create(&path).with_context(|| cannot_write(folder))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another landfall is already using the folder of data {}: stop it first, or give this one another folder with --data",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_with_the_wal_bug_are_refused() {
        assert!(ensure_version("3.51.2").is_err());
        assert!(ensure_version("3.40.1").is_err());
        assert!(ensure_version("3.51.3").is_ok());
        assert!(ensure_version("3.52.1").is_ok());
        assert!(ensure_version("4.0.0").is_ok());
    }
}
