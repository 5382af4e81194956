//! Benchmarks: what is measured, never asserted.

use crate::check::playwright;
use crate::files::root;
use crate::process::{progress, run};
use crate::wasm::Profile;
use crate::{build, install};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Landfall, the floor and its rivals in real Chromium, in turn; writes bench/results.md and bench/results.svg
    Rivals {
        /// Only these systems: landfall, floor, yjs, replicache, rxdb, tinybase. Without a network those are left out that are not installed
        #[arg(long, value_delimiter = ',', value_name = "SYSTEM,…")]
        peers: Vec<String>,
        /// Only these steps: local, offline1k, offline10k, cold, fan. The results are then printed, not written
        #[arg(long, value_delimiter = ',', value_name = "STEP,…")]
        steps: Vec<String>,
        /// How often everything is run
        #[arg(long, value_name = "N", default_value_t = 3)]
        runs: u32,
    },
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
    match &options.what {
        What::Rivals { peers, steps, runs } => rivals(peers, steps, *runs),
        What::LongTasks { tasks, traces, no_install } => long_tasks(*tasks, traces.as_deref(), *no_install),
    }
}

fn rivals(peers: &[String], steps: &[String], runs: u32) -> Result<ExitCode> {
    install::for_building()?;
    install::browsers()?;
    build::page(Profile::Shipped)?;
    let program = build::server(true)?;
    let folder = root().join("bench");
    for system in systems(&folder, peers)? {
        if system.join("node_modules").exists() {
            continue;
        }
        progress(&format!("installing what {} needs", system.display()));
        let mut npm = Command::new("npm");
        npm.current_dir(&system).args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--legacy-peer-deps"]);
        if let Err(error) = run(&mut npm) {
            eprintln!("{error:#}: this one is left out");
        }
    }
    let mut node = Command::new("node");
    node.current_dir(&folder).arg("run.mjs").arg("--runs").arg(runs.to_string()).env("LANDFALL_BIN", program);
    if !peers.is_empty() {
        node.args(["--systems", &peers.join(",")]);
    }
    if steps.is_empty() {
        node.args(["--out", "."]);
    } else {
        node.args(["--steps", &steps.join(",")]);
    }
    run(&mut node)?;
    Ok(ExitCode::SUCCESS)
}

/// The folders of the systems that are wanted: all that there are, without a choice.
fn systems(folder: &Path, peers: &[String]) -> Result<Vec<PathBuf>> {
    let all = folder.join("systems");
    if !peers.is_empty() {
        return Ok(peers.iter().map(|peer| all.join(peer)).collect());
    }
    let entries = fs::read_dir(&all).with_context(|| format!("{} cannot be read", all.display()))?;
    let mut found = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

fn long_tasks(tasks: u32, traces: Option<&Path>, no_install: bool) -> Result<ExitCode> {
    let arguments = ["e2e/bench/long-tasks.spec.ts", "--project=chromium", "--workers=1"].map(str::to_owned);
    let mut variables = vec![("LANDFALL_TASKS", tasks.to_string())];
    if let Some(folder) = traces {
        fs::create_dir_all(folder)?;
        variables.push(("LANDFALL_TRACES", fs::canonicalize(folder)?.display().to_string()));
    }
    let tally = playwright(!no_install, &arguments, &variables)?;
    Ok(if tally.failed == 0 && tally.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
