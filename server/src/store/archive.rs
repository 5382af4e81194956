//! Records that were moved out of the table of records, read where they are now: what both databases share.
//!
//! The table of records is asked first. Only where it begins further on than it should is the archive looked into: whatever was moved since
//! then is in it by that time, since a record is in one of the two at each moment, and never comes back.

use super::asked::unsigned;
use super::{Page, PageLimit, PageRow, RowPage, StoreError, StoredRow, Subject};
use crate::archive::Piece;
use futures::future::BoxFuture;
use landfall_engine::{Cursor, LogId, Position, Seal};

/// Pieces that are unpacked for one page about a subject, at most: it is closed early then.
const PIECES_PER_PAGE_MAX: usize = 8;

pub(super) const PIECE: &str = "SELECT first_position, last_position, sha256, body FROM archive_piece \
     WHERE log = $1 AND last_position >= $2 ORDER BY last_position LIMIT 1";
pub(super) const EXTENT: &str = "SELECT COALESCE(MAX(last_position), 0), COUNT(*), CAST(COALESCE(SUM(octet_length(body)), 0) AS BIGINT) \
     FROM archive_piece WHERE log = $1";
/// Where each piece lies, and where the table of records begins: of one moment, since it is one statement.
pub(super) const LAYOUT: &str = "SELECT first_position, last_position FROM archive_piece WHERE log = $1 \
     UNION ALL SELECT MIN(position), NULL FROM record WHERE log = $1";
pub(super) const KEEP: &str = "INSERT INTO archive_piece (log, first_position, last_position, sha256, body) VALUES ($1, $2, $3, $4, $5)";
pub(super) const REMOVE: &str = "DELETE FROM record WHERE log = $1 AND position >= $2 AND position <= $3";

/// How much of a log is archived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArchiveExtent {
    /// The position up to which records are archived; 0 when none are.
    pub last: Position,
    /// In so many pieces.
    pub pieces: u64,
    /// What these take, bytes.
    pub bytes: u64,
}

/// Where the records of a log lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveLayout {
    /// The first and the last position of each piece of its archive, in the order of the last.
    pub pieces: Vec<(Position, Position)>,
    /// Where the table of records begins; `None` when it has none.
    pub table_from: Option<Position>,
}

