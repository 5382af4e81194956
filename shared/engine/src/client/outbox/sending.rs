//! What of the outbox is sent when, by this tab or by the one that leads.

use super::{Outbox, Pending, SavedCommand, Sent, Stored};
use crate::protocol::{IN_FLIGHT_COMMANDS_MAX, SUBMIT_COMMANDS_MAX, Submission};
use crate::{CommandId, Domain};

/// A batch is closed when its texts have reached this size, bytes; with one more command it is still well under a frame.
const BATCH_BYTES_MAX: usize = 512 << 10;

impl<D: Domain> Outbox<D> {
    /// The next commands to send, in order, marked as sent; `None` when none may be sent now.
    pub fn next_batch(&mut self) -> Option<Vec<Submission>> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < SUBMIT_COMMANDS_MAX && bytes < BATCH_BYTES_MAX {
            let again = self.resend.pop_front();
            let first = match again {
                Some(serial) => self.pending.get_key_value(&serial),
                None => self.pending.range(self.send_from..).next(),
            };
            let has_room = self.in_flight < IN_FLIGHT_COMMANDS_MAX;
            let may_go = |(_, pending): &(&u64, &Pending<D>)| pending.stored != Stored::Saving && (has_room || pending.sent == Sent::Now);
            let Some((&serial, pending)) = first.filter(may_go) else {
                if again.is_some() {
                    continue;
                }
                break;
            };
            let SavedCommand { id, after, issued, command, .. } = pending.saved.clone();
            bytes += command.as_ref().map_or(0, |text| text.0.len());
            batch.push(Submission { id, after, issued, command });
            if pending.sent != Sent::Now {
                self.mark_sent(serial);
                self.in_flight += 1;
            }
            if again.is_none() {
                self.send_from = serial + 1;
            }
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// What was sent on this connection from this serial on and has no record, in order and as much as one request takes; and the serial after it.
    pub fn sent_since(&self, from: u64) -> (Vec<Submission>, u64) {
        let (mut batch, mut bytes, mut end) = (Vec::new(), 0, from);
        for (&serial, pending) in self.pending.range(from..self.send_from.max(from)).filter(|(_, pending)| pending.sent == Sent::Now) {
            if batch.len() == SUBMIT_COMMANDS_MAX || bytes >= BATCH_BYTES_MAX {
                break;
            }
            let SavedCommand { id, after, issued, command, .. } = pending.saved.clone();
            bytes += command.as_ref().map_or(0, |text| text.0.len());
            batch.push(Submission { id, after, issued, command });
            end = serial + 1;
        }
        (batch, end)
    }

    /// The server has not taken this command, nor perhaps what was sent after it: it is sent again from there, or from the first that still
    /// waits when this one has been settled by another route.
    pub fn not_taken(&mut self, id: CommandId) {
        let serial = self.serials.get(&id).copied().unwrap_or(0);
        self.send_from = self.send_from.min(serial);
    }

    /// The server misses this command. `false` when it is not here.
    pub fn send_again(&mut self, id: CommandId) -> bool {
        let Some(&serial) = self.serials.get(&id) else { return false };
        if serial < self.send_from {
            self.resend.push_back(serial);
        }
        true
    }

    /// The first of what was sent on this connection and has no record.
    pub fn oldest_sent(&self) -> Option<u64> {
        self.sent_now.first().copied()
    }

    /// The oldest of what was sent on this connection and has no record goes up once more, as much as one message takes.
    pub fn send_oldest_again(&mut self) {
        if self.resend.is_empty() {
            self.resend.extend(self.sent_now.iter().take(SUBMIT_COMMANDS_MAX));
        }
    }

    pub fn handle_disconnected(&mut self) {
        self.send_from = 0;
        self.sent_elsewhere_from = 0;
        self.in_flight = 0;
        self.resend.clear();
        for serial in std::mem::take(&mut self.sent_now) {
            self.alter(serial, |pending| pending.sent = Sent::Before);
        }
    }

    /// The newest command that was sent on this connection.
    pub fn newest_sent(&self) -> Option<CommandId> {
        self.pending.range(..self.send_from).next_back().map(|(_, pending)| pending.id)
    }

    /// In a tab that follows: the leader has sent everything up to this command, or has lost the line.
    pub fn mark_sent_elsewhere(&mut self, newest: Option<CommandId>, online: bool) {
        if !online {
            self.handle_disconnected();
        }
        let Some(&newest) = newest.and_then(|id| self.serials.get(&id)) else { return };
        let mut from = self.sent_elsewhere_from;
        let mut has_gap = false;
        while from <= newest
            && let Some((&serial, pending)) = self.pending.range(from..=newest).next()
        {
            from = serial + 1;
            // What this tab still saves was not told to the leader, so it is looked at again.
            has_gap |= pending.stored == Stored::Saving;
            if pending.stored != Stored::Saving && pending.sent != Sent::Now {
                self.mark_sent(serial);
            }
            if !has_gap {
                self.sent_elsewhere_from = from;
            }
        }
    }

    fn mark_sent(&mut self, serial: u64) {
        self.sent_now.insert(serial);
        self.alter(serial, |pending| pending.sent = Sent::Now);
    }
}
