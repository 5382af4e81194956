//! Commands that have no record yet: in order, in rows on disk, in flight, and counted as they change.

mod reach;
mod sending;
mod standing;

pub use standing::Standing;
pub(super) use standing::Tally;

use super::saving::{OutboxRow, SavedCommand};
use super::{Config, Domain};
use crate::{CommandId, Context, TimeMs, upcast};
use reach::{Reach, Reaches};
use standing::Standings;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Most commands in one row on disk, and so in one save: what is written in one go takes a few milliseconds.
const ROW_COMMANDS_MAX: usize = 512;
/// Commands that landed lately and are still shown.
const LANDED_SHOWN_MAX: usize = 100;
/// Ids of commands that have a record, remembered against news that comes late.
const SETTLED_REMEMBERED_MAX: usize = 4_096;

/// Is it on disk?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Not yet.
    Saving,
    /// Yes: it survives the death of the tab.
    Durable,
    /// No, and it will not be: the device cannot write. It is sent all the same.
    MemoryOnly,
}

/// Has it been sent?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Never.
    Never,
    /// On the connection that is open now.
    Now,
    /// On a connection that ended before an answer came.
    Before,
}

/// Why it is not certain what will come of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt<R> {
    /// It was fine when it was issued; by what is known now it would be rejected. The server has the last word.
    WouldBeRejected(R),
    /// It was sent, then the line dropped. It is sent again, and never takes effect twice.
    Unanswered,
}

/// A command that has no record yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending<D: Domain> {
    /// Its name.
    pub id: CommandId,
    /// The command; `None` when this program cannot read its text. It is sent as it is.
    pub command: Option<D::Command>,
    /// The device's clock when it was issued.
    pub issued: TimeMs,
    /// Is it on disk?
    pub stored: Stored,
    /// Has it been sent?
    pub sent: Sent,
    /// Taken back by its author.
    pub withdrawn: bool,
    saved: SavedCommand,
    subject: Option<[u8; 16]>,
    row: CommandId,
    rejection: Option<D::Rejection>,
    events: Vec<D::Event>,
    reach: Reach,
}

impl<D: Domain> Pending<D> {
    /// Why it is not certain what will come of it.
    pub fn doubt(&self) -> Option<Doubt<D::Rejection>> {
        match &self.rejection {
            Some(rejection) => Some(Doubt::WouldBeRejected(rejection.clone())),
            None => (self.sent == Sent::Before).then_some(Doubt::Unanswered),
        }
    }

    /// Is it not certain what will come of it?
    pub fn is_in_doubt(&self) -> bool {
        self.rejection.is_some() || self.sent == Sent::Before
    }

    /// May it still be taken back?
    pub fn can_take_back(&self) -> bool {
        self.sent == Sent::Never && !self.withdrawn
    }

    /// As it stands in a row on disk and in an exported outbox.
    pub fn saved(&self) -> &SavedCommand {
        &self.saved
    }

    /// What it is predicted to cause.
    pub fn events(&self) -> &[D::Event] {
        &self.events
    }
}

/// The commands of one log that have no record yet.
pub(super) struct Outbox<D: Domain> {
    config: Config,
    pending: BTreeMap<u64, Pending<D>>,
    serials: BTreeMap<CommandId, u64>,
    next_serial: u64,
    /// Everything before this serial has been sent on this connection.
    send_from: u64,
    resend: VecDeque<u64>,
    in_flight: usize,
    /// Sent on the connection that is open now, by whichever tab has it.
    sent_now: BTreeSet<u64>,
    /// In a tab that follows: everything before this serial is known to have been sent.
    sent_elsewhere_from: u64,
    /// Issued here and not yet given to a save, in order.
    unsaved: VecDeque<u64>,
    rows: BTreeMap<CommandId, BTreeSet<u64>>,
    /// The row that is being taken in piece by piece: it is not done before its last piece is here.
    open_row: Option<CommandId>,
    acknowledged: BTreeMap<CommandId, u32>,
    /// At most one entry a rejected command, however long nobody asks.
    changed_acknowledgements: BTreeSet<CommandId>,
    standings: Standings,
    reaches: Reaches,
    landed: VecDeque<(Pending<D>, TimeMs)>,
    /// Whether they were rejected.
    settled: BTreeMap<CommandId, bool>,
    settled_order: VecDeque<CommandId>,
}

