//! The SQLite file: opened once, by one process, with one connection that writes and a few that read.

use anyhow::{Context, bail, ensure};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Earlier versions can corrupt a database in WAL mode when a checkpoint races a write.
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);
const FILE_NAME: &str = "landfall.sqlite3";
const LOCK_NAME: &str = "landfall.lock";
const READERS_MAX: u32 = 4;
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
        make_private_file(&folder.join(FILE_NAME)).with_context(|| format!("cannot write in the folder of data {}", folder.display()))?;
        let options = options().filename(folder.join(FILE_NAME));
        let writer =
            pool(1).connect_with(options.clone()).await.with_context(|| format!("cannot open the database in {}", folder.display()))?;
        let readers = pool(READERS_MAX).connect_lazy_with(options.read_only(true));
        Self { writer, readers, lock: Some(Arc::new(lock)) }.prepared().await
    }

    /// Opens a database in memory, which is gone when it is closed.
    pub async fn in_memory() -> anyhow::Result<Self> {
        let writer = pool(1).connect_with(options().in_memory(true)).await?;
        Self { readers: writer.clone(), writer, lock: None }.prepared().await
    }

    async fn prepared(self) -> anyhow::Result<Self> {
        let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&self.writer).await?;
        ensure_version(&version)?;
        sqlx::migrate!("./migrations/sqlite").run(&self.writer).await.context("cannot bring the database to this version's tables")?;
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
    SqlitePoolOptions::new().max_connections(connections_max).idle_timeout(None).max_lifetime(None).test_before_acquire(false)
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

fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join(LOCK_NAME);
    let file = File::create(&path).with_context(|| format!("cannot write in the folder of data {}", folder.display()))?;
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
