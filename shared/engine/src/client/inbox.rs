//! The inbox: rejected commands that wait for their author's decision, oldest first.

use super::outbox::Pending;
use super::saving::InboxRow;
use super::tabs::Open;
use crate::log::{Position, Reason};
use crate::protocol::CommandText;
use crate::{CommandId, Domain, TimeMs, upcast};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// Rejected commands kept for a decision.
const REJECTIONS_MAX: usize = 10_000;

/// A rejected command that waits for its author's decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected<D: Domain> {
    /// The command.
    pub id: CommandId,
    /// When it was rejected, by the server's clock.
    pub at: TimeMs,
    /// When it was issued, if it was on this device.
    pub issued: Option<TimeMs>,
    /// Why.
    pub reason: Reason<D::Rejection>,
    /// What it was; `None` when this program cannot read its text.
    pub command: Option<D::Command>,
    /// Its text.
    pub text: CommandText,
}

/// Stands whatever was read: no record of this timeline tells of the rejection.
pub(super) const ALWAYS: Position = Position::MAX;

/// Where a rejection stands in the inbox.
struct Place {
    at: TimeMs,
    /// It still stood when this much of the log had been read: 0 when it is known from the disk, [`ALWAYS`] when no record tells of it.
    known_at: Position,
}

pub(super) struct Inbox<D: Domain> {
    rejections: BTreeMap<(TimeMs, CommandId), Rejected<D>>,
    places: BTreeMap<CommandId, Place>,
    /// At most one entry a rejection, however long nobody asks.
    changed: BTreeSet<CommandId>,
    /// Where the author decided about a rejection, for as many as the inbox holds: a disk that was being read meanwhile still tells of
    /// them.
    decided: BTreeMap<CommandId, Position>,
}

impl<D: Domain> Default for Inbox<D> {
    fn default() -> Self {
        Self { rejections: BTreeMap::new(), places: BTreeMap::new(), changed: BTreeSet::new(), decided: BTreeMap::new() }
    }
}

impl<D: Domain> Inbox<D> {
    pub fn iter(&self) -> impl Iterator<Item = &Rejected<D>> {
        self.rejections.values()
    }

    pub fn len(&self) -> usize {
        self.rejections.len()
    }

    pub fn get(&self, id: CommandId) -> Option<&Rejected<D>> {
        self.rejections.get(&(self.places.get(&id)?.at, id))
    }

    pub fn contains(&self, id: CommandId) -> bool {
        self.places.contains_key(&id)
    }

    /// A rejection that came or went since it was taken last.
    pub fn take_changed(&mut self) -> Option<CommandId> {
        self.changed.pop_first()
    }

    /// The rejection of this command, as it stands on disk.
    pub fn row(&self, id: CommandId) -> Option<InboxRow> {
        self.get(id).map(write_row)
    }

    /// The same for a tab that may have skipped its record, when the log has been read here up to `read`.
    pub fn to_tell(&self, id: CommandId, read: Position) -> Option<Open> {
        let known_at = self.places.get(&id)?.known_at;
        Some(Open { text: self.row(id)?.text, read: if known_at == ALWAYS { ALWAYS } else { read } })
    }

    /// A command was rejected by the record at this position, while the log is read up to `read`. Returns the row that keeps it, unless it
    /// was decided about after that.
    pub fn keep(&mut self, rejected: Rejected<D>, position: Position, read: Position) -> Option<InboxRow> {
        let is_open = self.decided.get(&rejected.id).is_none_or(|decided| *decided < position);
        is_open.then(|| {
            self.decided.remove(&rejected.id);
            let row = write_row(&rejected);
            self.list(rejected, read);
            row
        })
    }

    /// A command is rejected for a reason that is no record's. Returns the row that keeps it.
    pub fn set_aside(&mut self, pending: &Pending<D>, reason: Reason<D::Rejection>, now: TimeMs) -> InboxRow {
        let text = pending.saved().command.clone().unwrap_or_else(CommandText::nothing);
        let (id, issued, command) = (pending.id, Some(pending.issued), pending.command.clone());
        let rejected = Rejected { id, at: now, issued, reason, command, text };
        let row = write_row(&rejected);
        self.list(rejected, ALWAYS);
        row
    }

