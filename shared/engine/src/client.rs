//! One tab's replica of one log: confirmed state, outbox, view; and the rules by which they move.
//!
//! `handle_*` methods take what the world says, verbs (`submit`, `take_back`) what the person wants, `work` does a bounded piece of
//! what is long, and `poll_output` says what is to be done, in order. The order is the durability rule: a command is given to
//! `Send` only after the save that holds it was confirmed with `handle_saved`.

mod backlog;
mod inbox;
mod incoming;
mod link;
mod news;
mod outbox;
mod output;
mod replica;
mod saving;
mod second_route;
mod servers;
mod status;
mod tabs;

pub use inbox::Rejected;
pub use link::{Connection, Ended, Seen};
pub use outbox::{Doubt, Pending, Sent, Standing, Stored};
pub use output::{Output, Refused};
pub use saving::{InboxRow, Loaded, OutboxRow, Save, SaveError, SavedCommand};
pub use second_route::{POST_MS_MAX, Posted};
pub use servers::{ADDRESSES_MAX, Servers};
pub use status::{Landing, Status, Storage};
pub use tabs::{Lock, News, Open};

use crate::log::{Cursor, Outcome, Reason};
use crate::protocol::{COMMAND_BYTES_MAX, CommandText};
use crate::{ActorId, CommandId, Context, DeviceId, Domain, LogId, Mark, TimeMs, upcast};
use backlog::Backlog;
use link::Link;
use outbox::Outbox;
use replica::Replica;
use saving::Saving;
use second_route::SecondRoute;
use std::collections::VecDeque;
use tabs::Tabs;

/// Most commands in an outbox. A week of work is a few thousand; an import may be tens of thousands.
pub const OUTBOX_COMMANDS_MAX: usize = 100_000;

/// Whoever waits for [`Client::poll_timeout`] calls `handle_timeout` after this long at the latest, milliseconds.
pub const ALARM_MS_MAX: u64 = 30_000;

/// Whose replica of which log, on which device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The log.
    pub log: LogId,
    /// The person, as the server named them when they signed in.
    pub actor: ActorId,
    /// The device.
    pub device: DeviceId,
    /// Any number, another one in each tab: spreads reconnects over time, and tells rows of imported commands apart.
    pub seed: u64,
    /// How many addresses it may turn to.
    pub servers: Servers,
}

/// One tab's replica of one log.
pub struct Client<D: Domain> {
    config: Config,
    backlog: Backlog,
    replica: Replica<D>,
    outbox: Outbox<D>,
    saving: Saving,
    link: Link,
    second_route: SecondRoute,
    tabs: Tabs,
    /// Rows of the outbox that the other tabs are to be told of: they are here, and perhaps nowhere else.
    untold: VecDeque<CommandId>,
    outputs: VecDeque<Output<D>>,
}

impl<D: Domain> Client<D> {
    /// Starts from what the device has stored; work until `work` returns `false` before the first question is answered.
    pub fn new(config: Config, loaded: Loaded<D>, now: TimeMs) -> Self {
        let mut client = Self {
            config,
            backlog: Backlog::default(),
            replica: Replica::new(config),
            outbox: Outbox::new(config),
            saving: Saving::new(),
            link: Link::new(config),
            second_route: SecondRoute::new(config),
            tabs: Tabs::new(now),
            untold: VecDeque::new(),
            outputs: VecDeque::new(),
        };
        client.take_in(loaded);
        client.outputs.push_back(Output::Lock(Lock::Request));
        client.outputs.push_back(Output::Tell(News::Hello));
        client
    }

    // What screens read.

    /// What the person sees: the confirmed state with the outbox replayed.
    pub fn view(&self) -> &D::State {
        self.replica.view()
    }

    /// What the log says, up to [`Self::cursor`].
    pub fn confirmed(&self) -> &D::State {
        self.replica.confirmed()
    }

    /// How far the log has been read here.
    pub fn cursor(&self) -> Cursor {
        self.replica.cursor()
    }

    /// What was read last of the log, and the seal that the server gave for it; `None` until one has come.
    pub fn mark(&self) -> Option<Mark> {
        self.replica.mark()
    }

