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
    /// Believe the proxy in front when it says by `X-Forwarded-Proto` that the browser came by https, and by `X-Forwarded-For` from where.
    pub trust_proxy: bool,
    /// Most WebSocket connections at a time.
    pub connections_max: usize,
    /// Most logs held in memory at a time.
    pub open_logs_max: usize,
    /// A log that nobody has used for this long is closed.
    pub log_unused: Duration,
    /// A connection whose other end takes nothing for this long is closed.
    pub send_patience: Duration,
    /// From when on somebody is told to come later.
    pub limits: Limits,
}

/// From when on somebody is told to come later. A client that does so is never shut out, only slowed.
#[derive(Clone, Debug)]
pub struct Limits {
    /// A command is not taken that would wait longer than this until it is on disk.
    pub wait_max: Duration,
    /// Commands of one person.
    pub commands_per_actor: Rate,
    /// Bytes of commands' texts of one person.
    pub command_bytes_per_actor: Rate,
    /// Requests of one address to found, to join, about invitations and for tokens.
    pub entries_per_address: Rate,
    /// New WebSocket connections of one address.
    pub connections_per_address: Rate,
}

/// So many a second, and so many at once after a rest.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Over a long time.
    pub per_second: u32,
    /// At once.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wait_max: Duration::from_millis(200),
            // What a week offline leaves (20,000 commands) lands at once; a larger import goes on at a steady pace.
            commands_per_actor: Rate { per_second: 5_000, burst: 20_000 },
            command_bytes_per_actor: Rate { per_second: 8 << 20, burst: 32 << 20 },
            // A whole class may join from one address within a minute.
            entries_per_address: Rate { per_second: 5, burst: 100 },
            // A company behind one address that reconnects after a restart.
            connections_per_address: Rate { per_second: 200, burst: 2_000 },
        }
    }
}

impl Limits {
    /// None that anybody reaches: for measurements.
    pub fn none() -> Self {
        let boundless = Rate { per_second: u32::MAX, burst: u32::MAX };
        Self {
            wait_max: Duration::from_hours(1),
            commands_per_actor: boundless,
            command_bytes_per_actor: boundless,
            entries_per_address: boundless,
            connections_per_address: boundless,
        }
    }
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
            limits: Limits::default(),
        }
    }
}
