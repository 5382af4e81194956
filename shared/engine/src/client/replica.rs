//! Confirmed state, view and inbox of one log, and the sliced work that keeps them: fold what came, replay what waits.

use super::outbox::{Outbox, Pending};
use super::saving::InboxRow;
use super::{Config, reason_of};
use crate::log::{Cursor, Outcome, Position, Reason, Record};
use crate::protocol::{CommandText, Downstream, Format};
use crate::upcast::{self, Unreadable};
use crate::{CommandId, Context, Domain, TimeMs, domain};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Records folded, or commands replayed, in one call of `work`: well under a millisecond.
const SLICE: usize = 128;
/// From so many records or commands on, the state that they made takes long to let go.
const LARGE: usize = 1_024;
/// Others' deeds told from one call of `work`; a flood is seen on the screen, not in notices.
const HAPPENED_MAX: usize = 8;
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

/// A page does not begin where the last one ended.
#[derive(Debug)]
pub(super) struct Gap;

/// The records in a `Records` frame.
pub(super) fn records_of<D: Domain>(frame: &[u8]) -> Result<Vec<Record<D>>, Unreadable> {
    match Format::Postcard.decode::<Downstream<D>>(frame) {
        Ok(Downstream::Records(records)) => Ok(records),
        _ => Err(Unreadable::Malformed("not a page of records".into())),
    }
}

/// The record in a `Recorded` frame.
pub(super) fn recorded_of<D: Domain>(frame: &[u8]) -> Option<Record<D>> {
    match Format::Postcard.decode::<Downstream<D>>(frame) {
        Ok(Downstream::Recorded(record)) => Some(record),
        _ => None,
    }
}

/// What one call of `work` did that others care about.
pub(super) struct Worked<D: Domain> {
    pub settled: Vec<Settled<D>>,
    pub inbox_rows: Vec<InboxRow>,
    pub acknowledged: Vec<CommandId>,
    pub happened: Vec<Record<D>>,
}

/// A command of this outbox got its record.
pub(super) struct Settled<D: Domain> {
    pub id: CommandId,
    pub rejected: Option<Reason<D::Rejection>>,
    pub row_done: Option<CommandId>,
    pub inbox_row: Option<InboxRow>,
}

struct Rebase<D: Domain> {
    state: D::State,
    next_serial: u64,
    replayed: usize,
}

pub(super) struct Replica<D: Domain> {
    config: Config,
    confirmed: D::State,
    cursor: Cursor,
    view: D::State,
    incoming: VecDeque<(Record<D>, bool)>,
    /// Records that were folded and that the view does not show yet.
    unshown: usize,
    /// The view is for another reason not what a replay on the confirmed state would give.
    stale: bool,
    rebase: Option<Rebase<D>>,
    /// The confirmed state was begun anew: the old view stays until it is complete again, since reads never go backwards.
    hold_view: bool,
    /// Large states that were replaced whole.
    replaced: Vec<D::State>,
    rejections: BTreeMap<(TimeMs, CommandId), Rejected<D>>,
    rejected_at: BTreeMap<CommandId, TimeMs>,
    /// At most one entry a rejection, however long nobody asks.
    changed_rejections: BTreeSet<CommandId>,
}

impl<D: Domain> Replica<D> {
    pub fn new(config: Config) -> Self {
        Self {
            config,
            confirmed: D::State::default(),
            cursor: Cursor::default(),
            view: D::State::default(),
            incoming: VecDeque::new(),
            unshown: 0,
            stale: false,
            rebase: None,
            hold_view: false,
            replaced: Vec::new(),
            rejections: BTreeMap::new(),
            rejected_at: BTreeMap::new(),
            changed_rejections: BTreeSet::new(),
        }
    }

    pub fn view(&self) -> &D::State {
        &self.view
    }

    pub fn confirmed(&self) -> &D::State {
        &self.confirmed
    }

    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    pub fn rejections(&self) -> impl Iterator<Item = &Rejected<D>> {
        self.rejections.values()
    }

    pub fn rejection(&self, id: CommandId) -> Option<&Rejected<D>> {
        self.rejections.get(&(*self.rejected_at.get(&id)?, id))
    }