    /// Commands that have no record yet, in order.
    pub fn outbox(&self) -> impl DoubleEndedIterator<Item = &Pending<D>> + ExactSizeIterator {
        self.outbox.iter()
    }

    /// How the commands about this subject stand that have no record yet.
    pub fn standing(&self, subject: [u8; 16]) -> Standing {
        self.outbox.standing(subject)
    }

    /// A subject whose [`Self::standing`] has changed since it was taken last. Whoever draws marks takes them all, a few at a time.
    pub fn take_changed_subject(&mut self) -> Option<[u8; 16]> {
        self.outbox.take_changed_subject()
    }

    /// The command with this name, while it has no record.
    pub fn pending(&self, id: CommandId) -> Option<&Pending<D>> {
        self.outbox.get(id)
    }

    /// Commands that landed lately, oldest first; bounded.
    pub fn landed(&self) -> impl Iterator<Item = &(Pending<D>, TimeMs)> {
        self.outbox.landed()
    }

    /// Rejected commands that wait for a decision, oldest first. One that a command in the outbox decides is not among them.
    pub fn rejections(&self) -> impl Iterator<Item = &Rejected<D>> {
        self.replica.inbox.iter().filter(|rejected| !self.outbox.acknowledges(rejected.id))
    }

    /// The rejection of this command, while it waits for a decision.
    pub fn rejection(&self, id: CommandId) -> Option<&Rejected<D>> {
        self.replica.inbox.get(id).filter(|rejected| !self.outbox.acknowledges(rejected.id))
    }

    /// A command of which [`Self::rejection`] may answer otherwise than when it was taken last. Whoever draws marks takes them all.
    pub fn take_changed_rejection(&mut self) -> Option<CommandId> {
        self.replica.inbox.take_changed().or_else(|| self.outbox.take_changed_acknowledgement())
    }

    /// The truth about sync.
    pub fn status(&self) -> Status {
        status::of(self)
    }

    /// Does the view leave out records that are confirmed, because more of them are known to come and much would be replayed for each page?
    pub fn is_reading_on(&self) -> bool {
        self.link.is_reading() && !self.replica.shows_all()
    }

    /// Is the log being read anew after the server went back to a backup? Until it has been read, the old view stays.
    pub fn is_starting_over(&self) -> bool {
        self.replica.is_starting_over()
    }

    /// Whose replica of which log this is.
    pub fn config(&self) -> Config {
        self.config
    }

    /// The server's clock, as far as it is known here.
    pub fn server_time(&self, now: TimeMs) -> TimeMs {
        self.link.server_time(now)
    }

    // What the person does.

    /// Decides a command on the view, shows its effect, and saves it. `id` is freshly minted.
    pub fn submit(&mut self, id: CommandId, command: D::Command, now: TimeMs) -> Result<(), Refused<D::Rejection>> {
        if self.link.is_forbidden() {
            return Err(Refused::NoLongerMember);
        }
        let text = CommandText(upcast::encode(&command, D::command_shapes()));
        if self.outbox.len() >= OUTBOX_COMMANDS_MAX || text.0.len() > COMMAND_BYTES_MAX {
            return Err(Refused::TooMuch);
        }
        let at = self.link.server_time(now);
        let context = Context { command: id, actor: self.config.actor, device: self.config.device, at, position: None };
        let events = D::decide(self.replica.view(), &command, &context).map_err(Refused::Domain)?;
        let saved = SavedCommand { id, after: None, issued: now, at, command: Some(text) };
        let events = self.outbox.issue(saved, command, events);
        self.replica.predict(events, &context);
        self.save(now);
        self.drive(now);
        self.show();
        Ok(())
    }

    /// Takes back a command that was never sent. It stays in the outbox as withdrawn, so that nothing waits for it in vain.
    /// `false` when it is too late.
    pub fn take_back(&mut self, id: CommandId, now: TimeMs) -> bool {
        let Some(row) = self.outbox.withdraw(id) else { return false };
        self.saving.rewrite(row);
        self.replica.mark_stale();
        self.save(now);
        self.show();
        true
    }

