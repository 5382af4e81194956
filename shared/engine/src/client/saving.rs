//! What goes to disk and when: one transaction at a time, everything that belongs together in the same one.

use super::outbox::Outbox;
use crate::log::{Cursor, Epoch, Position};
use crate::protocol::CommandText;
use crate::{CommandId, Domain, Mark, TimeMs};
use serde::{Deserialize, Serialize};

/// A snapshot is wished for when the tail of records on disk has grown to this size, bytes.
const TAIL_BYTES_MAX: usize = 512 << 10;
/// Most bytes of records that wait to be written.
const UNSAVED_BYTES_MAX: usize = 16 << 20;
/// Most rows that one save writes again.
const REWRITTEN_ROWS_MAX: usize = 4;
/// Most rejections without a record that one save writes.
const SET_ASIDE_ROWS_MAX: usize = 512;
/// After a save that failed, the next attempt waits this long, milliseconds.
const RETRY_MS: u64 = 5_000;

/// One transaction: all of it or nothing. Deleting comes before putting.
///
/// Pages of records read back in the order of their positions; one that was written twice does no harm. Where the stored cursor is on a newer timeline than `cursor`,
/// another tab has begun the log anew: then pages and cursor of this save are left out. Where it is on an older one, everything read from the log goes first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Save {
    /// Names this save in `handle_saved`.
    pub token: u64,
    /// Commands are in it: strict durability, explicit commit.
    pub strict: bool,
    /// Everything read from the log (snapshot, tail, cursor) goes. Outbox and inbox stay.
    pub forget_cache: bool,
    /// Rows of the outbox whose commands all have records.
    pub outbox_delete: Vec<CommandId>,
    /// New rows of the outbox, or rows written again.
    pub outbox_put: Vec<OutboxRow>,
    /// Rejections that were decided about.
    pub inbox_delete: Vec<CommandId>,
    /// New rejections.
    pub inbox_put: Vec<InboxRow>,
    /// Pages of records as they came, `Records` or `Sealed` frames in postcard; ordered.
    pub tail_put: Vec<Vec<u8>>,
    /// The cursor after those.
    pub cursor: Option<Cursor>,
}

/// Why a transaction did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveError {
    /// The disk, or this site's share of it, is full.
    Full,
    /// Anything else.
    Failed,
}

/// Commands that were saved together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// The id of the first of them when the row was written first; for imported commands, one made of that and the tab's seed.
    pub key: CommandId,
    /// In order.
    pub commands: Vec<SavedCommand>,
}

/// A command as it waits on disk. In JSON, and so for ever: an old outbox always decodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedCommand {
    /// Its name.
    pub id: CommandId,
    /// The newest command in the outbox when it was issued.
    pub after: Option<CommandId>,
    /// The device's clock when it was issued.
    pub issued: TimeMs,
    /// The server's time as the device estimated it then.
    pub at: TimeMs,
    /// Its text; `None` when it was taken back.
    pub command: Option<CommandText>,
}

/// A rejected command on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    /// The command.
    pub id: CommandId,
    /// JSON.
    pub text: String,
}

/// What a device has stored of a log.
#[derive(Clone, Debug)]
pub struct Loaded<D: Domain> {
    /// The timeline of what is stored.
    pub epoch: Epoch,
    /// The snapshot, if there is one of this version.
    pub snapshot: Option<(Cursor, D::State)>,
    /// The mark that was written with it.
    pub mark: Option<Mark>,
    /// Pages of records after it, ordered; `Records` or `Sealed` frames in postcard.
    pub tail: Vec<Vec<u8>>,
    /// The outbox, ordered by key.
    pub outbox: Vec<OutboxRow>,
    /// The inbox.
    pub inbox: Vec<InboxRow>,
}

impl<D: Domain> Default for Loaded<D> {
    fn default() -> Self {
        Self { epoch: 0, snapshot: None, mark: None, tail: Vec::new(), outbox: Vec::new(), inbox: Vec::new() }
    }
}

