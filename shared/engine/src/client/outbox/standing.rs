//! How what waits stands, all of it and by subject: counted as it changes, so that nobody has to look at the whole outbox.

use super::{Pending, Sent, Stored};
use crate::Domain;
use std::collections::{BTreeMap, BTreeSet};

/// How the commands about one subject stand. Withdrawn ones are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// On this device only.
    pub waiting: u32,
    /// Sent on the connection that is open now.
    pub sent: u32,
    /// Of which it is not certain what will come.
    pub in_doubt: u32,
}

impl Standing {
    fn of<D: Domain>(&mut self, pending: &Pending<D>) -> &mut u32 {
        if pending.is_in_doubt() {
            &mut self.in_doubt
        } else if pending.sent == Sent::Now {
            &mut self.sent
        } else {
            &mut self.waiting
        }
    }
}

/// Counts of what waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Not withdrawn.
    pub pending: usize,
    /// Not withdrawn, and not on disk yet.
    pub saving: usize,
    /// Not withdrawn, and it is not certain what will come of it.
    pub in_doubt: usize,
    /// Not on disk, and never will be; withdrawn ones too.
    pub memory_only: usize,
}

/// The counts, kept as commands come, change and go.
#[derive(Default)]
pub struct Standings {
    tally: Tally,
    by_subject: BTreeMap<[u8; 16], Standing>,
    /// At most one entry a subject, however long nobody asks.
    changed: BTreeSet<[u8; 16]>,
}

impl Standings {
    pub fn tally(&self) -> Tally {
        self.tally
    }

    pub fn of(&self, subject: [u8; 16]) -> Standing {
        self.by_subject.get(&subject).copied().unwrap_or_default()
    }

    pub fn take_changed(&mut self) -> Option<[u8; 16]> {
        self.changed.pop_first()
    }

    /// A command counts from now on, as it is.
    pub fn enter<D: Domain>(&mut self, pending: &Pending<D>) {
        self.tally.memory_only += usize::from(pending.stored == Stored::MemoryOnly);
        if pending.withdrawn {
            return;
        }
        self.tally.pending += 1;
        self.tally.saving += usize::from(pending.stored == Stored::Saving);
        self.tally.in_doubt += usize::from(pending.is_in_doubt());
        if let Some(subject) = pending.subject {
            *self.by_subject.entry(subject).or_default().of(pending) += 1;
            self.changed.insert(subject);
        }
    }

    /// A command counts no more. It must be as it was when it entered.
    pub fn leave<D: Domain>(&mut self, pending: &Pending<D>) {
        self.tally.memory_only -= usize::from(pending.stored == Stored::MemoryOnly);
        if pending.withdrawn {
            return;
        }
        self.tally.pending -= 1;
        self.tally.saving -= usize::from(pending.stored == Stored::Saving);
        self.tally.in_doubt -= usize::from(pending.is_in_doubt());
        if let Some(subject) = pending.subject
            && let Some(standing) = self.by_subject.get_mut(&subject)
        {
            *standing.of(pending) -= 1;
            if *standing == Standing::default() {
                self.by_subject.remove(&subject);
            }
            self.changed.insert(subject);
        }
    }
}
