//! What is counted, and how it is shown at `/metrics` in the text format of Prometheus.

mod kinds;
mod process;
mod requests;
mod text;

pub use kinds::{Counter, Gauge, Held, Histogram, Part};
use landfall_engine::protocol::CloseCode;
pub use requests::{Requests, Route};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

/// When it began to count.
struct Started {
    at: SystemTime,
    since: Instant,
}

impl Default for Started {
    fn default() -> Self {
        Self { at: SystemTime::now(), since: Instant::now() }
    }
}

/// Everything that is counted.
#[derive(Default)]
pub struct Metrics {
    started: Started,
    /// Open WebSocket connections.
    pub connections: Gauge,
    /// Open logs.
    pub open_logs: Gauge,
    /// WebSocket connections that were ever accepted.
    pub connections_accepted: Counter,
    /// Frames that clients sent.
    pub frames_received: Counter,
    /// Frames that were sent to clients.
    pub frames_sent: Counter,
    /// Bytes of those.
    pub bytes_sent: Counter,
    /// Connections whose other end closed, or whose line dropped.
    pub closed_by_peer: Counter,
    /// Commands that arrived by WebSocket.
    pub commands_by_socket: Counter,
    /// Commands that arrived by HTTP.
    pub commands_by_http: Counter,
    /// Batches of commands that were not taken, since they would have waited for too long.
    pub submits_turned_away: Counter,
    /// Batches of commands that were not taken, since their sender was too fast.
    pub submits_too_fast: Counter,
    /// Batches of commands that came by WebSocket and waited for their sender's pace.
    pub submits_slowed: Counter,
    /// Records of accepted commands.
    pub records_accepted: Counter,
    /// Records of rejected commands.
    pub records_rejected: Counter,
    /// Transactions that wrote records.
    pub appends: Counter,
    /// Appends that failed, for whatever reason.
    pub appends_failed: Counter,
    /// Pages that were served from memory.
    pub pages_from_ring: Counter,
    /// Pages that were read from the store.
    pub pages_from_store: Counter,
    /// Timelines that were begun because records had been lost without a word.
    pub timelines_after_loss: Counter,
    /// Snapshots written.
    pub snapshots: Counter,
    /// Commands that have arrived and have no record yet; each writer adds its part.
    pub commands_waiting: Arc<Gauge>,
    /// Batches of records on their way to the store.
    pub appends_waiting: Gauge,
    /// From a command's arrival until its record is on disk.
    pub record_durable: Histogram,
    /// From the arrival of the oldest command of a batch until its records were written to a socket.
    pub record_sent: Histogram,
    /// From records being on disk until they were written to a socket.
    pub fan_out: Histogram,
    /// A batch being written.
    pub append: Histogram,
    /// A page being read from the store.
    pub page_read: Histogram,
    /// A snapshot being packed and written.
    pub snapshot: Histogram,
    /// A log being read into memory.
    pub log_open: Histogram,
    /// Logs that left the memory.
    pub logs_closed: Counter,
    /// Connections to the database that work, when last looked at.
    pub database_in_use: Gauge,
    /// Connections to the database that rest, when last looked at.
    pub database_idle: Gauge,
    /// Moved heads that were told.
    pub hints: Counter,
    /// Lines to a NATS server over which hints go.
    pub nats_connected: Arc<Gauge>,
    /// Heads that were looked at.
    pub heads_looked_at: Counter,
    /// From learning that another process moved a head until its records were read.
    pub catch_up: Histogram,
    /// HTTP requests.
    pub requests: Requests,
    closes: [Counter; CloseCode::ALL.len()],
    refusals: Mutex<BTreeMap<&'static str, u64>>,
}

impl Metrics {
    /// The server closed a connection with this code.
    pub fn closed(&self, code: CloseCode) {
        if let Some(index) = CloseCode::ALL.iter().position(|other| *other == code) {
            self.closes[index].add_one();
        }
    }

    /// An HTTP request was answered with this error code.
    pub fn refused(&self, code: &'static str) {
        *self.refusals.lock().unwrap_or_else(PoisonError::into_inner).entry(code).or_default() += 1;
    }

    /// How often a connection was closed with this code.
    pub fn closes(&self, code: CloseCode) -> u64 {
        CloseCode::ALL.iter().position(|other| *other == code).map_or(0, |index| self.closes[index].count())
    }
}

/// The code's name as JSON has it.
pub fn close_name(code: CloseCode) -> String {
    serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_close_code_has_a_line_and_counts_by_itself() {
        let metrics = Metrics::default();
        metrics.closed(CloseCode::TooLarge);
        metrics.refused("wrong_origin");
        let text = metrics.to_text();
        assert!(text.contains("landfall_closes_total{code=\"4413\",reason=\"too_large\"} 1"), "{text}");
        assert!(text.contains("landfall_closes_total{code=\"4400\",reason=\"undecodable\"} 0"), "{text}");
        assert!(text.contains("landfall_http_refusals_total{code=\"wrong_origin\"} 1"), "{text}");
    }
}