    /// A rejection that came or went since it was taken last.
    pub fn take_changed_rejection(&mut self) -> Option<CommandId> {
        self.changed_rejections.pop_first()
    }

    pub fn rejection_count(&self) -> usize {
        self.rejections.len()
    }

    pub fn is_rejected(&self, id: CommandId) -> bool {
        self.rejected_at.contains_key(&id)
    }

    /// A snapshot replaces what is confirmed. What waits to be folded beyond it stays.
    pub fn start_from(&mut self, cursor: Cursor, state: D::State) {
        let before = std::mem::replace(&mut self.confirmed, state);
        if self.cursor.position >= LARGE as Position {
            self.replaced.push(before);
        }
        self.cursor = cursor;
        self.incoming.clear();
        self.replaced.extend(self.rebase.take().map(|rebase| rebase.state));
        self.unshown = 0;
        self.stale = true;
    }

    pub fn start_over(&mut self, epoch: u64) {
        self.start_from(Cursor { epoch, position: 0 }, D::State::default());
        self.hold_view = true;
    }

    /// The log is on this timeline. `true` when what was read belongs to another, and is begun anew.
    pub fn enter_epoch(&mut self, epoch: u64) -> bool {
        if self.cursor.epoch == epoch {
            return false;
        }
        let read = self.cursor.position > 0 || !self.incoming.is_empty();
        if read {
            self.start_over(epoch);
        } else {
            self.cursor.epoch = epoch;
        }
        read
    }

    pub fn is_starting_over(&self) -> bool {
        self.hold_view
    }

    pub fn clear(&mut self) {
        self.start_from(Cursor::default(), D::State::default());
        self.replaced.push(std::mem::take(&mut self.view));
        self.hold_view = false;
    }

    /// A large state that was replaced, and that nobody asks any more.
    pub fn take_replaced(&mut self) -> Option<D::State> {
        self.replaced.pop()
    }

    /// Nobody asks any more.
    pub fn close(&mut self) {
        self.replaced.extend([std::mem::take(&mut self.view), std::mem::take(&mut self.confirmed)]);
        self.replaced.extend(self.rebase.take().map(|rebase| rebase.state));
    }

    pub fn handle_caught_up(&mut self) {
        self.hold_view = false;
    }

    pub fn mark_stale(&mut self) {
        self.stale = true;
    }

    /// Commands came to the end of the outbox, from this serial on: those before them need not be replayed for that.
    pub fn show_from(&mut self, serial: u64) {
        if !self.stale && self.rebase.is_none() {
            self.rebase = Some(Rebase { state: self.view.clone(), next_serial: serial, replayed: 0 });
        }
    }

    /// Shows the effect of a command that was just decided on the view.
    pub fn predict(&mut self, events: &[D::Event], context: &Context) {
        domain::evolve_all::<D>(&mut self.view, events, context);
    }

    /// Records for folding; those already known are skipped.
    pub fn receive(&mut self, records: Vec<Record<D>>, live: bool) -> Result<(), Gap> {
        let mut known = self.received();
        for record in records {
            match record.position.checked_sub(known) {
                None | Some(0) => {}
                Some(1) => {
                    known = record.position;
                    self.incoming.push_back((record, live));
                }
                Some(_) => return Err(Gap),
            }
        }
        Ok(())
    }

    /// The newest position that is here, folded or not.
    pub fn received(&self) -> Position {
        self.incoming.back().map_or(self.cursor.position, |(record, _)| record.position)
    }

    /// `more_coming`: it is known that more records follow those that are here.
    pub fn has_work(&self, outbox: &Outbox<D>, more_coming: bool) -> bool {
        !self.incoming.is_empty() || self.rebase.is_some() || (self.is_replay_due(outbox, more_coming) && !self.hold_view)
    }

    /// Replaying all that waits for each page of a log that is still being read would take longer than reading it: then a replay
    /// waits for as many records as there are commands to replay.
    fn is_replay_due(&self, outbox: &Outbox<D>, more_coming: bool) -> bool {
        self.stale || self.unshown > if more_coming { outbox.len() } else { 0 }
    }

    /// Does the view show everything that was folded?
    pub fn shows_all(&self) -> bool {
        self.unshown == 0
    }

