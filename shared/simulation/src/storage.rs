//! A device's disk as the browser keeps it: transactions in order, strict ones at once, relaxed ones when the device pleases.

use crate::workload::Workload;
use landfall_engine::client::{InboxRow, Loaded, OutboxRow, Save, SaveError, SavedCommand};
use landfall_engine::domain::decode_state;
use landfall_engine::protocol::{Downstream, Format};
use landfall_engine::{CommandId, Cursor, Mark, Position};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// What a tab asked of the disk. Requests are performed in the order in which they were made.
#[derive(Clone, Debug)]
pub enum Request {
    /// One transaction.
    Save(Rc<Save>),
    /// What other tabs have stored since.
    Load(Cursor),
    /// A snapshot in place of the one before.
    Snapshot(Cursor, Option<Mark>, Rc<Vec<Vec<u8>>>),
}

/// A snapshot as it is written: where it was taken, the mark there, and its pieces.
pub type Written = (Cursor, Option<Mark>, Rc<Vec<Vec<u8>>>);

/// How the disk behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// As it should.
    #[default]
    Well,
    /// Every write is refused: full.
    Full,
    /// The next write fails and nothing is written.
    FailsBefore,
    /// The next write is written, and the answer is that it was not.
    FailsAfter,
}

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The commands in it, in order.
    pub ids: Vec<CommandId>,
    /// Their JSON.
    pub text: Rc<str>,
}

/// Everything on a disk.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// Commands that have no record yet, by row.
    pub outbox: BTreeMap<CommandId, Row>,
    /// Rejections that wait for a decision.
    pub inbox: BTreeMap<CommandId, Rc<str>>,
    /// Pages of records, by where their save ended and where they begin.
    tail: BTreeMap<(Position, Position), Rc<[u8]>>,
    snapshot: Option<Written>,
    cursor: Option<Cursor>,
}

/// One device's disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// What is on it.
    pub image: Image,
    /// What a power cut would leave, where that is less.
    kept: Option<Box<Image>>,
    /// Requests that wait, each with the tab that made it.
    pub queue: VecDeque<(usize, Request)>,
    /// How it behaves.
    pub mood: Mood,
    /// The newest snapshot that was fetched here from a server: what was decided elsewhere before that is in no record that is read here.
    pub began_at: Cursor,
    /// A write has failed here.
    pub has_failed: bool,
    /// The browser lets nothing be opened here.
    pub will_not_open: bool,
}

impl Image {
    /// Is this command in the outbox?
    pub fn holds(&self, id: CommandId) -> bool {
        self.outbox.values().any(|row| row.ids.contains(&id))
    }

    /// Is anything cached of the log?
    pub fn has_cache(&self) -> bool {
        self.snapshot.is_some() || !self.tail.is_empty()
    }

    /// Forgets what can be read again.
    pub fn drop_cache(&mut self) {
        self.tail.clear();
        self.snapshot = None;
        self.cursor = None;
    }

    fn apply<W: Workload>(&mut self, save: &Save) {
        let found = self.cursor;
        let is_ahead = save.cursor.is_some_and(|cursor| found.is_some_and(|found| found.epoch < cursor.epoch));
        if save.forget_cache || is_ahead {
            self.drop_cache();
        }
        for key in &save.outbox_delete {
            self.outbox.remove(key);
        }
        for id in &save.inbox_delete {
            self.inbox.remove(id);
        }
        for row in &save.outbox_put {
            let text = serde_json::to_string(&row.commands).expect("plain data");
            self.outbox.insert(row.key, Row { ids: row.commands.iter().map(|command| command.id).collect(), text: text.into() });
        }
        for row in &save.inbox_put {
            self.inbox.insert(row.id, row.text.as_str().into());
        }
        let is_behind = |cursor: &Cursor| !save.forget_cache && found.is_some_and(|found| found.epoch > cursor.epoch);
        if let Some(cursor) = save.cursor.filter(|cursor| !is_behind(cursor)) {
            for frame in &save.tail_put {
                if let Some(first) = first_position::<W>(frame) {
                    self.tail.insert((cursor.position, first), frame.as_slice().into());
                }
            }
            self.cursor = Some(cursor);
        }
    }

