//! Which logs a command is about: all, or the one that was named, by its id or by the name of its workspace.

use super::place::Opened;
use crate::Served;
use crate::founding::Founding;
use crate::metrics::Metrics;
use crate::store::LogStore;
use crate::writer::Writer;
use anyhow::{Context, bail};
use landfall_engine::{Cursor, LogId};
use std::sync::Arc;

/// All of them, or the one that is named.
pub async fn chosen<D: Served>(opened: &Opened, product: &dyn Founding<D>, named: Option<&str>) -> anyhow::Result<Vec<(LogId, Cursor)>> {
    let heads = opened.heads().await?;
    let Some(named) = named else { return Ok(heads) };
    if let Ok(id) = named.parse::<LogId>() {
        let head = heads.into_iter().find(|(log, _)| *log == id);
        return Ok(vec![head.with_context(|| format!("there is no workspace {id} here: see `landfall logs list`"))?]);
    }
    let mut meant = Vec::new();
    for (log, head) in heads {
        // One that cannot be opened has no name that could be compared.
        let Ok(state) = state::<D>(&opened.store, log).await else { continue };
        if product.workspace_name(&state).to_lowercase() == named.to_lowercase() {
            meant.push((log, head));
        }
    }
    match meant.len() {
        1 => Ok(meant),
        0 => bail!("there is no workspace “{named}” here: see `landfall logs list`"),
        _ => bail!("several workspaces are called “{named}”: give the id of the one that is meant, by `landfall logs list`"),
    }
}

/// What a log says at its head, as a server opens it.
pub async fn state<D: Served>(store: &Arc<dyn LogStore>, log: LogId) -> anyhow::Result<D::State> {
    let opening = Writer::<D>::open(log, store.clone(), Arc::new(Metrics::default()), Arc::default());
    // In a task of its own, so that a product that fails on a record ends nothing else.
    let (open, _writer) = tokio::spawn(opening).await.context("this version fails on a record of it")??;
    Ok(open.head().borrow().state.clone())
}
