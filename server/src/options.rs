//! Settings of `landfall serve`. [`Serve`] is the one list of them: each is a flag, a variable and a key of the file, all of the same name.
//!
//! A flag goes before a variable, that before the file, and that before the default. What the file says is given to the reader of flags as
//! other defaults ([`file`]), so that everything is read and refused by the same rules.

pub mod file;
pub mod hints;
pub mod placement;
mod printed;
pub mod secret;

use crate::config::{Config, Data, Limits, Placement};
use crate::logging::LogFormat;
use anyhow::{Context, ensure};
use axum::http::uri::Authority;
use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches, ValueEnum, value_parser};
use file::Setting;
use hints::HintServer;
use landfall_engine::client::ADDRESSES_MAX;
use placement::{LogDatabases, NewLogs};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// Options of `landfall serve`.
#[derive(Args)]
#[command(
    after_help = "Each option is also a variable, and a key in the file of --config: `connections-max = 500`, `origin = [\"https://…\"]`.\n\
    A flag goes before a variable, a variable before the file. --print-config shows what holds, and why.\n\
    Everything is in one folder of data. With --database everything is in PostgreSQL instead, and several servers may run on one.\n\
    `landfall backup` backs up either while servers run; after putting back a copy that was made by other means, run `landfall restored`.\n\
    Behind a proxy that speaks https, pass `Host` on and start with --trust-proxy.\n\
    Exit codes: 0 stopped as asked; 1 it could not start, and says what to do, or was ended before it had finished;\n\
    2 options that it does not understand."
)]
pub struct Serve {
    /// File of settings, in TOML
    #[arg(long, env = "LANDFALL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print the settings that hold and where each comes from, as such a file, and end
    #[arg(long)]
    pub print_config: bool,
    /// Address to listen on; 0.0.0.0 for every network this machine is in
    #[arg(long, env = "LANDFALL_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Folder of data; it is made if it is missing
    #[arg(long, env = "LANDFALL_DATA", value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// Keep everything in this PostgreSQL instead of the folder of data: postgres://user@host/name. A password belongs into the variable, into
    /// --database-file, or into PGPASSWORD or ~/.pgpass: options are seen by everybody on this machine
    #[arg(long, env = "LANDFALL_DATABASE", value_name = "ADDRESS", hide_env_values = true)]
    pub database: Option<String>,
    /// File that holds the address of the PostgreSQL, and that nobody but its owner should be able to read
    #[arg(long, env = "LANDFALL_DATABASE_FILE", value_name = "FILE")]
    pub database_file: Option<PathBuf>,
    /// Databases beside it, for logs
    #[command(flatten)]
    pub beside: LogDatabases,
    /// Where new logs are kept
    #[command(flatten)]
    pub new_logs: NewLogs,
    /// Over what servers tell one another which logs have grown
    #[command(flatten)]
    pub hint_server: HintServer,
    /// Where logs are kept, without a database
    #[arg(long, env = "LANDFALL_STORE", value_enum, default_value_t = Store::Sqlite)]
    pub store: Store,
    /// Folder of a built page to serve instead of the one inside this program; read at each request
    #[arg(long, env = "LANDFALL_PAGE", value_name = "DIR")]
    pub page: Option<PathBuf>,
    /// Another origin whose pages may use this server's sessions, such as https://board.example.org; may be repeated
    #[arg(long = "origin", env = "LANDFALL_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub origins: Vec<String>,
    /// An address at which browsers reach a node of this installation past any balancer, such as https://one.board.example.org: all of them, and
    /// the same at each node. Pages and programs are told, and go to another when one does not answer; may be repeated
    #[arg(long = "address", env = "LANDFALL_ADDRESS", value_name = "ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub addresses: Vec<String>,
    /// The domain of all these addresses, such as board.example.org: sessions are then good at each of them. Every host under it gets to see the
    /// session, so it must have no other
    #[arg(long, env = "LANDFALL_COOKIE_DOMAIN", value_name = "DOMAIN", value_parser = domain)]
    pub cookie_domain: Option<String>,
    /// Let pages and programs send each command by HTTP as well as by their WebSocket, to another address if there are several: where a line on
    /// the way loses what it is given and does not say so. The server takes each twice
    #[arg(
        long,
        env = "LANDFALL_TWO_ROUTES",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        action = clap::ArgAction::Set
    )]
    pub two_routes: bool,
    /// Believe the proxy in front: its X-Forwarded-Proto, so that cookies are for https only, and the last address in its X-Forwarded-For
    #[arg(
        long,
        env = "LANDFALL_TRUST_PROXY",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        action = clap::ArgAction::Set
    )]
    pub trust_proxy: bool,
    /// Most browsers connected at a time
    #[arg(long, env = "LANDFALL_CONNECTIONS_MAX", value_name = "N", default_value_t = 20_000, value_parser = value_parser!(u32).range(1..))]
    pub connections_max: u32,
    /// Most logs held in memory at a time
    #[arg(long, env = "LANDFALL_OPEN_LOGS_MAX", value_name = "N", default_value_t = 1_024, value_parser = value_parser!(u32).range(1..))]
    pub open_logs_max: u32,
    /// Seconds after which a log that nobody uses leaves the memory
    #[arg(long, env = "LANDFALL_LOG_UNUSED_SECONDS", value_name = "N", default_value_t = 300, value_parser = seconds())]
    pub log_unused_seconds: u64,
    /// Seconds after which the database is told again how many follow each log, where that has changed: for `landfall logs list`, which believes it
    /// for three times as long
    #[arg(long, env = "LANDFALL_LISTENERS_INTERVAL_SECONDS", value_name = "N", default_value_t = 10, value_parser = seconds())]
    pub listeners_interval_seconds: u64,
    /// Seconds after which a connection whose other end takes nothing is closed
    #[arg(long, env = "LANDFALL_SEND_PATIENCE_SECONDS", value_name = "N", default_value_t = 30, value_parser = seconds())]
    pub send_patience_seconds: u64,
    /// Seconds within which it has stopped when it is told to; what has not ended by then is cut off
    #[arg(long, env = "LANDFALL_STOP_WITHIN_SECONDS", value_name = "N", default_value_t = 10, value_parser = seconds())]
    pub stop_within_seconds: u64,
    /// Milliseconds: commands that would wait longer than this for the disk are not taken, and their sender is told when to come again
    #[arg(long, env = "LANDFALL_WAIT_MAX_MS", value_name = "N", default_value_t = 200, value_parser = value_parser!(u64).range(1..=10_000))]
    pub wait_max_ms: u64,
    /// Commands of one person each second over a long time; at once four times as many
    #[arg(long, env = "LANDFALL_COMMANDS_PER_SECOND", value_name = "N", default_value_t = 5_000, value_parser = value_parser!(u32).range(1..))]
    pub commands_per_second: u32,
    /// New browsers of one address each second over a long time; at once ten times as many
    #[arg(long, env = "LANDFALL_CONNECTIONS_PER_SECOND", value_name = "N", default_value_t = 200, value_parser = value_parser!(u32).range(1..))]
    pub connections_per_second: u32,
    /// Tell nobody to come later, however fast they ask and however long their commands would wait: for measurements
    #[arg(
        long,
        env = "LANDFALL_NO_LIMITS",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true",
        value_parser = BoolishValueParser::new(),
        action = clap::ArgAction::Set
    )]
    pub no_limits: bool,
    /// How its log on the standard error looks
    #[arg(long, env = "LANDFALL_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// How much is logged: error, warn, info, debug or trace, or a list such as info,landfall_server=debug. Without it RUST_LOG is asked
    #[arg(long, env = "LANDFALL_LOG_LEVEL", value_name = "LEVEL", default_value = "info", value_parser = level)]
    pub log_level: String,
    /// Collector of OpenTelemetry to which spans go by OTLP/HTTP, such as http://localhost:4318; only in a landfall that was built for it
    #[arg(long, env = "LANDFALL_OTEL", value_name = "ADDRESS", value_parser = collector)]
    pub otel: Option<String>,
}

