//! A log goes from one database to another while servers write it: nothing of it is lost, doubled or reordered, wherever it is cut short.
//!
//! It is copied while it is written; then frozen where it is, and the rest copied; then made ready where it goes, on its next timeline, and not
//! open yet. Then the directory names the new place: that is the moment at which it moves. Until then the old place is the truth, and all of it
//! can be called off; from then on the new one is, and only has to be opened. From the freeze to the opening nobody can append at either.
//! The old place keeps its copy and takes no record any more. Whoever begins the same again goes on where it was cut short.

use super::directory::Directory;
use super::place::{Place, Standing};
use super::{PlacedStore, to_bigint};
use crate::hints::through_database::announce;
use crate::host::now;
use crate::store::LogStore;
use anyhow::{Context, bail, ensure};
use futures::stream::TryStreamExt;
use landfall_engine::{Cursor, Epoch, LogId, Position};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPoolCopyExt;
use sqlx::{AssertSqlSafe, PgConnection, Postgres};
use std::time::Duration;
use tokio::time::Instant;

/// Records that are copied and compared in one go.
const PAGE_RECORDS: Position = 1_000;
/// The same of what is archived, in pieces and in positions: what is listed of it is looked for among all that the log has archived, each time.
const PIECES_AT_A_TIME: i64 = 100;
const ARCHIVED_AT_A_TIME: Position = 100_000;
/// How often the log is caught up with while it is written, before it is frozen all the same.
const PASSES_MAX: usize = 10;
/// A copy that was left behind stays for so long: by then every server has noticed that the log has moved.
const COPY_KEPT_MS: u64 = 60_000;

/// How far it has come: so many records more are where they should be.
pub type Report<'a> = &'a mut (dyn FnMut(u64) + Send);

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relocated {
    /// The log is at another place now.
    Moved {
        /// Where it was.
        from: String,
        /// Where it ends, on its new timeline.
        head: Cursor,
        /// How many records had to be copied this time.
        copied: u64,
        /// How long nothing could be appended.
        frozen: Duration,
    },
    /// It is there, but a move was cut short, and nothing could be appended: now it can.
    Opened,
    /// It was there already.
    Unchanged,
}

impl PlacedStore {
    /// Moves a log to the database of this name. Moving it to where it is finishes a move that was cut short, or calls it off.
    pub async fn relocate(&self, log: LogId, to: &str, report: Report<'_>) -> anyhow::Result<Relocated> {
        let known = || self.names().collect::<Vec<_>>().join(", ");
        let to =
            self.index(to).with_context(|| format!("there is no database {to}: there are {}. Name it with --log-database", known()))?;
        let mut held = self.hold(log).await?;
        let relocated = self.relocate_held(&mut held, log, to, report).await;
        release(held, log).await;
        relocated
    }

    async fn relocate_held(&self, held: &mut PgConnection, log: LogId, to: usize, report: Report<'_>) -> anyhow::Result<Relocated> {
        let (from, _) = self.look_up(log).await?;
        let (source, target) = (&self.places[from], &self.places[to]);
        let standing = source.standing(log).await?.with_context(|| format!("there is no log {log} on {}", source.name))?;
        if from == to {
            let was_halted = standing.elsewhere.is_some();
            if was_halted {
                open(source, log, standing.head).await?;
            }
            return Ok(if was_halted { Relocated::Opened } else { Relocated::Unchanged });
        }
        let copying = Copying { log, source, target };
        copying.compare_what_is_there(report).await?;
        copying.copy_archive(report).await?;
        let mut copied = copying.copy_while_it_is_written(report).await?;
        copying.copy_snapshot().await?;
        let frozen = Instant::now();
        let head = copying.freeze().await?;
        copied += copying.copy_up_to(head.position, report).await?;
        let head = copying.make_ready(head).await?;
        Directory::redirect(held, log, &target.name).await?;
        self.forget(log);
        open(target, log, head).await?;
        let frozen = frozen.elapsed();
        // Those who listen where it was hear that it is there no more.
        if let Err(error) = announce(&source.database, (log, head)).await {
            tracing::debug!(%error, "servers are not told that a log has moved, and see it themselves");
        }
        Ok(Relocated::Moved { from: source.name.clone(), head, copied, frozen })
    }

