//! What the server says, and what follows from it: frames read, commands set aside, a workspace left, a log begun anew.

use super::replica::{Page, Settled};
use super::{Client, Ended, News, Output, link};
use crate::log::{Reason, Record};
use crate::protocol::{Downstream, Format, Submission};
use crate::{CommandId, Domain, Epoch, TimeMs};

/// Commands set aside by one call of `work`; each becomes a row of the inbox.
const SET_ASIDE_SLICE: usize = 64;

impl<D: Domain> Client<D> {
    pub(super) fn read_frame(&mut self, frame: &[u8], now: TimeMs) -> Result<(), Ended> {
        self.link.handle_heard(now);
        // The disk has told of a newer timeline meanwhile: this line tells of a log that is no more.
        if self.link.epoch() != self.replica.cursor().epoch {
            return Err(Ended::Dropped);
        }
        match Format::Postcard.decode::<Downstream<D>>(frame).map_err(|_| Ended::Dropped)? {
            Downstream::Welcome(welcome) => {
                let epoch = welcome.epoch;
                self.link.handle_welcome(welcome, now);
                if self.enter_epoch(epoch) {
                    self.read_anew(now);
                }
            }
            Downstream::Records(records) => self.receive(frame, Page::unsealed(records))?,
            Downstream::Sealed { before, records } => self.receive(frame, Page::sealed(before, records))?,
            Downstream::Busy { command, retry_after_ms } => {
                self.outbox.not_taken(command);
                self.link.hold(retry_after_ms, now);
            }
            Downstream::CaughtUp { head } => {
                self.link.handle_caught_up(head);
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
                self.set_aside(&[command], &why, now);
            }
            Downstream::Pong { server_time } => self.link.handle_pong(server_time, now),
            Downstream::Recorded(record) => {
                self.outputs.push_back(Output::Tell(News::Recorded { epoch: self.replica.cursor().epoch, frame: frame.to_vec() }));
                self.settle_late(record, now);
            }
        }
        self.tell_link();
        Ok(())
    }

    /// What does not follow what is here is read again; on the way there the server is told what was read last, and compares.
    fn receive(&mut self, frame: &[u8], page: Page<D>) -> Result<(), Ended> {
        self.link.handle_records(page.end());
        self.replica.receive(page, true).map_err(|_| Ended::Dropped)?;
        self.saving.records(frame.to_vec());
        Ok(())
    }

    /// A record that was read past long ago.
    pub(super) fn settle_late(&mut self, record: Record<D>, now: TimeMs) {
        if let Some(settled) = self.replica.settle_late(&mut self.outbox, record) {
            self.settle(settled);
            self.save(now);
        }
    }

    /// A command has its record: its row may go, a rejection of it is kept, and whoever waits is told.
    pub(super) fn settle(&mut self, settled: Settled<D>) {
        if let Some(row) = settled.row_done {
            self.saving.row_done(row);
        }
        if let Some(row) = settled.inbox_row {
            self.saving.inbox(vec![row], Vec::new());
        }
        self.link.handle_settled(self.outbox.len());
        self.outputs.push_back(Output::Settled { id: settled.id, rejected: settled.rejected });
    }

    /// A row that another tab wrote, or that this tab could not delete, holds nothing that waits. Whoever deletes it must have the
    /// rejections among it on disk: a snapshot may skip their records.
    pub(super) fn row_came_late(&mut self, key: CommandId, ids: &[CommandId]) {
        for &id in ids {
            self.saving.set_aside(self.replica.inbox.row(id), None);
        }
        self.saving.set_aside(None, Some(key));
    }

    /// Takes commands out of the outbox and into the inbox, without a record. All tabs do, and each writes it down: whichever
    /// of them deletes a row must have the rejection on disk.
    fn set_aside(&mut self, ids: &[CommandId], reason: &Reason<D::Rejection>, now: TimeMs) {
        let mut told = Vec::new();
        for &id in ids {
            let Some((pending, row_done)) = self.outbox.remove(id, true) else { continue };
            let inbox_row = (!pending.withdrawn).then(|| self.replica.inbox.set_aside(&pending, reason.clone(), now));
            told.extend(inbox_row.as_ref().map(|row| (id, row.text.clone())));
            self.saving.set_aside(inbox_row, row_done);
            self.outputs.push_back(Output::Settled { id, rejected: Some(reason.clone()) });
        }
        if !told.is_empty() {
            self.outputs.push_back(Output::Tell(News::SetAside(told)));
        }
        self.replica.mark_stale();
        self.save(now);
    }

    /// The workspace no longer lists this person: what waited goes to the inbox, the log's data leaves the device. The tab that
    /// leads, and might send what waits, is the one that decides so; the others are told.
    pub(super) fn leave(&mut self, now: TimeMs) {
        self.backlog.forget_frames();
        self.replica.clear();
        self.saving.forget();
        self.save(now);
    }

    /// Does what waits belong into the inbox, since this tab might send it and may not?
    pub(super) fn is_setting_aside(&self) -> bool {
        self.link.is_forbidden() && self.tabs.is_leader() && !self.outbox.is_empty()
    }

    /// Some of what waits goes to the inbox, also what another tab had still issued.
    pub(super) fn set_aside_slice(&mut self, now: TimeMs) -> bool {
        let setting_aside = self.is_setting_aside();
        if setting_aside {
            let some: Vec<CommandId> = self.outbox.iter().take(SET_ASIDE_SLICE).map(|pending| pending.id).collect();
            self.set_aside(&some, &Reason::NoLongerMember, now);
        }
        setting_aside
    }

    /// Another timeline: what was confirmed is not its prefix. The outbox stays; the old view stays until the new one is read.
    pub(super) fn start_over(&mut self, epoch: u64, now: TimeMs) {
        self.backlog.forget_frames();
        self.replica.start_over(epoch);
        self.forget_landed();
        self.read_anew(now);
    }

    /// What landed on another timeline may have no record on this one: what of it the disk still holds waits again.
    fn forget_landed(&mut self) {
        self.outbox.forget_landed(|id| self.replica.inbox.contains(id));
        self.replica.inbox.start_over();
        self.backlog.forget_strays();
        self.saving.forget_landed();
        self.outputs.push_back(Output::Load { cursor: self.replica.cursor() });
    }

    /// The log is on this timeline; pages that were read from disk and not yet taken in belong to the one before. `true` when
    /// what was read is begun anew.
    pub(super) fn enter_epoch(&mut self, epoch: Epoch) -> bool {
        if epoch != self.replica.cursor().epoch {
            self.backlog.forget_frames();
        }
        self.saving.enter_epoch(epoch);
        let anew = self.replica.enter_epoch(epoch);
        if anew {
            self.forget_landed();
        }
        if anew && !self.tabs.is_leader() {
            self.ask_what_became_of(self.outbox.kept_rows());
        }
        anew
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
