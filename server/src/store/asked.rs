//! What both databases are asked in the same words, and how their answers become the store's.

use super::{FoundRecord, Page, PageLimit, PageRow, RowPage, SealedHead, StoreError, StoredRow, Subject};
use futures::Stream;
use futures::stream::TryStreamExt;
use landfall_engine::{Cursor, LogId, Position, Seal};

pub(super) const CREATE: &str = "INSERT INTO log_head (log, head, epoch) VALUES ($1, 0, 1) ON CONFLICT (log) DO NOTHING";
pub(super) const HEAD: &str = "SELECT epoch, head FROM log_head WHERE log = $1";
pub(super) const LOGS: &str = "SELECT log, epoch, head FROM log_head WHERE log > $1 ORDER BY log LIMIT $2";
pub(super) const RECORDED: &str = "SELECT MIN(log) FROM (SELECT MIN(log) AS log FROM record WHERE log > $1 \
     UNION ALL SELECT MIN(log) AS log FROM archive_piece WHERE log > $1) AS of_either";
pub(super) const ROWS: &str = "SELECT position, command, actor, device, at, fingerprint, subject, body, command_text, seal FROM record \
     WHERE log = $1 AND position > $2 ORDER BY position LIMIT $3";
pub(super) const SIZE: &str = "SELECT CAST(COALESCE(SUM(octet_length(body) + COALESCE(octet_length(command_text), 0)), 0) AS BIGINT) \
     FROM record WHERE log = $1";
pub(super) const READ: &str =
    "SELECT position, body, fingerprint, seal FROM record WHERE log = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4";
pub(super) const READ_SUBJECT: &str = "SELECT position, body, fingerprint, seal FROM record \
     WHERE log = $1 AND subject = $2 AND position < $3 AND position <= $4 ORDER BY position DESC LIMIT $5";
pub(super) const SEAL: &str = "SELECT seal FROM record WHERE log = $1 AND position = $2";
pub(super) const BEGIN_EPOCH: &str =
    "UPDATE log_head SET epoch = CASE WHEN epoch + 1 < $2 THEN $2 ELSE epoch + 1 END WHERE log = $1 RETURNING epoch";

/// Reads rows until the page is full; one row more than it may hold tells that it is not the last. One that is to begin with a certain
/// position and does not, is closed at once: what it should begin with is looked for elsewhere.
pub(super) async fn page(
    mut rows: impl Stream<Item = Result<(i64, String, i64, Option<Vec<u8>>), sqlx::Error>> + Unpin,
    before: Option<Seal>,
    head: Cursor,
    limit: PageLimit,
    begins_with: Option<Position>,
) -> Result<Page, StoreError> {
    let mut page = Page { rows: Vec::new(), end: true, head, before };
    let mut bytes = 0;
    while let Some((position, body, fingerprint, seal)) = rows.try_next().await.map_err(unavailable)? {
        if page.rows.len() == limit.records || (bytes >= limit.bytes && !page.rows.is_empty()) {
            page.end = false;
            break;
        }
        bytes += body.len();
        let position = unsigned(position)?;
        page.rows.push(PageRow { position, body, fingerprint: fingerprint.cast_unsigned(), seal: seal_of(seal)? });
        if begins_with.is_some_and(|first| page.rows.len() == 1 && position != first) {
            page.end = position >= head.position;
            break;
        }
    }
    Ok(page)
}

/// Likewise, whatever stands in them.
pub(super) async fn row_page(
    mut rows: impl Stream<Item = Result<StoredRow, sqlx::Error>> + Unpin,
    head: Cursor,
    limit: PageLimit,
    begins_with: Position,
) -> Result<RowPage, StoreError> {
    let mut page = RowPage { rows: Vec::new(), head };
    let mut bytes = 0;
    while bytes < limit.bytes || page.rows.is_empty() {
        let Some(row) = rows.try_next().await.map_err(unavailable)? else { break };
        bytes += row.text_bytes();
        let is_elsewhere = page.rows.is_empty() && row.position != to_bigint(begins_with);
        page.rows.push(row);
        if is_elsewhere {
            break;
        }
    }
    Ok(page)
}

/// Ids are in the order of their texts; the empty text comes before all.
pub(super) fn after_log(log: Option<LogId>) -> String {
    log.map(|log| log.to_string()).unwrap_or_default()
}

pub(super) fn log_id(text: &str) -> Result<LogId, StoreError> {
    text.parse().map_err(|_| StoreError::Unavailable(format!("“{text}” in the database is not the id of a log")))
}

pub(super) fn log_head((log, epoch, head): (String, i64, i64)) -> Result<(LogId, Cursor), StoreError> {
    Ok((log_id(&log)?, cursor(epoch, head)?))
}

pub(super) fn sealed_head((log, epoch, head, seal): (String, i64, i64, Vec<u8>)) -> Result<SealedHead, StoreError> {
    Ok((log_id(&log)?, cursor(epoch, head)?, seal_of(Some(seal))?))
}

pub(super) fn one_more(limit: PageLimit) -> i64 {
    i64::try_from(limit.records).unwrap_or(i64::MAX).saturating_add(1)
}

/// Command, position, and fingerprint: 64 bits without a sign, which databases keep with one.
pub(super) fn found((command, position, fingerprint): (String, i64, i64)) -> Result<FoundRecord, StoreError> {
    let command = command.parse().map_err(|_| StoreError::Unavailable(format!("“{command}” in the table of records is not an id")))?;
    Ok(FoundRecord { command, position: unsigned(position)?, fingerprint: fingerprint.cast_unsigned() })
}

pub(super) fn cursor(epoch: i64, position: i64) -> Result<Cursor, StoreError> {
    Ok(Cursor { epoch: unsigned(epoch)?, position: unsigned(position)? })
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Unavailable(format!("{number} in the database should not be negative")))
}

/// Positions and epochs as databases have them; what is larger than they can hold is as good as their largest.
pub(super) fn to_bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A seal as its column has it; none was given to records that are older than seals.
pub(super) fn seal_of(column: Option<Vec<u8>>) -> Result<Seal, StoreError> {
    let Some(bytes) = column else { return Ok(Seal::NONE) };
    let seal = bytes.as_slice().try_into().map(Seal);
    seal.map_err(|_| StoreError::Unavailable(format!("a seal in the database has {} bytes instead of 16", bytes.len())))
}

pub(super) fn subject_text(subject: Subject) -> String {
    uuid::Uuid::from_bytes(subject).to_string()
}

/// The seals before the first of these and behind the last.
pub(super) fn ends(records: &[super::StoredRecord]) -> (Seal, Seal) {
    let before = records.first().map_or(Seal::NONE, super::StoredRecord::before);
    (before, records.last().map_or(before, super::StoredRecord::seal))
}

pub(super) fn do_follow(expected: Cursor, records: &[super::StoredRecord]) -> bool {
    let positions = expected.position + 1..=expected.position + records.len() as Position;
    let are_linked = records.windows(2).all(|pair| pair[0].seal() == pair[1].before());
    are_linked && records.iter().map(|record| record.position).eq(positions)
}

pub(super) fn unavailable(error: sqlx::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