    /// Commands from an exported outbox. Those already known here are left alone. Returns how many were new.
    pub fn import(&mut self, commands: Vec<SavedCommand>, now: TimeMs) -> usize {
        let mut new = 0;
        for command in commands {
            if self.outbox.len() < OUTBOX_COMMANDS_MAX && self.outbox.adopt_unsaved(command) {
                new += 1;
            }
        }
        self.replica.mark_stale();
        self.save(now);
        self.show();
        new
    }

    /// Reconnects at once, whatever the backoff says.
    pub fn ask_now(&mut self, now: TimeMs) {
        if self.tabs.is_leader() {
            self.link.hurry(now);
            self.drive(now);
        } else {
            self.outputs.push_back(Output::Tell(News::AskNow));
        }
    }

    // What the world says.

    /// The transaction of a `Save` is on disk, or is not.
    pub fn handle_saved(&mut self, token: u64, result: Result<(), SaveError>, now: TimeMs) {
        let done = self.saving.finish(token, result, now);
        let came_late = result.is_ok() && done.rows.iter().any(|row| !self.outbox.has_row(*row));
        if came_late || (result.is_ok() && self.backlog.take_looked_in_vain()) {
            // A row that holds nothing that waits any more is read again, and goes.
            self.outputs.push_back(Output::Load { cursor: self.replica.cursor() });
        }
        self.tell_kept(done, result.is_ok());
        self.save(now);
        self.wish_snapshot(now);
        self.drive(now);
        self.show();
    }

    /// The storage cannot be used at all (it will not open, or the browser forbids it): goes on in memory, with a connection of its own.
    pub fn handle_storage_lost(&mut self, now: TimeMs) {
        let done = self.saving.lose();
        self.tell_kept(done, false);
        if !self.tabs.is_leader() {
            self.link.start(now);
        }
        self.tabs.handle_alone();
        self.save(now);
        self.drive(now);
        self.show();
    }

    /// What `Load` found.
    pub fn handle_loaded(&mut self, loaded: Loaded<D>, now: TimeMs) {
        self.take_in(loaded);
        self.tabs.handle_loaded();
        self.tell_link();
        self.drive(now);
        self.show();
    }

    /// The snapshot could not be written. It is tried again: what was fetched whole from the server has no tail on disk.
    pub fn handle_snapshot_failed(&mut self, now: TimeMs) {
        self.saving.handle_snapshot_failed(now);
    }

    /// The snapshot is on disk, or is no longer wanted there.
    pub fn handle_snapshot_saved(&mut self) {
        self.saving.handle_snapshot_saved();
        self.tell_link();
    }

    /// The snapshot that `Bootstrap` fetched, and the mark that came with it.
    pub fn handle_snapshot(&mut self, cursor: Cursor, state: D::State, mark: Option<Mark>, now: TimeMs) {
        // One of an earlier timeline may still lie in a cache, or on a server that was restored: it is none.
        if cursor > self.replica.cursor() {
            self.enter_epoch(cursor.epoch);
            self.replica.start_from(cursor, state, mark);
            self.saving.want_snapshot();
        }
        self.link.handle_bootstrapped(now);
        self.drive(now);
        self.show();
    }

    /// There is no snapshot to be had: the log is read from the start. `reachable` is false when the server did not answer.
    pub fn handle_no_snapshot(&mut self, reachable: bool, now: TimeMs) {
        if reachable {
            self.link.handle_bootstrapped(now);
        } else {
            self.link.handle_disconnected(Ended::Dropped, now);
        }
        self.drive(now);
        self.show();
    }

    /// The connection is open.
    pub fn handle_connected(&mut self, now: TimeMs) {
        self.second_route.handle_connected();
        let hello = self.link.handle_connected(self.config, self.received(), D::SCHEMA, now);
        self.outputs.push_back(Output::Send(hello));
        self.outputs.extend(self.replica.marks_to_say().map(|mark| Output::Send(link::mark_frame(mark))));
        self.show();
    }

    /// The connection could not be opened, or has ended.
    pub fn handle_disconnected(&mut self, ended: Ended, now: TimeMs) {
        self.outbox.handle_disconnected();
        self.link.handle_disconnected(ended, now);
        match ended {
            Ended::Forbidden => self.leave(now),
            // What is confirmed here is no prefix of the server's log: read it again.
            Ended::CursorAhead => self.start_over(0, now),
            _ => {}
        }
        self.tell_link();
        self.drive(now);
        self.show();
    }

