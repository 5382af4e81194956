//! The truth about sync as the page reads it.

use landfall_engine::client::{Connection, Landing, Storage};
use landfall_engine::{TimeMs, client};
use serde::Serialize;

/// The truth about sync.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Status {
    /// The connection of this device, whichever tab has it.
    pub connection: Connection,
    /// Commands that have not landed.
    pub pending: usize,
    /// The run that is landing: "landing 3 of 40".
    pub landing: Option<Landing>,
    /// Commands of which it is not certain what will come.
    pub in_doubt: usize,
    /// Rejections that wait for a decision.
    pub rejected: usize,
    /// Everything that the server had has been read on this connection.
    pub caught_up: bool,
    /// Nothing waits, and the head is reached.
    pub synced: bool,
    /// The log's head, as far as it is known.
    pub head: u64,
    /// How far it has been read here.
    pub position: u64,
    /// When the server was last heard, by this device's clock.
    pub last_contact_ms: Option<u64>,
    /// When the newest command of this device landed, by this device's clock.
    pub landed_ms: Option<u64>,
    /// When the next attempt to connect is due, by this device's clock.
    pub retry_ms: Option<u64>,
    /// Does this tab own the connection?
    pub leader: bool,
    /// Where commands are kept until they land.
    pub storage: StorageStatus,
    /// The server's clock less this device's; `null` before the server was heard.
    pub clock_skew_ms: Option<i64>,
    /// Open tabs of this workspace on this device.
    pub tabs: usize,
    /// The server went back to a backup, and the log is being read anew: until then the old view stays.
    pub starting_over: bool,
}

/// Where commands are kept until they land.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StorageStatus {
    /// How good the place is.
    pub kind: StorageKind,
    /// Has the browser promised not to clear it by itself? `null` when it does not say.
    pub persisted: Option<bool>,
    /// Bytes that this site uses, as the browser estimates them.
    pub usage: Option<f64>,
    /// Bytes that it may use.
    pub quota: Option<f64>,
    /// What is wrong, in words.
    pub problem: Option<String>,
}

/// How good the place is where commands are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum StorageKind {
    /// On this device's disk.
    Durable,
    /// In this tab's memory only: the device lets nothing be stored.
    Memory,
    /// The last attempt to store failed. It is tried again.
    Failing,
}

/// What the page knows beside the machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surroundings {
    /// Has the browser promised not to clear the storage by itself?
    pub persisted: Option<bool>,
    /// Bytes that this site uses.
    pub usage: Option<f64>,
    /// Bytes that it may use.
    pub quota: Option<f64>,
    /// Why the storage was lost.
    pub problem: Option<String>,
    /// Open tabs; 0 when they cannot be counted.
    pub tabs: usize,
}

/// The status as the page reads it. `landed` is the server's time of the newest command that landed.
pub fn status(known: &client::Status, landed: Option<TimeMs>, starting_over: bool, around: &Surroundings) -> Status {
    let (kind, problem) = match known.storage {
        Storage::Durable => (StorageKind::Durable, None),
        Storage::Memory => (StorageKind::Memory, around.problem.clone()),
        Storage::Full => (
            StorageKind::Failing,
            Some(
                "The disk, or this site's share of it, is full. What you do is kept in this tab's memory, and saving is tried again."
                    .into(),
            ),
        ),
        Storage::Failing => (
            StorageKind::Failing,
            Some("The browser could not write to its storage. What you do is kept in this tab's memory, and saving is tried again.".into()),
        ),
    };
    let here = |at: TimeMs| at.0.saturating_add_signed(known.clock_offset_ms.saturating_neg());
    Status {
        connection: known.connection,
        pending: known.pending,
        landing: known.landing,
        in_doubt: known.in_doubt,
        rejected: known.rejected,
        caught_up: known.caught_up,
        synced: known.synced,
        head: known.head,
        position: known.position,
        last_contact_ms: known.last_contact.map(|at| at.0),
        landed_ms: landed.map(here),
        retry_ms: known.retry_at.map(|at| at.0),
        leader: known.leader,
        storage: StorageStatus { kind, persisted: around.persisted, usage: around.usage, quota: around.quota, problem },
        clock_skew_ms: known.last_contact.map(|_| known.clock_offset_ms),
        tabs: around.tabs.max(1),
        starting_over,
    }
}
