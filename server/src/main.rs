//! The program: its commands, and the one place of the server where the product is named.

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand};
use landfall_domain::commands::workspace::{AdmitMember, FoundWorkspace};
use landfall_domain::ids::BoardId;
use landfall_domain::import::{self, Destination, Format};
use landfall_domain::state::Role;
use landfall_domain::words::{Phrase, Span};
use landfall_domain::{Command, Rejection, State, Workspace, words};
use landfall_engine::{ActorId, Reason};
use landfall_server::config::Data;
use landfall_server::founding::{Founding, Standing};
use landfall_server::logging;
use landfall_server::native;
use landfall_server::operator;
use landfall_server::options::{Serve, Settings};
use landfall_server::server::Server;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal;

/// Work offline, land later: an offline-first work board for teams.
#[derive(Parser)]
#[command(name = "landfall", version, about, arg_required_else_help = true)]
struct Program {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the server: the page, the people, the log.
    Serve(Serve),
    #[command(flatten)]
    Operator(operator::Command),
    #[command(flatten)]
    Native(native::Command),
}

#[tokio::main]
async fn main() -> ExitCode {
    let program = Program::parse();
    let outcome = match program.command {
        Task::Serve(options) => serve(options).await,
        Task::Operator(command) => return operator::run::<Workspace>(command, &Board).await,
        Task::Native(command) => return native::run::<Terminal>(command).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("landfall: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Serve) -> anyhow::Result<()> {
    let settings = Settings::read(Program::command(), options.config.as_deref())?;
    if options.print_config {
        say(settings.to_toml().trim_end());
        return Ok(());
    }
    let log = logging::start(settings.serve.log_format, &settings.serve.log_level, settings.serve.otel.as_deref())?;
    let config = settings.config()?;
    let stop_within = config.stop_within;
    let place = match &config.data {
        Data::Folder(folder) => format!("in {}", folder.display()),
        Data::Postgres(_) => "in PostgreSQL".into(),
        Data::Memory => "in memory, and gone when it stops".into(),
    };
    let mut interrupted = Interruption::listen()?;
    let server = Server::<Workspace>::start(settings.serve.listen, config, Arc::new(Board)).await?;
    say(format_args!("Landfall is at http://{}", reachable(server.address())));
    say(format_args!("Its data is {place}."));
    // It serves by now: a database that does not answer this very moment is no reason to end.
    if server.is_setup_needed().await.unwrap_or(false) {
        say("Nobody has founded a workspace here yet: open the address, name yours, and you are its owner.");
    }
    interrupted.wait().await;
    say("Stopping: what was accepted is finished first. Tell it once more, and it ends at once.");
    let code = tokio::select! {
        () = async {
            server.stop().await;
            log.finish(stop_within / 20).await;
        } => 0,
        () = interrupted.wait() => {
            say("Ended at once, as it was told twice: what has no record was not accepted, and is sent again.");
            1
        }
    };
    // Returning would wait for every thread, such as one that packs a snapshot that nobody will write.
    std::process::exit(code)
}

/// To whoever started it, if they still listen: a closed terminal is no reason to stop.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// An address that a browser can open: "every network" is not one.
fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback: std::net::IpAddr = if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
    if address.ip().is_unspecified() { SocketAddr::new(loopback, address.port()) } else { address }
}

/// Ctrl-C at the terminal, or the polite signal of a service manager.
struct Interruption {
    #[cfg(unix)]
    terminate: signal::unix::Signal,
}

impl Interruption {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: signal::unix::signal(signal::unix::SignalKind::terminate()).context("cannot listen for signals")?,
        })
    }

    async fn wait(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = signal::ctrl_c().await;
    }
}

/// The product's part in founding and joining.
struct Board;

impl Founding<Workspace> for Board {
    fn found(&self, workspace: &str, owner: ActorId, owner_name: &str) -> Command {
        Command::FoundWorkspace(FoundWorkspace { name: workspace.into(), owner, owner_name: owner_name.into() })
    }