    fn apply_snapshot(&mut self, cursor: Cursor, mark: Option<Mark>, chunks: &Rc<Vec<Vec<u8>>>) {
        let is_older = self.snapshot.as_ref().is_some_and(|(newest, ..)| *newest > cursor);
        if is_older || self.cursor.is_some_and(|found| found.epoch > cursor.epoch) {
            return;
        }
        let is_same = self.cursor.is_none_or(|found| found.epoch == cursor.epoch);
        self.tail.retain(|(ends, _), _| is_same && *ends > cursor.position);
        self.snapshot = Some((cursor, mark, chunks.clone()));
        self.cursor = Some(self.cursor.map_or(cursor, |found| found.max(cursor)));
    }

    /// What a tab that has read up to `after` finds.
    pub fn load<W: Workload>(&self, after: Cursor) -> Loaded<W> {
        let newer = self.snapshot.as_ref().filter(|(cursor, ..)| *cursor > after);
        let snapshot = newer.and_then(|(cursor, _, chunks)| Some((*cursor, decode_state::<W>(chunks).ok()?)));
        let commands = |row: &Row| -> Vec<SavedCommand> { serde_json::from_str(&row.text).expect("an outbox reads back") };
        Loaded {
            epoch: self.cursor.unwrap_or_default().epoch,
            snapshot,
            mark: newer.and_then(|(_, mark, _)| *mark),
            tail: self.tail.iter().filter(|((ends, _), _)| *ends > after.position).map(|(_, frame)| frame.to_vec()).collect(),
            outbox: self.outbox.iter().map(|(key, row)| OutboxRow { key: *key, commands: commands(row) }).collect(),
            inbox: self.inbox.iter().map(|(id, text)| InboxRow { id: *id, text: text.to_string() }).collect(),
        }
    }

    /// Writes the texts of all waiting commands anew, as another release would have written them.
    pub fn rewrite_outbox(&mut self, rewrite: impl Fn(CommandId, &str) -> Option<String>) -> usize {
        let mut rewritten = 0;
        for row in self.outbox.values_mut() {
            let mut commands: Vec<SavedCommand> = serde_json::from_str(&row.text).expect("an outbox reads back");
            for command in &mut commands {
                if let Some(text) = &mut command.command
                    && let Some(other) = rewrite(command.id, &text.0)
                {
                    text.0 = other;
                    rewritten += 1;
                }
            }
            row.text = serde_json::to_string(&commands).expect("plain data").into();
        }
        rewritten
    }
}

impl Disk {
    /// A disk with the same content and nothing under way: a cloned profile.
    pub fn cloned(&self) -> Self {
        Self { image: self.image.clone(), began_at: self.began_at, ..Self::default() }
    }

    /// One transaction. What is strict is kept at once, with everything before it.
    pub fn write<W: Workload>(&mut self, save: &Save) -> Result<(), SaveError> {
        self.attempt(save.strict, |image| image.apply::<W>(save))
    }

    /// A snapshot, relaxed.
    pub fn write_snapshot(&mut self, cursor: Cursor, mark: Option<Mark>, chunks: &Rc<Vec<Vec<u8>>>) -> Result<(), SaveError> {
        self.attempt(false, |image| image.apply_snapshot(cursor, mark, chunks))
    }

    fn attempt(&mut self, strict: bool, apply: impl FnOnce(&mut Image)) -> Result<(), SaveError> {
        let mood = match self.mood {
            Mood::FailsBefore | Mood::FailsAfter => std::mem::take(&mut self.mood),
            lasting => lasting,
        };
        self.has_failed |= mood != Mood::Well;
        match mood {
            Mood::Full => return Err(SaveError::Full),
            Mood::FailsBefore => return Err(SaveError::Failed),
            Mood::Well | Mood::FailsAfter => {}
        }
        if strict {
            apply(&mut self.image);
            self.kept = None;
        } else {
            let kept = self.kept.take().unwrap_or_else(|| Box::new(self.image.clone()));
            apply(&mut self.image);
            self.kept = Some(kept);
        }
        if mood == Mood::FailsAfter { Err(SaveError::Failed) } else { Ok(()) }
    }

    /// The device loses power: what was not kept is gone, and whatever was under way.
    pub fn lose_power(&mut self) {
        if let Some(kept) = self.kept.take() {
            self.image = *kept;
        }
        self.queue.clear();
    }

    /// The browser flushes in its own time.
    pub fn flush(&mut self) {
        self.kept = None;
    }
}

fn first_position<W: Workload>(frame: &[u8]) -> Option<Position> {
    match Format::Postcard.decode::<Downstream<W>>(frame) {
        Ok(Downstream::Sealed { records, .. }) => records.first().map(|sealed| sealed.record.position),
        _ => None,
    }
}