impl<D: Domain> Outbox<D> {
    pub fn new(config: Config) -> Self {
        Self {
            config,
            pending: BTreeMap::new(),
            serials: BTreeMap::new(),
            next_serial: 0,
            send_from: 0,
            resend: VecDeque::new(),
            in_flight: 0,
            sent_now: BTreeSet::new(),
            sent_elsewhere_from: 0,
            unsaved: VecDeque::new(),
            rows: BTreeMap::new(),
            open_row: None,
            acknowledged: BTreeMap::new(),
            changed_acknowledgements: BTreeSet::new(),
            standings: Standings::default(),
            reaches: Reaches::default(),
            landed: VecDeque::new(),
            settled: BTreeMap::new(),
            settled_order: VecDeque::new(),
        }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Pending<D>> + ExactSizeIterator {
        self.pending.values()
    }

    /// Counts of what waits.
    pub fn tally(&self) -> Tally {
        self.standings.tally()
    }

    /// How the commands about this subject stand.
    pub fn standing(&self, subject: [u8; 16]) -> Standing {
        self.standings.of(subject)
    }

    /// A subject whose standing has changed since it was taken last.
    pub fn take_changed_subject(&mut self) -> Option<[u8; 16]> {
        self.standings.take_changed()
    }

    pub fn get(&self, id: CommandId) -> Option<&Pending<D>> {
        self.pending.get(self.serials.get(&id)?)
    }

    pub fn landed(&self) -> impl Iterator<Item = &(Pending<D>, TimeMs)> {
        self.landed.iter()
    }

    pub fn len(&self) -> usize {
        self.pending.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    pub fn front(&self) -> Option<&Pending<D>> {
        self.pending.first_key_value().map(|(_, pending)| pending)
    }

    /// Is there a command here whose predicted effect is the author's decision about this rejected one?
    pub fn acknowledges(&self, rejected: CommandId) -> bool {
        self.acknowledged.contains_key(&rejected)
    }

    /// Rejected commands whose author's decision waits here.
    pub fn acknowledged(&self) -> impl Iterator<Item = CommandId> {
        self.acknowledged.keys().copied()
    }

    /// A rejected command of which [`Self::acknowledges`] may answer otherwise than when it was taken last.
    pub fn take_changed_acknowledgement(&mut self) -> Option<CommandId> {
        self.changed_acknowledgements.pop_first()
    }

    /// May a record with these events, which `view` does not show yet, change what one of the commands here does?
    pub fn is_concerned(&self, view: &D::State, events: &[D::Event]) -> bool {
        self.reaches.meet(&Reach::of_change::<D>(view, events))
    }

    /// A command of this tab, decided on the view with these events, which are handed back.
    pub fn issue(&mut self, mut saved: SavedCommand, command: D::Command, events: Vec<D::Event>) -> &[D::Event] {
        saved.after = self.pending.last_key_value().map(|(_, newest)| newest.id);
        let serial = self.insert(saved, Some(command), Stored::Saving);
        self.predicted(serial, Ok(events));
        self.unsaved.push_back(serial);
        self.pending.get(&serial).map_or(&[], Pending::events)
    }

    /// A command from an imported file: saved here anew, under its own name. `false` when it is known.
    pub fn adopt_unsaved(&mut self, saved: SavedCommand) -> bool {
        if self.is_known(saved.id) {
            return false;
        }
        let command = self.read(&saved);
        let row = self.imported_row(saved.id);
        let serial = self.insert(saved, command, Stored::Saving);
        if let Some(pending) = self.pending.get_mut(&serial) {
            pending.row = row;
        }
        self.unsaved.push_back(serial);
        true
    }

    /// A row of another tab. `true` when it takes back what was not taken back here.
    pub fn adopt(&mut self, row: OutboxRow, stored: Stored) -> bool {
        let mut is_taken_back = false;
        for command in row.commands {
            is_taken_back |= self.adopt_from(row.key, command, stored);
        }
        self.kept(&[row.key], stored == Stored::Durable);
        is_taken_back
    }

    /// The serial of the command that comes next.
    pub fn next_serial(&self) -> u64 {
        self.next_serial
    }

    /// This row, if any, is taken in piece by piece.
    pub fn open_row(&mut self, row: Option<CommandId>) {
        self.open_row = row;
    }

    /// A command in this row, which is on disk or in another tab's memory. `true` when it is here and is taken back by this.
    pub fn adopt_from(&mut self, row: CommandId, saved: SavedCommand, stored: Stored) -> bool {
        if let Some(&serial) = self.serials.get(&saved.id) {
            let is_taken_back = saved.command.is_none() && self.pending.get(&serial).is_some_and(|pending| pending.sent == Sent::Never);
            if is_taken_back {
                self.take_back(serial);
            }
            return is_taken_back;
        }
        if !self.is_known(saved.id) {
            let command = self.read(&saved);
            let serial = self.insert(saved, command, stored);
            self.put_in_row(serial, row);
        }
        false
    }

    /// Takes back a command that was never sent; returns the row to be written again, if it has one.
    pub fn withdraw(&mut self, id: CommandId) -> Option<Option<CommandId>> {
        let serial = *self.serials.get(&id)?;
        self.pending.get(&serial).filter(|pending| pending.can_take_back())?;
        self.take_back(serial);
        let row = self.pending.get(&serial)?.row;
        // One that is on its way to the disk is written again too: the disk must not bring back what was taken back.
        let is_in_row = self.rows.get(&row).is_some_and(|serials| serials.contains(&serial));
        Some(is_in_row.then_some(row))
    }

    /// The key of a row that begins with this imported command: another tab may have a row that begins with the same one, and
    /// neither may be written over the other.
    fn imported_row(&self, id: CommandId) -> CommandId {
        let mut key = id.0;
        key[6] ^= 0x80;
        for (byte, seed) in key[8..].iter_mut().zip(self.config.seed.to_be_bytes()) {
            *byte ^= seed;
        }
        CommandId(key)
    }

    /// Was anything issued that is in no row yet?
    pub fn has_unsaved(&self) -> bool {
        !self.unsaved.is_empty()
    }

    /// Groups the oldest of what was issued and not saved into a row; `None` when all of it is in rows.
    pub fn take_unsaved_row(&mut self) -> Option<CommandId> {
        while !self.unsaved.is_empty() {
            let count = self.unsaved.len().min(ROW_COMMANDS_MAX);
            let serials: Vec<u64> = self.unsaved.drain(..count).filter(|serial| self.pending.contains_key(serial)).collect();
            let Some(key) = serials.first().and_then(|serial| self.pending.get(serial)).map(|first| first.row) else { continue };
            for serial in serials {
                self.put_in_row(serial, key);
            }
            return Some(key);
        }
        None
    }

    /// These rows as they are to be on disk.
    pub fn of_rows(&self, keys: &[CommandId]) -> Vec<OutboxRow> {
        let content = |key: &CommandId| -> Vec<SavedCommand> {
            let serials = self.rows.get(key).into_iter().flatten();
            serials.filter_map(|serial| self.pending.get(serial)).map(|pending| pending.saved.clone()).collect()
        };
        let rows = keys.iter().map(|&key| OutboxRow { key, commands: content(&key) });
        rows.filter(|row| !row.commands.is_empty()).collect()
    }

    /// Rows that were on disk, but are not among these, which are all that is there now: from here on they are in memory only.
    pub fn take_gone_rows(&mut self, there: &[OutboxRow]) -> Vec<CommandId> {
        let there: BTreeSet<CommandId> = there.iter().map(|row| row.key).collect();
        let mut gone = self.kept_rows();
        gone.retain(|key| !there.contains(key));
        let serials: Vec<u64> = gone.iter().filter_map(|key| self.rows.get(key)).flatten().copied().collect();
        for serial in serials {
            self.alter(serial, |pending| pending.stored = Stored::MemoryOnly);
        }
        gone
    }

    /// Every row that waits and is not just being saved by this tab.
    pub fn kept_rows(&self) -> Vec<CommandId> {
        let is_kept = |serials: &BTreeSet<u64>| {
            serials.iter().filter_map(|serial| self.pending.get(serial)).all(|pending| pending.stored != Stored::Saving)
        };
        self.rows.iter().filter(|(_, serials)| is_kept(serials)).map(|(key, _)| *key).collect()
    }

    /// Was this command rejected? `None` when it is not known here to be settled.
    pub fn was_rejected(&self, id: CommandId) -> Option<bool> {
        self.settled.get(&id).copied()
    }

    /// Does this row still hold a command that waits?
    pub fn has_row(&self, key: CommandId) -> bool {
        self.rows.contains_key(&key)
    }

    /// Everything that is not on disk and never will be: what a new tab can learn from this one only.
    pub fn memory_only_rows(&self) -> Vec<CommandId> {
        if self.tally().memory_only == 0 {
            return Vec::new();
        }
        let is_memory_only = |serials: &BTreeSet<u64>| {
            serials.iter().filter_map(|serial| self.pending.get(serial)).any(|pending| pending.stored == Stored::MemoryOnly)
        };
        self.rows.iter().filter(|(_, serials)| is_memory_only(serials)).map(|(key, _)| *key).collect()
    }

    /// These rows are on disk, or will not be. Returns the commands for which that is new.
    pub fn kept(&mut self, keys: &[CommandId], durable: bool) -> Vec<CommandId> {
        let stored = if durable { Stored::Durable } else { Stored::MemoryOnly };
        let serials: Vec<u64> = keys.iter().filter_map(|key| self.rows.get(key)).flatten().copied().collect();
        let is_new = |pending: &Pending<D>| pending.stored != stored && pending.stored != Stored::Durable;
        let mut ids = Vec::new();
        for serial in serials {
            if self.pending.get(&serial).is_some_and(is_new) {
                ids.extend(self.alter(serial, |pending| {
                    pending.stored = stored;
                    pending.id
                }));
            }
        }
        ids
    }

    /// The commands from this serial on, at most `count`.
    pub fn range(&self, from: u64, count: usize) -> Vec<u64> {
        self.pending.range(from..).map(|(&serial, _)| serial).take(count).collect()
    }

    /// Decides one command on `state` and lets it act there.
    pub fn replay(&mut self, serial: u64, state: &mut D::State) {
        let Some(pending) = self.pending.get(&serial) else { return };
        let context =
            Context { command: pending.id, actor: self.config.actor, device: self.config.device, at: pending.saved.at, position: None };
        let decided = match &pending.command {
            Some(command) if !pending.withdrawn => D::decide(state, command, &context),
            _ => Ok(Vec::new()),
        };
        if let Ok(events) = &decided {
            crate::domain::evolve_all::<D>(state, events, &context);
        }
        self.predicted(serial, decided);
    }

    /// A command has its record, or leaves for the inbox. Returns it, and its row when that is now empty.
    pub fn remove(&mut self, id: CommandId, rejected: bool) -> Option<(Pending<D>, Option<CommandId>)> {
        self.remember_settled(id, rejected);
        let serial = self.serials.remove(&id)?;
        self.set_prediction(serial, Ok(Vec::new()), Reach::NOTHING);
        let pending = self.pending.remove(&serial)?;
        self.standings.leave(&pending);
        self.sent_now.remove(&serial);
        if pending.sent == Sent::Now {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        let row_done = self.rows.get_mut(&pending.row).is_some_and(|left| {
            left.remove(&serial);
            left.is_empty()
        });
        if row_done {
            self.rows.remove(&pending.row);
        }
        let row = pending.row;
        Some((pending, Some(row).filter(|row| row_done && self.open_row != Some(*row))))
    }

    /// Shown for a while among what landed.
    pub fn show_landed(&mut self, pending: Pending<D>, at: TimeMs) {
        if self.landed.len() == LANDED_SHOWN_MAX {
            self.landed.pop_front();
        }
        self.landed.push_back((pending, at));
    }

    fn is_known(&self, id: CommandId) -> bool {
        self.serials.contains_key(&id) || self.settled.contains_key(&id)
    }

    fn read(&self, saved: &SavedCommand) -> Option<D::Command> {
        upcast::decode(&saved.command.as_ref()?.0, D::command_shapes()).ok()
    }

    fn insert(&mut self, saved: SavedCommand, command: Option<D::Command>, stored: Stored) -> u64 {
        let serial = self.next_serial;
        self.next_serial += 1;
        self.serials.insert(saved.id, serial);
        let pending = Pending {
            id: saved.id,
            subject: command.as_ref().and_then(D::subject),
            command,
            issued: saved.issued,
            stored,
            sent: Sent::Never,
            withdrawn: saved.command.is_none(),
            row: saved.id,
            saved,
            rejection: None,
            events: Vec::new(),
            reach: Reach::NOTHING,
        };
        self.standings.enter(&pending);
        self.pending.insert(serial, pending);
        serial
    }

    /// Changes a command that waits, and what is counted of it.
    fn alter<R>(&mut self, serial: u64, change: impl FnOnce(&mut Pending<D>) -> R) -> Option<R> {
        let pending = self.pending.get_mut(&serial)?;
        self.standings.leave(pending);
        let result = change(pending);
        self.standings.enter(pending);
        Some(result)
    }

    fn take_back(&mut self, serial: u64) {
        self.alter(serial, |pending| {
            pending.withdrawn = true;
            pending.saved.command = None;
        });
    }

    fn put_in_row(&mut self, serial: u64, key: CommandId) {
        if let Some(pending) = self.pending.get_mut(&serial) {
            pending.row = key;
            self.rows.entry(key).or_default().insert(serial);
        }
    }

    fn predicted(&mut self, serial: u64, decided: Result<Vec<D::Event>, D::Rejection>) {
        let Some(pending) = self.pending.get(&serial) else { return };
        let is_decided = !pending.withdrawn && pending.command.is_some();
        let reach = if is_decided { Reach::of_pending::<D>(pending.subject, &decided) } else { Reach::NOTHING };
        self.set_prediction(serial, decided, reach);
    }

    fn set_prediction(&mut self, serial: u64, decided: Result<Vec<D::Event>, D::Rejection>, reach: Reach) {
        let Some(pending) = self.pending.get_mut(&serial) else { return };
        let (events, rejection) = match decided {
            Ok(events) => (events, None),
            Err(rejection) => (Vec::new(), Some(rejection)),
        };
        self.changed_acknowledgements.extend(pending.events.iter().chain(&events).filter_map(D::acknowledges));
        for id in pending.events.iter().filter_map(D::acknowledges) {
            if let Some(count) = self.acknowledged.get_mut(&id) {
                *count -= 1;
                if *count == 0 {
                    self.acknowledged.remove(&id);
                }
            }
        }
        for id in events.iter().filter_map(D::acknowledges) {
            *self.acknowledged.entry(id).or_default() += 1;
        }
        pending.events = events;
        if pending.reach != reach {
            self.reaches.leave(&pending.reach);
            self.reaches.enter(&reach);
            pending.reach = reach;
        }
        if pending.rejection.is_some() || rejection.is_some() {
            self.standings.leave(pending);
            pending.rejection = rejection;
            self.standings.enter(pending);
        }
    }

    /// The log is read on another timeline, where what landed may have no record. A rejection that is kept stays one.
    pub fn forget_landed(&mut self, is_kept: impl Fn(CommandId) -> bool) {
        self.settled.retain(|id, rejected| *rejected && is_kept(*id));
        self.settled_order.retain(|id| self.settled.contains_key(id));
    }

    fn remember_settled(&mut self, id: CommandId, rejected: bool) {
        if self.settled.insert(id, rejected).is_none() {
            self.settled_order.push_back(id);
            if self.settled_order.len() > SETTLED_REMEMBERED_MAX
                && let Some(oldest) = self.settled_order.pop_front()
            {
                self.settled.remove(&oldest);
            }
        }
    }
}
