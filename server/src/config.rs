//! Every knob, its unit and its default.

use std::path::PathBuf;
use std::time::Duration;

/// Where everything is kept.
#[derive(Clone, Debug)]
pub enum Data {
    /// In memory, for demonstrations and measurements: gone when the server stops.
    Memory,
    /// In SQLite, in this folder.
    Folder(PathBuf),
    /// In the PostgreSQL at this address.
    Postgres(String),
}

/// How a server is run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything is kept.
    pub data: Data,
    /// The folder that the page is read from, at each request; `None` is the page inside the program.
    pub page: Option<PathBuf>,
    /// Origins besides the server's own whose pages may use its sessions, such as `https://board.example.org`.
    pub origins: Vec<String>,
    /// Believe the proxy in front when it says by `X-Forwarded-Proto` that the browser came by https.
    pub trust_proxy: bool,
    /// Most WebSocket connections at a time.
    pub connections_max: usize,
    /// Most logs held in memory at a time.
    pub open_logs_max: usize,
    /// A log that nobody has used for this long is closed.
    pub log_unused: Duration,
    /// A connection whose other end takes nothing for this long is closed.
    pub send_patience: Duration,
    /// Stopping takes no longer than this; what has not ended by then is cut off.
    pub stop_within: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: Data::Memory,
            page: None,
            origins: Vec::new(),
            trust_proxy: false,
            connections_max: 20_000,
            open_logs_max: 1_024,
            log_unused: Duration::from_secs(300),
            send_patience: Duration::from_secs(30),
            stop_within: Duration::from_secs(10),
        }
    }
}