    /// Removes the copies of a log that were left behind. What stays of each is that the log is elsewhere. Returns how many records went.
    pub async fn forget_copies(&self, log: LogId) -> anyhow::Result<u64> {
        let held = self.hold(log).await?;
        let forgotten = self.forget_copies_held(log).await;
        release(held, log).await;
        forgotten
    }

    async fn forget_copies_held(&self, log: LogId) -> anyhow::Result<u64> {
        let (here, _) = self.look_up(log).await?;
        let age_ms = self.directory.since(log).await?.map_or(u64::MAX, |since| now().since(since));
        ensure!(
            age_ms >= COPY_KEPT_MS,
            "it was moved {} s ago, and a server may still read the copy: come again in {} s",
            age_ms / 1_000,
            (COPY_KEPT_MS - age_ms).div_ceil(1_000)
        );
        let mut forgotten = 0;
        for place in self.places.iter().enumerate().filter(|(index, _)| *index != here).map(|(_, place)| place) {
            forgotten += forget_copy(place, log, &self.places[here].name).await?;
        }
        Ok(forgotten)
    }

    /// Keeps everybody else from moving and archiving this log, for as long as the connection lives.
    pub(super) async fn hold(&self, log: LogId) -> anyhow::Result<PoolConnection<Postgres>> {
        let mut connection = self.main().pool().acquire().await?;
        // The lock goes with its connection, so that it is not handed back with it.
        connection.close_on_drop();
        let statement = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";
        let is_held: bool = sqlx::query_scalar(statement).bind(name_of_lock(log)).fetch_one(&mut *connection).await?;
        ensure!(is_held, "log {log} is being moved or archived by somebody else at this moment: wait for it");
        Ok(connection)
    }
}

fn name_of_lock(log: LogId) -> String {
    format!("landfall move {log}")
}

/// At once, and not some time after the connection is closed.
pub(super) async fn release(mut held: PoolConnection<Postgres>, log: LogId) {
    let query = sqlx::query("SELECT pg_advisory_unlock(hashtextextended($1, 0))").bind(name_of_lock(log));
    if let Err(error) = query.execute(&mut *held).await {
        tracing::debug!(%error, "a log stays held until the connection is gone");
    }
}

/// One log, from one database to another.
struct Copying<'a> {
    log: LogId,
    source: &'a Place,
    target: &'a Place,
}

