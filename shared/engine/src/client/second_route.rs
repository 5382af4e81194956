//! The second route: what goes up by the socket goes up by HTTP as well, to another server if there is one, and the first to arrive counts.
//!
//! Its answers say only whether to post again. What became of a command is told by the log, as always. One request is under way at a time.
//! A record that was read past before, and a predecessor that the server misses, are told by the socket alone: what stays without a record
//! goes up by it again.

use super::link::unfold;
use super::{Client, Config, Output};
use crate::protocol::Commands;
use crate::{Domain, TimeMs};
use serde::Deserialize;

/// A request that has no answer for so long is taken for lost, milliseconds.
pub const POST_MS_MAX: u64 = 10_000;
/// Pause after the first request that failed, milliseconds; doubles each time.
const PAUSE_MS_MIN: u64 = 400;
/// Longest pause, milliseconds.
const PAUSE_MS_MAX: u64 = 30_000;

/// The oldest command that was sent and has no record goes up by the socket again after so long, milliseconds; doubles each time.
const AGAIN_MS_MIN: u64 = 2_000;

/// What came of a request of the second route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// Every command in it has a record.
    Landed,
    /// Not now, or nobody has answered.
    NotNow {
        /// When to come again at the earliest, milliseconds from now.
        retry_after_ms: u64,
    },
}

/// What a server says when it says no.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    retry_after_ms: u64,
}

impl Posted {
    /// What an answer by HTTP means. Whatever is wrong with a command, the socket says so: it brings it as well, at last.
    pub fn of(status: u16, body: &[u8]) -> Self {
        if status == 200 {
            return Self::Landed;
        }
        let refusal = serde_json::from_slice(body).unwrap_or(Refusal { retry_after_ms: 0 });
        Self::NotNow { retry_after_ms: refusal.retry_after_ms.min(PAUSE_MS_MAX) }
    }

    /// Nobody has answered.
    pub fn unanswered() -> Self {
        Self::NotNow { retry_after_ms: 0 }
    }
}

/// See the module.
pub(super) struct SecondRoute {
    is_there: bool,
    under_way: Option<UnderWay>,
    /// How many requests there were: each is named by its number, so that an answer that comes too late is known.
    requests: u64,
    /// What was sent on this connection has arrived by this route, up to this place in the outbox.
    arrived: u64,
    rests_until: Option<TimeMs>,
    failures: u32,
    oldest: Option<Oldest>,
    random: u64,
}

/// The oldest command that was sent on this connection and has no record.
struct Oldest {
    serial: u64,
    /// Sent, or sent again.
    since: TimeMs,
    /// How often it was sent again.
    rounds: u32,
}

impl Oldest {
    fn again_at(&self) -> TimeMs {
        self.since.plus(doubled(AGAIN_MS_MIN, self.rounds))
    }
}

struct UnderWay {
    number: u64,
    /// It brings everything before this place in the outbox.
    end: u64,
    since: TimeMs,
    /// The connection that it goes beside is still there.
    counts: bool,
}

impl SecondRoute {
    pub fn new(config: Config) -> Self {
        let random = config.seed.rotate_left(32) | 1;
        let is_there = config.servers.two_routes;
        Self { is_there, under_way: None, requests: 0, arrived: 0, rests_until: None, failures: 0, oldest: None, random }
    }

    /// On a new connection everything that still waits is sent once more.
    pub fn handle_connected(&mut self) {
        self.arrived = 0;
        self.oldest = None;
        if let Some(under_way) = &mut self.under_way {
            under_way.counts = false;
        }
    }

    /// May a request be made? One that was not answered in time has failed.
    fn is_free(&mut self, now: TimeMs) -> bool {
        self.rests_until = self.rests_until.map(|until| until.min(now.plus(PAUSE_MS_MAX))).filter(|until| *until > now);
        if let Some(under_way) = &mut self.under_way {
            under_way.since = under_way.since.min(now);
            if now.since(under_way.since) < POST_MS_MAX {
                return false;
            }
            self.fail(0, now);
        }
        self.is_there && self.rests_until.is_none()
    }

    /// Is it time for the socket to bring what was sent and has no record once more? `oldest`: the first of that.
    pub fn is_overdue(&mut self, oldest: Option<u64>, now: TimeMs) -> bool {
        let Some(serial) = oldest.filter(|_| self.is_there) else {
            self.oldest = None;
            return false;
        };
        let oldest = self.oldest.take_if(|oldest| oldest.serial == serial).unwrap_or(Oldest { serial, since: now, rounds: 0 });
        let oldest = self.oldest.insert(Oldest { since: oldest.since.min(now), ..oldest });
        let is_overdue = now >= oldest.again_at();
        if is_overdue {
            (oldest.since, oldest.rounds) = (now, oldest.rounds + 1);
        }
        is_overdue
    }

    fn begin(&mut self, end: u64, now: TimeMs) -> u64 {
        self.requests += 1;
        self.under_way = Some(UnderWay { number: self.requests, end, since: now, counts: true });
        self.requests
    }

    fn finish(&mut self, number: u64, posted: Posted, now: TimeMs) {
        let Some(UnderWay { end, counts, .. }) = self.under_way.take_if(|under_way| under_way.number == number) else { return };
        match posted {
            Posted::Landed => {
                self.failures = 0;
                if counts {
                    self.arrived = end;
                }
            }
            Posted::NotNow { retry_after_ms } => self.fail(retry_after_ms, now),
        }
    }

    fn fail(&mut self, retry_after_ms: u64, now: TimeMs) {
        let longest = doubled(PAUSE_MS_MIN, self.failures);
        let pause_ms = longest / 2 + unfold(&mut self.random) % (longest / 2 + 1);
        self.under_way = None;
        self.failures = self.failures.saturating_add(1);
        self.rests_until = Some(now.plus(pause_ms.max(retry_after_ms)));
    }

    pub fn poll_timeout(&self) -> Option<TimeMs> {
        let post = self.under_way.as_ref().map(|under_way| under_way.since.plus(POST_MS_MAX)).or(self.rests_until);
        [post, self.oldest.as_ref().map(Oldest::again_at)].into_iter().flatten().min()
    }
}

/// A pause that was doubled so often, milliseconds.
fn doubled(first_ms: u64, times: u32) -> u64 {
    (first_ms << times.min(10)).min(PAUSE_MS_MAX)
}

impl<D: Domain> Client<D> {
    /// What came of the request with this number.
    pub fn handle_posted(&mut self, number: u64, posted: Posted, now: TimeMs) {
        self.second_route.finish(number, posted, now);
        self.drive(now);
        self.show();
    }

    /// Sends by the second route what has gone up by the first and has no record. Called when commands may be sent.
    pub(super) fn drive_second_route(&mut self, now: TimeMs) {
        if !self.second_route.is_free(now) {
            return;
        }
        let (commands, end) = self.outbox.sent_since(self.second_route.arrived);
        if commands.is_empty() {
            return;
        }
        let server = self.link.another_server(self.second_route.failures as usize);
        let body = Commands { device: self.config.device, commands };
        let body = serde_json::to_vec(&body).expect("commands are plain data");
        let number = self.second_route.begin(end, now);
        self.outputs.push_back(Output::Post { number, server, body });
    }
}
