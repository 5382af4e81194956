//! What was read from disk and is not yet taken in: a long tail or a long outbox is read in slices, as everything long is.

use super::saving::{InboxRow, OutboxRow};
use super::{Client, Loaded, News, Output, Stored, replica};
use crate::log::Cursor;
use crate::{CommandId, Domain};
use std::collections::{BTreeSet, VecDeque};

/// Commands or rejections taken in by one call of `work`.
const SLICE: usize = 128;

#[derive(Default)]
pub(super) struct Backlog {
    frames: VecDeque<Vec<u8>>,
    rows: VecDeque<OutboxRow>,
    inbox: VecDeque<InboxRow>,
    /// The commands of the first row that were taken in already.
    row_ids: Vec<CommandId>,
    /// Rows on disk that may hold nothing that waits, or nothing that does not also wait in another row.
    strays: Vec<(CommandId, Vec<CommandId>)>,
    /// The disk was read, and not all of it has been taken in yet.
    looked: bool,
    /// The disk was read while what it held was about to go.
    looked_in_vain: bool,
    /// Up to where the leader had everything on disk when it was told that it has not.
    gap_told: Option<Cursor>,
}

impl Backlog {
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.rows.is_empty() && self.inbox.is_empty()
    }

    /// Has all been taken in that the disk had, since the last time that this was asked?
    pub fn take_looked(&mut self) -> bool {
        self.is_empty() && std::mem::take(&mut self.looked)
    }

    /// Is the leader to be told that the disk has not everything up to here? Once is enough.
    pub fn note_gap(&mut self, stored: Cursor) -> bool {
        self.gap_told.replace(stored) != Some(stored)
    }

    pub fn take_looked_in_vain(&mut self) -> bool {
        std::mem::take(&mut self.looked_in_vain)
    }

    pub fn forget_frames(&mut self) {
        self.frames.clear();
    }

    /// This row is on disk. Where nothing waits in it, it is a stray.
    pub fn note_row(&mut self, key: CommandId, ids: Vec<CommandId>) {
        self.strays.push((key, ids));
    }

    pub fn forget_strays(&mut self) {
        self.strays.clear();
    }
}

impl<D: Domain> Client<D> {
    pub(super) fn take_in(&mut self, mut loaded: Loaded<D>) {
        let is_forgetting = self.saving.is_forgetting(self.tabs.is_leader());
        // It was read before it could be deleted, and is read again afterwards.
        self.backlog.looked_in_vain |= is_forgetting;
        // For whoever may no longer read the log, another tab may just be deleting it.
        if is_forgetting || self.link.is_forbidden() {
            loaded = Loaded { outbox: loaded.outbox, inbox: loaded.inbox, ..Loaded::default() };
        }
        if loaded.epoch > self.replica.cursor().epoch {
            self.enter_epoch(loaded.epoch);
        }
        let is_of_this_timeline = loaded.epoch == self.replica.cursor().epoch;
        if let Some((cursor, state)) = loaded.snapshot
            && cursor > self.replica.cursor()
        {
            self.replica.start_from(cursor, state, loaded.mark);
            // Records were skipped, ours among them: a row leaves the disk together with the record that settles it.
            if !self.tabs.is_leader() {
                let gone = self.outbox.take_gone_rows(&loaded.outbox);
                self.ask_what_became_of(gone);
            }
            // So were decisions: what still stands is on the disk, or about to be. Nothing is deleted for it.
            self.backlog.inbox.clear();
            let mut standing: BTreeSet<CommandId> = loaded.inbox.iter().map(|row| row.id).collect();
            self.replica.inbox.skip(cursor.position, |id| standing.contains(&id) || self.saving.is_to_keep(id));
            standing.extend(self.replica.inbox.iter().map(|rejected| rejected.id));
            if !self.tabs.is_leader() && !standing.is_empty() {
                self.outputs.push_back(Output::Tell(News::Standing(standing.into_iter().collect())));
            }
        }
        self.saving.handle_loaded(self.replica.received(), true);
        if is_of_this_timeline {
            self.backlog.frames.extend(loaded.tail);
        }
        self.backlog.looked = true;
        self.backlog.rows.extend(loaded.outbox);
        self.backlog.inbox.extend(loaded.inbox);
        self.replica.mark_stale();
    }

    /// Deletes rows on disk of which all commands are settled.
    pub(super) fn delete_strays(&mut self) {
        let strays = std::mem::take(&mut self.backlog.strays);
        for (key, ids) in strays {
            if ids.iter().all(|id| self.outbox.was_rejected(*id).is_some()) {
                self.row_came_late(key, &ids);
            } else if !self.outbox.has_row(key) {
                self.backlog.strays.push((key, ids));
            }
        }
    }

    /// Takes in one page of records, or a few commands or rejections; `false` when there was nothing to take in.
    pub(super) fn take_in_slice(&mut self) -> bool {
        if let Some(frame) = self.backlog.frames.pop_front() {
            // A frame that does not decode, or leaves a gap, ends the prefix: the rest is read from the server.
            let received = replica::page_of::<D>(&frame).map(|page| self.replica.receive(page, false));
            let complete = matches!(received, Ok(Ok(())));
            if complete {
                self.saving.handle_tail_loaded(frame.len());
            } else {
                self.backlog.frames.clear();
            }
            self.saving.handle_loaded(self.replica.received(), complete);
            return true;
        }
        if let Some(mut row) = self.backlog.rows.pop_front() {
            let rest = row.commands.split_off(row.commands.len().min(SLICE));
            self.backlog.row_ids.extend(row.commands.iter().map(|command| command.id));
            for command in row.commands {
                self.outbox.adopt_from(row.key, command, Stored::Durable);
            }
            self.outbox.open_row((!rest.is_empty()).then_some(row.key));
            if !rest.is_empty() {
                self.backlog.rows.push_front(OutboxRow { key: row.key, commands: rest });
                return true;
            }
            let ids = std::mem::take(&mut self.backlog.row_ids);
            self.backlog.note_row(row.key, ids);
            self.replica.mark_stale();
            return true;
        }
        let count = self.backlog.inbox.len().min(SLICE);
        let mut settled_aside = Vec::new();
        for row in self.backlog.inbox.drain(..count) {
            // What another tab has put aside is sent by nobody.
            if self.outbox.get(row.id).is_some() {
                self.replica.mark_stale();
                if let Some(settled) = self.replica.settle_unseen(&mut self.outbox, row.id, true, Some((row, 0))) {
                    settled_aside.push(settled);
                }
            } else {
                self.replica.inbox.restore(&row, 0);
            }
        }
        settled_aside.into_iter().for_each(|settled| self.settle(settled));
        count > 0
    }
}
