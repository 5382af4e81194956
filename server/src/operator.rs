//! The operator's commands: what whoever runs Landfall does to the place where everything is kept, while servers run on it or not.
//!
//! Each is told in the module of its name, and works on SQLite and PostgreSQL alike: [`place`] opens either. The product is a parameter.

mod archive;
mod backup;
mod choice;
mod doctor;
mod lines;
mod loading;
mod logs;
mod moving;
pub mod place;
mod restore;
mod restored;
mod snapshot;
pub mod telling;
mod verify;

use crate::Served;
use crate::founding::Founding;
use clap::Subcommand;
use std::io::Write;
use std::process::ExitCode;
use telling::Outcome;

/// The commands for whoever runs the server.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write everything that is kept into a new folder; servers go on meanwhile
    #[command(after_help = backup::HELP)]
    Backup(backup::Backup),
    /// Put a backup into an empty place
    #[command(after_help = restore::HELP)]
    Restore(restore::Restore),
    /// Say that the data were put back from a copy: devices that had read further then read again
    #[command(after_help = restored::HELP)]
    Restored(restored::Restored),
    /// Read every record and say whether anything is wrong
    #[command(after_help = verify::HELP)]
    Verify(verify::Verify),
    /// List the workspaces that are kept, or take one to another place
    #[command(subcommand)]
    Logs(logs::Command),
    /// Take a workspace from one of several databases to another; servers go on meanwhile
    #[command(after_help = moving::HELP)]
    Move(moving::Move),
    /// Write the snapshots anew from which logs are opened
    #[command(after_help = snapshot::HELP)]
    Snapshot(snapshot::Snapshot),
    /// Move old records out of the way, where everybody reads them as before; servers go on meanwhile
    #[command(after_help = archive::HELP)]
    Archive(archive::Archive),
    /// Look at the machine, the disk, the clock and the database, and say what is wrong
    #[command(after_help = doctor::HELP)]
    Doctor(doctor::Doctor),
}

/// How a command ended, for scripts.
enum Code {
    Well = 0,
    SomethingIsWrong = 1,
    NotDone = 2,
}

/// Does a command, and says how it went.
pub async fn run<D: Served>(command: Command, product: &dyn Founding<D>) -> ExitCode {
    let code = match perform(command, product).await {
        Ok(outcome) => told(&outcome),
        Err(error) => {
            eprintln!("landfall: {error:#}");
            Code::NotDone
        }
    };
    ExitCode::from(code as u8)
}

/// Does a command.
pub async fn perform<D: Served>(command: Command, product: &dyn Founding<D>) -> anyhow::Result<Outcome> {
    match command {
        Command::Backup(options) => backup::backup(&options).await,
        Command::Restore(options) => restore::restore(&options).await,
        Command::Restored(options) => restored::restored(&options).await,
        Command::Verify(options) => verify::verify(&options, product).await,
        Command::Logs(logs::Command::List(options)) => logs::list::list(&options, product).await,
        Command::Logs(logs::Command::Export(options)) => logs::export::export(&options, product).await,
        Command::Logs(logs::Command::Import(options)) => logs::import::import::<D>(&options).await,
        Command::Move(options) => moving::relocate(&options, product).await,
        Command::Snapshot(options) => snapshot::snapshot(&options, product).await,
        Command::Archive(options) => archive::archive(&options, product).await,
        Command::Doctor(options) => doctor::doctor(&options).await,
    }
}

/// Whoever asked may have stopped listening, as `| head` does; the outcome is the same.
fn told(outcome: &Outcome) -> Code {
    let mut out = std::io::stdout().lock();
    let _ = if outcome.is_json { writeln!(out, "{:#}", outcome.json) } else { write!(out, "{}", outcome.text) };
    if outcome.is_well { Code::Well } else { Code::SomethingIsWrong }
}
