//! A server: its open logs, each with a sequencer, one store operation under way at a time, and hints from other servers.

use crate::rules;
use crate::store::{Log, PAGE_RECORDS, Snapshot, Timeline};
use crate::workload::Workload;
use crate::world::{World, poll_after};
use landfall_engine::domain::encode_state;
use landfall_engine::protocol::Submission;
use landfall_engine::sequencer::{Entry, Notice, Output, Sequencer};
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Epoch, Outcome, Position, Record, Seal, TimeMs};
use std::collections::VecDeque;
use std::rc::Rc;

/// The session number of whoever is not on a line.
const NOBODY: u64 = u64::MAX;
/// Records in a ring; so few that sessions often read from the store as well.
const RING_RECORDS: usize = 6;

enum Operation<W: Workload> {
    Append { expected: Cursor, before: Seal, entries: Vec<Entry<W>> },
    Read { after: u64 },
    Find { ids: Vec<CommandId> },
}

struct OpenLog<W: Workload> {
    sequencer: Sequencer<W>,
    operation: Option<Operation<W>>,
    /// The newest records that were published, from which sessions read before they read from the store.
    ring: VecDeque<(Record<W>, Seal)>,
    /// The seal before the first of them.
    ring_before: Seal,
    /// Another server has said that the head moved.
    hinted: bool,
    /// Where the log was when it was opened.
    place: u64,
}

impl<W: Workload> OpenLog<W> {
    /// Is the head on the disk another one than the one that is known here?
    fn differs_from(&self, log: &Log<W>) -> bool {
        let head = log.cursor();
        self.sequencer.cursor() != head || log.now().seal_at(head.position) != Some(self.sequencer.seal())
    }
}

/// A server.
pub struct Node<W: Workload> {
    /// It runs.
    pub is_running: bool,
    /// Its clock less the true one, milliseconds.
    pub clock_offset_ms: i64,
    /// Hints from other servers do not arrive.
    pub is_deaf: bool,
    logs: Vec<Option<OpenLog<W>>>,
    /// It dies after so many more things that it wants done.
    pub fuse: Option<u64>,
    /// So many submissions are turned away before the next is taken.
    pub busy_for: u64,
    poll_at: TimeMs,
}

impl<W: Workload> Node<W> {
    /// A server that runs and has nothing open.
    pub fn new(logs: usize) -> Self {
        let logs = (0..logs).map(|_| None).collect();
        Self { is_running: true, clock_offset_ms: 0, is_deaf: false, logs, fuse: None, busy_for: 0, poll_at: TimeMs(0) }
    }

    /// What its clock says.
    pub fn time(&self, now: TimeMs) -> TimeMs {
        TimeMs(now.0.saturating_add_signed(self.clock_offset_ms))
    }

    /// The sequencer of an open log.
    pub fn sequencer(&self, log: usize) -> Option<&Sequencer<W>> {
        self.logs[log].as_ref().map(|open| &open.sequencer)
    }

    pub(crate) fn sequencer_mut(&mut self, log: usize) -> Option<&mut Sequencer<W>> {
        self.logs[log].as_mut().map(|open| &mut open.sequencer)
    }

    pub(crate) fn burn_fuse(&mut self) {
        if let Some(fuse) = &mut self.fuse {
            *fuse = fuse.saturating_sub(1);
        }
    }

    /// When it looks around next, by the true time.
    pub(crate) fn next_alarm(&self) -> Option<TimeMs> {
        self.is_running.then_some(self.poll_at)
    }
}

impl<W: Workload> World<W> {
    pub(crate) fn node_time(&self, node: usize) -> TimeMs {
        self.nodes[node].time(self.now)
    }

    /// Does a server know everything of a log that is on its disk? If not, it reads on.
    pub(crate) fn is_up_to_date(&mut self, node: usize, log: usize) -> bool {
        let Some(open) = &mut self.nodes[node].logs[log] else { return false };
        open.hinted |= open.differs_from(&self.logs[log]);
        !open.hinted
    }

