//! What stands between each thing and "landed": the worst mark per subject, kept up to date without looking at the whole outbox each time.

use crate::product::Workspace;
use crate::product::queries::Marked;
use landfall_engine::Domain;
use landfall_engine::client::{Client, Pending, Sent};
use std::collections::{BTreeMap, BTreeSet};

/// The marks, and which of them changed since they were last looked at.
#[derive(Default)]
pub struct Marks {
    now: BTreeMap<[u8; 16], Marked>,
    changed: BTreeSet<[u8; 16]>,
}

/// The mark of a command that has no record yet.
fn mark_of(pending: &Pending<Workspace>) -> Marked {
    if pending.is_in_doubt() {
        Marked::InDoubt
    } else if pending.sent == Sent::Now {
        Marked::Landing
    } else {
        Marked::Saved
    }
}

impl Marks {
    /// The worst mark of each subject that has one.
    pub fn now(&self) -> &BTreeMap<[u8; 16], Marked> {
        &self.now
    }

    /// A command about this was just issued.
    pub fn issued(&mut self, subject: Option<[u8; 16]>) {
        if let Some(subject) = subject
            && let std::collections::btree_map::Entry::Vacant(place) = self.now.entry(subject)
        {
            place.insert(Marked::Saved);
            self.changed.insert(subject);
        }
    }

    /// Looks at outbox and inbox anew.
    pub fn refresh(&mut self, client: &Client<Workspace>) {
        let mut marks: BTreeMap<[u8; 16], Marked> = BTreeMap::new();
        let mut mark = |subject: Option<[u8; 16]>, marked: Marked| {
            if let Some(subject) = subject {
                marks.entry(subject).and_modify(|worst| *worst = marked.max(*worst)).or_insert(marked);
            }
        };
        for pending in client.outbox().filter(|pending| !pending.withdrawn) {
            mark(pending.command.as_ref().and_then(Workspace::subject), mark_of(pending));
        }
        for rejected in client.rejections() {
            mark(rejected.command.as_ref().and_then(Workspace::subject), Marked::Rejected);
        }
        let differ = |subject: &&[u8; 16]| self.now.get(*subject) != marks.get(*subject);
        let changed: Vec<[u8; 16]> = self.now.keys().chain(marks.keys()).filter(differ).copied().collect();
        self.changed.extend(changed);
        self.now = marks;
    }

    /// The subjects whose mark changed since this was asked last.
    pub fn take_changed(&mut self) -> BTreeSet<[u8; 16]> {
        std::mem::take(&mut self.changed)
    }
}
