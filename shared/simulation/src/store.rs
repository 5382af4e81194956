//! The servers' disk: logs with their timelines, and beside each the state that it means, computed in the plainest way.

use crate::workload::Workload;
use landfall_engine::domain::{decode_state, evolve_all};
use landfall_engine::sequencer::{AppendError, Entry, Found};
use landfall_engine::{CommandId, Context, Cursor, Epoch, LogId, Outcome, Position, Reason, Record, Seal, TimeMs, upcast};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Records in one page read from the store; small, so that reading takes many.
pub const PAGE_RECORDS: usize = 4;

/// How the next append ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppendMood {
    /// As it should.
    #[default]
    Well,
    /// It is written, and the answer is lost.
    UnknownWritten,
    /// It is not written, and the answer is lost.
    UnknownLost,
    /// It is refused: the disk cannot write.
    Unavailable,
}

/// One life of a log, between restores and losses.
#[derive(Clone, Debug)]
pub struct Timeline<W: Workload> {
    /// What it is called. After a loss that nobody has noticed yet, two timelines have the same name.
    pub epoch: Epoch,
    /// The records.
    pub entries: Vec<Entry<W>>,
    /// `states[n]` is what the first n records mean.
    pub states: Vec<W::State>,
    positions: BTreeMap<CommandId, Position>,
}

/// A snapshot as a server stored it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The version that it belongs to.
    pub fold: u32,
    /// Where it was taken.
    pub cursor: Cursor,
    /// The seal that stood there.
    pub seal: Seal,
    /// Its pieces.
    pub chunks: Rc<Vec<Vec<u8>>>,
}

/// One log.
pub struct Log<W: Workload> {
    /// Its name.
    pub id: LogId,
    /// In the order in which they began; the last is the one that counts.
    pub timelines: Vec<Timeline<W>>,
    /// The newest snapshot.
    pub snapshot: Option<Snapshot>,
    /// How the next append ends.
    pub mood: AppendMood,
}

impl<W: Workload> Timeline<W> {
    fn new(epoch: Epoch) -> Self {
        Self { epoch, entries: Vec::new(), states: vec![W::State::default()], positions: BTreeMap::new() }
    }

    /// The seal behind the record at this position; `None` when there is none.
    pub fn seal_at(&self, position: Position) -> Option<Seal> {
        match position.checked_sub(1) {
            None => Some(Seal::NONE),
            Some(index) => self.entries.get(index as usize).map(|entry| entry.seal),
        }
    }

    /// The record of this command.
    pub fn record_of(&self, id: CommandId) -> Option<&Record<W>> {
        self.positions.get(&id).map(|&position| &self.entries[position as usize - 1].record)
    }

    /// How many records there are.
    pub fn head(&self) -> Position {
        self.entries.len() as Position
    }

    /// The newest state.
    pub fn state(&self) -> &W::State {
        &self.states[self.entries.len()]
    }

    fn push(&mut self, entry: Entry<W>) {
        let mut state = self.state().clone();
        entry.record.fold_into(&mut state);
        self.positions.insert(entry.record.command, entry.record.position);
        self.states.push(state);
        self.entries.push(entry);
    }

    /// What deciding this command means where it stands: the reference that the sequencer is held against.
    /// `None` when no release of this program can read it.
    pub fn decide(&self, entry: &Entry<W>) -> Option<Outcome<W>> {
        let record = &entry.record;
        let context =
            Context { command: record.command, actor: record.actor, device: record.device, at: record.at, position: Some(record.position) };
        let state = &self.states[record.position as usize - 1];
        let reason = match &entry.command {
            None => Reason::Withdrawn,
            Some(text) => match upcast::decode::<W::Command>(W::newer(&text.0).as_ref().unwrap_or(&text.0), W::command_shapes()) {
                Ok(command) => match W::decide(state, &command, &context) {
                    Ok(events) => return Some(Outcome::Accepted(events)),
                    Err(rejection) => Reason::Domain(rejection),
                },
                Err(upcast::Unreadable::Malformed(why)) => Reason::Unreadable(why),
                Err(upcast::Unreadable::Future { .. }) => return None,
            },
        };
        let command = entry.command.clone().unwrap_or_else(landfall_engine::protocol::CommandText::nothing);
        Some(Outcome::Rejected(Some(Box::new(landfall_engine::log::Refusal { reason, command }))))
    }
}

impl<W: Workload> Log<W> {
    /// A log with nothing in it.
    pub fn new(id: LogId) -> Self {
        Self { id, timelines: vec![Timeline::new(1)], snapshot: None, mood: AppendMood::Well }
    }

    /// The timeline that counts.
    pub fn now(&self) -> &Timeline<W> {
        self.timelines.last().expect("a log has a timeline")
    }

    fn now_mut(&mut self) -> &mut Timeline<W> {
        self.timelines.last_mut().expect("a log has a timeline")
    }

    /// The timelines of this epoch: one, and one more for each loss that went unnoticed for a while.
    pub fn timelines_of(&self, epoch: Epoch) -> impl Iterator<Item = &Timeline<W>> {
        self.timelines.iter().filter(move |timeline| timeline.epoch == epoch)
    }

