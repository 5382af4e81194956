//! The connection of the leading tab: when to connect, what to say first, when to give up on a silent line.

use super::Config;
use super::servers::Addresses;
use crate::log::{Cursor, Epoch, Position};
use crate::protocol::{Format, Hello, KEEPALIVE_MS, PROTOCOL_VERSION, Submission, Upstream, Welcome};
use crate::{CommandId, Mark, TimeMs};
use serde::{Deserialize, Serialize};

/// Backoff after the first failure, milliseconds; doubles each time.
const BACKOFF_MS_MIN: u64 = 400;
/// Longest backoff, milliseconds.
const BACKOFF_MS_MAX: u64 = 30_000;
/// How long opening a connection may take; Firefox holds connects back for seconds after failures, milliseconds.
const CONNECT_MS_MAX: u64 = 30_000;
/// How long until the first word of a server while there is another address; doubles whenever all have failed, since the network may be slow,
/// milliseconds.
const ELSEWHERE_AFTER_MS: u64 = 3_000;
/// When versions do not match, how long until the next look whether the other end was updated, milliseconds.
const VERSION_RETRY_MS: u64 = 60_000;

/// How a connection ended, as far as the client acts on it. Adapters translate close codes with [`Ended::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The line dropped, the server stopped, or something that passes: try again.
    Dropped,
    /// The server has too much to do: try again, later.
    Busy,
    /// Sign in again. The outbox is kept.
    SignedOut,
    /// This person may not read this log.
    Forbidden,
    /// The two ends do not speak the same version.
    Version,
    /// The server's log is shorter than what was read: read it again.
    CursorAhead,
    /// The server has begun a new timeline, since it had lost what was read here: come back at once.
    Diverged,
}

impl Ended {
    /// What a WebSocket close code means for the client.
    pub fn of(code: u16) -> Self {
        use crate::protocol::CloseCode;
        match CloseCode::from_number(code) {
            Some(CloseCode::NotSignedIn) => Self::SignedOut,
            Some(CloseCode::Forbidden | CloseCode::NoSuchLog) => Self::Forbidden,
            Some(CloseCode::Version) => Self::Version,
            Some(CloseCode::CursorAhead) => Self::CursorAhead,
            Some(CloseCode::Diverged) => Self::Diverged,
            Some(CloseCode::Busy) => Self::Busy,
            _ => Self::Dropped,
        }
    }
}

/// What a person may know of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// There is none.
    Offline,
    /// It is being opened.
    Connecting,
    /// It is open.
    Online,
    /// The server says that this person may not read this log.
    Forbidden,
    /// The server does not know who this is.
    SignedOut,
    /// The two ends do not speak the same version.
    UpdateNeeded,
}

/// What the leader tells the tabs that follow about the connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub(super) connection: Connection,
    pub(super) caught_up: bool,
    pub(super) epoch: Epoch,
    pub(super) head: Position,
    pub(super) last_contact: Option<TimeMs>,
    pub(super) retry_at: Option<TimeMs>,
    pub(super) offset_ms: i64,
    /// How many commands of the present run have landed; `None` while nothing can.
    pub(super) landed: Option<usize>,
    /// The newest command that was sent on this connection.
    pub sent: Option<CommandId>,
    /// Everything up to here is on disk, for tabs that were not told.
    pub stored: Position,
    /// How many commands wait in the leader's outbox.
    pub(super) pending: usize,
}

/// The next thing to do about the connection.
pub(super) enum Step {
    Bootstrap(usize),
    Connect(usize),
    Ping(Vec<u8>),
    Close,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// This tab does not lead.
    Stopped,
    Waiting {
        until: TimeMs,
    },
    Bootstrapping,
    Connecting {
        since: TimeMs,
    },
    Greeting,
    Reading,
    Live,
    /// The server said a word that trying again does not change.
    Refused {
        ended: Ended,
        until: Option<TimeMs>,
    },
}

pub(super) struct Link {
    phase: Phase,
    addresses: Addresses,
    /// Since when the line is open, if there is one.
    opened: Option<TimeMs>,
    attempts: u32,
    random: u64,
    bootstrapped: bool,
    heard: TimeMs,
    /// When anything was last sent: who only listens to a busy log must still be heard by the server.
    said: TimeMs,
    pinged: Option<TimeMs>,
    /// The server has asked that nothing be submitted before this time.
    held_until: Option<TimeMs>,
    last_contact: Option<TimeMs>,
    offset_ms: i64,
    epoch: Epoch,
    head: Position,
    /// Commands that landed since the outbox was last empty, or since the head was reached.
    landed: usize,
    /// In a tab that follows: what the leader said.
    followed: Option<Seen>,
}

