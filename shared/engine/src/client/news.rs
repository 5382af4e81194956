//! What other tabs tell, and what this one tells them: rows issued, pages read, how the connection is, what became of commands.

use super::inbox::ALWAYS;
use super::{Client, Connection, InboxRow, News, Open, OutboxRow, Output, Seen, Stored, link, replica, saving};
use crate::log::{Cursor, Position};
use crate::{CommandId, Domain, Mark, TimeMs};

impl<D: Domain> Client<D> {
    /// Another tab tells.
    pub fn handle_news(&mut self, news: News, now: TimeMs) {
        if self.tabs.is_alone() {
            return;
        }
        if matches!(news, News::Pong | News::Link(_) | News::Records { .. }) {
            self.tabs.handle_heard(now);
        }
        match news {
            News::Hello => {
                self.untold.extend(self.outbox.memory_only_rows());
                self.tell_link();
            }
            News::Writing(rows) => return self.tabs.handle_writing(rows, now),
            News::Issued(rows) => self.adopt(rows, Stored::Durable, now),
            News::Held(rows) => self.adopt(rows, Stored::MemoryOnly, now),
            News::SetAside(told) => self.set_aside_elsewhere(told, now),
            // What a tab tells that has slept through a restore is of no use.
            News::Records { epoch, .. } | News::Recorded { epoch, .. } | News::Settled { epoch, .. } | News::Decided { epoch, .. }
                if epoch < self.replica.cursor().epoch => {}
            News::Recorded { frame, .. } => {
                if let Some(record) = replica::recorded_of::<D>(&frame) {
                    self.settle_late(record, now);
                }
            }
            News::Standing(ids) if self.tabs.is_leader() => self.tell_decided(&ids, now),
            News::Standing(_) => return,
            News::Decided { told, .. } => self.decided_elsewhere(told, now),
            News::Settled { told, .. } => self.settle_unseen(told),
            // Pages that were under way when the membership ended are not taken in.
            News::Records { .. } if self.link.is_forbidden() => {}
            News::Records { epoch, frame } if !self.tabs.is_leader() => {
                self.enter_epoch(epoch);
                if let Ok(page) = replica::page_of::<D>(&frame)
                    && self.replica.receive(page, true).is_err()
                    && !self.tell_difference(self.replica.differing_mark())
                {
                    self.outputs.push_back(Output::Load { cursor: self.replica.cursor() });
                }
            }
            News::Records { .. } => {}
            News::Link(seen) if !self.tabs.is_leader() => {
                if seen.connection == Connection::Online {
                    self.tell_difference(self.replica.differing_mark().or_else(|| self.mark_beyond(&seen)));
                }
                self.outbox.mark_sent_elsewhere(seen.sent, seen.connection == Connection::Online);
                let stored = Cursor { epoch: seen.epoch, position: seen.stored };
                if stored.position > 0 && stored > self.received() {
                    self.outputs.push_back(Output::Load { cursor: self.replica.cursor() });
                }
                self.follow(seen, now);
            }
            News::Link(_) => {}
            News::Ping if self.tabs.is_leader() => self.outputs.push_back(Output::Tell(News::Pong)),
            News::Ping | News::Pong => return,
            News::AskNow if self.tabs.is_leader() => self.link.hurry(now),
            News::AskNow => return,
            News::Gap if self.tabs.is_leader() => {
                self.saving.want_snapshot();
                self.wish_snapshot(now);
            }
            News::Gap => return,
            News::Differs { mark, .. } if self.replica.mark() == Some(mark) => return,
            News::Differs { epoch, mark } if self.tabs.is_leader() && epoch == self.replica.cursor().epoch => {
                self.replica.doubt(mark);
                if self.link.reconnect(now) {
                    self.outputs.push_back(Output::Disconnect);
                    self.outbox.handle_disconnected();
                }
            }
            News::Differs { .. } => return,
        }
        // A tab that follows has read a new timeline when it has everything that the leader knows of.
        if let Some(pending) = self.link.followed_to_the_end(self.received()) {
            self.replica.handle_caught_up();
            if self.outbox.len() > pending && !self.has_work() {
                self.ask_what_became_of(self.outbox.kept_rows());
            }
        }
        self.drive(now);
        self.show();
    }

    /// In a tab that follows: what the leader tells is not what was read here, and only the leader can ask the server which is so.
    fn tell_difference(&mut self, differing: Option<Mark>) -> bool {
        let epoch = self.replica.cursor().epoch;
        self.outputs.extend(differing.map(|mark| Output::Tell(News::Differs { epoch, mark })));
        differing.is_some()
    }

    /// What was read here and lies beyond the end of the log, as the leader knows it.
    fn mark_beyond(&self, seen: &Seen) -> Option<Mark> {
        let says_all = seen.caught_up && seen.epoch == self.replica.cursor().epoch;
        self.replica.mark().filter(|mark| says_all && mark.position > seen.head)
    }

    /// How far the log is here, folded or not.
    pub(super) fn received(&self) -> Cursor {
        Cursor { position: self.replica.received(), ..self.replica.cursor() }
    }

    /// Another tab has issued commands.
    fn adopt(&mut self, rows: Vec<OutboxRow>, stored: Stored, now: TimeMs) {
        if self.tabs.is_leader() {
            self.tell_settled(&rows);
        }
        let first_new = self.outbox.next_serial();
        let mut is_taken_back = false;
        for row in rows {
            let (key, ids) = (row.key, row.commands.iter().map(|command| command.id).collect());
            is_taken_back |= self.outbox.adopt(row, stored);
            if stored == Stored::Durable {
                self.tabs.handle_issued(key);
                self.backlog.note_row(key, ids);
            }
        }
        self.delete_strays();
        self.save(now);
        if is_taken_back {
            self.replica.mark_stale();
        } else {
            self.replica.show_from(first_new);
        }
    }

