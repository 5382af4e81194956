//! Which tab leads, and what tabs tell each other.
//!
//! A lock decides (Web Locks in the browser). The machine only decides when to ask for it and when to take it from a leader that
//! does not answer. Two leaders at once, for a moment, are harmless: commands are idempotent, pages of records say where they begin.

use super::link::Seen;
use super::saving::OutboxRow;
use crate::{CommandId, Epoch, Mark, Position, TimeMs};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often a visible tab asks the leader whether it lives, milliseconds.
const PING_MS: u64 = 500;
/// A leader that has not answered for this long is replaced; with the time the lock takes, well within 2 s, milliseconds.
const SILENCE_MS_MAX: u64 = 1_500;

/// After a row was announced, or the leadership has changed, how long until the leader looks on the disk itself, milliseconds.
const LOOK_MS: u64 = 1_000;

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
    /// These rows of the outbox are being written by a tab that may die before it can say that it is done.
    Writing(Vec<CommandId>),
    /// Rows of the outbox that a tab has saved.
    Issued(Vec<OutboxRow>),
    /// A page of records that the leader has saved.
    Records {
        /// The log's timeline.
        epoch: Epoch,
        /// A `Records` or `Sealed` frame in postcard.
        frame: Vec<u8>,
    },
    /// How the connection is.
    Link(Seen),
    /// Leader, are you there?
    Ping,
    /// I am.
    Pong,
    /// Leader, reconnect at once.
    AskNow,
    /// Rows of the outbox that a tab keeps in its memory, because it cannot save them.
    Held(Vec<OutboxRow>),
    /// The leader was answered with a record that all have read past.
    Recorded {
        /// The log's timeline.
        epoch: Epoch,
        /// A `Recorded` frame in postcard.
        frame: Vec<u8>,
    },
    /// A tab has set these commands aside without a record; with the text of each rejection.
    SetAside(Vec<(CommandId, String)>),
    /// Leader, the disk has not all that you know of: write a snapshot.
    Gap,
    /// Leader, this is what was read here, and it is not what you tell: let the server compare.
    Differs {
        /// The log's timeline.
        epoch: Epoch,
        /// What was read last.
        mark: Mark,
    },
    /// Leader, I have skipped records, and these rejections stand here or on the disk.
    Standing(Vec<CommandId>),
    /// Rejections about which the author decided, as the leader knows, and where.
    Decided {
        /// The log's timeline.
        epoch: Epoch,
        /// Which, and at which position.
        told: Vec<(CommandId, Position)>,
    },
    /// Commands that the leader knows to be settled.
    Settled {
        /// The log's timeline.
        epoch: Epoch,
        /// Whether each was rejected, and its rejection if that waits for a decision.
        told: Vec<(CommandId, bool, Option<Open>)>,
    },
}

/// A rejection that waits for a decision, as one tab tells it to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its text on disk.
    pub text: String,
    /// How much of the log had been read when it waited; the greatest position if no record tells of it.
    pub read: Position,
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
    Look,
}

pub(super) struct Tabs {
    leading: bool,
    /// The lock is ours, what other tabs have stored is still being read.
    loading: bool,
    /// Nothing can be stored, so nothing can be shared: this tab has a connection of its own and tells nobody.
    alone: bool,
    visible: bool,
    heard: TimeMs,
    asked: TimeMs,
    /// When to look on the disk for rows that were announced, if nobody tells of them.
    writing: BTreeMap<CommandId, TimeMs>,
    /// When to look on the disk for what was announced to the leader before.
    look_at: Option<TimeMs>,
}

impl Tabs {
    pub fn new(now: TimeMs) -> Self {
        Self {
            leading: false,
            loading: false,
            alone: false,
            visible: true,
            heard: now,
            asked: now,
            writing: BTreeMap::new(),
            look_at: None,
        }
    }

    pub fn is_leader(&self) -> bool {
        self.leading
    }

    /// Does this tab lead, and has it read what the others have stored?
    pub fn is_ready(&self) -> bool {
        self.leading && !self.loading
    }

    pub fn is_alone(&self) -> bool {
        self.alone
    }

    pub fn handle_alone(&mut self) {
        self.alone = true;
        self.leading = true;
        self.loading = false;
    }

    pub fn handle_lock(&mut self, granted: bool, now: TimeMs) {
        self.leading = granted;
        self.loading = granted;
        self.heard = now;
        self.look_at = granted.then(|| now.plus(LOOK_MS));
    }

    pub fn handle_loaded(&mut self) {
        self.loading = false;
    }

    /// Another tab is writing rows.
    pub fn handle_writing(&mut self, rows: Vec<CommandId>, now: TimeMs) {
        self.writing.extend(rows.into_iter().map(|row| (row, now.plus(LOOK_MS))));
    }

    /// Another tab has written this row, and told what is in it.
    pub fn handle_issued(&mut self, row: CommandId) {
        self.writing.remove(&row);
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
        // The clock may have gone back: nothing was heard, and nothing is due, later than it could be.
        self.heard = self.heard.min(now);
        self.asked = self.asked.min(now);
        self.look_at.iter_mut().chain(self.writing.values_mut()).for_each(|at| *at = (*at).min(now.plus(LOOK_MS)));
        if self.leading {
            self.look().filter(|at| now >= *at)?;
            self.look_at = None;
            self.writing.clear();
            return Some(Ask::Look);
        }
        if !self.visible {
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
        if self.leading {
            return self.look();
        }
        self.visible.then(|| self.asked.plus(PING_MS).min(self.heard.plus(SILENCE_MS_MAX)))
    }

    /// When to look on the disk.
    fn look(&self) -> Option<TimeMs> {
        self.writing.values().copied().chain(self.look_at).min()
    }
}