    /// Opens a log on a server, from its snapshot if there is one, and reads what came after it.
    pub(crate) fn open_log(&mut self, node: usize, log: usize) {
        let now = self.node_time(node);
        self.leave_an_old_timeline(node, log);
        if !self.nodes[node].is_running || self.nodes[node].logs[log].is_some() {
            return;
        }
        let store = &self.logs[log];
        let epoch = store.cursor().epoch;
        let usable = store.usable_snapshot().map(|(snapshot, state)| (snapshot.cursor, snapshot.seal, state));
        let (cursor, seal, state) = usable.unwrap_or((Cursor { epoch, position: 0 }, Seal::NONE, W::State::default()));
        let mut sequencer = Sequencer::<W>::new(store.id, state, cursor, seal, store.time_at(cursor.position));
        // What it publishes meanwhile has no listeners yet.
        while let Some(output) = sequencer.poll_output(now) {
            if let Output::Read { after } = output {
                let (before, page, at_end) = store.now().page(after);
                sequencer.handle_page(before, page, at_end);
            }
        }
        let (ring_before, place) = (sequencer.seal(), store.here());
        self.nodes[node].logs[log] = Some(OpenLog { sequencer, operation: None, ring: VecDeque::new(), ring_before, hinted: false, place });
    }

    /// Somebody has noticed that records of this log were lost: a new timeline begins, and this server opens it anew.
    pub(crate) fn notice_divergence(&mut self, node: usize, log: usize, epoch: Epoch) {
        self.trace.say(|| format!("s{node}: log {log} is another one than it was"));
        self.logs[log].begin_timeline_after(epoch);
        self.leave_an_old_timeline(node, log);
    }

    /// A log that is open on a timeline that is no more is closed, and whoever follows it is sent away.
    fn leave_an_old_timeline(&mut self, node: usize, log: usize) {
        let epoch = self.logs[log].cursor().epoch;
        if self.nodes[node].sequencer(log).is_none_or(|sequencer| sequencer.cursor().epoch == epoch) {
            return;
        }
        self.nodes[node].logs[log] = None;
        for line in self.connections.values_mut().filter(|line| line.node == node && line.log == log) {
            line.leave();
        }
    }

    /// What a session reads after this position, and the seal before it: from the ring where it goes back that far, else from the store.
    pub(crate) fn page(&self, node: usize, log: usize, after: Position) -> (Option<Seal>, Vec<(Record<W>, Seal)>) {
        if let Some(open) = &self.nodes[node].logs[log]
            && let Some(skipped) = open.ring.front().and_then(|(first, _)| (after + 1).checked_sub(first.position))
        {
            let before = match skipped.checked_sub(1) {
                None => Some(open.ring_before),
                Some(index) => open.ring.get(index as usize).map(|(_, seal)| *seal),
            };
            return (before, open.ring.iter().skip(skipped as usize).take(PAGE_RECORDS).cloned().collect());
        }
        let (before, entries, _) = self.read_by(node, log).page(after);
        (before, entries.into_iter().map(|entry| (entry.record, entry.seal)).collect())
    }

    /// The log as a server reads it, at the place where it believes that it is.
    fn read_by(&self, node: usize, log: usize) -> &Timeline<W> {
        let epoch = self.nodes[node].sequencer(log).map_or_else(|| self.logs[log].cursor().epoch, |sequencer| sequencer.cursor().epoch);
        self.logs[log].at(self.place(node, log), epoch)
    }

    /// Where a server believes that a log is.
    fn place(&self, node: usize, log: usize) -> u64 {
        self.nodes[node].logs[log].as_ref().map_or_else(|| self.logs[log].here(), |open| open.place)
    }

