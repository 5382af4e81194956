//! The server under load: `cargo xtask bench server` builds it and the server, and says what it may be asked.

mod bootstrap;
mod client;
mod commands;
mod dice;
mod fan_out;
mod ground;
mod http;
mod latency;
mod ledger;
mod machine;
mod many_logs;
mod memory;
mod neighbours;
mod opening;
mod pacer;
#[path = "../../../server/tests/store_contract/private_postgres.rs"]
#[allow(dead_code, reason = "the database of tests too")]
mod private_postgres;
mod report;
mod stage;
mod store_loop;
mod work;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use ground::Ground;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Measures a Landfall server from a process of its own, over real sockets.
#[derive(Parser)]
#[command(name = "landfall-load")]
pub struct Options {
    /// The program that is measured, built for release
    #[arg(long, env = "LANDFALL_BIN", value_name = "PROGRAM")]
    server: PathBuf,
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART,…")]
    parts: Vec<Part>,
    /// Only these numbers of clients, of those that issue commands
    #[arg(long, value_delimiter = ',', value_name = "N,…", value_parser = clap::value_parser!(u16).range(1..))]
    clients: Vec<u16>,
    /// Small and short: to see that it works, not to learn figures
    #[arg(long)]
    quick: bool,
    /// Write the figures here as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report here when every part was run at its full size; it is printed in any case
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Commands a second and latency, with the raw store loop in turn
    Commands,
    /// The same on PostgreSQL
    Postgres,
    /// The raw store loop by batch
    Store,
    /// Delivery to many sockets
    Fan,
    /// Memory of a connection
    Memory,
    /// Many new devices at once
    Bootstrap,
    /// Starting over a long log
    Opening,
    /// One log among many
    Logs,
    /// Quiet clients beside noisy ones
    Neighbours,
}

const ALL: [Part; 9] =
    [Part::Commands, Part::Postgres, Part::Store, Part::Fan, Part::Memory, Part::Bootstrap, Part::Opening, Part::Logs, Part::Neighbours];

impl Options {
    fn parts(&self) -> Vec<Part> {
        ALL.into_iter().filter(|part| self.parts.is_empty() || self.parts.contains(part)).collect()
    }

    fn is_whole(&self) -> bool {
        !self.quick && self.clients.is_empty() && self.parts().len() == ALL.len()
    }

    /// How often what is compared is measured in turn.
    fn rounds(&self) -> usize {
        if self.quick { 1 } else { 3 }
    }

    /// How long a rate is tried.
    fn trial(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { 3 })
    }

    /// How long a rate that was found is measured, and the raw store loop beside it.
    fn measured(&self) -> Duration {
        Duration::from_secs(if self.quick { 2 } else { 5 })
    }

    fn clients(&self) -> Vec<usize> {
        if !self.clients.is_empty() {
            return self.clients.iter().map(|clients| usize::from(*clients)).collect();
        }
        if self.quick { vec![1, 64] } else { vec![1, 16, 64, 256, 1_024] }
    }

    fn sockets(&self) -> Vec<usize> {
        if self.quick { vec![200] } else { vec![200, 1_000, 5_000] }
    }

    fn bootstrap_tasks(&self) -> usize {
        if self.quick { 5_000 } else { 50_000 }
    }

    fn imported_tasks(&self) -> u64 {
        if self.quick { 5_000 } else { 50_000 }
    }

    fn log_megabytes_max(&self) -> u64 {
        if self.quick { 1 } else { 100 }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("landfall-load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<()> {
    /// Besides the sockets: databases, pipes, requests.
    const OTHER_FILES: usize = 500;
    let sockets = options.sockets().into_iter().chain(options.clients()).max().unwrap_or(0);
    machine::require_open_files(sockets + OTHER_FILES)?;
    let conditions = format!(
        "{} Server and load share this machine; the server runs as `landfall serve --data FOLDER --no-limits` (20,000 connections, and nobody is told to come later; the noisy neighbours have the usual limits), SQLite (but for the part on PostgreSQL), fsync of every append{}.",
        machine::description()?,
        if options.quick { "; quick: too small and too short to learn figures from" } else { "" },
    );
    let mut tables = Vec::new();
    for part in options.parts() {
        let table = match part {
            Part::Commands => commands::measure(options, &Ground::Sqlite).await,
            Part::Postgres => commands::measure(options, &Ground::postgres()).await,
            Part::Store => store_loop::measure(options.rounds(), options.measured()).await,
            Part::Fan => fan_out::measure(options).await,
            Part::Memory => memory::measure(options).await,
            Part::Bootstrap => bootstrap::measure(options).await,
            Part::Opening => opening::measure(options).await,
            Part::Logs => many_logs::measure(options).await,
            Part::Neighbours => neighbours::measure(options).await,
        };
        tables.push(table.with_context(|| format!("the part “{part:?}” failed"))?);
        println!("{}", tables[tables.len() - 1].markdown());
    }
    if let Some(file) = &options.json {
        let figures = json!({ "conditions": conditions, "tables": tables.iter().map(report::Table::json).collect::<Vec<_>>() });
        std::fs::write(file, format!("{figures:#}\n")).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    match &options.report {
        Some(file) if options.is_whole() => {
            let parts: Vec<String> = tables.iter().map(report::Table::markdown).collect();
            let text = format!("# Results of `cargo xtask bench server`\n\n{conditions}\n\n{}", parts.join("\n"));
            std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?;
            println!("written: {}", file.display());
        }
        Some(file) => println!("{conditions}\n\nNot written to {}: that takes every part at its full size.", file.display()),
        None => println!("{conditions}"),
    }
    Ok(())
}
