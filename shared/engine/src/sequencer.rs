//! The single writer of one log: queue, decide, append, publish.
//!
//! It alone numbers records. One batch is on its way to the disk at a time; while the disk works, the next batch collects.
//! Before anybody hears of a record it is on disk: `Publish` follows a successful append and nothing else.

use crate::log::{Cursor, Outcome, Position, Reason, Record, Refusal, fingerprint};
use crate::protocol::{CommandText, Submission};
use crate::upcast::{self, Unreadable};
use crate::{ActorId, CommandId, Context, DeviceId, Domain, LogId, Seal, TimeMs, domain};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Most commands in one append.
pub const BATCH_COMMANDS_MAX: usize = 512;
/// An append is closed when its command texts have reached this size, bytes.
pub const BATCH_BYTES_MAX: usize = 1 << 20;
/// Most commands that wait, queued or for a predecessor; the next one is answered with [`Notice::Busy`].
pub const WAITING_COMMANDS_MAX: usize = 16_384;
/// Commands whose position is remembered in memory; older ones are found through the store.
pub const REMEMBERED_COMMANDS_MAX: usize = 65_536;
/// Most sessions that are answered about one command; older ones have gone.
pub const ASKING_SESSIONS_MAX: usize = 8;
/// How long a missing predecessor may still be on another route before it is asked for, milliseconds.
pub const MISSING_PATIENCE_MS: u64 = 1_000;
/// A command whose predecessor stays missing this long after it was asked for is let go; its client is told to come back later, and sends it again, milliseconds.
pub const MISSING_EXPIRY_MS: u64 = 60_000;

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<D: Domain> {
    /// Write these entries, each with its seal, if the head is still `expected` and `before` stands there; answer with `handle_appended`.
    Append {
        /// The head that was decided on.
        expected: Cursor,
        /// The seal behind it.
        before: Seal,
        /// At positions expected + 1 and on.
        entries: Vec<Entry<D>>,
    },
    /// Read the log after this position; answer with `handle_page`.
    Read {
        /// The last position that is known.
        after: Position,
    },
    /// Which of these commands have a record? Answer with `handle_found`.
    Find {
        /// At most [`WAITING_COMMANDS_MAX`].
        ids: Vec<CommandId>,
    },
    /// These entries are on disk and the state has moved: tell the sessions.
    Publish {
        /// In order.
        entries: Vec<Entry<D>>,
    },
    /// The log is not the one that was read here: the store has lost records without a word. A new timeline is to be begun, if none was since,
    /// and the log to be opened anew. The last output.
    Diverged,
    /// Something for one session.
    Tell {
        /// The session's number, as given with the submission.
        session: u64,
        /// What.
        notice: Notice,
    },
}

/// A record with what the store keeps beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<D: Domain> {
    /// The record.
    pub record: Record<D>,
    /// The command's text; `None` when it was withdrawn.
    pub command: Option<CommandText>,
    /// See [`fingerprint`].
    pub fingerprint: u64,
    /// See [`Domain::subject`].
    pub subject: Option<[u8; 16]>,
    /// The seal behind the record, as soon as it is kept.
    pub seal: Seal,
}

/// Why an append did not happen, or may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendError {
    /// Another writer was faster: nothing was written.
    HeadMoved,
    /// A command of the batch already has a record: nothing was written.
    AlreadyRecorded,
    /// Nobody knows whether it was written.
    UnknownOutcome,
    /// The store cannot write now: nothing was written.
    Unavailable,
}

/// A command that has a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The command.
    pub id: CommandId,
    /// Its record.
    pub position: Position,
    /// The fingerprint of what was decided.
    pub fingerprint: u64,
}

/// What one session is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A predecessor has no record: submit it, or withdraw it.
    Missing(CommandId),
    /// The id has a record with another payload.
    Reused(CommandId),
    /// The command has this record already.
    Recorded(CommandId, Position),
    /// Too much waits, or the store cannot write: come back later.
    Busy,
    /// The command is of a version that this server cannot read.
    Future,
}

