//! Several addresses of one installation: which of them is tried next, and whether at once or after a while.

use crate::TimeMs;

/// Most addresses that a client turns to; more are left out.
pub const ADDRESSES_MAX: usize = 16;

/// A line that ended after so long had held: whatever ended it says nothing of the other addresses, milliseconds.
const HELD_MS: u64 = 10_000;
/// Longest pause before another address is tried, so that those whom a server leaves do not all arrive in one moment, milliseconds.
const ELSEWHERE_MS_MAX: u64 = 150;
/// How many addresses there are. The adapter keeps the list; the engine names an address by its place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Servers {
    /// So many, the first of which is tried first; at least 1.
    pub addresses: usize,
    /// Send what goes up by the socket by HTTP as well: rule 26.
    pub two_routes: bool,
}

impl Default for Servers {
    fn default() -> Self {
        Self { addresses: 1, two_routes: false }
    }
}

/// The address in use, and those that have failed lately.
pub(super) struct Addresses {
    /// The first stays the first. The others stand in an order of this client's own, so that the clients of a server that died spread.
    order: Vec<usize>,
    at: usize,
    /// Failures since a line held, or since all addresses had failed.
    failed: usize,
}

impl Addresses {
    pub fn new(servers: Servers, mut random: impl FnMut() -> u64) -> Self {
        let mut order: Vec<usize> = (0..servers.addresses.clamp(1, ADDRESSES_MAX)).collect();
        for last in (2..order.len()).rev() {
            order.swap(last, 1 + (random() % last as u64) as usize);
        }
        Self { order, at: 0, failed: 0 }
    }

    /// The one to use.
    pub fn current(&self) -> usize {
        self.order[self.at]
    }

    /// Another one than that, if there is one; for each number of steps a different one.
    pub fn other(&self, steps: usize) -> usize {
        self.order[(self.at + 1 + steps) % self.order.len()]
    }

    /// There is nothing to connect to, or a line has ended that was open since then: turns to the next address. How long to wait, if that
    /// is not a matter of backing off because all have failed.
    pub fn turn(&mut self, since: Option<TimeMs>, now: TimeMs, random: impl FnOnce() -> u64) -> Option<u64> {
        if since.is_some_and(|since| now.since(since) >= HELD_MS) {
            self.failed = 0;
        }
        self.at = (self.at + 1) % self.order.len();
        self.failed = (self.failed + 1) % self.order.len();
        (self.failed > 0).then(|| random() % (ELSEWHERE_MS_MAX + 1))
    }

    /// Is there another one to turn to?
    pub fn are_several(&self) -> bool {
        self.order.len() > 1
    }
}
