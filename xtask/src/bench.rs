//! Benchmarks: what is measured, never asserted.

use crate::check::playwright;
use anyhow::Result;
use clap::{Args, Subcommand};
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
        /// Install nothing: what is missing makes this fail
        #[arg(long)]
        no_install: bool,
    },
}

/// `cargo xtask bench`.
pub fn bench(options: &Options) -> Result<ExitCode> {
    let What::LongTasks { tasks, no_install } = options.what;
    let arguments = ["e2e/bench/long-tasks.spec.ts", "--project=chromium", "--workers=1"].map(str::to_owned);
    let tally = playwright(!no_install, &arguments, &[("LANDFALL_TASKS", tasks.to_string())])?;
    Ok(if tally.failed == 0 && tally.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
