//! Which tab leads, and what tabs tell each other.
//!
//! A lock decides (Web Locks in the browser). The machine only decides when to ask for it and when to take it from a leader that
//! does not answer. Two leaders at once, for a moment, are harmless: commands are idempotent, pages of records say where they begin.

use super::link::Seen;
use super::saving::OutboxRow;
use crate::TimeMs;
use serde::{Deserialize, Serialize};

/// How often a visible tab asks the leader whether it lives, milliseconds.
const PING_MS: u64 = 500;
/// A leader that has not answered for this long is replaced; with the time the lock takes, well within 2 s, milliseconds.
const SILENCE_MS_MAX: u64 = 1_500;

/// What to do about the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Queue for it.
    Request,
    /// Take it from its holder.
    Steal,
}

/// What tabs of one device tell each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// A tab has come.
    Hello,
    /// Rows of the outbox that a tab has saved (or keeps in memory, where nothing can be saved).
    Issued(Vec<OutboxRow>),
    /// A page of records that the leader has saved: a `Records` frame in postcard.
    Records(Vec<u8>),
    /// How the connection is.
    Link(Seen),
    /// Leader, are you there?
    Ping,
    /// I am.
    Pong,
    /// Leader, reconnect at once.
    AskNow,
}

impl News {
    /// As a message between tabs of the same version.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("news is plain data")
    }

    /// `None` for what another version may have said.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

pub(super) enum Ask {
    Ping,
    Steal,
}

pub(super) struct Tabs {
    leading: bool,
    /// The lock is ours, what other tabs have stored is still being read.
    loading: bool,
    visible: bool,
    heard: TimeMs,
    asked: TimeMs,
}

impl Tabs {
    pub fn new(now: TimeMs) -> Self {
        Self { leading: false, loading: false, visible: true, heard: now, asked: now }
    }

    pub fn is_leader(&self) -> bool {
        self.leading
    }

    /// Does this tab lead, and has it read what the others have stored?
    pub fn is_ready(&self) -> bool {
        self.leading && !self.loading
    }

    pub fn handle_lock(&mut self, granted: bool, now: TimeMs) {
        self.leading = granted;
        self.loading = granted;
        self.heard = now;
    }

    pub fn handle_loaded(&mut self) {
        self.loading = false;
    }

    /// The leader has said something.
    pub fn handle_heard(&mut self, now: TimeMs) {
        self.heard = now;
    }

    pub fn handle_visible(&mut self, visible: bool, now: TimeMs) {
        if visible && !self.visible {
            self.heard = now;
            self.asked = TimeMs(0);
        }
        self.visible = visible;
    }

    pub fn handle_timeout(&mut self, now: TimeMs) -> Option<Ask> {
        if self.leading || !self.visible {
            return None;
        }
        if now.since(self.heard) >= SILENCE_MS_MAX {
            self.heard = now;
            return Some(Ask::Steal);
        }
        if now.since(self.asked) >= PING_MS {
            self.asked = now;
            return Some(Ask::Ping);
        }
        None
    }

    pub fn poll_timeout(&self) -> Option<TimeMs> {
        (!self.leading && self.visible).then(|| self.asked.plus(PING_MS).min(self.heard.plus(SILENCE_MS_MAX)))
    }
}
