//! After a backup was put back: every log begins a new timeline, so that devices that had read further notice and read again.

use crate::config::Data;
use crate::database::Database;
use crate::host::now;
use crate::postgres::Postgres;
use crate::store::LogStore;
use crate::store::postgres::PostgresStore;
use crate::store::sqlite::SqliteStore;
use anyhow::{Context, ensure};
use landfall_engine::LogId;

const LOGS: &str = "SELECT log FROM log_head";

/// Begins a new epoch of every log that is kept there, and says how many there are. No server must be running on it.
pub async fn begin_new_timelines(data: &Data) -> anyhow::Result<usize> {
    let (store, logs): (Box<dyn LogStore>, Vec<String>) = match data {
        Data::Folder(folder) => {
            ensure!(folder.is_dir(), "there is no folder of data {}", folder.display());
            let database = Database::open(folder).await?;
            let logs = sqlx::query_scalar(LOGS).fetch_all(database.readers()).await?;
            (Box::new(SqliteStore::new(database)), logs)
        }
        Data::Postgres(address) => {
            let database = Postgres::open(address).await?;
            let logs = sqlx::query_scalar(LOGS).fetch_all(database.pool()).await?;
            (Box::new(PostgresStore::new(database)), logs)
        }
        Data::Memory => return Ok(0),
    };
    for log in &logs {
        let log: LogId = log.parse().with_context(|| format!("“{log}” in the table of heads"))?;
        // Seconds since 1970: the same backup put back twice begins two timelines.
        store.begin_epoch(log, now().0 / 1_000).await?;
    }
    store.close().await;
    Ok(logs.len())
}