    pub fn work(&mut self, outbox: &mut Outbox<D>, live: bool, more_coming: bool) -> Worked<D> {
        let mut worked = Worked { settled: Vec::new(), inbox_rows: Vec::new(), acknowledged: Vec::new(), happened: Vec::new() };
        if self.rebase.is_some() {
            self.replay_slice(outbox);
        } else if !self.incoming.is_empty() {
            for _ in 0..SLICE {
                let Some((record, fresh)) = self.incoming.pop_front() else { break };
                self.fold(record, live && fresh, outbox, &mut worked);
            }
        } else if self.is_replay_due(outbox, more_coming) {
            self.stale = false;
            self.unshown = 0;
            if outbox.is_empty() {
                self.view = self.confirmed.clone();
            } else {
                self.rebase = Some(Rebase { state: self.confirmed.clone(), next_serial: 0, replayed: 0 });
                self.replay_slice(outbox);
            }
        }
        worked
    }

    /// A record that was read past long ago, while its command was still in the outbox.
    pub fn settle_late(&mut self, outbox: &mut Outbox<D>, record: Record<D>) -> Option<Settled<D>> {
        // Who never had it remembers nothing of it, and so tells nobody that it was rejected for no reason.
        outbox.get(record.command)?;
        let rejected = reason_of(&record.outcome);
        let (pending, row_done) = outbox.remove(record.command, rejected.is_some())?;
        let inbox_row = self.note_rejection(&record, Some(&pending));
        if rejected.is_none() {
            outbox.show_landed(pending, record.at);
        }
        self.stale = true;
        Some(Settled { id: record.command, rejected, row_done, inbox_row })
    }

    /// The rejection of this command, as it stands in the inbox on disk.
    pub fn inbox_row(&self, id: CommandId) -> Option<InboxRow> {
        self.rejection(id).map(write_row)
    }

    /// A command that the leader has seen settled, at a position that was skipped here.
    /// A rejection without a row was withdrawn, or decided about already.
    pub fn settle_unseen(
        &mut self,
        outbox: &mut Outbox<D>,
        id: CommandId,
        rejected: bool,
        inbox_row: Option<InboxRow>,
    ) -> Option<Settled<D>> {
        // What this tab knows already it knows better.
        if outbox.was_rejected(id).is_some() {
            return None;
        }
        // Also of a command that is not here yet: whoever asks later is told why.
        if let Some(row) = inbox_row.as_ref().filter(|_| rejected) {
            self.restore_rejection(row.clone());
        }
        let (pending, row_done) = outbox.remove(id, rejected)?;
        let rejected = rejected.then(|| inbox_row.as_ref().map_or(Reason::Withdrawn, |row| read_row::<D>(row).reason));
        if rejected.is_none() {
            let at = pending.saved().at;
            outbox.show_landed(pending, at);
        }
        self.stale = true;
        // Whichever tab deletes the row writes the rejection with it: nobody else may have been able to.
        Some(Settled { id, rejected, row_done, inbox_row })
    }

    /// Puts a command into the inbox for a reason that is no record's.
    pub fn reject(&mut self, pending: &Pending<D>, reason: Reason<D::Rejection>, now: TimeMs) -> InboxRow {
        let text = pending.saved().command.clone().unwrap_or_else(CommandText::nothing);
        self.keep_rejection(Rejected {
            id: pending.id,
            at: now,
            issued: Some(pending.issued),
            reason,
            command: pending.command.clone(),
            text,
        })
    }

    pub fn restore_rejection(&mut self, row: InboxRow) {
        self.list(read_row(&row));
    }

    fn replay_slice(&mut self, outbox: &mut Outbox<D>) {
        let Some(rebase) = &mut self.rebase else { return };
        let serials = outbox.range(rebase.next_serial, SLICE);
        for &serial in &serials {
            outbox.replay(serial, &mut rebase.state);
            rebase.next_serial = serial + 1;
        }
        rebase.replayed += serials.len();
        if serials.len() < SLICE
            && let Some(rebase) = self.rebase.take()
        {
            let before = std::mem::replace(&mut self.view, rebase.state);
            if rebase.replayed >= LARGE {
                self.replaced.push(before);
            }
        }
    }