    /// What the disk or another tab tells of; it may be older than a decision that is known here.
    pub fn restore(&mut self, row: &InboxRow, known_at: Position) {
        if !self.decided.contains_key(&row.id) {
            self.list(read_row(row), known_at);
        }
    }

    /// Where the author decided about it, if that is remembered.
    pub fn decided_at(&self, id: CommandId) -> Option<Position> {
        self.decided.get(&id).copied()
    }

    /// The author decided about it at this position.
    pub fn decide(&mut self, id: CommandId, position: Position) {
        if self.decided.insert(id, position).is_none() && self.decided.len() > REJECTIONS_MAX {
            self.decided.pop_first();
        }
        self.strike(id);
    }

    /// The log is on another timeline, where nothing may have been decided. A rejection that is kept stays one.
    pub fn start_over(&mut self) {
        self.decided.clear();
        self.places.values_mut().for_each(|place| place.known_at = ALWAYS);
    }

    /// Records up to a position were skipped, decisions perhaps among them: what was rejected by then is listed only if it `is_kept`.
    pub fn skip(&mut self, position: Position, is_kept: impl Fn(CommandId) -> bool) {
        let gone = |(id, place): &(&CommandId, &Place)| place.known_at < position && !is_kept(**id);
        let gone: Vec<CommandId> = self.places.iter().filter(gone).map(|(id, _)| *id).collect();
        gone.into_iter().for_each(|id| self.strike(id));
    }

    fn list(&mut self, rejected: Rejected<D>, known_at: Position) {
        // Tabs that set the same command aside do so at times of their own.
        self.strike(rejected.id);
        if self.rejections.len() < REJECTIONS_MAX {
            self.changed.insert(rejected.id);
            self.places.insert(rejected.id, Place { at: rejected.at, known_at });
            self.rejections.insert((rejected.at, rejected.id), rejected);
        }
    }

    fn strike(&mut self, id: CommandId) {
        if let Some(place) = self.places.remove(&id) {
            self.rejections.remove(&(place.at, id));
            self.changed.insert(id);
        }
    }
}

/// A rejection as it stands on disk: reason and command with their versions, so that an old inbox is always read.
#[derive(Serialize, Deserialize)]
struct RejectedText {
    at: TimeMs,
    issued: Option<TimeMs>,
    reason: Reason<Box<RawValue>>,
    command: CommandText,
}

fn write_row<D: Domain>(rejected: &Rejected<D>) -> InboxRow {
    let raw = |text| RawValue::from_string(text).expect("the encoder wrote JSON");
    let text = RejectedText {
        at: rejected.at,
        issued: rejected.issued,
        reason: rejected.reason.map(|rejection| raw(upcast::encode(rejection, D::rejection_shapes()))),
        command: rejected.text.clone(),
    };
    InboxRow { id: rejected.id, text: serde_json::to_string(&text).expect("plain data") }
}

/// Reads a row whatever is wrong with it: a reason that cannot be read is still a rejection to decide about.
pub(super) fn read_row<D: Domain>(row: &InboxRow) -> Rejected<D> {
    let unreadable = |why: String| Rejected {
        id: row.id,
        at: TimeMs(0),
        issued: None,
        reason: Reason::Unreadable(why),
        command: None,
        text: CommandText::nothing(),
    };
    let text: RejectedText = match serde_json::from_str(&row.text) {
        Ok(text) => text,
        Err(error) => return unreadable(error.to_string()),
    };
    let reason = match &text.reason {
        Reason::Domain(raw) => match upcast::decode(raw.get(), D::rejection_shapes()) {
            Ok(rejection) => Reason::Domain(rejection),
            Err(why) => Reason::Unreadable(why.to_string()),
        },
        Reason::Withdrawn => Reason::Withdrawn,
        Reason::Unreadable(why) => Reason::Unreadable(why.clone()),
        Reason::NoLongerMember => Reason::NoLongerMember,
    };
    let command = upcast::decode(&text.command.0, D::command_shapes()).ok();
    Rejected { id: row.id, at: text.at, issued: text.issued, reason, command, text: text.command }
}