    /// A program sends commands over HTTP.
    pub(crate) fn submit_by_http(&mut self, node: usize, log: usize, actor: ActorId, device: DeviceId, commands: Vec<Submission>) {
        self.open_log(node, log);
        if let Some(sequencer) = self.nodes[node].sequencer_mut(log) {
            for submission in commands {
                sequencer.handle_submit(NOBODY, actor, device, submission);
            }
        }
    }

    /// The server dies, between any two things that it wanted done.
    pub(crate) fn kill_node(&mut self, node: usize, quietly: bool) {
        let dying = &mut self.nodes[node];
        if !dying.is_running {
            return;
        }
        dying.is_running = false;
        dying.fuse = None;
        dying.logs.iter_mut().for_each(|log| *log = None);
        self.counts.crashes += 1;
        self.trace.say(|| format!("s{node} ☠"));
        self.drop_sessions(node, quietly);
    }

    /// The server comes back with what is on its disk.
    pub(crate) fn start_node(&mut self, node: usize) {
        let starting = &mut self.nodes[node];
        if !starting.is_running {
            starting.is_running = true;
            self.trace.say(|| format!("s{node} starts"));
        }
    }

    /// The server writes a snapshot of what it knows, under this version.
    pub(crate) fn snapshot_log(&mut self, node: usize, log: usize, fold: u32) {
        let Some(sequencer) = self.nodes[node].sequencer(log) else { return };
        let (cursor, seal, chunks) = (sequencer.cursor(), sequencer.seal(), Rc::new(encode_state::<W>(sequencer.state())));
        if cursor.epoch == self.logs[log].cursor().epoch {
            self.logs[log].snapshot = Some(Snapshot { fold, cursor, seal, chunks });
        }
    }

    /// One small thing on a server; `false` when there is none.
    pub(crate) fn move_node(&mut self, node: usize) -> bool {
        if !self.nodes[node].is_running {
            return false;
        }
        if self.nodes[node].fuse == Some(0) {
            self.kill_node(node, false);
            return true;
        }
        let now = self.node_time(node);
        if self.now >= self.nodes[node].poll_at {
            self.nodes[node].poll_at = poll_after(self.now);
            self.connections.values_mut().filter(|line| line.node == node).for_each(|line| line.handle_timeout(now));
            for (open, log) in self.nodes[node].logs.iter_mut().zip(&self.logs) {
                if let Some(open) = open {
                    open.hinted |= open.differs_from(log);
                    open.sequencer.handle_timeout(now);
                }
            }
        }
        for log in 0..self.logs.len() {
            if self.nodes[node].logs[log].as_ref().is_some_and(|open| open.hinted) {
                self.leave_an_old_timeline(node, log);
            }
            let Some(open) = &mut self.nodes[node].logs[log] else { continue };
            if std::mem::take(&mut open.hinted) {
                open.sequencer.handle_head_moved();
            }
            if let Some(output) = open.sequencer.poll_output(now) {
                self.nodes[node].burn_fuse();
                self.perform_sequencer(node, log, output);
                return true;
            }
            if let Some(operation) = open.operation.take() {
                self.operate(node, log, operation);
                return true;
            }
        }
        false
    }

    fn perform_sequencer(&mut self, node: usize, log: usize, output: Output<W>) {
        let mut begin = |operation| {
            if let Some(open) = &mut self.nodes[node].logs[log] {
                open.operation = Some(operation);
            }
        };
        match output {
            Output::Append { expected, before, entries } => begin(Operation::Append { expected, before, entries }),
            Output::Read { after } => begin(Operation::Read { after }),
            Output::Find { ids } => begin(Operation::Find { ids }),
            Output::Publish { entries } => {
                if let Some(open) = &mut self.nodes[node].logs[log] {
                    open.ring.extend(entries.into_iter().map(|entry| (entry.record, entry.seal)));
                    let surplus = open.ring.len().saturating_sub(RING_RECORDS);
                    open.ring_before = open.ring.drain(..surplus).next_back().map_or(open.ring_before, |(_, seal)| seal);
                }
                self.announce_head(node, log);
                self.hint_others(node, log);
            }
            Output::Diverged => {
                if let Some(epoch) = self.nodes[node].sequencer(log).map(|sequencer| sequencer.cursor().epoch) {
                    self.notice_divergence(node, log, epoch);
                }
            }
            Output::Tell { session, notice } => {
                self.trace.say(|| match notice {
                    Notice::Missing(id) => format!("s{node}: missing {}", self.ledger.letter(id)),
                    other => format!("s{node}: {other:?}"),
                });
                self.with_session(session, |session| session.handle_notice(notice));
            }
        }
    }

