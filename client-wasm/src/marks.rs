//! What stands between each thing and "landed": the worst mark per subject, kept up to date in time proportional to what changed.

use crate::product::Workspace;
use crate::product::queries::Marked;
use landfall_engine::client::{Client, Standing};
use landfall_engine::{CommandId, Domain};
use std::collections::{BTreeMap, BTreeSet};

/// Subjects looked at in one refresh, about two milliseconds; the rest follows with the next.
pub const REFRESHED_MAX: usize = 2_048;

/// The marks, and which of them changed since they were last looked at.
#[derive(Default)]
pub struct Marks {
    now: BTreeMap<[u8; 16], Marked>,
    changed: BTreeSet<[u8; 16]>,
    /// Rejected commands that wait for a decision, and what each is about.
    rejected: BTreeMap<CommandId, [u8; 16]>,
    /// How many of them are about the same.
    rejections: BTreeMap<[u8; 16], u32>,
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
        let mut looked_at = 0;
        while looked_at < REFRESHED_MAX
            && let Some(id) = client.take_changed_rejection()
        {
            let subject = client.rejection(id).and_then(|rejected| rejected.command.as_ref()).and_then(Workspace::subject);
            let before = match subject {
                Some(subject) => self.rejected.insert(id, subject),
                None => self.rejected.remove(&id),
            };
            if before != subject {
                subject.into_iter().for_each(|subject| *self.rejections.entry(subject).or_default() += 1);
                before.into_iter().for_each(|before| self.forget_rejection(before));
                subject.into_iter().chain(before).for_each(|subject| self.look_at(client, subject));
            }
            looked_at += 1;
        }
        while looked_at < REFRESHED_MAX
            && let Some(subject) = client.take_changed_subject()
        {
            self.look_at(client, subject);
            looked_at += 1;
        }
        looked_at
    }

    fn forget_rejection(&mut self, subject: [u8; 16]) {
        let Some(count) = self.rejections.get_mut(&subject) else { return };
        *count -= 1;
        if *count == 0 {
            self.rejections.remove(&subject);
        }
    }

    fn look_at(&mut self, client: &Client<Workspace>, subject: [u8; 16]) {
        let mark = if self.rejections.contains_key(&subject) { Some(Marked::Rejected) } else { worst(client.standing(subject)) };
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