impl Copying<'_> {
    /// What an earlier attempt, or an earlier stay of the log, has left at the target must be the beginning of it.
    async fn compare_what_is_there(&self, report: Report<'_>) -> anyhow::Result<()> {
        let Self { log, source, target } = self;
        let (theirs, ours) = tokio::try_join!(Extent::of(source, *log), Extent::of(target, *log))?;
        let (archived, archived_here) = tokio::try_join!(source.store.archived(*log), target.store.archived(*log))?;
        let stands = target.standing(*log).await?;
        let is_open = stands.is_some_and(|Standing { head, elsewhere, .. }| elsewhere.is_none() && head.position > 0);
        let contradicts = format!("{} has another log under the same id: see “Logs on several databases” in OPERATIONS.md", target.name);
        let is_beginning = ours.last <= theirs.last.max(archived.last) && archived_here.last <= archived.last;
        ensure!(!is_open && is_beginning, contradicts);
        for after in (0..archived_here.last).step_by(usize::try_from(ARCHIVED_AT_A_TIME)?) {
            let pieces = Rows::PIECES.of(*log, after, archived_here.last.min(after + ARCHIVED_AT_A_TIME));
            ensure!(pieces.are_the_same(source, target).await?, "{contradicts}; they differ in what is archived");
        }
        // Of what was archived since, the pieces come in the place of the records.
        let mut position = ours.first.saturating_sub(1).max(archived.last);
        while position < ours.last {
            let until = ours.last.min(position + PAGE_RECORDS);
            let same = Rows::RECORDS.of(*log, position, until).are_the_same(source, target).await?;
            ensure!(same, "{contradicts}; they differ between the records {} and {until}", position + 1);
            report(until - position);
            position = until;
        }
        Ok(())
    }

    /// Pieces that the target does not have, each in the place of the records that are in it. Nobody archives meanwhile.
    async fn copy_archive(&self, report: Report<'_>) -> anyhow::Result<()> {
        let Self { log, source, target } = self;
        let mut last = target.store.archived(*log).await?.last;
        loop {
            let statement = "SELECT MAX(last_position) FROM (SELECT last_position FROM archive_piece WHERE log = $1 AND last_position > $2 \
                             ORDER BY last_position LIMIT $3) AS next";
            let query = sqlx::query_scalar(statement).bind(log.to_string()).bind(to_bigint(last)).bind(PIECES_AT_A_TIME);
            let until: Option<i64> = query.fetch_one(source.database.pool()).await?;
            let Some(until) = until.map(u64::try_from).transpose()? else { return Ok(()) };
            let mut transaction = target.database.pool().begin().await?;
            for rows in [Rows::PIECES, Rows::ARCHIVED] {
                rows.of(*log, last, until).copy(source, &mut transaction).await?;
            }
            let covered = sqlx::query("DELETE FROM record WHERE log = $1 AND position <= $2").bind(log.to_string()).bind(to_bigint(until));
            covered.execute(&mut *transaction).await?;
            transaction.commit().await?;
            report(until - last);
            last = until;
        }
    }

    /// So that little is left for when nobody can write.
    async fn copy_while_it_is_written(&self, report: Report<'_>) -> anyhow::Result<u64> {
        let mut copied = 0;
        for _ in 0..PASSES_MAX {
            let head = self.source.standing(self.log).await?.context("the log is gone")?.head;
            let more = self.copy_up_to(head.position, report).await?;
            copied += more;
            if more < PAGE_RECORDS {
                break;
            }
        }
        Ok(copied)
    }

    /// Everything up to a position that the target does not have.
    async fn copy_up_to(&self, head: Position, report: Report<'_>) -> anyhow::Result<u64> {
        let Self { log, source, target } = self;
        let (from, there) = tokio::try_join!(Extent::of(source, *log), Extent::of(target, *log))?;
        let archived = target.store.archived(*log).await?.last;
        let mut position = there.last.max(from.first.saturating_sub(1)).max(archived);
        let mut copied = 0;
        while position < head {
            let until = head.min(position + PAGE_RECORDS);
            let page = self.copy_page(position, until).await;
            copied += page.with_context(|| format!("the records from {} on cannot be copied", position + 1))?;
            report(until - position);
            position = until;
        }
        Ok(copied)
    }

    async fn copy_page(&self, after: Position, until: Position) -> anyhow::Result<u64> {
        let mut transaction = self.target.database.pool().begin().await?;
        let copied = Rows::RECORDS.of(self.log, after, until).copy(self.source, &mut transaction).await?;
        transaction.commit().await?;
        Ok(copied)
    }

    /// A cache, but a dear one: without it everybody would read the whole log again, record by record.
    async fn copy_snapshot(&self) -> anyhow::Result<()> {
        let Self { log, source, target } = self;
        let epoch = source.standing(*log).await?.context("the log is gone")?.head.epoch;
        let mut transaction = target.database.pool().begin().await?;
        sqlx::query("DELETE FROM snapshot_piece WHERE log = $1").bind(log.to_string()).execute(&mut *transaction).await?;
        let rows = format!("SELECT * FROM snapshot_piece WHERE log = '{log}' AND epoch = {epoch}");
        carry(source, &rows, &mut transaction, "snapshot_piece").await?;
        transaction.commit().await?;
        Ok(())
    }

    /// From here on nothing is appended: an append under way is waited for, and the next one refused.
    async fn freeze(&self) -> anyhow::Result<Cursor> {
        let query = sqlx::query("UPDATE log_head SET elsewhere = $2 WHERE log = $1").bind(self.log.to_string()).bind(&self.target.name);
        query.execute(self.source.database.pool()).await?;
        Ok(self.source.standing(self.log).await?.context("the log is gone")?.head)
    }

    /// The head at the target, on a timeline that neither place has ever had, and not open yet. Whatever stood there goes.
    async fn make_ready(&self, head: Cursor) -> anyhow::Result<Cursor> {
        let Self { log, source, target } = self;
        let (theirs, ours) = tokio::try_join!(Extent::of(source, *log), Extent::of(target, *log))?;
        let (archived, archived_here) = tokio::try_join!(source.store.archived(*log), target.store.archived(*log))?;
        ensure!(
            theirs == ours && archived == archived_here && ours.last.max(archived.last) == head.position,
            "after it was copied, {} has {ours:?} of the log, and {} {theirs:?}: nothing was moved",
            target.name,
            source.name
        );
        let earlier = target.standing(*log).await?.map_or(0, |standing| standing.head.epoch);
        let head = Cursor { epoch: head.epoch.max(earlier) + 1, ..head };
        let mut transaction = target.database.pool().begin().await?;
        sqlx::query("DELETE FROM log_head WHERE log = $1").bind(log.to_string()).execute(&mut *transaction).await?;
        carry(source, &format!("SELECT * FROM log_head WHERE log = '{log}'"), &mut transaction, "log_head").await?;
        sqlx::query("UPDATE log_head SET elsewhere = NULL WHERE log = $1").bind(log.to_string()).execute(&mut *transaction).await?;
        let query = sqlx::query("UPDATE log_head SET epoch = $2, elsewhere = $3 WHERE log = $1").bind(log.to_string());
        query.bind(to_bigint(head.epoch)).bind(&source.name).execute(&mut *transaction).await?;
        // The records are the same, and so is what they mean. A snapshot of what the log has lost stays behind.
        let beyond = sqlx::query("DELETE FROM snapshot_piece WHERE log = $1 AND position > $2").bind(log.to_string());
        beyond.bind(to_bigint(head.position)).execute(&mut *transaction).await?;
        re_date_snapshot(&mut transaction, *log, head.epoch).await?;
        transaction.commit().await?;
        Ok(head)
    }
}