    /// These rows and pages are on disk, or never will be: promises are kept, other tabs are told.
    pub(super) fn tell_kept(&mut self, done: saving::Done, durable: bool) {
        for id in self.outbox.kept(&done.rows, durable) {
            self.outputs.push_back(Output::Kept { id, durable });
        }
        let issued = self.outbox.of_rows(&done.rows);
        if !issued.is_empty() {
            self.outputs.push_back(Output::Tell(if durable { News::Issued(issued) } else { News::Held(issued) }));
        }
        let epoch = done.epoch;
        self.outputs.extend(done.frames.into_iter().map(|frame| Output::Tell(News::Records { epoch, frame })));
    }

    /// In a tab that follows: the leader has told how the connection is.
    fn follow(&mut self, seen: link::Seen, now: TimeMs) {
        let was_forbidden = self.link.is_forbidden();
        self.link.follow(seen);
        if self.link.is_forbidden() {
            if !was_forbidden {
                self.leave(now);
            }
            self.ask_what_became_of(self.outbox.kept_rows());
        }
    }

    /// Tells the tabs that follow how the connection is.
    pub(super) fn tell_link(&mut self) {
        if self.tabs.is_leader() {
            let seen = Seen { pending: self.outbox.len(), ..self.link.seen(self.outbox.newest_sent(), self.saving.stored()) };
            self.outputs.push_back(Output::Tell(News::Link(seen)));
        }
    }

    /// In a tab that follows and has read the disk: what the leader knows of and the disk has not comes with a snapshot.
    pub(super) fn ask_for_what_is_not_on_disk(&mut self) {
        let epoch = self.replica.cursor().epoch;
        let stored = Cursor { epoch, position: self.link.stored_by_leader(epoch) };
        if !self.tabs.is_leader() && stored.position > self.replica.received() && self.backlog.note_gap(stored) {
            self.outputs.push_back(Output::Tell(News::Gap));
        }
    }

    /// In a tab that follows and has skipped records: whoever leads knows what became of these rows, or sends them again and learns it.
    pub(super) fn ask_what_became_of(&mut self, rows: Vec<CommandId>) {
        self.untold.extend(rows);
    }

    /// Tells the other tabs of one row that they may not have.
    pub(super) fn tell_row(&mut self) -> bool {
        let Some(key) = self.untold.pop_front() else { return false };
        let rows = self.outbox.of_rows(&[key]);
        if !rows.is_empty() {
            self.outputs.push_back(Output::Tell(News::Held(rows)));
        }
        true
    }

    /// What the leader knows of those among these commands that are settled.
    pub(super) fn tell_settled(&mut self, rows: &[OutboxRow]) {
        let ids = rows.iter().flat_map(|row| &row.commands).map(|command| command.id);
        let settled = ids.filter_map(|id| Some((id, self.outbox.was_rejected(id)?)));
        let Cursor { epoch, position } = self.replica.cursor();
        let told: Vec<_> = settled.map(|(id, rejected)| (id, rejected, self.replica.inbox.to_tell(id, position))).collect();
        if !told.is_empty() {
            self.outputs.push_back(Output::Tell(News::Settled { epoch, told }));
        }
    }

    /// Which of these rejections, that still stand on the disk, the leader knows to be decided. They leave it once more: a tab may have
    /// written them down after they had left.
    fn tell_decided(&mut self, ids: &[CommandId], now: TimeMs) {
        let told: Vec<_> = ids.iter().filter_map(|id| Some((*id, self.replica.inbox.decided_at(*id)?))).collect();
        if !told.is_empty() {
            self.saving.inbox(Vec::new(), told.iter().map(|(id, _)| *id).collect());
            self.save(now);
            self.outputs.push_back(Output::Tell(News::Decided { epoch: self.replica.cursor().epoch, told }));
        }
    }

    /// The leader knows that these were decided, in records that were skipped here.
    fn decided_elsewhere(&mut self, told: Vec<(CommandId, Position)>, now: TimeMs) {
        told.iter().for_each(|(id, position)| self.replica.inbox.decide(*id, *position));
        self.saving.inbox(Vec::new(), told.into_iter().map(|(id, _)| id).collect());
        self.save(now);
    }

    /// What became of commands whose records were skipped here.
    pub(super) fn settle_unseen(&mut self, told: Vec<(CommandId, bool, Option<Open>)>) {
        for (id, rejected, told) in told {
            let told = told.map(|Open { text, read }| (InboxRow { id, text }, read));
            if let Some(settled) = self.replica.settle_unseen(&mut self.outbox, id, rejected, told) {
                self.settle(settled);
            }
        }
    }

    /// Another tab has set these aside.
    pub(super) fn set_aside_elsewhere(&mut self, told: Vec<(CommandId, String)>, now: TimeMs) {
        for (id, text) in told {
            if self.outbox.was_rejected(id).is_some() {
                continue;
            }
            let inbox_row = InboxRow { id, text };
            let settled = self.replica.settle_unseen(&mut self.outbox, id, true, Some((inbox_row.clone(), ALWAYS)));
            self.saving.set_aside(Some(inbox_row), None);
            if let Some(settled) = settled {
                self.saving.set_aside(None, settled.row_done);
                self.outputs.push_back(Output::Settled { id, rejected: settled.rejected });
            }
        }
        self.save(now);
    }
}