/// What a finished save held that others wait for.
#[derive(Default)]
pub(super) struct Done {
    pub rows: Vec<CommandId>,
    pub frames: Vec<Vec<u8>>,
    /// The timeline of those frames.
    pub epoch: Epoch,
}

/// A save that is on its way: the names of its rows, whose commands the outbox has, and all the rest of it.
#[derive(Default)]
struct InFlight {
    token: u64,
    rows: Vec<CommandId>,
    rest: Save,
    set_aside: SetAside,
}

/// What is written by whichever tab knows of it, leading or not, and together: rejections, decisions about them (this tab may have
/// written one down after another deleted it), and rows in which nothing waits any more.
#[derive(Clone, Default)]
struct SetAside {
    inbox_put: Vec<InboxRow>,
    inbox_delete: Vec<CommandId>,
    outbox_delete: Vec<CommandId>,
}

impl SetAside {
    /// As much of it as one save takes. Rows go when the rejections among them are written.
    fn take_some(&mut self) -> Self {
        if self.inbox_put.len() <= SET_ASIDE_ROWS_MAX {
            return std::mem::take(self);
        }
        let inbox_put = self.inbox_put.drain(..SET_ASIDE_ROWS_MAX).collect();
        Self { inbox_put, inbox_delete: std::mem::take(&mut self.inbox_delete), outbox_delete: Vec::new() }
    }

    fn put(&mut self, rows: impl IntoIterator<Item = InboxRow>) {
        for row in rows {
            self.inbox_delete.retain(|id| *id != row.id);
            self.inbox_put.push(row);
        }
    }

    fn decided(&mut self, ids: Vec<CommandId>) {
        self.inbox_put.retain(|row| !ids.contains(&row.id));
        self.inbox_delete.extend(ids);
    }

    /// This could not be written, and meanwhile came what is newer.
    fn followed_by(mut self, newer: Self) -> Self {
        self.decided(newer.inbox_delete);
        self.put(newer.inbox_put);
        self.outbox_delete.extend(newer.outbox_delete);
        self
    }
}

#[derive(Default)]
pub(super) struct Saving {
    next_token: u64,
    in_flight: Option<InFlight>,
    lost: bool,
    failed: Option<SaveError>,
    retry_at: Option<TimeMs>,
    /// Rows that must be written again: changed, or not written because a save failed.
    rewrite: Vec<CommandId>,
    set_aside: SetAside,
    rest: Save,
    /// The timeline of the pages in `rest`.
    epoch: Epoch,
    /// Everything up to here is on disk, and was told to the other tabs.
    stored: Position,
    tail_bytes: usize,
    snapshot_wished: bool,
    /// Where the snapshot that was asked for and is being written was taken.
    snapshot_asked: Option<Position>,
}

impl Saving {
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing can be written at all.
    pub fn is_memory_only(&self) -> bool {
        self.lost
    }

    /// The last save failed, for this reason.
    pub fn failed(&self) -> Option<SaveError> {
        self.failed
    }

    pub fn rewrite(&mut self, row: Option<CommandId>) {
        self.rewrite.extend(row);
    }

    pub fn row_done(&mut self, row: CommandId) {
        self.rest.outbox_delete.push(row);
    }

    pub fn set_aside(&mut self, inbox_row: Option<InboxRow>, row_done: Option<CommandId>) {
        self.set_aside.put(inbox_row);
        self.set_aside.outbox_delete.extend(row_done);
    }

    /// Is the rejection of this command yet to be written down by this tab?
    pub fn is_to_keep(&self, id: CommandId) -> bool {
        let in_flight = self.in_flight.iter().map(|save| (&save.rest, &save.set_aside));
        let mut saves = in_flight.chain([(&self.rest, &self.set_aside)]);
        saves.any(|(rest, set_aside)| rest.inbox_put.iter().chain(&set_aside.inbox_put).any(|row| row.id == id))
    }

    /// What records caused: rejections, and rejections about which their author decided.
    pub fn inbox(&mut self, put: Vec<InboxRow>, decided: Vec<CommandId>) {
        if !decided.is_empty() {
            self.rest.inbox_put.retain(|row| !decided.contains(&row.id));
            self.set_aside.decided(decided);
        }
        for row in put {
            self.set_aside.inbox_delete.retain(|id| *id != row.id);
            self.rest.inbox_put.push(row);
        }
    }