pub(super) fn submit_frame(batch: Vec<Submission>) -> Vec<u8> {
    Format::Postcard.encode(&Upstream::Submit(batch))
}

pub(super) fn mark_frame(mark: Mark) -> Vec<u8> {
    Format::Postcard.encode(&Upstream::Mark(mark))
}

impl Link {
    pub fn new(config: Config) -> Self {
        let mut random = config.seed | 1;
        Self {
            phase: Phase::Stopped,
            addresses: Addresses::new(config.servers, || unfold(&mut random)),
            opened: None,
            attempts: 0,
            random,
            bootstrapped: false,
            heard: TimeMs(0),
            said: TimeMs(0),
            pinged: None,
            held_until: None,
            last_contact: None,
            offset_ms: 0,
            epoch: 0,
            head: 0,
            landed: 0,
            followed: None,
        }
    }

    pub fn start(&mut self, now: TimeMs) {
        self.followed = None;
        self.attempts = 0;
        self.phase = Phase::Waiting { until: now };
    }

    /// This tab no longer leads; `true` when a connection must be closed.
    pub fn stop(&mut self) -> bool {
        let open = self.is_open();
        self.phase = Phase::Stopped;
        self.landed = 0;
        open
    }

    /// Tries at once. A word of the server that was final is asked for again.
    pub fn hurry(&mut self, now: TimeMs) {
        if matches!(self.phase, Phase::Waiting { .. } | Phase::Refused { .. }) {
            self.attempts = 0;
            self.phase = Phase::Waiting { until: now };
        }
    }

    /// After sleep a line may be dead without a sign: ask, and do not wait out a backoff.
    pub fn wake(&mut self, now: TimeMs) {
        match self.phase {
            Phase::Waiting { .. } => self.hurry(now),
            Phase::Reading | Phase::Live if self.pinged.is_none() => self.heard = TimeMs(now.0.saturating_sub(KEEPALIVE_MS)),
            _ => {}
        }
    }

    /// The clock may have gone back: nothing happened, and nothing is due, later than it could be.
    fn notice_clock(&mut self, now: TimeMs) {
        self.heard = self.heard.min(now);
        self.opened = self.opened.map(|opened| opened.min(now));
        self.said = self.said.min(now);
        self.pinged = self.pinged.map(|pinged| pinged.min(now));
        self.held_until = self.held_until.map(|until| until.min(now.plus(BACKOFF_MS_MAX))).filter(|until| now < *until);
        match &mut self.phase {
            Phase::Waiting { until } => *until = (*until).min(now.plus(BACKOFF_MS_MAX)),
            Phase::Refused { until: Some(until), .. } => *until = (*until).min(now.plus(VERSION_RETRY_MS)),
            Phase::Connecting { since } => *since = (*since).min(now),
            _ => {}
        }
    }

