//! After a backup was put back: every log begins a new timeline, so that devices that had read further notice and read again.

use crate::database::Database;
use crate::host::now;
use crate::store::LogStore;
use crate::store::sqlite::SqliteStore;
use anyhow::{Context, ensure};
use landfall_engine::LogId;
use std::path::Path;

/// Begins a new epoch of every log in a folder of data, and says how many there are. The server must not be running.
pub async fn begin_new_timelines(folder: &Path) -> anyhow::Result<usize> {
    ensure!(folder.is_dir(), "there is no folder of data {}", folder.display());
    let database = Database::open(folder).await?;
    let store = SqliteStore::new(database.clone());
    let logs: Vec<String> = sqlx::query_scalar("SELECT log FROM log_head").fetch_all(database.readers()).await?;
    for log in &logs {
        let log: LogId = log.parse().with_context(|| format!("“{log}” in the table of heads"))?;
        // Seconds since 1970: the same backup put back twice begins two timelines.
        store.begin_epoch(log, now().0 / 1_000).await?;
    }
    store.close().await;
    Ok(logs.len())
}
