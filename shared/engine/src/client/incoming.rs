//! What the server says, and what follows from it: frames read, commands set aside, a workspace left, a log begun anew.

use super::replica::Settled;
use super::{Client, Ended, Output, link};
use crate::log::Reason;
use crate::protocol::{Downstream, Format, Submission};
use crate::{CommandId, Domain, TimeMs};

impl<D: Domain> Client<D> {
    pub(super) fn read_frame(&mut self, frame: &[u8], now: TimeMs) -> Result<(), Ended> {
        self.link.handle_heard(now);
        match Format::Postcard.decode::<Downstream<D>>(frame).map_err(|_| Ended::Dropped)? {
            Downstream::Welcome(welcome) => {
                let epoch = welcome.epoch;
                self.link.handle_welcome(welcome, now);
                if self.replica.enter_epoch(epoch) {
                    self.read_anew(now);
                }
            }
            Downstream::Records(records) => {
                self.link.handle_records(records.last().map_or(0, |record| record.position));
                self.replica.receive(records, true).map_err(|_| Ended::Dropped)?;
                self.saving.records(frame.to_vec());
            }
            Downstream::CaughtUp { head } => {
                self.link.handle_caught_up(head, self.outbox.len());
                self.replica.handle_caught_up();
            }
            Downstream::Missing { command } => {
                if !self.outbox.send_again(command) {
                    let withdrawn = Submission { id: command, after: None, issued: now, command: None };
                    self.outputs.push_back(Output::Send(link::submit_frame(vec![withdrawn])));
                }
            }
            Downstream::Reused { command } => {
                let why = Reason::Unreadable("another command already carries this name".into());
                self.set_aside(command, why, now);
            }
            Downstream::Pong { server_time } => self.link.handle_pong(server_time, now),
            Downstream::Recorded(record) => {
                if let Some(settled) = self.replica.settle_late(&mut self.outbox, record) {
                    self.settle(settled);
                    self.save(now);
                }
            }
        }
        self.tell_link();
        Ok(())
    }

    /// A command has its record: its row may go, a rejection of it is kept, and whoever waits is told.
    pub(super) fn settle(&mut self, settled: Settled<D>) {
        if let Some(row) = settled.row_done {
            self.saving.row_done(row);
        }
        if let Some(row) = settled.inbox_row {
            self.saving.inbox(vec![row], Vec::new());
        }
        self.link.handle_settled();
        self.outputs.push_back(Output::Settled { id: settled.id, rejected: settled.rejected });
    }

    /// Takes a command out of the outbox and into the inbox, without a record.
    pub(super) fn set_aside(&mut self, id: CommandId, reason: Reason<D::Rejection>, now: TimeMs) {
        let Some((pending, row_done)) = self.outbox.remove(id) else { return };
        if let Some(row) = row_done {
            self.saving.row_done(row);
        }
        if !pending.withdrawn {
            let row = self.replica.reject(&pending, reason.clone(), now);
            self.saving.inbox(vec![row], Vec::new());
        }
        self.replica.mark_stale();
        self.outputs.push_back(Output::Settled { id, rejected: Some(reason) });
        self.save(now);
    }

    /// The workspace no longer lists this person: what waited goes to the inbox, the log's data leaves the device.
    pub(super) fn leave(&mut self, now: TimeMs) {
        let waiting: Vec<CommandId> = self.outbox.iter().map(|pending| pending.id).collect();
        for id in waiting {
            self.set_aside(id, Reason::NoLongerMember, now);
        }
        self.replica.clear();
        self.saving.forget();
        self.save(now);
    }

    /// Another timeline: what was confirmed is not its prefix. The outbox stays; the old view stays until the new one is read.
    pub(super) fn start_over(&mut self, epoch: u64, now: TimeMs) {
        self.replica.start_over(epoch);
        self.read_anew(now);
    }

    /// What is on disk belongs to another timeline: it goes, and the log is fetched from its beginning.
    fn read_anew(&mut self, now: TimeMs) {
        self.saving.forget();
        if self.link.restart_with_bootstrap(now) {
            self.outputs.push_back(Output::Disconnect);
            self.outbox.handle_disconnected();
        }
    }
}