    fn fold(&mut self, record: Record<D>, live: bool, outbox: &mut Outbox<D>, worked: &mut Worked<D>) {
        let needs_no_replay = self.needs_no_replay(&record, outbox);
        record.fold_into(&mut self.confirmed);
        self.cursor.position = record.position;
        if needs_no_replay {
            record.fold_into(&mut self.view);
        }
        let mine = record.actor == self.config.actor;
        if !mine {
            self.unshown += usize::from(!needs_no_replay);
            if live && worked.happened.len() < HAPPENED_MAX && matches!(&record.outcome, Outcome::Accepted(events) if !events.is_empty()) {
                worked.happened.push(record);
            }
            return;
        }
        if self.came_true(&record, outbox) {
            if let Outcome::Accepted(events) = &record.outcome {
                for event in events {
                    D::settle(&mut self.view, event, &record.context());
                }
            }
        } else {
            self.unshown += usize::from(!needs_no_replay);
        }
        if let Outcome::Accepted(events) = &record.outcome {
            for id in events.iter().filter_map(D::acknowledges) {
                if let Some(at) = self.rejected_at.remove(&id) {
                    self.rejections.remove(&(at, id));
                    self.changed_rejections.insert(id);
                    worked.acknowledged.push(id);
                }
            }
        }
        let removed = outbox.remove(record.command, matches!(record.outcome, Outcome::Rejected(_)));
        let inbox_row = self.note_rejection(&record, removed.as_ref().map(|(pending, _)| pending));
        worked.inbox_rows.extend(inbox_row);
        if let Some((pending, row_done)) = removed {
            let rejected = reason_of(&record.outcome);
            if rejected.is_none() {
                outbox.show_landed(pending, record.at);
            }
            worked.settled.push(Settled { id: record.command, rejected, row_done, inbox_row: None });
        }
    }

    /// Is this record of a command that does not wait here, and would all that waits do the same after it? Then what it did is what
    /// the view is to show; asked before it is folded. Where fewer commands wait than records, one replay costs less.
    fn needs_no_replay(&self, record: &Record<D>, outbox: &Outbox<D>) -> bool {
        let is_up_to_date = !self.stale && self.shows_all();
        is_up_to_date && outbox.len() > self.incoming.len() && outbox.get(record.command).is_none() && {
            match &record.outcome {
                Outcome::Accepted(events) => !outbox.is_concerned(&self.view, events),
                Outcome::Rejected(_) => true,
            }
        }
    }

    /// The fast path: is this record exactly what the head of the outbox predicted, on a view that is up to date?
    fn came_true(&self, record: &Record<D>, outbox: &Outbox<D>) -> bool {
        let Some(front) = outbox.front().filter(|front| !self.stale && self.shows_all() && front.id == record.command) else {
            return false;
        };
        !front.withdrawn && front.doubt().is_none_or(|doubt| doubt == super::Doubt::Unanswered) && {
            matches!(&record.outcome, Outcome::Accepted(events) if events == front.events() && record.device == self.config.device)
        }
    }

    fn note_rejection(&mut self, record: &Record<D>, pending: Option<&Pending<D>>) -> Option<InboxRow> {
        let Outcome::Rejected(Some(refusal)) = &record.outcome else { return None };
        if matches!(refusal.reason, Reason::Withdrawn) && pending.is_none_or(|pending| pending.withdrawn) {
            return None;
        }
        let command = match pending {
            Some(pending) => pending.command.clone(),
            None => upcast::decode(&refusal.command.0, D::command_shapes()).ok(),
        };
        Some(self.keep_rejection(Rejected {
            id: record.command,
            at: record.at,
            issued: pending.map(|pending| pending.issued),
            reason: refusal.reason.clone(),
            command,
            text: refusal.command.clone(),
        }))
    }

    fn keep_rejection(&mut self, rejected: Rejected<D>) -> InboxRow {
        let row = write_row(&rejected);
        if self.rejections.len() < REJECTIONS_MAX {
            self.list(rejected);
        }
        row
    }

    fn list(&mut self, rejected: Rejected<D>) {
        self.changed_rejections.insert(rejected.id);
        self.rejected_at.insert(rejected.id, rejected.at);
        self.rejections.insert((rejected.at, rejected.id), rejected);
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
fn read_row<D: Domain>(row: &InboxRow) -> Rejected<D> {
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