#[derive(Clone, Debug)]
struct Submitted {
    actor: ActorId,
    device: DeviceId,
    submission: Submission,
    fingerprint: u64,
}

/// A command that is queued, waits, or is on its way to the disk.
#[derive(Clone, Debug)]
struct Held {
    fingerprint: u64,
    after: Option<CommandId>,
    /// Who has sent it, the newest few: a device that reconnected, another route, a copy of its profile. Each is answered.
    sessions: BTreeSet<u64>,
}

/// Commands that wait for one predecessor.
#[derive(Clone, Debug)]
struct Waiting {
    since: TimeMs,
    asked: bool,
    dependents: Vec<Submitted>,
}

#[derive(Clone, Debug)]
enum Phase<D: Domain> {
    Idle,
    Reading,
    Finding(Vec<CommandId>),
    Diverged,
    Appending { submitted: Vec<Submitted>, entries: Vec<Entry<D>>, state: D::State },
}

/// The single writer of one log.
pub struct Sequencer<D: Domain> {
    log: LogId,
    state: D::State,
    cursor: Cursor,
    /// The seal behind the record at `cursor`.
    seal: Seal,
    last_at: TimeMs,
    /// Records by command, the newest [`REMEMBERED_COMMANDS_MAX`] of those seen.
    remembered: BTreeMap<CommandId, (Position, u64)>,
    remembered_order: VecDeque<CommandId>,
    queue: VecDeque<Submitted>,
    /// Everything in `queue`, in `waiting` and on its way to the disk.
    held: BTreeMap<CommandId, Held>,
    waiting: BTreeMap<CommandId, Waiting>,
    /// Ids that the store must be asked about before anything is decided.
    unresolved: BTreeSet<CommandId>,
    phase: Phase<D>,
    outputs: VecDeque<Output<D>>,
}

impl<D: Domain> Sequencer<D> {
    /// Opens a log from a snapshot (or from nothing, at position 0), behind which this seal stands; the first output reads what came after it.
    pub fn new(log: LogId, state: D::State, cursor: Cursor, seal: Seal, last_at: TimeMs) -> Self {
        let outputs = VecDeque::from([Output::Read { after: cursor.position }]);
        Self {
            log,
            state,
            cursor,
            seal,
            last_at,
            remembered: BTreeMap::new(),
            remembered_order: VecDeque::new(),
            queue: VecDeque::new(),
            held: BTreeMap::new(),
            waiting: BTreeMap::new(),
            unresolved: BTreeSet::new(),
            phase: Phase::Reading,
            outputs,
        }
    }

    /// Which log this is.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The state at [`Self::cursor`]: everything in it is on disk.
    pub fn state(&self) -> &D::State {
        &self.state
    }

    /// The head, as far as it is known here.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The seal behind the record at [`Self::cursor`].
    pub fn seal(&self) -> Seal {
        self.seal
    }

    /// The time of the newest record.
    pub fn last_at(&self) -> TimeMs {
        self.last_at
    }