/// Where logs are kept when no database is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// In a file, durably
    Sqlite,
    /// In memory: everything is gone when the server stops
    Memory,
}

fn origin(text: &str) -> Result<String, String> {
    let origin = text.trim_end_matches('/');
    match origin.split_once("://") {
        Some(("http" | "https", authority)) if is_authority(authority) => Ok(origin.to_owned()),
        _ => Err("an origin is a scheme and a host, such as https://board.example.org".into()),
    }
}

/// A host, and a port if need be, as browsers write them.
fn is_authority(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
}

fn domain(text: &str) -> Result<String, String> {
    let domain = text.trim_start_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_good = domain.contains('.') && domain.split('.').all(is_label) && domain.parse::<IpAddr>().is_err();
    if is_good { Ok(domain) } else { Err("a domain is a name with a dot in it, such as board.example.org".into()) }
}

/// A browser that has a session at one address must have it at the others.
fn ensure_sessions_reach(addresses: &[String], domain: Option<&str>) -> anyhow::Result<()> {
    let hosts: Vec<&str> = addresses.iter().map(|address| host_of(address)).collect();
    match domain {
        None => ensure!(
            hosts.windows(2).all(|pair| pair[0].eq_ignore_ascii_case(pair[1])),
            "the addresses are of several hosts ({}), and a browser's session would be good at one of them: give --cookie-domain too, the domain \
             that they have in common",
            hosts.join(", ")
        ),
        Some(domain) => {
            for host in hosts {
                let host = host.to_ascii_lowercase();
                let is_under = host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
                ensure!(
                    is_under,
                    "the address with the host {host} is not under --cookie-domain {domain}, so that no session would reach it"
                );
            }
        }
    }
    Ok(())
}

