//! Confirmed state, view and inbox of one log, and the sliced work that keeps them: fold what came, replay what waits.

use super::inbox::{self, Inbox, Rejected};
use super::outbox::{Outbox, Pending};
use super::saving::InboxRow;
use super::{Config, reason_of};
use crate::log::{Cursor, Outcome, Position, Reason, Record};
use crate::protocol::{Downstream, Format, Sealed};
use crate::upcast::{self, Unreadable};
use crate::{CommandId, Context, Domain, Mark, Seal, domain};
use std::collections::VecDeque;

/// Records folded, or commands replayed, in one call of `work`: well under a millisecond.
const SLICE: usize = 128;
/// From so many records or commands on, the state that they made takes long to let go.
const LARGE: usize = 1_024;
/// Others' deeds told from one call of `work`; a flood is seen on the screen, not in notices.
const HAPPENED_MAX: usize = 8;

/// A page does not begin where the last one ended, or what stands before it is not what was read.
#[derive(Debug)]
pub(super) struct Gap;

/// Records as they come; from a server that speaks version 2, each with the seal behind it.
pub(super) struct Page<D: Domain> {
    /// The seal behind the record before the first.
    before: Option<Seal>,
    records: Vec<(Option<Seal>, Record<D>)>,
}

impl<D: Domain> Page<D> {
    pub fn unsealed(records: Vec<Record<D>>) -> Self {
        Self { before: None, records: records.into_iter().map(|record| (None, record)).collect() }
    }

    pub fn sealed(before: Seal, records: Vec<Sealed<D>>) -> Self {
        Self { before: Some(before), records: records.into_iter().map(|sealed| (Some(sealed.seal), sealed.record)).collect() }
    }

    /// The position of the last record; 0 where there is none.
    pub fn end(&self) -> Position {
        self.records.last().map_or(0, |(_, record)| record.position)
    }

    /// The seal at this position, where the page tells it.
    fn seal_at(&self, position: Position) -> Option<Seal> {
        let first = self.records.first().map(|(_, record)| record.position)?;
        match (position + 1).checked_sub(first)?.checked_sub(1) {
            None => self.before,
            Some(index) => self.records.get(usize::try_from(index).ok()?)?.0,
        }
    }
}