    fn hint_others(&mut self, node: usize, log: usize) {
        for (other, server) in self.nodes.iter_mut().enumerate() {
            if other != node
                && !server.is_deaf
                && let Some(open) = &mut server.logs[log]
            {
                open.hinted = true;
            }
        }
    }

    /// The store does what it was asked for.
    fn operate(&mut self, node: usize, log: usize, operation: Operation<W>) {
        let (now, place) = (self.node_time(node), self.place(node, log));
        match operation {
            Operation::Append { expected, before: seal, entries } => {
                let before = self.logs[log].now().entries.len();
                self.judge(3, rules::rule_3_only_the_sequencer_numbers(&self.logs[log], expected, &entries));
                let (result, written) = self.logs[log].append_at(place, expected, seal, entries);
                self.trace.mix_number(written.len() as u64);
                let is_here = place == self.logs[log].here();
                self.judge(27, rules::rule_27_written_where_it_is(is_here, &written));
                if !written.is_empty() && is_here {
                    self.note_written(node, log, before, &written);
                }
                if let Some(sequencer) = self.nodes[node].sequencer_mut(log) {
                    sequencer.handle_appended(result);
                }
                // Whoever is refused where a log is no more reads the directory anew.
                self.leave_an_old_timeline(node, log);
            }
            Operation::Read { .. }
                if self.logs[log].cursor().epoch != self.nodes[node].sequencer(log).map_or(0, |sequencer| sequencer.cursor().epoch) =>
            {
                self.leave_an_old_timeline(node, log);
            }
            Operation::Read { after } => {
                let (before, page, at_end) = self.read_by(node, log).page(after);
                if let Some(sequencer) = self.nodes[node].sequencer_mut(log) {
                    sequencer.handle_page(before, page, at_end);
                }
            }
            Operation::Find { ids } => {
                let found = self.read_by(node, log).find(&ids);
                if let Some(sequencer) = self.nodes[node].sequencer_mut(log) {
                    sequencer.handle_found(found, now);
                }
            }
        }
    }

    fn note_written(&mut self, node: usize, log: usize, before: usize, written: &[Entry<W>]) {
        for entry in written {
            self.trace.mix(&entry.record.command.0);
            self.trace.mix_number(entry.record.at.0);
            self.counts.records += 1;
            self.counts.rejections += u64::from(matches!(entry.record.outcome, Outcome::Rejected(_)));
        }
        self.trace.say(|| {
            let names = written.iter().map(|entry| {
                let sign = if matches!(entry.record.outcome, Outcome::Rejected(_)) { "✗" } else { "" };
                format!("{}{sign}={}", self.ledger.letter(entry.record.command), entry.record.position)
            });
            format!("s{node}: append {}", names.collect::<Vec<_>>().join(" "))
        });
        self.judge(23, rules::rule_23_an_old_shape_is_read(self, written));
        self.judge(6, rules::rule_6_one_record_each(self, log, before, written));
        self.judge(11, rules::rule_11_the_actor_is_who_signed_in(self, written));
        self.judge(15, rules::rule_15_after_its_predecessor(self, log, before, written));
        self.judge(17, rules::rule_17_time_never_goes_back(&self.logs[log], before));
    }
}