    pub fn poll(&mut self, cursor: Cursor, now: TimeMs) -> Option<Step> {
        self.notice_clock(now);
        match self.phase {
            Phase::Waiting { until } if now >= until => {
                if cursor.position == 0 && !self.bootstrapped {
                    self.phase = Phase::Bootstrapping;
                    return Some(Step::Bootstrap(self.addresses.current()));
                }
                self.phase = Phase::Connecting { since: now };
                Some(Step::Connect(self.addresses.current()))
            }
            Phase::Refused { until: Some(until), .. } if now >= until => {
                self.phase = Phase::Connecting { since: now };
                Some(Step::Connect(self.addresses.current()))
            }
            Phase::Connecting { since } if now.since(since) >= self.answer_ms_max() => self.give_up(now),
            Phase::Greeting if now.since(self.opened.unwrap_or(now)) >= self.answer_ms_max() => self.give_up(now),
            Phase::Greeting | Phase::Reading | Phase::Live => match self.pinged {
                Some(pinged) if now.since(pinged) >= KEEPALIVE_MS => self.give_up(now),
                None if now.since(self.heard.min(self.said)) >= KEEPALIVE_MS => {
                    self.pinged = Some(now);
                    self.said = now;
                    Some(Step::Ping(Format::Postcard.encode(&Upstream::Ping)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    pub fn poll_timeout(&self) -> Option<TimeMs> {
        match self.phase {
            Phase::Waiting { until } => Some(until),
            Phase::Connecting { since } => Some(since.plus(self.answer_ms_max())),
            Phase::Greeting | Phase::Reading | Phase::Live => {
                let ping = self.pinged.unwrap_or(self.heard.min(self.said)).plus(KEEPALIVE_MS);
                let answer = self.opened.filter(|_| self.phase == Phase::Greeting).map(|opened| opened.plus(self.answer_ms_max()));
                [Some(ping), answer, self.held_until].into_iter().flatten().min()
            }
            Phase::Refused { until, .. } => until,
            Phase::Stopped | Phase::Bootstrapping => None,
        }
    }

    pub fn handle_bootstrapped(&mut self, now: TimeMs) {
        self.bootstrapped = true;
        if self.phase == Phase::Bootstrapping {
            self.phase = Phase::Waiting { until: now };
        }
    }

    /// The confirmed state is begun anew: fetch a snapshot first. `true` when a connection must be closed for that.
    pub fn restart_with_bootstrap(&mut self, now: TimeMs) -> bool {
        self.bootstrapped = false;
        self.reconnect(now)
    }

    /// A connection is to be closed and opened again; `true` when there is one.
    pub fn reconnect(&mut self, now: TimeMs) -> bool {
        let open = self.is_open();
        if open {
            self.phase = Phase::Waiting { until: now };
        }
        open
    }

    /// An address for the second route: another one than that of the connection first, if there is one.
    pub fn another_server(&self, steps: usize) -> usize {
        self.addresses.other(steps)
    }

    /// Answers with the frame to say first.
    pub fn handle_connected(&mut self, config: Config, cursor: Cursor, schema: u32, now: TimeMs) -> Vec<u8> {
        self.phase = Phase::Greeting;
        self.opened = Some(now);
        self.held_until = None;
        self.epoch = cursor.epoch;
        self.heard = now;
        self.said = now;
        self.pinged = None;
        let hello = Hello { protocol: PROTOCOL_VERSION, schema, log: config.log, cursor, device: config.device };
        Format::Postcard.encode(&Upstream::Hello(hello))
    }

    pub fn handle_disconnected(&mut self, ended: Ended, now: TimeMs) {
        if self.phase == Phase::Stopped {
            return;
        }
        self.landed = 0;
        self.pinged = None;
        let opened = self.opened.take();
        let elsewhere_ms = match ended {
            Ended::SignedOut | Ended::Forbidden | Ended::CursorAhead | Ended::Diverged => None,
            // While servers are replaced by newer ones, another may be of the right version.
            Ended::Dropped | Ended::Busy | Ended::Version => self.addresses.turn(opened, now, || unfold(&mut self.random)),
        };
        self.phase = match (ended, elsewhere_ms) {
            (_, Some(elsewhere_ms)) => Phase::Waiting { until: now.plus(elsewhere_ms) },
            (Ended::SignedOut | Ended::Forbidden, None) => Phase::Refused { ended, until: None },
            (Ended::Version, None) => Phase::Refused { ended, until: Some(now.plus(VERSION_RETRY_MS)) },
            (Ended::CursorAhead | Ended::Diverged, None) => Phase::Waiting { until: now },
            (Ended::Dropped | Ended::Busy, None) => Phase::Waiting { until: now.plus(self.backoff_ms(ended)) },
        };
    }

    pub fn handle_said(&mut self, now: TimeMs) {
        self.said = now;
    }

    pub fn handle_heard(&mut self, now: TimeMs) {
        self.heard = now;
        self.pinged = None;
        self.last_contact = Some(now);
    }

    pub fn handle_welcome(&mut self, welcome: Welcome, now: TimeMs) {
        self.attempts = 0;
        self.phase = Phase::Reading;
        self.epoch = welcome.epoch;
        self.head = welcome.head;
        self.set_clock(welcome.server_time, now);
    }

    pub fn handle_pong(&mut self, server_time: TimeMs, now: TimeMs) {
        self.set_clock(server_time, now);
    }

    pub fn handle_records(&mut self, last: Position) {
        self.head = self.head.max(last);
    }

    pub fn handle_caught_up(&mut self, head: Position) {
        self.phase = Phase::Live;
        self.head = self.head.max(head);
        self.landed = 0;
    }

    /// A command has its record; so many still wait. When none does, the run is over.
    pub fn handle_settled(&mut self, waiting: usize) {
        self.landed = if waiting == 0 { 0 } else { self.landed + 1 };
    }

    pub fn server_time(&self, now: TimeMs) -> TimeMs {
        TimeMs(now.0.saturating_add_signed(self.offset_ms))
    }

    /// The leader has told of the connection.
    pub fn follow(&mut self, seen: Seen) {
        self.offset_ms = seen.offset_ms;
        self.followed = Some(seen);
    }

    pub fn seen(&self, sent: Option<CommandId>, stored: Position) -> Seen {
        if let Some(followed) = &self.followed {
            return followed.clone();
        }
        let (connection, retry_at) = match self.phase {
            Phase::Stopped => (Connection::Offline, None),
            Phase::Waiting { until } => (Connection::Offline, Some(until)),
            Phase::Bootstrapping | Phase::Connecting { .. } | Phase::Greeting => (Connection::Connecting, None),
            Phase::Reading | Phase::Live => (Connection::Online, self.held_until),
            Phase::Refused { ended: Ended::SignedOut, .. } => (Connection::SignedOut, None),
            Phase::Refused { ended: Ended::Version, until } => (Connection::UpdateNeeded, until),
            Phase::Refused { .. } => (Connection::Forbidden, None),
        };
        Seen {
            connection,
            caught_up: self.phase == Phase::Live,
            epoch: self.epoch,
            head: self.head,
            last_contact: self.last_contact,
            retry_at,
            offset_ms: self.offset_ms,
            landed: (self.phase == Phase::Live).then_some(self.landed),
            sent,
            stored,
            pending: 0,
        }
    }

    /// The timeline of which the line tells; until it is welcomed, the one that was asked for.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub fn is_caught_up(&self) -> bool {
        self.phase == Phase::Live || self.followed.as_ref().is_some_and(|seen| seen.caught_up)
    }

    /// Is the log being read, with more to come?
    pub fn is_reading(&self) -> bool {
        self.phase == Phase::Reading
    }

    /// In a tab that follows and has received everything that the leader knows of: how many commands wait there.
    pub fn followed_to_the_end(&self, received: Cursor) -> Option<usize> {
        let seen = self.followed.as_ref()?;
        (seen.caught_up && seen.epoch == received.epoch && received.position >= seen.head).then_some(seen.pending)
    }

    /// In a tab that followed: up to where the leader had everything on disk.
    pub fn stored_by_leader(&self, epoch: Epoch) -> Position {
        self.followed.as_ref().filter(|seen| seen.epoch == epoch).map_or(0, |seen| seen.stored)
    }

    /// May commands be sent on this tab's own connection?
    pub fn may_send(&self, now: TimeMs) -> bool {
        self.phase == Phase::Live && self.held_until.is_none_or(|until| now >= until)
    }

    /// The same as a time, if there is such a connection.
    pub fn sends_from(&self) -> Option<TimeMs> {
        (self.phase == Phase::Live).then(|| self.held_until.unwrap_or(TimeMs(0)))
    }

    /// The server has more to do than it takes: commands come again after this time, and no later than after the longest backoff.
    pub fn hold(&mut self, retry_after_ms: u64, now: TimeMs) {
        let until = now.plus(retry_after_ms.min(BACKOFF_MS_MAX));
        self.held_until = Some(self.held_until.map_or(until, |other| other.max(until)));
    }

    pub fn is_forbidden(&self) -> bool {
        self.seen(None, 0).connection == Connection::Forbidden
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Connecting { .. } | Phase::Greeting | Phase::Reading | Phase::Live)
    }

    fn answer_ms_max(&self) -> u64 {
        if self.addresses.are_several() { (ELSEWHERE_AFTER_MS << self.attempts.min(8)).min(CONNECT_MS_MAX) } else { CONNECT_MS_MAX }
    }

    fn give_up(&mut self, now: TimeMs) -> Option<Step> {
        self.handle_disconnected(Ended::Dropped, now);
        Some(Step::Close)
    }

    fn set_clock(&mut self, server_time: TimeMs, now: TimeMs) {
        self.offset_ms = server_time.0 as i64 - now.0 as i64;
    }

    /// Exponential backoff with jitter over its upper half, so that many clients do not come back at once.
    fn backoff_ms(&mut self, ended: Ended) -> u64 {
        let exponent = self.attempts.min(10) + if ended == Ended::Busy { 2 } else { 0 };
        self.attempts = self.attempts.saturating_add(1);
        let longest = (BACKOFF_MS_MIN << exponent).min(BACKOFF_MS_MAX);
        longest / 2 + unfold(&mut self.random) % (longest / 2 + 1)
    }
}

/// xorshift64 (Marsaglia): the engine draws no randomness, it unfolds a seed.
pub(super) fn unfold(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}
