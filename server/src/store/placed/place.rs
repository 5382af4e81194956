//! One of the databases that logs are on, and what it says of whether a log is there.

use crate::postgres::Postgres;
use crate::store::StoreError;
use crate::store::asked::{sealed_head, unavailable};
use crate::store::postgres::PostgresStore;
use landfall_engine::{Cursor, LogId, Seal};
use std::time::Duration;
use tokio::time::timeout;

/// How long whoever asks for one log waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// See the module.
pub(super) struct Place {
    /// As settings and the directory call it.
    pub name: String,
    pub database: Postgres,
    pub store: PostgresStore,
}

/// The head of a log at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub head: Cursor,
    /// Behind it.
    pub seal: Seal,
    /// The place where the log is instead, or on its way to.
    pub elsewhere: Option<String>,
}

/// Log, epoch, position, seal, and the place where it is instead.
type Row = (String, i64, i64, Vec<u8>, Option<String>);

impl Place {
    /// What stands here of a log; `None` where there never was one.
    pub(super) async fn standing(&self, log: LogId) -> Result<Option<Standing>, StoreError> {
        Ok(self.standings(&[log], PATIENCE).await?.pop().map(|(_, standing)| standing))
    }

    /// The same for those of these logs that stand here. It waits so long for a connection, and then so long for the answer.
    pub(super) async fn standings(&self, logs: &[LogId], patience: Duration) -> Result<Vec<(LogId, Standing)>, StoreError> {
        let logs: Vec<String> = logs.iter().map(LogId::to_string).collect();
        let query = sqlx::query_as("SELECT log, epoch, head, seal, elsewhere FROM log_head WHERE log = ANY($1)").bind(logs);
        let silent = |_| StoreError::Unavailable("the database does not answer".into());
        let acquired = timeout(patience, self.database.pool().acquire()).await.map_err(silent)?;
        let mut connection = acquired.map_err(unavailable)?;
        let Ok(rows) = timeout(patience, query.fetch_all(&mut *connection)).await else {
            // Back among the others it would be waited for again.
            connection.close_on_drop();
            return Err(StoreError::Unavailable("the database does not answer".into()));
        };
        let rows: Vec<Row> = rows.map_err(unavailable)?;
        let read = |(log, epoch, head, seal, elsewhere)| {
            let (log, head, seal) = sealed_head((log, epoch, head, seal))?;
            Ok((log, Standing { head, seal, elsewhere }))
        };
        rows.into_iter().map(read).collect()
    }

    /// How many logs are here.
    pub(super) async fn count(&self) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM log_head WHERE elsewhere IS NULL");
        query.fetch_one(self.database.pool()).await.map_err(unavailable)
    }
}