    /// A frame came.
    pub fn handle_message(&mut self, frame: &[u8], now: TimeMs) {
        if let Err(why) = self.read_frame(frame, now) {
            self.outputs.push_back(Output::Disconnect);
            self.outbox.handle_disconnected();
            self.link.handle_disconnected(why, now);
        }
        self.drive(now);
        self.show();
    }

    /// The lock that makes this tab the leader was granted, or was taken away.
    pub fn handle_lock(&mut self, granted: bool, now: TimeMs) {
        // A leader that asked twice is told twice.
        if self.tabs.is_alone() || (granted && self.tabs.is_leader()) {
            return;
        }
        self.tabs.handle_lock(granted, now);
        if granted {
            // Pages that the leader before could not write are here only: a snapshot brings them to the disk.
            let on_disk = self.link.stored_by_leader(self.replica.cursor().epoch).max(self.saving.stored());
            if self.replica.received() > on_disk {
                self.saving.want_snapshot();
            }
            self.outputs.push_back(Output::Load { cursor: self.replica.cursor() });
            self.link.start(now);
        } else {
            if self.link.stop() {
                self.outputs.push_back(Output::Disconnect);
                self.outbox.handle_disconnected();
            }
            self.outputs.push_back(Output::Lock(Lock::Request));
            // Whoever leads now answers how the connection is.
            self.outputs.push_back(Output::Tell(News::Hello));
        }
        self.show();
    }

    /// The tab came to the front, or went to the back.
    pub fn handle_visible(&mut self, visible: bool, now: TimeMs) {
        self.tabs.handle_visible(visible, now);
        if visible && self.tabs.is_leader() {
            self.link.wake(now);
        }
        self.drive(now);
    }

    /// The browser believes that there is a network again.
    pub fn handle_online(&mut self, now: TimeMs) {
        self.link.hurry(now);
        self.drive(now);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: TimeMs) {
        match self.tabs.handle_timeout(now) {
            Some(tabs::Ask::Ping) => self.outputs.push_back(Output::Tell(News::Ping)),
            Some(tabs::Ask::Look) => self.outputs.push_back(Output::Load { cursor: self.replica.cursor() }),
            Some(tabs::Ask::Steal) => self.outputs.push_back(Output::Lock(Lock::Steal)),
            None => {}
        }
        self.save(now);
        self.wish_snapshot(now);
        self.drive(now);
    }

    /// When `handle_timeout` is due next. Wait no longer than [`ALARM_MS_MAX`] for it: a clock that has gone back is noticed then.
    pub fn poll_timeout(&self) -> Option<TimeMs> {
        let link = if self.tabs.is_leader() { self.link.poll_timeout() } else { None };
        let second_route = self.link.sends_from().and_then(|from| Some(self.second_route.poll_timeout()?.max(from)));
        [link, second_route, self.tabs.poll_timeout(), self.saving.poll_timeout()].into_iter().flatten().min()
    }

    /// Does a bounded piece of long work (folding records, replaying the outbox); `true` while there is more.
    pub fn work(&mut self, now: TimeMs) -> bool {
        if !self.has_work() {
            return false;
        }
        if !self.take_in_slice() && !self.set_aside_slice(now) && !self.keep_in_memory_slice() && !self.tell_row() {
            self.move_replica();
        }
        let more = self.has_work();
        if !more {
            if self.backlog.take_looked() {
                self.ask_for_what_is_not_on_disk();
            }
            self.delete_strays();
            self.save(now);
            self.drive(now);
            self.wish_snapshot(now);
            self.show();
        }
        more
    }

    /// Folds or replays a slice, and passes on what came of it.
    fn move_replica(&mut self) {
        let live = self.link.is_caught_up();
        let worked = self.replica.work(&mut self.outbox, live, self.link.is_reading());
        for settled in worked.settled {
            self.settle(settled);
        }
        self.saving.inbox(worked.inbox_rows, worked.acknowledged);
        self.outputs.extend(worked.happened.into_iter().map(Output::Happened));
    }

