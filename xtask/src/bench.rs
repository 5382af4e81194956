//! Benchmarks: what is measured, never asserted.

use crate::check::playwright;
use anyhow::Result;
use clap::{Args, Subcommand};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// How long the page's thread is kept at a time while much is planned, issued, landed, searched and left, by Chromium's own trace;
    /// of what `cargo xtask build` built last
    LongTasks {
        /// How many tasks
        #[arg(long, value_name = "N", default_value_t = 50_000)]
        tasks: u32,
        /// Keep the traces in this folder, with samples of what ran: for the performance panel of Chromium's tools, after `cargo xtask build --names`
        #[arg(long, value_name = "FOLDER")]
        traces: Option<PathBuf>,
        /// Install nothing: what is missing makes this fail
        #[arg(long)]
        no_install: bool,
    },
}

/// `cargo xtask bench`.
pub fn bench(options: &Options) -> Result<ExitCode> {
    let What::LongTasks { tasks, traces, no_install } = &options.what;
    let arguments = ["e2e/bench/long-tasks.spec.ts", "--project=chromium", "--workers=1"].map(str::to_owned);
    let mut variables = vec![("LANDFALL_TASKS", tasks.to_string())];
    if let Some(folder) = traces {
        fs::create_dir_all(folder)?;
        variables.push(("LANDFALL_TRACES", fs::canonicalize(folder)?.display().to_string()));
    }
    let tally = playwright(!no_install, &arguments, &variables)?;
    Ok(if tally.failed == 0 && tally.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
