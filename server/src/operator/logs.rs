//! `landfall logs`: the workspaces that are kept, and one of them on its way to another place.

pub mod export;
pub mod import;
pub mod list;

use clap::Subcommand;

/// The commands about logs as they are kept. Tasks come and go by `landfall import` and `landfall export`, through a server.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the workspaces that are kept
    #[command(after_help = list::HELP)]
    List(list::List),
    /// Write a workspace's log, to be imported elsewhere
    #[command(after_help = export::HELP)]
    Export(export::Export),
    /// Put an exported log into another place
    #[command(after_help = import::HELP)]
    Import(import::Import),
}