    /// Is there long work to do?
    pub fn has_work(&self) -> bool {
        !self.backlog.is_empty() || self.is_setting_aside() || self.has_unkept() || !self.untold.is_empty() || self.has_replica_work()
    }

    fn has_replica_work(&self) -> bool {
        self.replica.has_work(&self.outbox, self.link.is_reading())
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output<D>> {
        let alone = self.tabs.is_alone();
        std::iter::from_fn(|| self.outputs.pop_front()).find(|output| !(alone && matches!(output, Output::Tell(_) | Output::Lock(_))))
    }

    // Within.

    fn save(&mut self, now: TimeMs) {
        let folding = self.has_work();
        if let Some(save) = self.saving.next(&mut self.outbox, self.replica.cursor(), folding, self.tabs.is_leader(), now) {
            if !save.outbox_put.is_empty() {
                self.outputs.push_back(Output::Tell(News::Writing(save.outbox_put.iter().map(|row| row.key).collect())));
            }
            self.outputs.push_back(Output::Save(save));
        } else {
            self.keep_in_memory_slice();
        }
    }

    /// Is there something to be told of that no disk will keep?
    fn has_unkept(&self) -> bool {
        self.saving.is_memory_only() && self.outbox.has_unsaved()
    }

    /// Where nothing can be stored, a row of commands is kept in memory, and whoever waits for them is told.
    fn keep_in_memory_slice(&mut self) -> bool {
        if !self.saving.is_memory_only() {
            return false;
        }
        let rows = self.outbox.take_unsaved_row().into_iter().collect();
        let done = saving::Done { rows, frames: self.saving.take_unsaved_frames(), epoch: self.replica.cursor().epoch };
        let any = !done.rows.is_empty() || !done.frames.is_empty();
        self.tell_kept(done, false);
        any
    }

    fn wish_snapshot(&mut self, now: TimeMs) {
        if self.tabs.is_ready() && !self.has_work() && self.saving.take_snapshot_wish(self.replica.cursor(), now) {
            self.outputs.push_back(Output::Snapshot);
        }
    }

    /// Connects, greets, sends what may be sent.
    fn drive(&mut self, now: TimeMs) {
        self.saving.handle_time(now);
        if !self.tabs.is_ready() {
            return;
        }
        if let Some(step) = self.link.poll(self.replica.cursor(), now) {
            if matches!(step, link::Step::Close) {
                self.outbox.handle_disconnected();
            }
            self.outputs.push_back(match step {
                link::Step::Bootstrap(server) => Output::Bootstrap { server },
                link::Step::Connect(server) => Output::Connect { server },
                link::Step::Ping(frame) => Output::Send(frame),
                link::Step::Close => Output::Disconnect,
            });
            self.tell_link();
        }
        // What was read from the disk may take a command out of the outbox: it is taken in before anything is sent.
        if self.link.may_send(now) && self.backlog.is_empty() {
            if self.second_route.is_overdue(self.outbox.oldest_sent(), now) {
                self.outbox.send_oldest_again();
            }
            let mut sent = false;
            while let Some(batch) = self.outbox.next_batch() {
                self.outputs.push_back(Output::Send(link::submit_frame(batch)));
                sent = true;
            }
            if sent {
                self.link.handle_said(now);
                self.tell_link();
            }
            self.drive_second_route(now);
        }
    }

    /// The driver ends, and asks nothing any more: what the machine knows is let go.
    pub fn handle_close(&mut self) {
        self.replica.close();
        self.let_go();
    }

    fn let_go(&mut self) {
        self.outputs.extend(std::iter::from_fn(|| self.replica.take_replaced()).map(Output::LetGo));
    }

    fn show(&mut self) {
        self.let_go();
        if self.outputs.back() != Some(&Output::Show) {
            self.outputs.push_back(Output::Show);
        }
    }
}

/// What came of a record, for the one who waits for its command.
fn reason_of<D: Domain>(outcome: &Outcome<D>) -> Option<Reason<D::Rejection>> {
    match outcome {
        Outcome::Accepted(_) => None,
        Outcome::Rejected(Some(refusal)) => Some(refusal.reason.clone()),
        Outcome::Rejected(None) => Some(Reason::Withdrawn),
    }
}