/// Without scheme and port.
fn host_of(origin: &str) -> &str {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    match authority.rsplit_once(':') {
        // Inside the brackets of an IPv6 address a colon is no end of the host.
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    }
}

fn level(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn collector(text: &str) -> Result<String, String> {
    let address = text.trim_end_matches('/');
    let authority = address.strip_prefix("http://").unwrap_or_default();
    let is_good = authority.parse::<Authority>().is_ok_and(|authority| authority.port_u16().is_some());
    if is_good { Ok(address.to_owned()) } else { Err("a collector is named by http and its port, such as http://localhost:4318".into()) }
}

fn seconds() -> clap::builder::RangedU64ValueParser {
    value_parser!(u64).range(1..=86_400)
}

/// Settings as they hold, and where each comes from.
pub struct Settings {
    /// The settings.
    pub serve: Serve,
    matches: ArgMatches,
    /// What stood in the file, and in the variable of a usage older than this list.
    beneath: Vec<Setting>,
}

impl Settings {
    /// Reads them from the flags of this process, its variables and the file. `program` is the whole command line, with a subcommand `serve`;
    /// what it does not understand ends the process as usual.
    pub fn read(program: Command, file: Option<&Path>) -> anyhow::Result<Self> {
        let mut beneath = file.map(file::read).transpose()?.unwrap_or_default();
        if let Some(level) = std::env::var("RUST_LOG").ok().filter(|level| EnvFilter::try_new(level).is_ok()) {
            beneath.push(Setting { key: "log-level".into(), values: vec![level], from: "variable RUST_LOG".into() });
        }
        let program = program.mut_subcommand("serve", |serve| serve.mut_args(|arg| on_top_of(&beneath, arg)));
        let matches = program.get_matches().remove_subcommand().context("no subcommand")?.1;
        let serve = Serve::from_arg_matches(&matches)?;
        let settings = Self { serve, matches, beneath };
        for keys in [&["database", "database-file", "store"][..], &["hints", "hints-file"]] {
            let given = keys.iter().filter(|key| settings.is_given(key));
            let given: Vec<String> = given.map(|key| format!("{key} ({})", settings.origin(key))).collect();
            ensure!(given.len() < 2, "{} exclude one another: give one of them", given.join(" and "));
        }
        Ok(settings)
    }

    /// How the server is to be run.
    pub fn config(&self) -> anyhow::Result<Config> {
        let serve = &self.serve;
        let is_visible = self.matches.value_source("database") == Some(ValueSource::CommandLine);
        let database = secret::address(serve.database.as_deref(), serve.database_file.as_deref(), is_visible)?;
        let data = match (database, serve.store) {
            (Some(address), _) => Data::Postgres(address),
            (None, Store::Sqlite) => Data::Folder(serve.data.clone()),
            (None, Store::Memory) => Data::Memory,
        };
        let is_visible = self.matches.value_source("log_databases") == Some(ValueSource::CommandLine);
        let placement =
            Placement { beside: serve.beside.databases(|_| is_visible)?, new_logs_on: serve.new_logs.place_new_logs_on.clone() };
        let is_placed = !placement.beside.is_empty() || !placement.new_logs_on.is_empty();
        ensure!(
            !is_placed || matches!(data, Data::Postgres(_)),
            "logs are placed on several databases where people are kept in a PostgreSQL too: name that with --database"
        );
        let is_visible = self.matches.value_source("hints") == Some(ValueSource::CommandLine);
        let hints = serve.hint_server.address(|_| is_visible)?;
        ensure!(
            hints.is_none() || matches!(data, Data::Postgres(_)),
            "hints go between servers on one PostgreSQL: name that with --database, or leave --hints out"
        );
        ensure!(serve.addresses.len() <= ADDRESSES_MAX, "at most {ADDRESSES_MAX} times --address");
        ensure_sessions_reach(&serve.addresses, serve.cookie_domain.as_deref())?;
        let limits = if serve.no_limits {
            Limits::none()
        } else {
            Limits::new(Duration::from_millis(serve.wait_max_ms), serve.commands_per_second, serve.connections_per_second)
        };
        Ok(Config {
            data,
            placement,
            hints,
            look_every: Config::default().look_every,
            page: serve.page.clone(),
            origins: serve.origins.clone(),
            addresses: serve.addresses.clone(),
            cookie_domain: serve.cookie_domain.clone(),
            two_routes: serve.two_routes,
            trust_proxy: serve.trust_proxy,
            connections_max: usize::try_from(serve.connections_max)?,
            open_logs_max: usize::try_from(serve.open_logs_max)?,
            log_unused: Duration::from_secs(serve.log_unused_seconds),
            listeners_interval: Duration::from_secs(serve.listeners_interval_seconds),
            send_patience: Duration::from_secs(serve.send_patience_seconds),
            stop_within: Duration::from_secs(serve.stop_within_seconds),
            limits,
        })
    }

    /// The settings that hold as a file of them, each with where it comes from. Passwords are left out.
    pub fn to_toml(&self) -> String {
        printed::to_toml(self)
    }

    /// Was it said at all?
    fn is_given(&self, key: &str) -> bool {
        self.setting(key).is_some() || !matches!(self.source(key), None | Some(ValueSource::DefaultValue))
    }

    /// Where its value comes from, in words.
    fn origin(&self, key: &str) -> String {
        match self.source(key) {
            Some(ValueSource::CommandLine) => format!("flag --{key}"),
            Some(ValueSource::EnvVariable) => format!("variable {}", variable(key)),
            _ => self.setting(key).map_or_else(|| "default".into(), |setting| setting.from.clone()),
        }
    }

    fn source(&self, key: &str) -> Option<ValueSource> {
        let command = command();
        let arg = command.get_arguments().find(|arg| arg.get_long() == Some(key))?;
        self.matches.value_source(arg.get_id().as_str())
    }

    fn setting(&self, key: &str) -> Option<&Setting> {
        self.beneath.iter().rev().find(|setting| setting.key == key)
    }
}

/// The list as the reader of flags has it.
fn command() -> Command {
    Serve::augment_args(Command::new("serve"))
}

/// What a file may say: everything but how to find the file, and what only makes sense once.
fn is_setting(key: &str) -> bool {
    !matches!(key, "config" | "print-config" | "help" | "version")
}

fn variable(key: &str) -> String {
    format!("LANDFALL_{}", key.to_uppercase().replace('-', "_"))
}

fn on_top_of(beneath: &[Setting], arg: clap::Arg) -> clap::Arg {
    match beneath.iter().rev().find(|setting| arg.get_long() == Some(setting.key.as_str())) {
        Some(setting) => arg.default_values(setting.values.clone()),
        None => arg,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_is_a_variable_of_the_same_name() {
        let command = command();
        for arg in command.get_arguments() {
            let key = arg.get_long().expect("every setting is a flag");
            let expected = (key != "print-config").then(|| variable(key));
            assert_eq!(arg.get_env().and_then(|name| name.to_str()).map(str::to_owned), expected, "{key}");
            assert!(arg.get_help().is_some(), "{key} says what it is");
        }
    }

    #[test]
    fn addresses_are_of_one_host_or_of_one_domain() {
        let told = |addresses: &[&str], domain: Option<&str>| {
            let addresses: Vec<String> = addresses.iter().map(|address| (*address).to_owned()).collect();
            ensure_sessions_reach(&addresses, domain).map_err(|error| error.to_string())
        };
        assert_eq!(told(&["http://127.0.0.1:1", "http://127.0.0.1:2"], None), Ok(()));
        assert_eq!(told(&["http://[::1]:1", "http://[::1]"], None), Ok(()));
        assert_eq!(told(&["https://one.example.org", "https://Two.example.org:8443"], Some("example.org")), Ok(()));
        assert!(told(&["https://one.example.org", "https://two.example.org"], None).unwrap_err().contains("--cookie-domain"));
        assert!(told(&["https://example.org", "https://an-example.org"], Some("example.org")).unwrap_err().contains("an-example.org"));
        assert_eq!(domain(".Board.example.org"), Ok("board.example.org".into()));
        assert!(domain("org").is_err() && domain("192.0.2.1").is_err() && domain("a..b").is_err() && domain("a.b; Secure").is_err());
    }

    #[test]
    fn without_settings_the_server_is_run_as_by_default() {
        let matches = command().mut_args(|arg| arg.env(clap::builder::Resettable::Reset)).get_matches_from(["serve"]);
        let settings = Settings { serve: Serve::from_arg_matches(&matches).unwrap(), matches, beneath: Vec::new() };
        let config = Config { data: Data::Folder("data".into()), ..Config::default() };
        assert_eq!(format!("{:?}", settings.config().unwrap()), format!("{config:?}"));
    }
}