    /// The head.
    pub fn cursor(&self) -> Cursor {
        Cursor { epoch: self.now().epoch, position: self.now().head() }
    }

    /// The record of this command on any timeline, newest first.
    pub fn record_ever(&self, id: CommandId) -> Option<&Record<W>> {
        self.timelines.iter().rev().find_map(|timeline| timeline.record_of(id))
    }

    /// The time of the record at this position.
    pub fn time_at(&self, position: Position) -> TimeMs {
        let before = position.checked_sub(1).and_then(|index| self.now().entries.get(index as usize));
        before.map_or(TimeMs(0), |entry| entry.record.at)
    }

    /// Compare the head and its seal, then write all or nothing: the seals behind what was written. The second value: what was written.
    pub fn append(&mut self, expected: Cursor, before: Seal, entries: Vec<Entry<W>>) -> (Result<Vec<Seal>, AppendError>, Vec<Entry<W>>) {
        let mood = std::mem::take(&mut self.mood);
        match mood {
            AppendMood::Unavailable => return (Err(AppendError::Unavailable), Vec::new()),
            AppendMood::UnknownLost => return (Err(AppendError::UnknownOutcome), Vec::new()),
            AppendMood::Well | AppendMood::UnknownWritten => {}
        }
        if expected != self.cursor() || self.now().seal_at(expected.position) != Some(before) {
            return (Err(AppendError::HeadMoved), Vec::new());
        }
        if entries.iter().any(|entry| self.now().record_of(entry.record.command).is_some()) {
            return (Err(AppendError::AlreadyRecorded), Vec::new());
        }
        let mut seals = Vec::new();
        for entry in &entries {
            // What is on disk is text, and is read back from text.
            let body = entry.record.to_json();
            let seal = seals.last().unwrap_or(&before).then(&body);
            let record = Record::from_json(&body).expect("a record reads back");
            seals.push(seal);
            self.now_mut().push(Entry { record, seal, ..entry.clone() });
        }
        (if mood == AppendMood::UnknownWritten { Err(AppendError::UnknownOutcome) } else { Ok(seals) }, entries)
    }

    /// The seal at this position, a page after it, and whether it is the last.
    pub fn page(&self, after: Position) -> (Option<Seal>, Vec<Entry<W>>, bool) {
        let entries = &self.now().entries;
        let page: Vec<_> = entries.iter().skip(after as usize).take(PAGE_RECORDS).cloned().collect();
        let at_end = after as usize + page.len() >= entries.len();
        (self.now().seal_at(after), page, at_end)
    }

    /// Those of these commands that have a record.
    pub fn find(&self, ids: &[CommandId]) -> Vec<Found> {
        let entry = |id: &CommandId| self.now().positions.get(id).map(|&position| &self.now().entries[position as usize - 1]);
        let found = ids.iter().filter_map(entry);
        found.map(|entry| Found { id: entry.record.command, position: entry.record.position, fingerprint: entry.fingerprint }).collect()
    }

    /// The log is restored from a backup that ends at `position`.
    pub fn restore(&mut self, position: Position) {
        self.begin_timeline(self.now().epoch + 1, position);
    }

    /// The newest records, those after `position`, are lost, and nobody is told.
    pub fn lose_tail(&mut self, position: Position) {
        self.begin_timeline(self.now().epoch, position);
    }

    /// Who notices that records were lost begins a new timeline, unless one was begun since.
    pub fn begin_timeline_after(&mut self, epoch: Epoch) {
        if self.now().epoch == epoch {
            self.begin_timeline(epoch + 1, self.now().head());
        }
    }

    fn begin_timeline(&mut self, epoch: Epoch, position: Position) {
        let mut timeline = Timeline::new(epoch);
        for entry in &self.now().entries[..position as usize] {
            timeline.push(entry.clone());
        }
        self.timelines.push(timeline);
    }

    /// Does this snapshot of the present timeline hold records that were lost since?
    pub fn has_lost(&self, snapshot: &Snapshot) -> bool {
        let Cursor { epoch, position } = snapshot.cursor;
        epoch == self.now().epoch && self.now().seal_at(position) != Some(snapshot.seal)
    }

    /// The snapshot with which a server of this version starts.
    pub fn usable_snapshot(&self) -> Option<(&Snapshot, W::State)> {
        let is_of_now = |snapshot: &&Snapshot| snapshot.cursor.epoch == self.now().epoch && !self.has_lost(snapshot);
        let snapshot = self.snapshot.as_ref().filter(|snapshot| snapshot.fold == W::FOLD).filter(is_of_now)?;
        Some((snapshot, decode_state::<W>(&snapshot.chunks).ok()?))
    }

    /// Folds the records without any of the machinery, for those who want to see it done.
    pub fn truth(&self) -> W::State {
        let mut state = W::State::default();
        for entry in &self.now().entries {
            if let Outcome::Accepted(events) = &entry.record.outcome {
                evolve_all::<W>(&mut state, events, &entry.record.context());
            }
        }
        state
    }
}
