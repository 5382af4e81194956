//! `landfall snapshot`: folds logs from their first record and keeps what came of it, so that they are opened quickly.

use super::choice::chosen;
use super::lines::PAGE;
use super::place::Place;
use super::telling::{Outcome, Progress, Telling, number};
use crate::contained::contain;
use crate::founding::Founding;
use crate::store::LogStore;
use crate::{Served, snapshot as kept};
use anyhow::{Context, ensure};
use clap::Args;
use landfall_engine::{Cursor, LogId, Record};
use serde_json::json;

pub(super) const HELP: &str = "A server writes them by itself. Do it by hand after an update whose notes say so, so that the first to come does not wait, or when `landfall verify` says that one is wrong.\n\
    A folder must not be served meanwhile; on PostgreSQL servers may run.\n\
    Examples:\n  \
    landfall snapshot --data /srv/landfall\n  \
    landfall snapshot \"Skarvik Yard\"\n\
    Exit codes: 0 done; 2 it could not be done, and why.";

/// Options of `landfall snapshot`.
#[derive(Args, Debug)]
pub struct Snapshot {
    /// Name or id of the workspace [default: all]
    #[arg(value_name = "LOG")]
    log: Option<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    telling: Telling,
}

pub(super) async fn snapshot<D: Served>(options: &Snapshot, product: &dyn Founding<D>) -> anyhow::Result<Outcome> {
    let opened = options.place.write().await?;
    let logs = chosen(&opened, product, options.log.as_deref()).await?;
    let mut progress = Progress::new("Folding", logs.iter().map(|(_, head)| head.position).sum());
    for (log, head) in &logs {
        let state = fold::<D>(&*opened.store, *log, *head, &mut progress).await?;
        let seal = opened.store.seal(*log, head.position).await?.context("the last record of a log is not there: see `landfall verify`")?;
        let snapshot = kept::encode::<D>(*head, seal, &state).context("a snapshot cannot be written")?;
        opened.store.save_snapshot(*log, D::FOLD, snapshot).await?;
    }
    drop(progress);
    opened.close().await;
    let count = logs.len() as u64;
    Ok(options.telling.done(format!("Wrote {}.", number(count, "snapshot")), json!({ "snapshots": count, "fold": D::FOLD })))
}

/// From the first record, whatever an earlier snapshot says.
async fn fold<D: Served>(store: &dyn LogStore, log: LogId, head: Cursor, progress: &mut Progress) -> anyhow::Result<D::State> {
    let mut state = D::State::default();
    let mut position = 0;
    while position < head.position {
        let page = store.read(log, position, PAGE).await?;
        ensure!(!page.rows.is_empty(), "log {log} has no record {}: see `landfall verify`", position + 1);
        for row in page.rows.iter().take(usize::try_from(head.position - position).unwrap_or(usize::MAX)) {
            position += 1;
            let record =
                Record::<D>::from_json(&row.body).with_context(|| format!("record {position} of log {log}: see `landfall verify`"))?;
            contain(|| record.fold_into(&mut state)).with_context(|| format!("this version fails on record {position} of log {log}"))?;
        }
        progress.advance(page.rows.len() as u64);
    }
    Ok(state)
}