async fn re_date_snapshot(connection: &mut PgConnection, log: LogId, epoch: Epoch) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE snapshot_piece SET epoch = $2 WHERE log = $1")
        .bind(log.to_string())
        .bind(to_bigint(epoch))
        .execute(connection)
        .await?;
    Ok(())
}

/// From here on the log is appended to at this place, and its servers are told.
async fn open(place: &Place, log: LogId, head: Cursor) -> anyhow::Result<()> {
    let query = sqlx::query("UPDATE log_head SET elsewhere = NULL WHERE log = $1").bind(log.to_string());
    query.execute(place.database.pool()).await?;
    if let Err(error) = announce(&place.database, (log, head)).await {
        tracing::debug!(%error, "servers are not told that a log is open again, and see it themselves");
    }
    Ok(())
}

/// Rows of one database into a table of another, as they come.
async fn carry(source: &Place, rows: &str, target: &mut PgConnection, table: &str) -> anyhow::Result<u64> {
    let from = format!("COPY ({rows}) TO STDOUT (FORMAT binary)");
    let mut stream = source.database.pool().copy_out_raw(&from).await?;
    let mut copy = target.copy_in_raw(&format!("COPY {table} FROM STDIN (FORMAT binary)")).await?;
    loop {
        match stream.try_next().await {
            Ok(Some(bytes)) => drop(copy.send(bytes).await?),
            Ok(None) => return Ok(copy.finish().await?),
            Err(error) => {
                copy.abort("the other database failed").await?;
                return Err(error.into());
            }
        }
    }
}

/// How many records a place has of a log, and from where to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    records: u64,
    first: Position,
    last: Position,
}

impl Extent {
    async fn of(place: &Place, log: LogId) -> anyhow::Result<Self> {
        let statement = "SELECT COUNT(*), COALESCE(MIN(position), 0), COALESCE(MAX(position), 0) FROM record WHERE log = $1";
        let query = sqlx::query_as(statement).bind(log.to_string());
        let (records, first, last): (i64, i64, i64) = query.fetch_one(place.database.pool()).await?;
        Ok(Self { records: u64::try_from(records)?, first: u64::try_from(first)?, last: u64::try_from(last)? })
    }
}

