//! What stands between each thing and "landed": the worst mark per subject, kept up to date in time proportional to what changed.

use crate::product::Workspace;
use crate::product::queries::Marked;
use landfall_engine::Domain;
use landfall_engine::client::{Client, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// Subjects looked at in one refresh, about two milliseconds; the rest follows with the next.
pub const REFRESHED_MAX: usize = 2_048;

/// The marks, and which of them changed since they were last looked at.
#[derive(Default)]
pub struct Marks {
    now: BTreeMap<[u8; 16], Marked>,
    changed: BTreeSet<[u8; 16]>,
    /// Subjects of rejections that wait for a decision, as of this version of the inbox.
    rejected: BTreeSet<[u8; 16]>,
    inbox_version: (u64, u64),
}

/// The worst mark of the commands about a subject.
fn worst(standing: Standing) -> Option<Marked> {
    match standing {
        Standing { in_doubt: 1.., .. } => Some(Marked::InDoubt),
        Standing { sent: 1.., .. } => Some(Marked::Landing),
        Standing { waiting: 1.., .. } => Some(Marked::Saved),
        Standing { .. } => None,
    }
}

impl Marks {
    /// The worst mark of each subject that has one.
    pub fn now(&self) -> &BTreeMap<[u8; 16], Marked> {
        &self.now
    }

    /// Takes in what changed in outbox and inbox, subject by subject. Returns how many it looked at; [`REFRESHED_MAX`] when there may be more.
    pub fn refresh(&mut self, client: &mut Client<Workspace>) -> usize {
        if self.inbox_version != client.inbox_version() {
            self.inbox_version = client.inbox_version();
            let subjects = client.rejections().filter_map(|rejected| rejected.command.as_ref().and_then(Workspace::subject));
            let rejected: BTreeSet<[u8; 16]> = subjects.collect();
            let differing: Vec<[u8; 16]> = rejected.symmetric_difference(&self.rejected).copied().collect();
            self.rejected = rejected;
            differing.into_iter().for_each(|subject| self.look_at(client, subject));
        }
        let mut looked_at = 0;
        while looked_at < REFRESHED_MAX
            && let Some(subject) = client.take_changed_subject()
        {
            self.look_at(client, subject);
            looked_at += 1;
        }
        looked_at
    }

    fn look_at(&mut self, client: &Client<Workspace>, subject: [u8; 16]) {
        let mark = if self.rejected.contains(&subject) { Some(Marked::Rejected) } else { worst(client.standing(subject)) };
        let before = match mark {
            Some(mark) => self.now.insert(subject, mark),
            None => self.now.remove(&subject),
        };
        if before != mark {
            self.changed.insert(subject);
        }
    }

    /// The subjects whose mark changed since this was asked last.
    pub fn take_changed(&mut self) -> BTreeSet<[u8; 16]> {
        std::mem::take(&mut self.changed)
    }
}
