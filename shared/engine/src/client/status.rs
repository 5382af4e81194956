//! The truth about sync, in one value.

use super::{Client, Connection, SaveError};
use crate::log::Position;
use crate::{Domain, TimeMs};
use serde::{Deserialize, Serialize};

/// A run of commands that are landing: "landing 3 of 40".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Landing {
    /// Have their record.
    pub done: usize,
    /// Of so many.
    pub total: usize,
}

/// Where commands are kept until they land.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// On this device's disk.
    Durable,
    /// In this tab's memory only: the device lets nothing be stored.
    Memory,
    /// The last attempt to store failed because the disk is full. It is tried again.
    Full,
    /// The last attempt to store failed. It is tried again.
    Failing,
}

/// The truth about sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, rename = "SyncStatus"))]
pub struct Status {
    /// The connection.
    pub connection: Connection,
    /// Commands without a record, withdrawn ones not counted.
    pub pending: usize,
    /// Those of them that are not on disk yet.
    pub saving: usize,
    /// The run that is landing.
    pub landing: Option<Landing>,
    /// Pending commands of which it is not certain what will come.
    pub in_doubt: usize,
    /// Rejections that wait for a decision.
    pub rejected: usize,
    /// Everything that the server had has been read on this connection.
    pub caught_up: bool,
    /// Nothing waits and the head is reached (rule 10).
    pub synced: bool,
    /// The log's head, as far as it is known.
    pub head: Position,
    /// How far it has been read here.
    pub position: Position,
    /// When the server was last heard.
    pub last_contact: Option<TimeMs>,
    /// When the next attempt to connect is due.
    pub retry_at: Option<TimeMs>,
    /// Does this tab own the socket?
    pub leader: bool,
    /// Where commands are kept.
    pub storage: Storage,
    /// The server's clock less this device's, milliseconds.
    pub clock_offset_ms: i64,
}

pub(super) fn of<D: Domain>(client: &Client<D>) -> Status {
    let seen = client.link.seen(None, 0);
    let tally = client.outbox.tally();
    let position = client.replica.cursor().position;
    let caught_up = seen.connection == Connection::Online && seen.caught_up;
    let storage = match client.saving.failed() {
        _ if client.saving.is_memory_only() => Storage::Memory,
        Some(SaveError::Full) => Storage::Full,
        Some(SaveError::Failed) => Storage::Failing,
        None => Storage::Durable,
    };
    Status {
        connection: seen.connection,
        pending: tally.pending,
        saving: tally.saving,
        landing: seen.landed.filter(|_| tally.pending > 0).map(|done| Landing { done, total: done + tally.pending }),
        in_doubt: tally.in_doubt,
        rejected: client.replica.inbox.len() - client.outbox.acknowledged().filter(|id| client.replica.inbox.contains(*id)).count(),
        caught_up,
        synced: caught_up && client.outbox.is_empty() && position >= seen.head && !client.has_work() && !client.is_starting_over(),
        head: seen.head.max(position),
        position,
        last_contact: seen.last_contact,
        retry_at: seen.retry_at,
        leader: client.tabs.is_leader(),
        storage,
        clock_offset_ms: seen.offset_ms,
    }
}