/// Rows of a table that belong to some of a log's records.
struct Rows {
    table: &'static str,
    /// The column with the position that tells to which.
    by: &'static str,
}

impl Rows {
    const RECORDS: Self = Self { table: "record", by: "position" };
    const PIECES: Self = Self { table: "archive_piece", by: "last_position" };
    const ARCHIVED: Self = Self { table: "archived_record", by: "position" };

    fn of(&self, log: LogId, after: Position, until: Position) -> Range {
        let Self { table, by } = self;
        Range { table, by, which: format!("log = '{log}' AND {by} > {after} AND {by} <= {until}") }
    }
}

/// Those after a position up to another.
struct Range {
    table: &'static str,
    by: &'static str,
    which: String,
}

impl Range {
    /// All columns that there are, as the databases pass them on between each other; and the same at both ends before it counts.
    async fn copy(&self, source: &Place, target: &mut PgConnection) -> anyhow::Result<u64> {
        let Self { table, which, .. } = self;
        let copied = carry(source, &format!("SELECT * FROM {table} WHERE {which}"), target, table).await?;
        ensure!(
            self.digest(&mut *source.database.pool().acquire().await?).await? == self.digest(target).await?,
            "what arrived is not what was sent"
        );
        Ok(copied)
    }

    async fn are_the_same(&self, one: &Place, other: &Place) -> anyhow::Result<bool> {
        let (mut one, mut other) = tokio::try_join!(one.database.pool().acquire(), other.database.pool().acquire())?;
        let (one, other) = tokio::try_join!(self.digest(&mut one), self.digest(&mut other))?;
        Ok(one == other)
    }

    /// How many rows there are, and the SHA-256 of all that is in them.
    async fn digest(&self, connection: &mut PgConnection) -> Result<(i64, String), sqlx::Error> {
        let Self { table, by, which } = self;
        let rows = format!("string_agg(encode(sha256(convert_to({table}::TEXT, 'UTF8')), 'hex'), '' ORDER BY {by})");
        let statement =
            format!("SELECT COUNT(*), encode(sha256(convert_to(COALESCE({rows}, ''), 'UTF8')), 'hex') FROM {table} WHERE {which}");
        sqlx::query_as(AssertSqlSafe(statement)).fetch_one(connection).await
    }
}

async fn forget_copy(place: &Place, log: LogId, here: &str) -> anyhow::Result<u64> {
    let (there, archived) = (Extent::of(place, log).await?, place.store.archived(log).await?.last);
    if there.records == 0 && archived == 0 {
        return Ok(0);
    }
    // A copy that never came to be ready has no head that says so.
    let statement = "INSERT INTO log_head (log, head, epoch, elsewhere) VALUES ($1, 0, 1, $2) ON CONFLICT (log) DO NOTHING";
    sqlx::query(statement).bind(log.to_string()).bind(here).execute(place.database.pool()).await?;
    if place.standing(log).await?.is_none_or(|standing| standing.elsewhere.is_none()) {
        bail!(
            "{} says that log {log} is there, and the directory that it is on {here}: see “Logs on several databases” in OPERATIONS.md",
            place.name
        );
    }
    let mut position = 0;
    let mut forgotten = 0;
    while position < there.last.max(archived) {
        position += ARCHIVED_AT_A_TIME;
        let mut transaction = place.database.pool().begin().await?;
        sqlx::query("SELECT set_config('landfall.forgets', $1, true)").bind(log.to_string()).execute(&mut *transaction).await?;
        for Rows { table, by } in [Rows::ARCHIVED, Rows::PIECES, Rows::RECORDS] {
            let statement = AssertSqlSafe(format!("DELETE FROM {table} WHERE log = $1 AND {by} <= $2"));
            let query = sqlx::query(statement).bind(log.to_string()).bind(to_bigint(position));
            let deleted = query.execute(&mut *transaction).await?.rows_affected();
            forgotten += if table == Rows::PIECES.table { 0 } else { deleted };
        }
        transaction.commit().await?;
    }
    sqlx::query("DELETE FROM snapshot_piece WHERE log = $1").bind(log.to_string()).execute(place.database.pool()).await?;
    Ok(forgotten)
}
