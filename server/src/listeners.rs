//! How many sockets follow each log: counted here, told to the database now and then, and read there by `landfall logs list`.
//!
//! A server has one row, which is believed for a while: one that was killed says nothing more, and is forgotten. Clocks are the database's.

use crate::Served;
use crate::app::App;
use crate::hex::hex;
use crate::host::random;
use crate::people::{Tables, ask};
use landfall_engine::LogId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// What was told is believed for so many times the interval in which it is told.
const BELIEVED_INTERVALS: u32 = 3;

const SQLITE_NOW_MS: &str = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
const POSTGRES_NOW_MS: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// Sockets by the log that they follow; none of a log that nobody follows.
pub type Listeners = BTreeMap<LogId, u64>;

/// What this server tells.
pub struct Teller {
    /// This run of it.
    node: String,
    tables: Tables,
    interval: Duration,
}

impl Teller {
    /// Tells in these tables, as often as that.
    pub fn new(tables: Tables, interval: Duration) -> Self {
        Self { node: hex(&random::<16>()), tables, interval }
    }

    /// Runs for as long as the server does. While nobody listens nothing is written, and while nothing changes no more than keeps it believed.
    pub async fn run<D: Served>(self: Arc<Self>, app: Arc<App<D>>) {
        let (mut told, mut told_at) = (Listeners::new(), Instant::now());
        if let Err(error) = self.forget().await {
            tracing::debug!(%error, "what servers said that were killed stays for now");
        }
        let mut ticks = interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = app.logs.listeners();
            let is_believed = told_at.elapsed() * 2 < self.interval * BELIEVED_INTERVALS;
            if now == told && (now.is_empty() || is_believed) {
                continue;
            }
            match self.tell(&now).await {
                Ok(()) => (told, told_at) = (now, Instant::now()),
                Err(error) => tracing::debug!(%error, "how many follow each log is not told"),
            }
        }
    }

    async fn tell(&self, listeners: &Listeners) -> Result<(), sqlx::Error> {
        if listeners.is_empty() {
            return self.forget().await;
        }
        let logs = serde_json::to_string(listeners).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let good_ms = i64::try_from((self.interval * BELIEVED_INTERVALS).as_millis()).unwrap_or(i64::MAX);
        let statement = in_words_of(&self.tables, |now_ms| {
            format!(
                "INSERT INTO listening (node, logs, until) VALUES ($1, $2, {now_ms} + $3) \
                 ON CONFLICT (node) DO UPDATE SET logs = excluded.logs, until = excluded.until"
            )
        });
        ask!(&self.tables, writer, |connections| {
            sqlx::query(statement).bind(&self.node).bind(logs).bind(good_ms).execute(connections).await?;
        });
        Ok(())
    }

    /// Nobody listens here any more; and what servers said that were killed goes too.
    pub async fn forget(&self) -> Result<(), sqlx::Error> {
        let statement = in_words_of(&self.tables, |now_ms| format!("DELETE FROM listening WHERE node = $1 OR until < {now_ms}"));
        ask!(&self.tables, writer, |connections| {
            sqlx::query(statement).bind(&self.node).execute(connections).await?;
        });
        Ok(())
    }
}

/// As all running servers say together; an error says what was written there that is no such thing.
pub async fn told(tables: &Tables) -> anyhow::Result<Listeners> {
    let statement = in_words_of(tables, |now_ms| format!("SELECT logs FROM listening WHERE until >= {now_ms}"));
    let rows: Vec<String> = ask!(tables, readers, |connections| sqlx::query_scalar(statement).fetch_all(connections).await?);
    let mut all = Listeners::new();
    for row in rows {
        for (log, count) in serde_json::from_str::<Listeners>(&row)? {
            *all.entry(log).or_default() += count;
        }
    }
    Ok(all)
}

/// A statement that asks the database for its time.
fn in_words_of(tables: &Tables, statement: impl Fn(&str) -> String) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(statement(match tables {
        Tables::Sqlite(_) => SQLITE_NOW_MS,
        Tables::Postgres(_) => POSTGRES_NOW_MS,
    }))
}