/// What a database is asked of its archives.
pub(super) trait Archive: Sync {
    /// The piece with the record at this position, or else the next one.
    fn piece(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Piece>, StoreError>>;

    /// Positions of archived records about something before a position, newest first, at most so many.
    fn about(&self, log: LogId, subject: Subject, before: Position, count: usize) -> BoxFuture<'_, Result<Vec<Position>, StoreError>>;
}

/// What the table of records said, or what stands in the archive in its place.
pub(super) async fn page(archive: &impl Archive, log: LogId, after: Position, limit: PageLimit, said: Page) -> Result<Page, StoreError> {
    let first = said.rows.first().map(|row| row.position);
    Ok(match instead(archive, log, after, first, said.head).await? {
        Some(rows) => Page { before: seal(archive, log, after).await?, ..page_of(rows, limit, said.head) },
        // The record before the first may be the last one that is archived.
        None if said.before.is_none() => Page { before: seal(archive, log, after).await?, ..said },
        None => said,
    })
}

/// Likewise, whatever stands in them.
pub(super) async fn row_page(
    archive: &impl Archive,
    log: LogId,
    after: Position,
    limit: PageLimit,
    said: RowPage,
) -> Result<RowPage, StoreError> {
    let first = said.rows.first().map(|row| row.position.cast_unsigned());
    Ok(match instead(archive, log, after, first, said.head).await? {
        Some(rows) => row_page_of(rows, limit, said.head),
        None => said,
    })
}

/// The seal behind an archived record; `None` when it is none.
pub(super) async fn seal(archive: &impl Archive, log: LogId, position: Position) -> Result<Option<Seal>, StoreError> {
    if position == 0 {
        return Ok(Some(Seal::NONE));
    }
    let Some(piece) = archive.piece(log, position).await?.filter(|piece| piece.first <= position) else { return Ok(None) };
    let (_, rows) = unpack(piece).await?;
    Ok(rows.iter().find(|row| row.position == position.cast_signed()).map(seal_of))
}

/// Goes on in the archive where the table of records has no more about a subject.
pub(super) async fn page_about(
    archive: &impl Archive,
    log: LogId,
    subject: Subject,
    before: Position,
    limit: PageLimit,
    mut page: Page,
) -> Result<Page, StoreError> {
    if !page.end {
        return Ok(page);
    }
    let before = page.rows.last().map_or(before, |row| row.position);
    let room = limit.records - page.rows.len().min(limit.records);
    let mut bytes: usize = page.rows.iter().map(|row| row.body.len()).sum();
    let mut unpacked: Option<(Piece, Vec<StoredRow>)> = None;
    let mut pieces = 0;
    for position in archive.about(log, subject, before, room.saturating_add(1)).await? {
        let is_here = unpacked.as_ref().is_some_and(|(piece, _)| (piece.first..=piece.last).contains(&position));
        let is_full = page.rows.len() == limit.records || (bytes >= limit.bytes && !page.rows.is_empty());
        if is_full || (!is_here && pieces == PIECES_PER_PAGE_MAX) {
            page.end = false;
            break;
        }
        if !is_here {
            pieces += 1;
            let piece = archive.piece(log, position).await?.ok_or_else(|| lacks(position))?;
            unpacked = Some(unpack(piece).await?);
        }
        let rows = unpacked.iter().flat_map(|(_, rows)| rows);
        let row = rows.into_iter().find(|row| row.position == position.cast_signed()).ok_or_else(|| lacks(position))?;
        bytes += row.body.len();
        page.rows.push(row.into());
    }
    Ok(page)
}

/// The rows of the archive after a position; `None` when the table of records has what comes next, or nobody has.
async fn instead(
    archive: &impl Archive,
    log: LogId,
    after: Position,
    first: Option<Position>,
    head: Cursor,
) -> Result<Option<Vec<StoredRow>>, StoreError> {
    if first.map_or(after >= head.position, |first| first <= after.saturating_add(1)) {
        return Ok(None);
    }
    let Some(piece) = archive.piece(log, after.saturating_add(1)).await? else { return Ok(None) };
    if first.is_some_and(|first| first < piece.first) {
        return Ok(None);
    }
    let (_, mut rows) = unpack(piece).await?;
    rows.retain(|row| row.position > after.cast_signed());
    Ok(Some(rows))
}

async fn unpack(piece: Piece) -> Result<(Piece, Vec<StoredRow>), StoreError> {
    let (first, last) = (piece.first, piece.last);
    let unpacked = tokio::task::spawn_blocking(move || piece.unpack().map(|rows| (piece, rows))).await;
    let told = |why: String| StoreError::Damaged(format!("the archive of records {first} to {last}: {why}"));
    unpacked.map_err(|error| told(error.to_string()))?.map_err(told)
}

fn lacks(position: Position) -> StoreError {
    StoreError::Damaged(format!("record {position} is listed as archived, and is not in the archive"))
}

/// As many of these rows as a page may hold.
pub(super) fn page_of(rows: Vec<StoredRow>, limit: PageLimit, head: Cursor) -> Page {
    let mut bytes = 0;
    let mut page = Page { rows: Vec::new(), end: false, head, before: None };
    for row in &rows {
        if page.rows.len() == limit.records || (bytes >= limit.bytes && !page.rows.is_empty()) {
            break;
        }
        bytes += row.body.len();
        page.rows.push(row.into());
    }
    page.end = page.rows.last().is_some_and(|row| row.position >= head.position);
    page
}

/// Likewise, whatever stands in them.
pub(super) fn row_page_of(mut rows: Vec<StoredRow>, limit: PageLimit, head: Cursor) -> RowPage {
    let mut bytes = 0;
    let fits = rows.iter().take(limit.records).take_while(|row| {
        let is_room = bytes == 0 || bytes < limit.bytes;
        bytes += row.text_bytes();
        is_room
    });
    let count = fits.count();
    rows.truncate(count);
    RowPage { rows, head }
}

pub(super) fn piece((first, last, sha256, body): (i64, i64, String, Vec<u8>)) -> Result<Piece, StoreError> {
    Ok(Piece { first: unsigned(first)?, last: unsigned(last)?, sha256, body })
}

pub(super) fn extent((last, pieces, bytes): (i64, i64, i64)) -> Result<ArchiveExtent, StoreError> {
    Ok(ArchiveExtent { last: unsigned(last)?, pieces: unsigned(pieces)?, bytes: unsigned(bytes)? })
}

pub(super) fn layout(rows: Vec<(Option<i64>, Option<i64>)>) -> Result<ArchiveLayout, StoreError> {
    let mut layout = ArchiveLayout::default();
    for row in rows {
        match row {
            (Some(first), Some(last)) => layout.pieces.push((unsigned(first)?, unsigned(last)?)),
            (first, _) => layout.table_from = first.map(unsigned).transpose()?,
        }
    }
    layout.pieces.sort_by_key(|(_, last)| *last);
    Ok(layout)
}

/// Everything that a piece says it holds must have been moved, or nothing is.
pub(super) fn ensure_all(piece: &Piece, listed: u64, removed: u64) -> Result<(), StoreError> {
    if (listed, removed) == (piece.records(), piece.records()) {
        return Ok(());
    }
    let (first, last) = (piece.first, piece.last);
    Err(StoreError::Unavailable(format!("of records {first} to {last} some are not there: is somebody else archiving them?")))
}

impl From<&StoredRow> for PageRow {
    fn from(row: &StoredRow) -> Self {
        Self {
            position: row.position.cast_unsigned(),
            body: row.body.clone(),
            fingerprint: row.fingerprint.cast_unsigned(),
            seal: seal_of(row),
        }
    }
}

/// What was packed had a seal of the right length, or none.
pub(super) fn seal_of(row: &StoredRow) -> Seal {
    row.seal().ok().flatten().unwrap_or(Seal::NONE)
}
