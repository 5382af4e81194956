//! `landfall archive`: old records leave the table of records for the archive of their log, where everybody reads them as before.

use super::choice::chosen;
use super::place::{Opened, Place};
use super::telling::{Outcome, Progress, Telling, number, size};
use crate::Served;
use crate::archive::{PIECE_BYTES_MAX, PIECE_RECORDS_MAX, Piece};
use crate::founding::Founding;
use crate::host::now;
use crate::store::{ArchiveExtent, LogStore, PageLimit, StoredRow};
use anyhow::{Context, ensure};
use clap::Args;
use landfall_engine::{Cursor, LogId, Position, Seal};
use serde::Serialize;
use serde_json::json;
use std::fmt::Write;
use std::time::Duration;
use tokio::time::Instant;

pub(super) const HELP: &str = "Servers may run meanwhile, in a folder too; all of them must be of this version before the first record is archived.\n\
    Nothing is lost and nobody notices: history, devices that read from the beginning, checks, backups and exports read on. What is archived stays so;\n\
    a restored backup has everything in the table again. It goes by whole pieces of up to 1,000 records: what does not fill one is left for the next time,\n\
    but for --before, which is exact. It may be ended at any time and begun again.\n\
    Examples:\n  \
    landfall archive --older-than 90 --data /srv/landfall\n  \
    LANDFALL_DATABASE=postgres://landfall@db/landfall landfall archive \"Skarvik Yard\" --keep 100000 --json\n\
    Exit codes: 0 done, also when there was nothing to do; 2 it could not be done, or not to its end, and why.";

/// What is read at a time, and becomes a piece.
const PIECE: PageLimit = PageLimit { records: PIECE_RECORDS_MAX, bytes: PIECE_BYTES_MAX };
pub(super) const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Options of `landfall archive`.
#[derive(Args, Debug)]
pub struct Archive {
    /// Name or id of the workspace [default: all]
    #[arg(value_name = "LOG")]
    log: Option<String>,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    telling: Telling,
}

/// Which records are old.
#[derive(Args, Clone, Copy, Debug)]
#[group(required = true, multiple = false)]
struct Which {
    /// All but the newest N of each workspace
    #[arg(long, value_name = "N")]
    keep: Option<Position>,
    /// Those that were recorded more than so many days ago
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..=36_500))]
    older_than: Option<u64>,
    /// Those before this position
    #[arg(long, value_name = "POSITION", requires = "log", value_parser = clap::value_parser!(u64).range(1..))]
    before: Option<Position>,
}

/// What became of one log.
#[derive(Serialize)]
struct Archived {
    id: LogId,
    /// Records that were archived now.
    archived: u64,
    /// The position up to which all are.
    archived_to: Position,
    /// Records that are left in the table.
    left: u64,
    pieces: u64,
    archive_bytes: u64,
}

pub(super) async fn archive<D: Served>(options: &Archive, product: &dyn Founding<D>) -> anyhow::Result<Outcome> {
    let opened = options.place.write_beside().await?;
    let archived = all(&opened, options, product).await;
    opened.close().await;
    let logs = archived?;
    let sum = |of: fn(&Archived) -> u64| logs.iter().map(of).sum::<u64>();
    let mut text = String::new();
    for Archived { id, archived, archived_to, left, pieces, archive_bytes } in logs.iter().filter(|log| log.archived > 0) {
        let (archived, pieces, bytes, left) =
            (number(*archived, "record"), number(*pieces, "piece"), size(*archive_bytes), number(*left, "record"));
        writeln!(text, "{id}: archived {archived}, up to {archived_to}; its archive has {pieces} ({bytes}), its table {left}.")?;
    }
    let count = sum(|log| log.archived);
    if count == 0 {
        writeln!(text, "Nothing to archive.")?;
    } else {
        writeln!(text, "Archived {} of {}.", number(count, "record"), number(logs.len() as u64, "workspace"))?;
    }
    Ok(options.telling.found(text, json!({ "archived": count, "workspaces": logs }), true))
}

