//! After a backup was put back: every log begins a new timeline, so that devices that had read further notice and read again.

use crate::config::{Data, Placement};
use crate::host::now;
use crate::operator::place::Opened;
use crate::store::{LogStore, StoreError};
use anyhow::ensure;
use landfall_engine::{Epoch, LogId};

/// Begins a new epoch of every log that is kept there, and says how many there are. No server must be running on a folder.
pub async fn begin_new_timelines(data: &Data, placement: &Placement) -> anyhow::Result<usize> {
    if let Data::Folder(folder) = data {
        ensure!(folder.is_dir(), "there is no folder of data {}", folder.display());
    }
    let opened = Opened::to_write(data, placement).await?;
    let heads = opened.heads().await?;
    for (log, _) in &heads {
        begin_new_timeline(&*opened.store, *log, 0).await?;
    }
    opened.close().await;
    Ok(heads.len())
}

/// Begins a new epoch of a log, after all those that a copy of it is known to have had.
pub(crate) async fn begin_new_timeline(store: &dyn LogStore, log: LogId, known: Epoch) -> Result<Epoch, StoreError> {
    // Seconds since 1970: the same backup put back twice begins two timelines.
    store.begin_epoch(log, (now().0 / 1_000).max(known + 1)).await
}
