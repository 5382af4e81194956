//! A PostgreSQL database: opened by as many processes as there are nodes, each with a few connections.

use crate::reading::{Moment, NEWEST, ensure_version_of_tables, newest, still};
use anyhow::{Context, bail, ensure};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Earlier versions are not tested, and are no more looked after.
pub const VERSION_MIN: u32 = 150_000;
/// Connections of one process. What waits for one waits in order.
pub const CONNECTIONS_MAX: u32 = 16;
/// A connection that rested longer is asked whether it still lives, which costs a round trip: a database that was restarted ended all of them.
const IDLE_TRUSTED: Duration = Duration::from_millis(200);
/// Before a line that broke is tried again.
const RETRY: Duration = Duration::from_secs(1);
const ACQUIRE_PATIENCE: Duration = Duration::from_secs(5);
/// What a session of ours may not exceed, whatever the database allows otherwise.
const SESSION: [(&str, &str); 5] = [
    // Nobody is told of a record before it survives a power cut.
    ("synchronous_commit", "on"),
    ("lock_timeout", "5s"),
    ("statement_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "10s"),
    // Rows of two databases are compared as text.
    ("bytea_output", "hex"),
];

/// The same for one that only reads, and may take its time to write down what it read.
const READING_SESSION: [(&str, &str); 4] = [
    ("default_transaction_read_only", "on"),
    ("lock_timeout", "5s"),
    ("statement_timeout", "10min"),
    ("idle_in_transaction_session_timeout", "10min"),
];
/// What sessions of programs call themselves that say no more: those of releases before tables 6.
pub const PROGRAM: &str = "landfall";
/// Its tables, version by version.
pub static TABLES: Migrator = sqlx::migrate!("./migrations/postgres");

/// An open database. Clones share its connections.
#[derive(Clone)]
pub struct Postgres {
    pool: PgPool,
    options: PgConnectOptions,
}

impl Postgres {
    /// Connects, and brings the tables to this program's version. Several processes may do so at once.
    pub async fn open(address: &str) -> anyhow::Result<Self> {
        let (options, place) = reached(address, &SESSION).await?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(ACQUIRE_PATIENCE)
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    if metadata.idle_for > IDLE_TRUSTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            });
        let opened = Self { pool: pool.connect_lazy_with(options.clone()), options };
        opened.require_safe_settings().await.with_context(|| format!("the PostgreSQL at {place} cannot be used"))?;
        TABLES.run(&opened.pool).await.or_else(|error| match error {
            MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => {
                bail!("the tables in {place} were written by a newer landfall (version {version}): start that one, or a newer one")
            }
            error => Err(anyhow::Error::new(error).context(format!("cannot bring the tables in {place} to this version"))),
        })?;
        Ok(opened)
    }

    /// Connects for reading only, beside servers or without one; a standby will do.
    pub async fn read(address: &str, moment: Moment) -> anyhow::Result<Self> {
        let (options, _) = reached(address, &READING_SESSION).await?;
        let pool = PgPoolOptions::new().acquire_timeout(ACQUIRE_PATIENCE).idle_timeout(None).max_lifetime(None);
        let pool = match moment {
            Moment::Each => pool.max_connections(CONNECTIONS_MAX),
            Moment::One => {
                let begin = still("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
                pool.max_connections(1).after_connect(move |connection, _| begin(connection))
            }
        };
        let database = Self { pool: pool.connect_lazy_with(options.clone()), options };
        ensure_version_of_tables(database.version_of_tables().await, &TABLES)?;
        Ok(database)
    }

    /// Connects as a server does, whatever the settings and the tables there are, to look at them.
    pub async fn look(address: &str) -> anyhow::Result<Self> {
        let (options, _) = reached(address, &SESSION).await?;
        Ok(Self { pool: PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone()), options })
    }

    /// The version of the newest tables in it.
    pub async fn version_of_tables(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(NEWEST).fetch_one(&self.pool).await
    }

    /// A setting of the server, as this program's sessions have it.
    pub async fn setting(&self, name: &str) -> Result<String, sqlx::Error> {
        sqlx::query_scalar("SELECT current_setting($1)").bind(name).fetch_one(&self.pool).await
    }

    /// Its clock, milliseconds since 1970.
    pub async fn now_ms(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)").fetch_one(&self.pool).await
    }

    /// What the sessions of this database call themselves that others have and that are a landfall's: each name once. Of sessions of other users
    /// only a superuser is told.
    pub async fn programs(&self) -> Result<Vec<String>, sqlx::Error> {
        let statement = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database() \
             AND pid <> pg_backend_pid() AND (application_name = $1 OR application_name LIKE $1 || ' %') ORDER BY 1";
        sqlx::query_scalar(statement).bind(PROGRAM).fetch_all(&self.pool).await
    }

    /// Is it a standby, which nobody can write to?
    pub async fn is_standby(&self) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&self.pool).await
    }

    /// Commits of nothing but a note in the write-ahead log, on one connection, as durable as an append: how long each took.
    pub async fn commit_times(&self, commits: usize) -> Result<Vec<Duration>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        let mut times = Vec::with_capacity(commits);
        for _ in 0..commits {
            let since = Instant::now();
            sqlx::query("SELECT pg_logical_emit_message(true, 'landfall', 'doctor')").execute(&mut *connection).await?;
            times.push(since.elapsed());
        }
        Ok(times)
    }

    async fn require_safe_settings(&self) -> anyhow::Result<()> {
        let setting = async |name| self.setting(name).await;
        let version: u32 = setting("server_version_num").await?.parse().unwrap_or(0);
        ensure!(version >= VERSION_MIN, "it is of version {}; this program needs {} or later", version / 10_000, VERSION_MIN / 10_000);
        for name in ["fsync", "full_page_writes"] {
            ensure!(
                setting(name).await? == "on",
                "{name} is off there, so that a power cut loses what was said to be kept: set {name} = on"
            );
        }
        ensure!(setting("server_encoding").await? == "UTF8", "its encoding is not UTF8: create the database with ENCODING 'UTF8'");
        Ok(())
    }

    /// For a connection of which nothing has to survive.
    pub fn hasty(&self) -> PgConnectOptions {
        self.options.clone().options([("synchronous_commit", "off")])
    }

    /// Hears what is told on a channel, until the database is closed. `None`: from here on something is heard, and before it something may
    /// have been missed.
    pub async fn hear(self, channel: &'static str, mut tell: impl FnMut(Option<&str>)) {
        loop {
            match self.listen(channel, &mut tell).await {
                Ok(()) => {}
                Err(sqlx::Error::PoolClosed) => return,
                Err(error) => tracing::warn!(%error, channel, "what other servers tell is not heard"),
            }
            sleep(RETRY).await;
        }
    }

    async fn listen(&self, channel: &str, tell: &mut impl FnMut(Option<&str>)) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.eager_reconnect(false);
        listener.listen(channel).await?;
        tell(None);
        while let Some(notification) = listener.try_recv().await? {
            tell(Some(notification.payload()));
        }
        Ok(())
    }

    /// Its connections.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Waits for what is under way and disconnects.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// What a session calls itself, so that `landfall doctor` sees who works on a database.
fn program(version: &str, tables: i64) -> String {
    format!("{PROGRAM} {version} tables {tables}")
}

/// The version of the tables that a session's program knows, where it says so.
pub fn tables_of(program: &str) -> Option<i64> {
    program.rsplit_once(" tables ")?.1.parse().ok()
}

/// How to connect, and where that is in words. Tries it once: a pool would try until its patience ends, and then not say what was wrong.
async fn reached(address: &str, session: &[(&str, &str)]) -> anyhow::Result<(PgConnectOptions, String)> {
    let options: PgConnectOptions =
        address.parse().context("--database is no address of a PostgreSQL, such as postgres://user@host/landfall")?;
    let place = format!("{}:{}/{}", options.get_host(), options.get_port(), options.get_database().unwrap_or(options.get_username()));
    let options = options.application_name(&program(env!("CARGO_PKG_VERSION"), newest(&TABLES))).options(session.iter().copied());
    let first = PgConnection::connect_with(&options).await.with_context(|| {
        format!("cannot connect to the PostgreSQL at {place}: see whether it runs, and whether name, password and pg_hba.conf fit")
    })?;
    first.close().await?;
    Ok((options, place))
}