async fn all<D: Served>(opened: &Opened, options: &Archive, product: &dyn Founding<D>) -> anyhow::Result<Vec<Archived>> {
    let mut wanted = Vec::new();
    for (log, head) in chosen(opened, product, options.log.as_deref()).await? {
        let archived = opened.store.archived(log).await?.last;
        wanted.push((log, head, archived, options.which.last(&*opened.store, log, head, archived).await?));
    }
    let total = wanted.iter().map(|(_, _, archived, last)| last.saturating_sub(*archived)).sum();
    let mut progress = Progress::new("Archiving", total);
    let mut logs = Vec::new();
    for (log, head, archived, last) in wanted {
        let to = one(&*opened.store, log, archived, last, options.which.before.is_some(), &mut progress).await?;
        let ArchiveExtent { last: archived_to, pieces, bytes } = opened.store.archived(log).await?;
        let left = head.position.saturating_sub(archived_to);
        logs.push(Archived { id: log, archived: to - archived, archived_to, left, pieces, archive_bytes: bytes });
    }
    Ok(logs)
}

impl Which {
    /// The position of the last record of a log that is old.
    async fn last(&self, store: &dyn LogStore, log: LogId, head: Cursor, archived: Position) -> anyhow::Result<Position> {
        let last = match *self {
            Self { keep: Some(count), .. } => head.position.saturating_sub(count),
            Self { before: Some(position), .. } => position - 1,
            Self { older_than, .. } => {
                let until = now().0.saturating_sub(older_than.unwrap_or(0) * DAY_MS);
                last_before(store, log, head, archived, until).await?
            }
        };
        Ok(last.min(head.position))
    }
}

/// The position of the last record before a time, by halves: times never go back.
pub(super) async fn last_before(
    store: &dyn LogStore,
    log: LogId,
    head: Cursor,
    archived: Position,
    until_ms: u64,
) -> anyhow::Result<Position> {
    let (mut before, mut after) = (archived, head.position + 1);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let page = store.rows(log, middle - 1, PageLimit { records: 1, bytes: 1 }).await?;
        let row = page.rows.first().filter(|row| row.position == middle.cast_signed());
        let row = row.with_context(|| format!("log {log} has no record {middle}: see `landfall verify`"))?;
        if u64::try_from(row.at).is_ok_and(|at| at >= until_ms) {
            after = middle;
        } else {
            before = middle;
        }
    }
    Ok(before)
}

/// Archives the records of a log after one position up to another, a piece at a time, and says up to which it came.
async fn one(
    store: &dyn LogStore,
    log: LogId,
    archived: Position,
    last: Position,
    is_exact: bool,
    progress: &mut Progress,
) -> anyhow::Result<Position> {
    let mut to = archived;
    while to < last {
        let mut rows = store.rows(log, to, PIECE).await?.rows;
        let is_full = |rows: &[StoredRow]| {
            rows.len() == PIECE_RECORDS_MAX || rows.iter().map(StoredRow::text_bytes).sum::<usize>() >= PIECE_BYTES_MAX
        };
        rows.retain(|row| row.position <= last.cast_signed());
        if !is_exact && !is_full(&rows) {
            break;
        }
        for row in &rows {
            let position = row.position;
            let told = || format!("record {position} of log {log} is not as it should be and is not archived: see `landfall verify`");
            row.clone().read(Seal::NONE).map_err(anyhow::Error::msg).with_context(told)?;
        }
        let piece = tokio::task::spawn_blocking(move || Piece::pack(&rows)).await??;
        let piece = piece.filter(|piece| piece.first == to + 1);
        let piece = piece.with_context(|| format!("log {log} has no record {}: see `landfall verify`", to + 1))?;
        let (records, reached, begun) = (piece.records(), piece.last, Instant::now());
        store.archive(log, piece).await.with_context(|| format!("log {log} is archived up to {to}, and no further"))?;
        to = reached;
        progress.advance(records);
        rest(begun.elapsed()).await;
    }
    ensure!(!is_exact || to >= last, "log {log} is archived up to {to}, and no further");
    Ok(to)
}

/// Servers write to the same disk: they have at least as much of its time.
async fn rest(worked: Duration) {
    tokio::time::sleep(worked).await;
}
