//! What is counted, and how it is shown at `/metrics` in the text format of Prometheus.

use landfall_engine::protocol::CloseCode;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A number that only grows.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add_one(&self) {
        self.add(1);
    }

    /// `n` more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// Sets it.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// What it is now.
    pub fn level(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// One more until the guard is dropped.
    pub fn hold(&self) -> Held<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Held(self)
    }
}

/// See [`Gauge::hold`].
pub struct Held<'a>(&'a Gauge);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Everything that is counted.
#[derive(Default)]
pub struct Metrics {
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
    /// Snapshots written.
    pub snapshots: Counter,
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

    /// All of it as text.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(4096);
        let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, u64)]| {
            let _ = writeln!(text, "# HELP landfall_{name} {help}\n# TYPE landfall_{name} {kind}");
            for (labels, value) in samples {
                let _ = writeln!(text, "landfall_{name}{labels} {value}");
            }
        };
        let one = |counter: &Counter| [(String::new(), counter.count())];
        let level = |gauge: &Gauge| [(String::new(), gauge.level())];
        let label = |name: &str, value: &str, count: u64| (format!("{{{name}=\"{value}\"}}"), count);

        family("connections", "gauge", "Open WebSocket connections.", &level(&self.connections));
        family("open_logs", "gauge", "Logs held in memory.", &level(&self.open_logs));
        family("connections_accepted_total", "counter", "WebSocket connections ever accepted.", &one(&self.connections_accepted));
        family("frames_received_total", "counter", "Frames from clients.", &one(&self.frames_received));
        family("frames_sent_total", "counter", "Frames to clients.", &one(&self.frames_sent));
        family("sent_bytes_total", "counter", "Bytes of frames to clients.", &one(&self.bytes_sent));
        let closes: Vec<_> = CloseCode::ALL
            .iter()
            .zip(&self.closes)
            .map(|(code, count)| (format!("{{code=\"{}\",reason=\"{}\"}}", code.number(), close_name(*code)), count.count()))
            .collect();
        family("closes_total", "counter", "Connections closed by the server, by close code.", &closes);
        family("closes_by_peer_total", "counter", "Connections closed or lost at the other end.", &one(&self.closed_by_peer));
        let commands = [label("route", "socket", self.commands_by_socket.count()), label("route", "http", self.commands_by_http.count())];
        family("commands_total", "counter", "Commands that arrived.", &commands);
        let turned_away = [label("why", "wait", self.submits_turned_away.count()), label("why", "rate", self.submits_too_fast.count())];
        family("submits_turned_away_total", "counter", "Batches of commands that were not taken: their sender comes again.", &turned_away);
        let records =
            [label("outcome", "accepted", self.records_accepted.count()), label("outcome", "rejected", self.records_rejected.count())];
        family("records_total", "counter", "Records written.", &records);
        family("appends_total", "counter", "Batches of records written.", &one(&self.appends));
        family("appends_failed_total", "counter", "Batches of records that were not written.", &one(&self.appends_failed));
        let pages = [label("from", "ring", self.pages_from_ring.count()), label("from", "store", self.pages_from_store.count())];
        family("pages_total", "counter", "Pages of records served.", &pages);
        family("snapshots_total", "counter", "Snapshots written.", &one(&self.snapshots));
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        let refusals: Vec<_> = refusals.iter().map(|(code, count)| label("code", code, *count)).collect();
        family("http_refusals_total", "counter", "HTTP requests answered with an error, by its code.", &refusals);
        text
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
