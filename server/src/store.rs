//! Where logs are kept: a small contract, and the stores that keep it.

mod archive;
mod asked;
pub mod memory;
pub mod placed;
pub mod postgres;
mod row;
mod snapshots;
pub mod sqlite;

pub use archive::{ArchiveExtent, ArchiveLayout};
pub use row::StoredRow;
pub use snapshots::{SNAPSHOT_PIECE_BYTES, SnapshotExtent};

use crate::archive::Piece;
use futures::future::BoxFuture;
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Epoch, LogId, Position, Seal, TimeMs};
use thiserror::Error;
use tokio::sync::broadcast;

/// Something a record may be about, by the 16 bytes of its id.
pub type Subject = [u8; 16];

/// A store of logs.
///
/// Whoever implements it **must** pass `tests/store_contract.rs`, which says the following in code:
///
/// - Positions of a log are 1, 2, 3 … without gaps, and `append` **must** compare the head with `expected` and move it in the same
///   transaction that writes the records: of two writers who expect the same head, one wins and the other is told [`AppendError::HeadMoved`].
///   So is one who expects another seal behind the head than the one that stands there.
/// - A command id is unique in its log for ever. A batch that repeats one **must** be refused whole, with [`AppendError::AlreadyRecorded`].
/// - When `append` answers `Ok`, the records **must** survive a power cut. Nobody is told of a record before that.
/// - A record is never changed and never deleted. One that is archived is read, found and kept from being repeated as before, at each moment.
/// - Reads **must** show a prefix of the log: nothing beyond the head, and no hole before it.
/// - A snapshot is a cache. Under another fold key it is a miss; losing one is no error.
pub trait LogStore: Send + Sync + 'static {
    /// Begins an empty log, in epoch 1. Beginning a log that exists changes nothing.
    fn create(&self, log: LogId) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The head of a log; `None` when there is no such log.
    fn head(&self, log: LogId) -> BoxFuture<'_, Result<Option<Cursor>, StoreError>>;

    /// The heads of those of these logs that there are, each with its seal.
    fn heads(&self, logs: Vec<LogId>) -> BoxFuture<'_, Result<Vec<SealedHead>, StoreError>>;

    /// Logs and their heads in the order of their ids, after one of them: at most so many.
    fn logs(&self, after: Option<LogId>, logs_max: usize) -> BoxFuture<'_, Result<Vec<(LogId, Cursor)>, StoreError>>;

    /// The next log in that order of which there are records, whether or not it has a head.
    fn recorded(&self, after: Option<LogId>) -> BoxFuture<'_, Result<Option<LogId>, StoreError>>;

    /// May other processes append too?
    fn is_shared(&self) -> bool {
        false
    }

    /// Heads that any process moves, as it is told; any hint may be lost. `None` where no other process can write.
    fn hints(&self) -> Option<broadcast::Receiver<(LogId, Cursor)>> {
        None
    }

    /// The seal behind a record, [`Seal::NONE`] where it was kept without one; `None` when there is no such record.
    fn seal(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Seal>, StoreError>>;

    /// Writes `records` at the positions after `expected`, all or none. Their positions and seals must already say so.
    fn append(&self, log: LogId, expected: Cursor, records: Vec<StoredRecord>) -> BoxFuture<'_, Result<(), AppendError>>;

    /// Records after a position in ascending order: at most `limit.records`, closed early when `limit.bytes` is reached, but never empty while there are more.
    fn read(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>>;

    /// What stands after a position in ascending order, whole and as it stands: holes are not minded, nor what lies beyond the head.
    /// For checks and copies; limited like [`read`](Self::read).
    fn rows(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<RowPage, StoreError>>;

    /// What a log's records and commands take that are not archived, without indexes, bytes.
    fn size_bytes(&self, log: LogId) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// Records about `subject` before a position, newest first, within the same limits.
    fn read_subject(&self, log: LogId, subject: Subject, before: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>>;

    /// Those of the commands that have a record, in any order.
    fn find(&self, log: LogId, commands: Vec<CommandId>) -> BoxFuture<'_, Result<Vec<FoundRecord>, StoreError>>;

    /// Moves the records of a piece, which begins after what is archived already, out of the table of records: all of them or none.
    fn archive(&self, log: LogId, piece: Piece) -> BoxFuture<'_, Result<(), StoreError>>;

    /// How much of a log is archived.
    fn archived(&self, log: LogId) -> BoxFuture<'_, Result<ArchiveExtent, StoreError>>;

    /// Where the records of a log lie: in which pieces of its archive, and from where on in the table of records.
    fn archive_layout(&self, log: LogId) -> BoxFuture<'_, Result<ArchiveLayout, StoreError>>;

    /// The piece of a log's archive with the record at this position, or else the next one.
    fn archive_piece(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Piece>, StoreError>>;

    /// The newest snapshot under this fold key, if there is one.
    fn snapshot(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<StoredSnapshot>, StoreError>>;

    /// How large that one is.
    fn snapshot_extent(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<SnapshotExtent>, StoreError>>;

    /// A piece of the snapshot at this cursor: `number` counts 0, 1, 2 … in steps of [`SNAPSHOT_PIECE_BYTES`]. `None` beyond its end, and when
    /// it is kept no more.
    fn snapshot_piece(&self, log: LogId, fold_key: u32, cursor: Cursor, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>>;

    /// Keeps a snapshot, in place of every other that this log has but the newest one of the same key: somebody may be reading that.
    fn save_snapshot(&self, log: LogId, fold_key: u32, snapshot: StoredSnapshot) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Begins a new timeline at the same head, as after a restore from a backup: clients then forget what they read and read again.
    /// Its number is the next one, or `at_least` if that is larger: a backup does not know which numbers were given since it was made.
    fn begin_epoch(&self, log: LogId, at_least: Epoch) -> BoxFuture<'_, Result<Epoch, StoreError>>;

    /// Finishes what was begun and lets go of files. Calls after this fail.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// A record as it is kept: the JSON that clients read, and beside it what is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRecord {
    /// Place in the log.
    pub position: Position,
    /// The command that left it.
    pub command: CommandId,
    /// Who issued the command.
    pub actor: ActorId,
    /// Which device sent it.
    pub device: DeviceId,
    /// The server's time when it was decided.
    pub at: TimeMs,
    /// Of the command's text; tells a resend from another payload under the same id.
    pub fingerprint: u64,
    /// What the command is about.
    pub subject: Option<Subject>,
    /// The record as JSON.
    pub body: String,
    /// The command as it was sent; `None` when it was withdrawn. Kept for audits.
    pub command_text: Option<String>,
    /// Its place in the chain of seals; `None` of a record from before there were seals.
    pub link: Option<Link>,
}

/// The seals before a record and behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Before it.
    pub before: Seal,
    /// Behind it.
    pub seal: Seal,
}

impl StoredRecord {
    /// The seal before it.
    pub fn before(&self) -> Seal {
        self.link.map_or(Seal::NONE, |link| link.before)
    }

    /// The seal behind it.
    pub fn seal(&self) -> Seal {
        self.link.map_or(Seal::NONE, |link| link.seal)
    }
}

/// A log, its head, and the seal behind it as it stands beside the head.
pub type SealedHead = (LogId, Cursor, Seal);

/// How much one page may hold.
#[derive(Clone, Copy, Debug)]
pub struct PageLimit {
    /// Most records.
    pub records: usize,
    /// The page is closed when its bodies reach this size, bytes.
    pub bytes: usize,
}

/// Records as JSON, and how far the log went when they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Rows in the order asked for.
    pub rows: Vec<PageRow>,
    /// Are there no more in that direction?
    pub end: bool,
    /// The head when the page was read.
    pub head: Cursor,
    /// In pages after a position: the seal there, as [`LogStore::seal`] tells it.
    pub before: Option<Seal>,
}

/// One record of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRow {
    /// Place in the log.
    pub position: Position,
    /// The record as JSON.
    pub body: String,
    /// Fingerprint of the command's text.
    pub fingerprint: u64,
    /// The seal behind it.
    pub seal: Seal,
}

/// Rows as they stand, and how far the log went before they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowPage {
    /// Rows in ascending order; none when there are no more.
    pub rows: Vec<StoredRow>,
    /// The head.
    pub head: Cursor,
}

/// Where a command's record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundRecord {
    /// The command.
    pub command: CommandId,
    /// Its place.
    pub position: Position,
    /// Fingerprint of the command's text.
    pub fingerprint: u64,
}

/// A state of a log, compressed as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSnapshot {
    /// The last record folded into it.
    pub cursor: Cursor,
    /// Gzip.
    pub body: Vec<u8>,
}

/// Why records were not appended, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AppendError {
    /// Somebody else appended first: read the tail and decide again.
    #[error("the head has moved")]
    HeadMoved,
    /// One of the commands already has a record. Nothing was written.
    #[error("a command already has a record")]
    AlreadyRecorded,
    /// The commit was begun and its answer was lost: read the tail to learn what happened.
    #[error("the outcome of the commit is unknown: {0}")]
    UnknownOutcome(String),
    /// Nothing was written.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
}

/// The store could not answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// There is no such log.
    #[error("there is no such log")]
    NoSuchLog,
    /// The disk, the file or the database failed.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// What is kept is not as it was written.
    #[error("{0}; see `landfall verify`")]
    Damaged(String),
}