    fn admit(&self, actor: ActorId, name: &str, role: &str, invited_by: ActorId) -> Option<Command> {
        let role = ROLES.into_iter().find(|(word, _)| *word == role)?.1;
        Some(Command::AdmitMember(AdmitMember { actor, name: name.into(), role, invited_by }))
    }

    fn standing(&self, state: &State, actor: ActorId) -> Option<Standing> {
        let member = state.member_of(actor).filter(|member| member.removed.is_none())?;
        let role = ROLES.into_iter().find(|(_, role)| *role == member.role)?.0;
        Some(Standing { name: member.name.to_string(), role: role.into(), may_invite: member.role == Role::Owner })
    }

    fn workspace_name(&self, state: &State) -> String {
        state.workspace().map(|workspace| workspace.name.to_string()).unwrap_or_default()
    }

    fn explain(&self, state: &State, reason: &Reason<Rejection>) -> String {
        words::plain(&words::rejection(state, reason))
    }
}

/// The product's part in a terminal.
struct Terminal;

impl native::Product for Terminal {
    type Domain = Workspace;

    fn plan(state: &State, request: &native::Request<'_>) -> Result<native::Plan<Command>, String> {
        let format = match request.format.map(str::to_lowercase).as_deref() {
            None => Format::guess(request.text),
            Some("csv") => Format::Csv,
            Some("trello") => Format::Trello,
            Some("github") => Format::Github,
            Some(other) => return Err(format!("“{other}” is no kind of file that can be imported. There are: csv, trello, github.")),
        };
        // A Trello board has a name of its own; a list has the name of its file.
        let named = if format == Format::Trello { None } else { request.file };
        let board = match destination(state, request.board)? {
            Destination::New { name: None, key } => Destination::New { name: named.map(Into::into), key },
            board => board,
        };
        let places = match board {
            Destination::Existing(board) => import::places(state, board),
            Destination::New { .. } => Vec::new(),
        };
        let options = import::Options { board, now: request.now, seed: request.seed, offset_minutes: request.offset_minutes };
        let plan = import::plan(request.text, format, &options, &places).with_free_key(state);
        let problems = plan.problems.into_iter().map(|problem| (problem.line, problem.problem)).collect();
        let unit = if format == Format::Csv { "line" } else { "item" };
        Ok(native::Plan { commands: plan.lines.into_iter().zip(plan.commands).collect(), problems, unit })
    }

    fn command(state: &State, command: &Command) -> String {
        line(words::command(state, command))
    }

    fn rejection(state: &State, reason: &Reason<Rejection>) -> String {
        line(words::rejection(state, reason))
    }

    fn sample(tasks: u64, seed: u64) -> String {
        import::sample(tasks, seed)
    }
}

/// A sentence on one line, its times in UTC.
fn line(phrase: Phrase) -> String {
    let spans = phrase.into_iter().map(|span| match span {
        Span::Time(time) => Span::Text(native::utc(time)),
        span => span,
    });
    words::plain(&spans.collect::<Phrase>())
}

/// The board that a person names, by id or by name; a new one when there is none of that name.
fn destination(state: &State, named: Option<&str>) -> Result<Destination, String> {
    let Some(named) = named.map(str::trim).filter(|named| !named.is_empty()) else { return Ok(Destination::New { name: None, key: None }) };
    let is_meant = |id: BoardId, name: &str| named.parse() == Ok(id) || name.to_lowercase() == named.to_lowercase();
    let mut boards = state.boards().values().filter(|board| board.discarded.is_none() && is_meant(board.id, &board.name));
    match (boards.next(), boards.next()) {
        (Some(board), None) => Ok(Destination::Existing(board.id)),
        (Some(_), Some(_)) => Err(format!("Several boards are called “{named}”: give the id of the one that is meant.")),
        (None, _) if named.parse::<BoardId>().is_ok() => Err("There is no board of this id.".into()),
        (None, _) => Ok(Destination::New { name: Some(named.into()), key: None }),
    }
}

/// Roles as they are called in links and answers.
const ROLES: [(&str, Role); 3] = [("owner", Role::Owner), ("member", Role::Member), ("viewer", Role::Viewer)];
