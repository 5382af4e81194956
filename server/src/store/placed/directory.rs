//! The directory: which database each log is on. One table, where people are kept.

use super::to_bigint;
use crate::host::now;
use crate::postgres::Postgres;
use crate::store::StoreError;
use crate::store::asked::{log_id, unavailable};
use landfall_engine::{LogId, TimeMs};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// See the module.
pub(super) struct Directory {
    database: Postgres,
}

impl Directory {
    pub(super) fn in_database(database: Postgres) -> Self {
        Self { database }
    }

    /// The name of the database that a log is on; `None` for one that is not listed.
    pub(super) async fn place_of(&self, log: LogId) -> Result<Option<String>, StoreError> {
        let query = sqlx::query_scalar("SELECT place FROM placement WHERE log = $1").bind(log.to_string());
        query.fetch_optional(self.database.pool()).await.map_err(unavailable)
    }

    /// The same for those of these logs that are listed.
    pub(super) async fn places_of(&self, logs: &[LogId]) -> Result<BTreeMap<LogId, String>, StoreError> {
        let logs: Vec<String> = logs.iter().map(LogId::to_string).collect();
        let query = sqlx::query_as("SELECT log, place FROM placement WHERE log = ANY($1)").bind(logs);
        let rows: Vec<(String, String)> = query.fetch_all(self.database.pool()).await.map_err(unavailable)?;
        rows.into_iter().map(|(log, place)| Ok((log_id(&log)?, place))).collect()
    }

    /// Since when a log has been where it is; `None` for one that is not listed.
    pub(super) async fn since(&self, log: LogId) -> Result<Option<TimeMs>, sqlx::Error> {
        let query = sqlx::query_scalar("SELECT since FROM placement WHERE log = $1").bind(log.to_string());
        let since: Option<i64> = query.fetch_optional(self.database.pool()).await?;
        Ok(since.map(|since| TimeMs(since.unsigned_abs())))
    }

    /// The names of all databases that logs are on.
    pub(super) async fn names(&self) -> Result<Vec<String>, sqlx::Error> {
        sqlx::query_scalar("SELECT DISTINCT place FROM placement ORDER BY place").fetch_all(self.database.pool()).await
    }

    /// Lists a new log. Whoever was faster stays.
    pub(super) async fn list(&self, log: LogId, place: &str) -> Result<(), StoreError> {
        let statement = "INSERT INTO placement (log, place, since) VALUES ($1, $2, $3) ON CONFLICT (log) DO NOTHING";
        let query = sqlx::query(statement).bind(log.to_string()).bind(place).bind(to_bigint(now().0));
        query.execute(self.database.pool()).await.map_err(unavailable)?;
        Ok(())
    }

    /// A log that was in one place is in another from now on: the moment at which it moves.
    pub(super) async fn redirect(connection: &mut PgConnection, log: LogId, place: &str) -> Result<(), sqlx::Error> {
        let statement = "INSERT INTO placement (log, place, since) VALUES ($1, $2, $3) \
                         ON CONFLICT (log) DO UPDATE SET place = excluded.place, since = excluded.since";
        sqlx::query(statement).bind(log.to_string()).bind(place).bind(to_bigint(now().0)).execute(connection).await?;
        Ok(())
    }
}
