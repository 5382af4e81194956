//! What the device keeps: one IndexedDB per person and log.
//!
//! Stores, all of them without key paths:
//! `outbox` (command id → JSON of the commands saved together) and `inbox` (command id → JSON) belong to the person and are read by every
//! version; `tail`, `chunk` and `meta` are a cache of the log, keyed `[schema, fold, …]`: what another version wrote is not seen.

use futures::future::LocalBoxFuture;
use landfall_engine::client::{InboxRow, OutboxRow, Save, SaveError, SavedCommand};
use landfall_engine::{Cursor, Epoch, Mark, Position, Seal};

mod browser;
pub use browser::BrowserStorage;

/// What was found on the device. Pieces of the snapshot and frames are not decoded yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The timeline of the cached part.
    pub epoch: Epoch,
    /// The snapshot of this version, in pieces, when it is newer than what was asked for.
    pub snapshot: Option<(Cursor, Vec<Vec<u8>>)>,
    /// The mark that was known where it was taken.
    pub mark: Option<Mark>,
    /// Pages of records, ordered.
    pub tail: Vec<Vec<u8>>,
    /// The outbox, ordered by key: rows as they stand on disk, not decoded yet.
    pub outbox: Vec<(String, String)>,
    /// The inbox.
    pub inbox: Vec<InboxRow>,
}

/// The storage cannot be used, for this reason, in words for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost(pub String);

/// The door to what the device keeps.
pub trait Storage {
    /// Reads the outbox, the inbox, and what is cached of the log beyond `after`.
    fn load(&self, after: Cursor) -> LocalBoxFuture<'static, Result<Stored, Lost>>;
    /// Writes all of it or nothing.
    fn save(&self, save: Save) -> LocalBoxFuture<'static, Result<(), SaveError>>;
    /// Writes a snapshot in place of the one before, with the pages of records that it makes needless.
    fn save_snapshot(&self, cursor: Cursor, mark: Option<Mark>, chunks: Vec<Vec<u8>>) -> LocalBoxFuture<'static, Result<(), SaveError>>;
    /// Ends the use of it.
    fn close(&self);
}

/// No storage at all: everything stays in this tab's memory.
pub struct NoStorage;

impl Storage for NoStorage {
    fn load(&self, _after: Cursor) -> LocalBoxFuture<'static, Result<Stored, Lost>> {
        Box::pin(async { Ok(Stored::default()) })
    }

    fn save(&self, _save: Save) -> LocalBoxFuture<'static, Result<(), SaveError>> {
        Box::pin(async { Err(SaveError::Failed) })
    }

    fn save_snapshot(&self, _cursor: Cursor, _mark: Option<Mark>, _chunks: Vec<Vec<u8>>) -> LocalBoxFuture<'static, Result<(), SaveError>> {
        Box::pin(async { Err(SaveError::Failed) })
    }

    fn close(&self) {}
}

/// A row of the outbox from its key and JSON. A row that cannot be read stays where it is, for a version that can.
pub fn outbox_row(key: &str, commands: &str) -> Result<OutboxRow, String> {
    let key = key.parse().map_err(|_| format!("the outbox has a row with the key “{key}”"))?;
    let commands: Vec<SavedCommand> = serde_json::from_str(commands).map_err(|error| format!("row {key} of the outbox: {error}"))?;
    Ok(OutboxRow { key, commands })
}

/// Where a page of records begins. A `Records` frame is the index of its kind, a count and the records; a record begins with its position.
/// In a `Sealed` frame a seal comes before the count, and one before each record.
fn first_position(frame: &[u8]) -> Option<Position> {
    let (kind, rest) = postcard::take_from_bytes::<u32>(frame).ok()?;
    let (count, position) = match kind {
        1 => postcard::take_from_bytes::<(usize, Position)>(rest).ok()?.0,
        7 => {
            let ((_, count, _, position), _) = postcard::take_from_bytes::<(Seal, usize, Seal, Position)>(rest).ok()?;
            (count, position)
        }
        _ => return None,
    };
    (count > 0).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use landfall_engine::protocol::{Format, Piece, records_frame, sealed_frame};
    use landfall_engine::{ActorId, CommandId};

    #[test]
    fn a_page_of_records_says_where_it_begins() {
        let piece = |position: Position| {
            let record = postcard::to_stdvec(&(position, [7_u8; 16])).unwrap();
            Piece { position, author: ActorId([1; 16]), whole: record.into(), blank: None, seal: Seal([9; 16]), schema: 1 }
        };
        let (reader, pieces) = (ActorId([1; 16]), [piece(70_000), piece(70_001)]);
        assert_eq!(first_position(&records_frame(&pieces, reader, Format::Postcard)), Some(70_000));
        assert_eq!(first_position(&sealed_frame(Seal([8; 16]), &pieces, reader, Format::Postcard)), Some(70_000));
        assert_eq!(first_position(&records_frame(&[], reader, Format::Postcard)), None);
        assert_eq!(first_position(&sealed_frame(Seal([8; 16]), &[], reader, Format::Postcard)), None);
        assert_eq!(first_position(&[]), None);
    }

    #[test]
    fn a_row_of_the_outbox_is_read_or_left_alone() {
        let key = CommandId([7; 16]);
        let commands = format!(r#"[{{"id":"{key}","after":null,"issued":5,"at":6,"command":{{"type":"claim","version":1,"body":{{}}}}}}]"#);
        let row = outbox_row(&key.to_string(), &commands).unwrap();
        assert_eq!((row.key, row.commands.len(), row.commands[0].id), (key, 1, key));
        assert!(outbox_row("no id", &commands).is_err());
        assert!(outbox_row(&key.to_string(), "{}").is_err());
    }
}
