//! Every knob, its unit and its default.

use crate::nats;
use std::path::PathBuf;
use std::time::Duration;

/// See [`Limits::patient_wait_max`].
const PATIENT_WAIT_MAX: Duration = Duration::from_secs(5);

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

/// Databases beside that of [`Data::Postgres`], for logs, and where new logs are kept.
#[derive(Clone, Debug, Default)]
pub struct Placement {
    /// Each with a name of its own.
    pub beside: Vec<LogDatabase>,
    /// Names, `main` for the one where people are kept: a new log goes to the one of them that has the fewest. `spread` is all of them; none is `main`.
    pub new_logs_on: Vec<String>,
}

/// A database for logs.
#[derive(Clone, Debug)]
pub struct LogDatabase {
    /// What the directory calls it.
    pub name: String,
    /// Of a PostgreSQL.
    pub address: String,
}

/// How a server is run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything is kept.
    pub data: Data,
    /// On which databases logs are kept.
    pub placement: Placement,
    /// The NATS server over which servers on one PostgreSQL tell one another which heads have moved; `None`: by the database.
    pub hints: Option<nats::Address>,
    /// How often the heads of open logs are looked at, in case a hint was lost.
    pub look_every: Duration,
    /// The folder that the page is read from, at each request; `None` is the page inside the program.
    pub page: Option<PathBuf>,
    /// Origins besides the server's own whose pages may use its sessions, such as `https://board.example.org`.
    pub origins: Vec<String>,
    /// Addresses of the nodes of this installation, such as `https://one.board.example.org`, which pages and programs are told. Each is an origin
    /// whose pages may use its sessions, too.
    pub addresses: Vec<String>,
    /// The domain for whose hosts sessions are good, if not for the one host that began them.
    pub cookie_domain: Option<String>,
    /// Pages and programs are told to send each command by HTTP as well.
    pub two_routes: bool,
    /// Believe the proxy in front when it says by `X-Forwarded-Proto` that the browser came by https, and by `X-Forwarded-For` from where.
    pub trust_proxy: bool,
    /// Most WebSocket connections at a time.
    pub connections_max: usize,
    /// Most logs held in memory at a time.
    pub open_logs_max: usize,
    /// A log that nobody has used for this long is closed.
    pub log_unused: Duration,
    /// How often the database is told how many follow each log, where that has changed; it is believed for three times as long.
    pub listeners_interval: Duration,
    /// A connection whose other end takes nothing for this long is closed.
    pub send_patience: Duration,
    /// Stopping takes no longer than this; what has not ended by then is cut off.
    pub stop_within: Duration,
    /// From when on somebody is told to come later.
    pub limits: Limits,
}

/// From when on somebody is told to come later, or made to wait. Whoever goes by it is never shut out, only slowed.
#[derive(Clone, Debug)]
pub struct Limits {
    /// A command is not taken when it would wait longer than this until it is on disk.
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

impl Rate {
    /// At once as many as otherwise in so many seconds.
    pub fn new(per_second: u32, burst_seconds: u32) -> Self {
        Self { per_second, burst: per_second.saturating_mul(burst_seconds) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(Duration::from_millis(200), 5_000, 200)
    }
}

impl Limits {
    /// Those that an operator may choose, and the others as they usually are.
    pub fn new(wait_max: Duration, commands_per_second: u32, connections_per_second: u32) -> Self {
        Self {
            wait_max,
            // By default what a week offline leaves (20,000 commands) lands at once; a larger import goes on at a steady pace.
            commands_per_actor: Rate::new(commands_per_second, 4),
            command_bytes_per_actor: Rate::new(8 << 20, 4),
            // A whole class may join from one address within a minute.
            entries_per_address: Rate::new(5, 20),
            // A company behind one address that reconnects after a restart.
            connections_per_address: Rate::new(connections_per_second, 10),
        }
    }

    /// The same for whom it serves better to wait: a client of protocol version 1 knows no other "busy" than the end of its connection and stays
    /// away for seconds after it; a person who founds or joins does not come back by themselves.
    pub fn patient_wait_max(&self) -> Duration {
        self.wait_max.max(PATIENT_WAIT_MAX)
    }

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
            placement: Placement::default(),
            hints: None,
            look_every: Duration::from_secs(1),
            page: None,
            origins: Vec::new(),
            addresses: Vec::new(),
            cookie_domain: None,
            two_routes: false,
            trust_proxy: false,
            connections_max: 20_000,
            open_logs_max: 1_024,
            log_unused: Duration::from_secs(300),
            listeners_interval: Duration::from_secs(10),
            send_patience: Duration::from_secs(30),
            stop_within: Duration::from_secs(10),
            limits: Limits::default(),
        }
    }
}
