//! What was read from disk and is not yet taken in: a long tail or a long outbox is read in slices, as everything long is.

use super::saving::{InboxRow, OutboxRow};
use super::{Client, Loaded, replica};
use crate::Domain;
use std::collections::VecDeque;

/// Commands or rejections taken in by one call of `work`.
const SLICE: usize = 128;

#[derive(Default)]
pub(super) struct Backlog {
    frames: VecDeque<Vec<u8>>,
    rows: VecDeque<OutboxRow>,
    inbox: VecDeque<InboxRow>,
}

impl Backlog {
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.rows.is_empty() && self.inbox.is_empty()
    }
}

impl<D: Domain> Client<D> {
    pub(super) fn take_in(&mut self, loaded: Loaded<D>) {
        if loaded.epoch > self.replica.cursor().epoch {
            self.replica.enter_epoch(loaded.epoch);
        }
        if let Some((cursor, state)) = loaded.snapshot
            && cursor > self.replica.cursor()
        {
            self.replica.start_from(cursor, state);
        }
        self.saving.handle_loaded(self.replica.received(), true);
        self.backlog.frames.extend(loaded.tail);
        self.backlog.rows.extend(loaded.outbox);
        self.backlog.inbox.extend(loaded.inbox);
        self.replica.mark_stale();
    }

    /// Takes in one page of records, or a few commands or rejections; `false` when there was nothing to take in.
    pub(super) fn take_in_slice(&mut self) -> bool {
        if let Some(frame) = self.backlog.frames.pop_front() {
            // A frame that does not decode, or leaves a gap, ends the prefix: the rest is read from the server.
            let received = replica::records_of::<D>(&frame).map(|records| self.replica.receive(records, false));
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
            for command in row.commands {
                self.outbox.adopt_from(row.key, command);
            }
            if !rest.is_empty() {
                self.backlog.rows.push_front(OutboxRow { key: row.key, commands: rest });
            }
            self.replica.mark_stale();
            return true;
        }
        let count = self.backlog.inbox.len().min(SLICE);
        for row in self.backlog.inbox.drain(..count) {
            self.replica.restore_rejection(row);
        }
        count > 0
    }
}