/// The page in a `Records` or `Sealed` frame.
pub(super) fn page_of<D: Domain>(frame: &[u8]) -> Result<Page<D>, Unreadable> {
    match Format::Postcard.decode::<Downstream<D>>(frame) {
        Ok(Downstream::Records(records)) => Ok(Page::unsealed(records)),
        Ok(Downstream::Sealed { before, records }) => Ok(Page::sealed(before, records)),
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
    /// Where the snapshot was taken on which this stands: no earlier record was folded here.
    began_at: Position,
    incoming: VecDeque<(Record<D>, bool)>,
    /// The newest seal that is known on this timeline, at most as new as what was received.
    mark: Option<Mark>,
    /// A page has come that is not what was read here.
    differs: bool,
    /// What another tab has read, which is not what is here.
    doubted: Option<Mark>,
    /// Records that were folded and that the view does not show yet.
    unshown: usize,
    /// The view is for another reason not what a replay on the confirmed state would give.
    stale: bool,
    rebase: Option<Rebase<D>>,
    /// The confirmed state was begun anew: the old view stays until it is complete again, since reads never go backwards.
    hold_view: bool,
    /// Large states that were replaced whole.
    replaced: Vec<D::State>,
    pub inbox: Inbox<D>,
}

impl<D: Domain> Replica<D> {
    pub fn new(config: Config) -> Self {
        Self {
            config,
            confirmed: D::State::default(),
            cursor: Cursor::default(),
            view: D::State::default(),
            began_at: 0,
            incoming: VecDeque::new(),
            mark: None,
            differs: false,
            doubted: None,
            unshown: 0,
            stale: false,
            rebase: None,
            hold_view: false,
            replaced: Vec::new(),
            inbox: Inbox::default(),
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

    /// What was read last, and the seal that came with it.
    pub fn mark(&self) -> Option<Mark> {
        self.mark
    }

    /// What was read last, if a page has come since that is not what was read here.
    pub fn differing_mark(&self) -> Option<Mark> {
        self.mark.filter(|_| self.differs)
    }

    /// Another tab has read this, and it is not what is here.
    pub fn doubt(&mut self, mark: Mark) {
        self.doubted = Some(mark);
    }

    /// What the server is to compare: what was read here, and then what another tab has read, once. The first speaks for the cursor.
    pub fn marks_to_say(&mut self) -> impl Iterator<Item = Mark> {
        self.mark.into_iter().chain(self.doubted.take())
    }

    /// A snapshot replaces what is confirmed, and with it comes the mark that was known when it was taken.
    pub fn start_from(&mut self, cursor: Cursor, state: D::State, mark: Option<Mark>) {
        let before = std::mem::replace(&mut self.confirmed, state);
        if self.cursor.position >= LARGE as Position {
            self.replaced.push(before);
        }
        self.cursor = cursor;
        self.began_at = cursor.position;
        self.incoming.clear();
        self.mark = mark;
        self.differs = false;
        self.doubted = None;
        self.replaced.extend(self.rebase.take().map(|rebase| rebase.state));
        self.unshown = 0;
        self.stale = true;
    }

    pub fn start_over(&mut self, epoch: u64) {
        self.start_from(Cursor { epoch, position: 0 }, D::State::default(), None);
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
        self.start_from(Cursor::default(), D::State::default(), None);
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

    /// Records for folding; those already known are skipped, as long as they are the same.
    pub fn receive(&mut self, page: Page<D>, live: bool) -> Result<(), Gap> {
        if let Some(mark) = self.mark
            && page.seal_at(mark.position).is_some_and(|seal| seal != mark.seal)
        {
            self.differs = true;
            return Err(Gap);
        }
        let mut known = self.received();
        for (seal, record) in page.records {
            match record.position.checked_sub(known) {
                None | Some(0) => {}
                Some(1) => {
                    known = record.position;
                    self.mark = seal.map(|seal| Mark { position: known, seal }).or(self.mark);
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

    /// A command that another tab, or the disk, knows to be settled: at a position that was skipped here, or without a record. A rejection
    /// that waits for a decision comes as its row, with how much of the log had been read when it did (0: told by the disk).
    pub fn settle_unseen(
        &mut self,
        outbox: &mut Outbox<D>,
        id: CommandId,
        rejected: bool,
        waits: Option<(InboxRow, Position)>,
    ) -> Option<Settled<D>> {
        // What this tab knows already it knows better.
        if outbox.was_rejected(id).is_some() {
            return None;
        }
        let reason = waits.as_ref().map_or(Reason::Withdrawn, |(row, _)| inbox::read_row::<D>(row).reason);
        // Whatever still stood in the inbox where this tab began to read was found on the disk.
        let waits = waits.filter(|(_, known_at)| rejected && (*known_at == 0 || *known_at >= self.began_at));
        // Also of a command that is not here yet: whoever asks later is told why.
        let inbox_row = waits.map(|(row, known_at)| {
            self.inbox.restore(&row, known_at);
            row
        });
        let (pending, row_done) = outbox.remove(id, rejected)?;
        let rejected = rejected.then_some(reason);
        if rejected.is_none() {
            let at = pending.saved().at;
            outbox.show_landed(pending, at);
        }
        self.stale = true;
        // Whichever tab deletes the row writes the rejection with it: nobody else may have been able to.
        Some(Settled { id, rejected, row_done, inbox_row })
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
                self.inbox.decide(id, record.position);
                worked.inbox_rows.retain(|row| row.id != id);
                // Whether or not it stands here: the disk may have it.
                worked.acknowledged.push(id);
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
        let rejected = Rejected {
            id: record.command,
            at: record.at,
            issued: pending.map(|pending| pending.issued),
            reason: refusal.reason.clone(),
            command,
            text: refusal.command.clone(),
        };
        self.inbox.keep(rejected, record.position, self.cursor.position)
    }
}
