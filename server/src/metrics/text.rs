//! All that is counted in the text format of Prometheus. `docs/metrics.md` lists it, and a test holds the two together.

use super::kinds::{BOUNDS, Counter, Gauge, Histogram};
use super::process::Process;
use super::requests::CLASSES;
use super::{Metrics, close_name};
use landfall_engine::protocol::{CloseCode, PROTOCOL_VERSION};
use std::fmt::{Display, Write};
use std::sync::PoisonError;
use std::time::UNIX_EPOCH;

/// What is written.
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn counter(&mut self, name: &str, help: &str, counter: &Counter) {
        self.counters(name, help, [(String::new(), counter.count())]);
    }

    fn counters(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = (String, u64)>) {
        self.family(name, "counter", help);
        for (labels, value) in samples {
            self.sample(name, &labels, value);
        }
    }

    fn gauge(&mut self, name: &str, help: &str, gauge: &Gauge) {
        self.family(name, "gauge", help);
        self.sample(name, "", gauge.level());
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.family(name, "histogram", help);
        self.buckets(name, "", histogram);
    }

    /// `label` is one of its own, with a comma behind it, or empty.
    fn buckets(&mut self, name: &str, label: &str, histogram: &Histogram) {
        let counts = histogram.cumulative();
        for (bound, count) in BOUNDS.iter().zip(counts) {
            let _ = writeln!(self.0, "{name}_bucket{{{label}le=\"{}\"}} {count}", bound.as_secs_f64());
        }
        let all = counts[BOUNDS.len()];
        let _ = writeln!(self.0, "{name}_bucket{{{label}le=\"+Inf\"}} {all}");
        let labels = if label.is_empty() { String::new() } else { format!("{{{}}}", label.trim_end_matches(',')) };
        self.sample(&format!("{name}_sum"), &labels, histogram.sum_seconds());
        self.sample(&format!("{name}_count"), &labels, all);
    }

    /// What is not known is left out.
    fn number(&mut self, name: &str, kind: &str, help: &str, value: Option<f64>) {
        self.family(name, kind, help);
        if let Some(value) = value {
            self.sample(name, "", value);
        }
    }
}

fn label(name: &str, value: &str, count: u64) -> (String, u64) {
    (format!("{{{name}=\"{value}\"}}"), count)
}

impl Metrics {
    /// All of it as text.
    pub fn to_text(&self) -> String {
        let mut text = Text(String::with_capacity(32 << 10));
        self.write_process(&mut text);
        self.write_sockets(&mut text);
        self.write_records(&mut text);
        self.write_logs(&mut text);
        self.write_requests(&mut text);
        text.0
    }

    fn write_process(&self, text: &mut Text) {
        text.family("landfall_build_info", "gauge", "Always 1; its labels say what runs.");
        let labels = format!("{{version=\"{}\",protocol=\"{PROTOCOL_VERSION}\"}}", env!("CARGO_PKG_VERSION"));
        text.sample("landfall_build_info", &labels, 1);
        let started = self.started.at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        text.number("process_start_time_seconds", "gauge", "When the server started, since 1970.", Some(started));
        text.number("landfall_uptime_seconds", "gauge", "How long it has run.", Some(self.started.since.elapsed().as_secs_f64()));
        let process = Process::look();
        text.number("process_resident_memory_bytes", "gauge", "Memory in use.", process.resident_bytes);
        text.number("process_open_fds", "gauge", "Open files, sockets among them.", process.open_files);
        text.number("process_max_fds", "gauge", "Most files that may be open.", process.open_files_max);
        text.number("process_cpu_seconds_total", "counter", "Time of processors that was used.", process.processor_seconds);
    }

    fn write_sockets(&self, text: &mut Text) {
        text.gauge("landfall_connections", "Open WebSocket connections.", &self.connections);
        text.counter("landfall_connections_accepted_total", "WebSocket connections ever accepted.", &self.connections_accepted);
        text.counter("landfall_frames_received_total", "Frames from clients.", &self.frames_received);
        text.counter("landfall_frames_sent_total", "Frames to clients.", &self.frames_sent);
        text.counter("landfall_sent_bytes_total", "Bytes of frames to clients.", &self.bytes_sent);
        let closes = CloseCode::ALL
            .iter()
            .zip(&self.closes)
            .map(|(code, count)| (format!("{{code=\"{}\",reason=\"{}\"}}", code.number(), close_name(*code)), count.count()));
        text.counters("landfall_closes_total", "Connections closed by the server, by close code.", closes);
        text.counter("landfall_closes_by_peer_total", "Connections closed or lost at the other end.", &self.closed_by_peer);
    }

