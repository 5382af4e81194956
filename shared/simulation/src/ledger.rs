//! What was promised to people: every command that anybody issued, and what they were told of it.

use landfall_engine::{ActorId, CommandId, DeviceId};
use std::collections::BTreeMap;

/// One command and the promises about it.
#[derive(Clone, Debug)]
pub struct Promise {
    /// Its place in the order of issue; its letter in traces.
    pub number: usize,
    /// The log.
    pub log: usize,
    /// The device it was issued on.
    pub device: usize,
    /// Its author.
    pub actor: ActorId,
    /// The id of that device; clones share it.
    pub device_id: DeviceId,
    /// The newest command in the outbox when it was issued.
    pub after: Option<CommandId>,
    /// Its text as it was issued.
    pub text: String,
    /// Whether its author was told that it is saved: `Some(false)` means told that it is not.
    pub kept: Option<bool>,
    /// It was sent at least once.
    pub sent: bool,
    /// Taken back by its author.
    pub taken_back: bool,
    /// Its author was told what came of it: rejected or not.
    pub settled: Option<bool>,
    /// A tab that had said that it keeps nothing told its author that it was rejected.
    pub told_unkept: bool,
    /// Its device may have lost it, and says so on the log: the row was wiped, or the text is of a version that was never ours.
    pub excused: bool,
}

/// Everything that was issued.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    promises: BTreeMap<CommandId, Promise>,
}

impl Ledger {
    /// How many commands were issued.
    pub fn len(&self) -> usize {
        self.promises.len()
    }

    /// Was nothing issued yet?
    pub fn is_empty(&self) -> bool {
        self.promises.is_empty()
    }

    /// Writes one down.
    pub fn issue(&mut self, id: CommandId, promise: Promise) {
        self.promises.insert(id, promise);
    }

    /// One of them.
    pub fn get(&self, id: CommandId) -> Option<&Promise> {
        self.promises.get(&id)
    }

    /// One of them, to note what its author was told.
    pub fn get_mut(&mut self, id: CommandId) -> Option<&mut Promise> {
        self.promises.get_mut(&id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (CommandId, &Promise)> {
        self.promises.iter().map(|(id, promise)| (*id, promise))
    }

    /// All of them, to note something.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (CommandId, &mut Promise)> {
        self.promises.iter_mut().map(|(id, promise)| (*id, promise))
    }

    /// The letter of a command in traces: a, b, … z, aa, ab …; `?` for one that nobody here issued.
    pub fn letter(&self, id: CommandId) -> String {
        let Some(promise) = self.promises.get(&id) else { return format!("?{}", &id.to_string()[..8]) };
        let mut number = promise.number;
        let mut letters = Vec::new();
        loop {
            letters.push(b'a' + (number % 26) as u8);
            number /= 26;
            if number == 0 {
                break;
            }
            number -= 1;
        }
        letters.iter().rev().map(|letter| *letter as char).collect()
    }
}