    /// Has nothing to do and nothing to wait for.
    pub fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle) && self.held.is_empty() && self.outputs.is_empty()
    }

    /// A command arrived, by whatever route. `actor` comes from authentication.
    pub fn handle_submit(&mut self, session: u64, actor: ActorId, device: DeviceId, submission: Submission) {
        let id = submission.id;
        let fingerprint = submission.command.as_ref().map_or(0, |text| fingerprint(&text.0));
        if let Some(&(position, recorded)) = self.remembered.get(&id) {
            self.answer_duplicate(session, id, fingerprint, position, recorded);
        } else if let Some(held) = self.held.get_mut(&id) {
            if is_another_payload(held.fingerprint, fingerprint) {
                // Neither has a record as far as is known here: which of them has the name, the log will say.
                self.tell(session, Notice::Busy);
            } else {
                held.sessions.insert(session);
                if held.sessions.len() > ASKING_SESSIONS_MAX {
                    held.sessions.pop_first();
                }
                // What it waits for is asked for where it was sent last.
                if let Some(waiting) = held.after.and_then(|after| self.waiting.get_mut(&after)) {
                    waiting.asked = false;
                }
            }
        } else if self.held.len() >= WAITING_COMMANDS_MAX {
            self.tell(session, Notice::Busy);
        } else {
            let held = Held { fingerprint, after: submission.after, sessions: BTreeSet::from([session]) };
            self.held.insert(id, held);
            self.queue.push_back(Submitted { actor, device, submission, fingerprint });
        }
    }

    /// The answer to `Append`: the seals behind the entries, in their order.
    pub fn handle_appended(&mut self, result: Result<Vec<Seal>, AppendError>) {
        let Phase::Appending { submitted, mut entries, state } = std::mem::replace(&mut self.phase, Phase::Idle) else {
            panic!("an append was answered that was never asked for");
        };
        match result {
            Ok(seals) => {
                assert_eq!(seals.len(), entries.len(), "each entry has its seal");
                entries.iter_mut().zip(seals).for_each(|(entry, seal)| entry.seal = seal);
                self.state = state;
                self.remember(&entries);
                for entry in &entries {
                    self.held.remove(&entry.record.command);
                }
                self.outputs.push_back(Output::Publish { entries });
            }
            Err(AppendError::Unavailable) => {
                let ids: Vec<CommandId> = submitted.iter().map(|submitted| submitted.submission.id).collect();
                self.let_go(&ids);
            }
            Err(error) => {
                if error == AppendError::AlreadyRecorded {
                    self.unresolved.extend(submitted.iter().map(|submitted| submitted.submission.id));
                }
                for submitted in submitted.into_iter().rev() {
                    self.queue.push_front(submitted);
                }
                self.read_tail();
            }
        }
    }

    /// The answer to `Read`: the entries after the position asked for, and the seal behind the record there (`None` when there is no such
    /// record); `at_end` when there are no more.
    pub fn handle_page(&mut self, before: Option<Seal>, entries: Vec<Entry<D>>, at_end: bool) {
        assert!(matches!(self.phase, Phase::Reading), "a page was read that was never asked for");
        if before != Some(self.seal) {
            self.phase = Phase::Diverged;
            self.outputs.push_back(Output::Diverged);
            return;
        }
        for entry in &entries {
            assert_eq!(entry.record.position, self.cursor.position + 1, "the store returned a log with a gap");
            entry.record.fold_into(&mut self.state);
            self.cursor.position = entry.record.position;
        }
        self.remember(&entries);
        if !entries.is_empty() {
            self.outputs.push_back(Output::Publish { entries });
        }
        if at_end {
            self.phase = Phase::Idle;
        } else {
            self.outputs.push_back(Output::Read { after: self.cursor.position });
        }
    }

    /// The answer to `Find`: those of the ids that have a record.
    pub fn handle_found(&mut self, found: Vec<Found>, now: TimeMs) {
        let Phase::Finding(asked) = std::mem::replace(&mut self.phase, Phase::Idle) else {
            panic!("a search was answered that was never asked for");
        };
        // What follows must stand on what is known here: a record that is further on is known when it was read.
        let (known, ahead): (Vec<Found>, Vec<Found>) = found.into_iter().partition(|found| found.position <= self.cursor.position);
        for found in known {
            self.remember_one(found.id, found.position, found.fingerprint);
        }
        if !ahead.is_empty() {
            self.read_tail();
        }
        for id in asked {
            if self.remembered.contains_key(&id) {
                self.release(id);
            } else if let Some(waiting) = self.waiting.get_mut(&id) {
                waiting.since = now;
            }
        }
    }

    /// Another writer has moved the head of this log. `false` when something is under way that has to end first.
    pub fn handle_head_moved(&mut self) -> bool {
        let is_idle = matches!(self.phase, Phase::Idle);
        if is_idle {
            self.read_tail();
        }
        is_idle
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: TimeMs) {
        let mut expired = Vec::new();
        let mut told = Vec::new();
        for (&missing, waiting) in &mut self.waiting {
            // The clock may have gone back: nobody has waited since a time to come.
            waiting.since = waiting.since.min(now);
            let may_ask = !waiting.asked && !self.held.contains_key(&missing);
            if may_ask && now.since(waiting.since) >= MISSING_PATIENCE_MS {
                waiting.asked = true;
                waiting.since = now;
                let sessions = waiting.dependents.iter().filter_map(|dependent| self.held.get(&dependent.submission.id));
                let sessions: BTreeSet<u64> = sessions.flat_map(|held| held.sessions.iter().copied()).collect();
                told.extend(sessions.into_iter().map(|session| (session, missing)));
            } else if !may_ask && now.since(waiting.since) >= MISSING_EXPIRY_MS {
                expired.push(missing);
            }
        }
        for (session, missing) in told {
            self.tell(session, Notice::Missing(missing));
        }
        for missing in expired {
            let dependents = self.waiting.remove(&missing).into_iter().flat_map(|waiting| waiting.dependents);
            let ids: Vec<CommandId> = dependents.map(|dependent| dependent.submission.id).collect();
            self.let_go(&ids);
        }
    }

    /// When `handle_timeout` is due next.
    pub fn poll_timeout(&self) -> Option<TimeMs> {
        let due = |(missing, waiting): (&CommandId, &Waiting)| {
            let may_ask = !waiting.asked && !self.held.contains_key(missing);
            waiting.since.plus(if may_ask { MISSING_PATIENCE_MS } else { MISSING_EXPIRY_MS })
        };
        self.waiting.iter().map(due).min()
    }

    /// The next thing to do. `now` becomes the time of the records that are decided in this call.
    pub fn poll_output(&mut self, now: TimeMs) -> Option<Output<D>> {
        if self.outputs.is_empty() && matches!(self.phase, Phase::Idle) {
            self.start(now);
        }
        self.outputs.pop_front()
    }

    fn start(&mut self, now: TimeMs) {
        if self.unresolved.is_empty() && !self.queue.is_empty() {
            self.decide_batch(now);
        }
        if !self.unresolved.is_empty() && matches!(self.phase, Phase::Idle) {
            let ids: Vec<CommandId> = std::mem::take(&mut self.unresolved).into_iter().collect();
            self.outputs.push_back(Output::Find { ids: ids.clone() });
            self.phase = Phase::Finding(ids);
        }
    }

    /// Decides from the front of the queue on a tentative state. What waits for a predecessor is set aside.
    fn decide_batch(&mut self, now: TimeMs) {
        let at = now.max(self.last_at);
        let mut state = self.state.clone();
        let mut submitted = Vec::new();
        let mut entries = Vec::new();
        let mut batch = BTreeSet::new();
        let mut bytes = 0;
        while entries.len() < BATCH_COMMANDS_MAX && bytes < BATCH_BYTES_MAX {
            let Some(next) = self.queue.pop_front() else { break };
            let id = next.submission.id;
            if let Some(&(position, recorded)) = self.remembered.get(&id) {
                for session in self.sessions_of(id) {
                    self.answer_duplicate(session, id, next.fingerprint, position, recorded);
                }
                self.held.remove(&id);
                continue;
            }
            if let Some(after) = next.submission.after.filter(|after| *after != id)
                && !self.remembered.contains_key(&after)
                && !batch.contains(&after)
            {
                self.wait_for(after, next, now);
                continue;
            }
            let position = self.cursor.position + entries.len() as Position + 1;
            let Some(entry) = decide_one::<D>(&mut state, &next, position, at) else {
                for session in self.sessions_of(id) {
                    self.tell(session, Notice::Future);
                }
                self.held.remove(&id);
                continue;
            };
            bytes += next.submission.command.as_ref().map_or(0, |text| text.0.len());
            batch.insert(id);
            entries.push(entry);
            submitted.push(next);
            self.release(id);
        }
        if !entries.is_empty() {
            self.outputs.push_back(Output::Append { expected: self.cursor, before: self.seal, entries: entries.clone() });
            self.phase = Phase::Appending { submitted, entries, state };
        }
    }

    fn wait_for(&mut self, predecessor: CommandId, dependent: Submitted, now: TimeMs) {
        let waiting = self.waiting.entry(predecessor).or_insert_with(|| {
            // A predecessor that is held will be decided here; only a stranger is worth asking the store about.
            if !self.held.contains_key(&predecessor) {
                self.unresolved.insert(predecessor);
            }
            Waiting { since: now, asked: false, dependents: Vec::new() }
        });
        waiting.dependents.push(dependent);
    }

    /// Whoever has sent this command and waits for its record.
    fn sessions_of(&self, id: CommandId) -> Vec<u64> {
        self.held.get(&id).into_iter().flat_map(|held| held.sessions.iter().copied()).collect()
    }

    /// These commands are not decided now; their clients come back later, and send them again.
    fn let_go(&mut self, ids: &[CommandId]) {
        let held = ids.iter().filter_map(|id| self.held.remove(id));
        let sessions: BTreeSet<u64> = held.flat_map(|held| held.sessions).collect();
        for session in sessions {
            self.tell(session, Notice::Busy);
        }
    }

    /// `id` has its place: what waited for it comes next.
    fn release(&mut self, id: CommandId) {
        for dependent in self.waiting.remove(&id).into_iter().flat_map(|waiting| waiting.dependents).rev() {
            self.queue.push_front(dependent);
        }
    }

    fn remember(&mut self, entries: &[Entry<D>]) {
        for entry in entries {
            let record = &entry.record;
            self.cursor.position = record.position;
            self.seal = entry.seal;
            self.last_at = self.last_at.max(record.at);
            self.remember_one(record.command, record.position, entry.fingerprint);
            self.release(record.command);
        }
    }

    fn remember_one(&mut self, id: CommandId, position: Position, fingerprint: u64) {
        if self.remembered.insert(id, (position, fingerprint)).is_none() {
            self.remembered_order.push_back(id);
            if self.remembered_order.len() > REMEMBERED_COMMANDS_MAX
                && let Some(oldest) = self.remembered_order.pop_front()
            {
                self.remembered.remove(&oldest);
            }
        }
    }

    fn read_tail(&mut self) {
        self.phase = Phase::Reading;
        self.outputs.push_back(Output::Read { after: self.cursor.position });
    }

    fn answer_duplicate(&mut self, session: u64, id: CommandId, fingerprint: u64, position: Position, recorded: u64) {
        let notice = if is_another_payload(recorded, fingerprint) { Notice::Reused(id) } else { Notice::Recorded(id, position) };
        self.tell(session, notice);
    }

    fn tell(&mut self, session: u64, notice: Notice) {
        self.outputs.push_back(Output::Tell { session, notice });
    }
}