    pub fn records(&mut self, frame: Vec<u8>) {
        let held: usize = self.rest.tail_put.iter().map(Vec::len).sum();
        if held + frame.len() > UNSAVED_BYTES_MAX {
            // Nothing could be written for long: the disk's tail ends here, and a snapshot bridges the gap once it can be written.
            self.rest.tail_put.clear();
            self.snapshot_wished = true;
        }
        self.rest.tail_put.push(frame);
    }

    pub fn forget(&mut self) {
        self.rest.tail_put.clear();
        self.rest.forget_cache = true;
        self.tail_bytes = 0;
        self.stored = 0;
        self.snapshot_asked = self.snapshot_asked.map(|_| 0);
    }

    /// What landed on another timeline waits again: no row leaves the disk for it.
    pub fn forget_landed(&mut self) {
        let in_flight = self.in_flight.as_mut().map(|save| (&mut save.rest, &mut save.set_aside));
        for (rest, set_aside) in in_flight.into_iter().chain([(&mut self.rest, &mut self.set_aside)]) {
            rest.outbox_delete.clear();
            set_aside.outbox_delete.clear();
        }
    }

    /// The log is on this timeline: pages of another one are not kept.
    pub fn enter_epoch(&mut self, epoch: Epoch) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.rest.tail_put.clear();
        }
    }

    /// Is everything that was read from the log about to leave the disk?
    pub fn is_forgetting(&self, leading: bool) -> bool {
        (leading && self.rest.forget_cache) || self.in_flight.as_ref().is_some_and(|save| save.rest.forget_cache)
    }

    pub fn handle_tail_loaded(&mut self, bytes: usize) {
        self.tail_bytes += bytes;
    }

    /// The disk was read up to here. Where its tail has a gap, a snapshot bridges it.
    pub fn handle_loaded(&mut self, position: Position, complete: bool) {
        self.stored = self.stored.max(position);
        self.snapshot_wished |= !complete;
    }

    pub fn stored(&self) -> Position {
        self.stored
    }

    pub fn want_snapshot(&mut self) {
        self.snapshot_wished = true;
    }

    /// The next transaction, if there is something to write and none is on its way. While records wait to be folded
    /// (`folding`), only commands are saved: a cursor goes to disk with everything that the records up to it caused.
    pub fn next<D: Domain>(&mut self, outbox: &mut Outbox<D>, cursor: Cursor, folding: bool, leading: bool, now: TimeMs) -> Option<Save> {
        if self.lost || self.in_flight.is_some() || self.is_too_early(now) {
            return None;
        }
        self.rewrite.retain(|row| outbox.has_row(*row));
        let again = self.rewrite.len().min(REWRITTEN_ROWS_MAX);
        let mut rows: Vec<CommandId> = self.rewrite.drain(..again).collect();
        rows.extend(outbox.take_unsaved_row());
        let mut save = Save { strict: !rows.is_empty(), ..Save::default() };
        if !leading && self.rest.tail_put.is_empty() {
            // The leader writes what follows from records. A tab that led until now still writes the pages that it alone received:
            // they are keyed by position, so that writing them twice does no harm.
            self.rest = Save::default();
        } else if !folding {
            save = Save { strict: save.strict, ..std::mem::take(&mut self.rest) };
            save.cursor = (!save.tail_put.is_empty() || save.forget_cache).then_some(cursor);
        }
        let set_aside = self.set_aside.take_some();
        let rest = save.clone();
        save.outbox_delete.extend(&set_aside.outbox_delete);
        save.inbox_delete.extend(&set_aside.inbox_delete);
        save.inbox_put.extend_from_slice(&set_aside.inbox_put);
        save.outbox_put = outbox.of_rows(&rows);
        let empty = Save { strict: save.strict, ..Save::default() };
        if save == empty {
            self.retry_at = None;
            return None;
        }
        self.next_token += 1;
        save.token = self.next_token;
        let rows = save.outbox_put.iter().map(|row| row.key).collect();
        self.in_flight = Some(InFlight { token: save.token, rows, rest, set_aside });
        Some(save)
    }

    pub fn finish(&mut self, token: u64, result: Result<(), SaveError>, now: TimeMs) -> Done {
        let in_flight = self.in_flight.take_if(|save| save.token == token);
        let Some(InFlight { rows, rest: save, set_aside, .. }) = in_flight else { return Done::default() };
        match result {
            Ok(()) => {
                self.failed = None;
                self.retry_at = None;
                self.stored = save.cursor.map_or(self.stored, |cursor| cursor.position);
                self.tail_bytes += save.tail_put.iter().map(Vec::len).sum::<usize>();
            }
            Err(error) => {
                self.failed = Some(error);
                self.retry_at = Some(now.plus(RETRY_MS));
                self.rewrite.extend(&rows);
                self.put_back(save.clone());
                self.set_aside = set_aside.followed_by(std::mem::take(&mut self.set_aside));
            }
        }
        Done { rows, frames: save.tail_put, epoch: save.cursor.unwrap_or_default().epoch }
    }

    /// A retry that lies further ahead than it can was set before the clock went back: with every event until then it would be put off.
    pub fn handle_time(&mut self, now: TimeMs) {
        self.retry_at = self.retry_at.map(|at| at.min(now.plus(RETRY_MS)));
    }

    /// Is it too early for another attempt? Never for longer than a retry waits: the clock may have gone back since.
    fn is_too_early(&self, now: TimeMs) -> bool {
        self.retry_at.is_some_and(|at| now < at && at.since(now) <= RETRY_MS)
    }

    pub fn poll_timeout(&self) -> Option<TimeMs> {
        self.retry_at.filter(|_| self.in_flight.is_none() && !self.lost)
    }

    /// The storage is gone for good. Returns the rows that were on their way.
    pub fn lose(&mut self) -> Done {
        self.lost = true;
        let InFlight { rows, rest, .. } = self.in_flight.take().unwrap_or_default();
        Done { rows, frames: rest.tail_put, epoch: rest.cursor.unwrap_or_default().epoch }
    }

    pub fn take_unsaved_frames(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.rest).tail_put
    }

    /// Whether a snapshot should be written now: only when everything that its records caused is on disk.
    pub fn take_snapshot_wish(&mut self, cursor: Cursor, now: TimeMs) -> bool {
        let is_clean = self.rest == Save::default() && self.set_aside.inbox_delete.is_empty();
        let idle = !self.is_too_early(now) && !self.lost && self.in_flight.is_none() && is_clean;
        let wished = idle && self.snapshot_asked.is_none() && (self.snapshot_wished || self.tail_bytes > TAIL_BYTES_MAX);
        if wished {
            self.snapshot_asked = Some(cursor.position);
            self.snapshot_wished = false;
            self.tail_bytes = 0;
        }
        wished
    }

    pub fn handle_snapshot_failed(&mut self, now: TimeMs) {
        self.snapshot_asked = None;
        self.snapshot_wished = true;
        self.retry_at = Some(now.plus(RETRY_MS));
    }

    pub fn handle_snapshot_saved(&mut self) {
        self.stored = self.stored.max(self.snapshot_asked.take().unwrap_or_default());
    }

    fn put_back(&mut self, mut failed: Save) {
        let newer = std::mem::take(&mut self.rest);
        failed.inbox_put.retain(|row| !self.set_aside.inbox_delete.contains(&row.id));
        let forgotten = newer.forget_cache || failed.cursor.is_some_and(|cursor| cursor.epoch != self.epoch);
        self.rest = Save {
            forget_cache: failed.forget_cache || newer.forget_cache,
            outbox_delete: [failed.outbox_delete, newer.outbox_delete].concat(),
            inbox_put: [failed.inbox_put, newer.inbox_put].concat(),
            tail_put: if forgotten { newer.tail_put } else { [failed.tail_put, newer.tail_put].concat() },
            ..Save::default()
        };
    }
}