    fn write_records(&self, text: &mut Text) {
        let commands = [label("route", "socket", self.commands_by_socket.count()), label("route", "http", self.commands_by_http.count())];
        text.counters("landfall_commands_total", "Commands that arrived.", commands);
        let turned_away = [label("why", "wait", self.submits_turned_away.count()), label("why", "rate", self.submits_too_fast.count())];
        let help = "Batches of commands that were not taken: their sender comes again.";
        text.counters("landfall_submits_turned_away_total", help, turned_away);
        let help = "Batches of commands that came by WebSocket and waited for their sender's pace.";
        text.counter("landfall_submits_slowed_total", help, &self.submits_slowed);
        text.gauge("landfall_commands_waiting", "Commands that have arrived and have no record yet.", &self.commands_waiting);
        let (accepted, rejected) = (self.records_accepted.count(), self.records_rejected.count());
        let records = [label("outcome", "accepted", accepted), label("outcome", "rejected", rejected)];
        text.counters("landfall_records_total", "Records written.", records);
        text.histogram("landfall_record_durable_seconds", "From a command's arrival until its record is safe.", &self.record_durable);
        text.histogram(
            "landfall_record_sent_seconds",
            "From the arrival of the oldest command of a batch until its records were written to a socket, for each socket.",
            &self.record_sent,
        );
        text.histogram(
            "landfall_fan_out_seconds",
            "From records being safe until they were written to a socket, for each socket.",
            &self.fan_out,
        );
        text.counter("landfall_appends_total", "Batches of records written.", &self.appends);
        text.counter("landfall_appends_failed_total", "Batches of records that were not written.", &self.appends_failed);
        text.gauge("landfall_appends_waiting", "Batches of records on their way to the disk or the database.", &self.appends_waiting);
        text.histogram("landfall_append_seconds", "How long a batch took to be written.", &self.append);
    }

    fn write_logs(&self, text: &mut Text) {
        text.gauge("landfall_open_logs", "Logs held in memory.", &self.open_logs);
        text.histogram("landfall_log_open_seconds", "How long a log took to be read into memory.", &self.log_open);
        text.counter("landfall_logs_closed_total", "Logs that left the memory.", &self.logs_closed);
        let pages = [label("from", "ring", self.pages_from_ring.count()), label("from", "store", self.pages_from_store.count())];
        text.counters("landfall_pages_total", "Pages of records served.", pages);
        text.histogram("landfall_page_read_seconds", "How long a page took to be read from the disk or the database.", &self.page_read);
        text.counter(
            "landfall_timelines_after_loss_total",
            "Timelines begun because records that were on disk were there no more.",
            &self.timelines_after_loss,
        );
        text.counter("landfall_snapshots_total", "Snapshots written.", &self.snapshots);
        text.histogram("landfall_snapshot_seconds", "How long a snapshot took to be packed and written.", &self.snapshot);
        text.gauge("landfall_database_connections_in_use", "Connections to the database that work.", &self.database_in_use);
        text.gauge("landfall_database_connections_idle", "Connections to the database that rest.", &self.database_idle);
        text.counter("landfall_hints_total", "Moved heads that servers on one PostgreSQL told one another, as heard here.", &self.hints);
        text.gauge("landfall_nats_connected", "Whether hints go over NATS: 1, or 0.", &self.nats_connected);
        text.counter(
            "landfall_heads_looked_at_total",
            "Heads of open logs that were looked at, in case a hint was lost.",
            &self.heads_looked_at,
        );
        text.histogram(
            "landfall_catch_up_seconds",
            "From learning that another server moved a head until its records were read here.",
            &self.catch_up,
        );
    }

    fn write_requests(&self, text: &mut Text) {
        let routes = self.requests.routes();
        let answers = routes.iter().flat_map(|route| {
            let counted = CLASSES.iter().zip(&route.classes).filter(|(_, count)| count.count() > 0);
            counted.map(|(class, count)| (format!("{{route=\"{}\",status=\"{class}\"}}", route.pattern), count.count()))
        });
        text.counters("landfall_http_requests_total", "HTTP requests answered, by route and class of status.", answers);
        text.family("landfall_http_request_seconds", "histogram", "How long an answer to an HTTP request took to begin.");
        for route in &routes {
            text.buckets("landfall_http_request_seconds", &format!("route=\"{}\",", route.pattern), &route.seconds);
        }
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        let refusals: Vec<_> = refusals.iter().map(|(code, count)| label("code", code, *count)).collect();
        text.counters("landfall_http_refusals_total", "HTTP requests answered with an error, by its code.", refusals);
    }
}