/// A withdrawal has no payload: whichever of command and withdrawal came first counts, and neither contradicts the other.
fn is_another_payload(known: u64, fingerprint: u64) -> bool {
    known != fingerprint && known != 0 && fingerprint != 0
}

/// `None` when a newer program wrote the command: only an update of this one can decide it.
fn decide_one<D: Domain>(state: &mut D::State, submitted: &Submitted, position: Position, at: TimeMs) -> Option<Entry<D>> {
    let Submission { id, command: text, .. } = &submitted.submission;
    let context = Context { command: *id, actor: submitted.actor, device: submitted.device, at, position: Some(position) };
    let mut subject = None;
    let decided = match text {
        None => Err(Reason::Withdrawn),
        Some(text) => match upcast::decode::<D::Command>(&text.0, D::command_shapes()) {
            Err(Unreadable::Future { .. }) => return None,
            Err(Unreadable::Malformed(why)) => Err(Reason::Unreadable(why)),
            Ok(command) => {
                subject = D::subject(&command);
                D::decide(state, &command, &context).map_err(Reason::Domain)
            }
        },
    };
    let outcome = match decided {
        Ok(events) => {
            domain::evolve_all::<D>(state, &events, &context);
            Outcome::Accepted(events)
        }
        Err(reason) => Outcome::Rejected(Some(Box::new(Refusal { reason, command: text.clone().unwrap_or_else(CommandText::nothing) }))),
    };
    let record = Record { position, command: *id, actor: submitted.actor, device: submitted.device, at, outcome };
    Some(Entry { record, command: text.clone(), fingerprint: submitted.fingerprint, subject, seal: Seal::NONE })
}
