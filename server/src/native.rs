//! The native client: joins, imports, tails and exports from a terminal, by the public protocol and with the same engine as the page.
//!
//! [`driver`] is the world of an engine client here: [`folder`] its disk, [`socket`] its connection. What a command does is told in the module of
//! its name. The product is a parameter: [`Product`] says what a terminal needs of it besides its `Domain`.

mod access;
mod cache;
pub mod driver;
mod folder;
mod follow;
mod http;
mod import;
mod join;
mod journal;
mod landing;
mod mint;
pub mod profile;
mod read;
mod sample;
mod socket;
mod wire;
pub(crate) mod wording;

#[cfg(test)]
mod testing;

pub use import::{Plan, Request};
pub use wording::utc;

use clap::Subcommand;
use landfall_engine::{Domain, Reason};
use std::process::ExitCode;

/// What a terminal needs of a product.
pub trait Product {
    /// The product.
    type Domain: Domain;

    /// What a file becomes in the workspace that has this state. An error says why nothing of it can be imported, and what to do.
    fn plan(state: &StateOf<Self>, request: &Request<'_>) -> Result<Plan<CommandOf<Self>>, String>;

    /// A command in words: "Add task “Grind and lap”".
    fn command(state: &StateOf<Self>, command: &CommandOf<Self>) -> String;

    /// Why a command was rejected, as a sentence.
    fn rejection(state: &StateOf<Self>, reason: &Reason<RejectionOf<Self>>) -> String;

    /// A file of so many tasks to try an import with, the same for the same seed.
    fn sample(tasks: u64, seed: u64) -> String;
}

type DomainOf<P> = <P as Product>::Domain;
type StateOf<P> = <DomainOf<P> as Domain>::State;
type CommandOf<P> = <DomainOf<P> as Domain>::Command;
type RejectionOf<P> = <DomainOf<P> as Domain>::Rejection;

/// The commands that need a server elsewhere, or none.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Join a workspace by an invitation, and remember it on this machine
    Join(join::Join),
    /// Add the tasks of a file to a workspace; works offline
    #[command(after_help = CODES)]
    Import(import::Import),
    /// Send what an import left waiting on this machine
    #[command(after_help = CODES)]
    Land(import::Land),
    /// Print a workspace's records as they are made
    Tail(read::Tail),
    /// Write a workspace's whole log, a record a line
    Export(read::Export),
    /// Make up tasks, as CSV, to try an import with
    Sample(sample::Sample),
}

const CODES: &str = "Nothing is sent before it is on this machine's disk, and nothing counts twice, however often it is tried.\n\
    Exit codes: 0 all landed; 1 some rejected or not readable; 2 nothing could be done; 3 kept here, to be landed later.";

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    AllLanded = 0,
    SomeNot = 1,
    Nothing = 2,
    Kept = 3,
}

/// Does a command, and says how it went.
pub async fn run<P: Product>(command: Command) -> ExitCode {
    let outcome = match command {
        Command::Join(options) => join::join::<P>(options).await,
        Command::Import(options) => import::import::<P>(options).await,
        Command::Land(options) => import::land::<P>(options).await,
        Command::Tail(options) => read::tail(options).await,
        Command::Export(options) => read::export(options).await,
        Command::Sample(options) => sample::sample::<P>(&options),
    };
    let code = outcome.unwrap_or_else(|error| {
        eprintln!("landfall: {error:#}");
        Code::Nothing
    });
    ExitCode::from(code as u8)
}
