//! What the client asks of the world.

use super::{Lock, News, Save};
use crate::log::{Cursor, Reason, Record};
use crate::{CommandId, Domain};

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<D: Domain> {
    /// Write this in one transaction; answer with `handle_saved`.
    Save(Save),
    /// Read what other tabs have stored since: outbox rows and records after this cursor; answer with `handle_loaded`.
    Load {
        /// What is already here.
        cursor: Cursor,
    },
    /// In idle time, write a snapshot of [`Client::confirmed`], with [`Client::mark`] beside it; answer with `handle_snapshot_saved` or `handle_snapshot_failed`.
    Snapshot,
    /// Nobody asks this state again, but screens may still hold what they were told of it. In idle time, when they have gone on,
    /// let it go piece by piece with [`Domain::dismantle`]; where nobody waits, drop it.
    LetGo(D::State),
    /// Fetch a snapshot from a server; answer with `handle_snapshot` or `handle_no_snapshot`.
    Bootstrap {
        /// The place of its address in the adapter's list.
        server: usize,
    },
    /// Ask for the leadership among the tabs, or take it from one that does not answer, or give it up.
    Lock(Lock),
    /// Tell the other tabs.
    Tell(News),
    /// Open a connection to a server; answer with `handle_connected` or `handle_disconnected`.
    Connect {
        /// The place of its address in the adapter's list.
        server: usize,
    },
    /// Write this frame.
    Send(Vec<u8>),
    /// Say this to a server with `POST /api/logs/LOG/commands`, in place of what was said so before and has no answer; answer with `handle_posted`.
    Post {
        /// Names the request.
        number: u64,
        /// The place of its address in the adapter's list.
        server: usize,
        /// The request's body.
        body: Vec<u8>,
    },
    /// Close the connection.
    Disconnect,
    /// View, outbox, inbox or status have changed: screens ask again.
    Show,
    /// A command of this tab's person is on disk here, or never will be (the device cannot write).
    Kept {
        /// The command.
        id: CommandId,
        /// Whether it would survive the death of the tab.
        durable: bool,
    },
    /// A command has its record.
    Settled {
        /// The command.
        id: CommandId,
        /// `None` when it was accepted.
        rejected: Option<Reason<D::Rejection>>,
    },
    /// Somebody else did this, just now.
    Happened(Record<D>),
}

/// A command that was refused at once, by what this device knows. It was not saved and will not be sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused<R> {
    /// The domain said no.
    Domain(R),
    /// The outbox or the command is over its bound.
    TooMuch,
    /// This person may no longer open this log.
    NoLongerMember,
}
