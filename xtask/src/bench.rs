//! Benchmarks: what is measured, never asserted.

use crate::check::playwright;
use crate::files::{root, target};
use crate::process::{cargo, progress, run};
use crate::wasm::Profile;
use crate::{build, counts, install};
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
        /// Only these systems: landfall, floor, yjs, replicache, rxdb, tinybase, livestore, zero. Without a network those are left out that are not installed
        #[arg(long, value_delimiter = ',', value_name = "SYSTEM,…")]
        peers: Vec<String>,
        /// Only these steps: local, offline1k, offline10k, cold, fan. The results are then printed, not written
        #[arg(long, value_delimiter = ',', value_name = "STEP,…")]
        steps: Vec<String>,
        /// How often everything is run
        #[arg(long, value_name = "N", default_value_t = 3)]
        runs: u32,
        /// Run only once, because they take minutes each time
        #[arg(long, value_delimiter = ',', value_name = "SYSTEM,…", default_values = ["livestore", "zero", "rxdb", "tinybase"])]
        once: Vec<String>,
    },
    /// Rows that no rival has, beside the floor: rebase, a start with 20,000 pending, four tabs, a board that is scrolled under changes, an import,
    /// a first and a second load; writes bench/own.md
    Own {
        /// Only these rows: rebase, pending, tabs, scroll, import, load. The results are then printed, not written
        #[arg(long, value_delimiter = ',', value_name = "ROW,…")]
        rows: Vec<String>,
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
    /// The server under load, from another process over real sockets: commands a second beside the raw store loop, on SQLite and on PostgreSQL,
    /// fan-out, memory of a connection, new devices, opening a long log, one log among many, quiet clients beside noisy ones; writes bench/server.md
    Server {
        /// Only these parts: commands, postgres, store, fan, memory, bootstrap, opening, logs, neighbours. The results are then printed, not written
        #[arg(long, value_delimiter = ',', value_name = "PART,…")]
        parts: Vec<String>,
        /// Small and short: to see that it works
        #[arg(long)]
        quick: bool,
        /// Write the figures to this file as JSON too
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Instructions of the hot paths and bytes of frames, against bench/counts/budgets.json; under valgrind, so that no other program matters
    Counts {
        /// What is found becomes the budgets
        #[arg(long)]
        write: bool,
    },
    /// Instructions of the hot paths with 1, 10 and 100 times the data, under valgrind; writes bench/growth.md and bench/growth.svg
    Growth {
        /// Only these paths. What there is to say is then printed, not written
        #[arg(long, value_delimiter = ',', value_name = "PATH,…")]
        paths: Vec<String>,
    },
}

/// `cargo xtask bench`.
pub fn bench(options: &Options) -> Result<ExitCode> {
    match &options.what {
        What::Rivals { peers, steps, runs, once } => rivals(peers, steps, *runs, once),
        What::Own { rows, runs } => own(rows, *runs),
        What::Server { parts, quick, json } => server(parts, *quick, json.as_deref()),
        What::Counts { write } => counts::counts(*write),
        What::Growth { paths } => counts::growth(paths),
        What::LongTasks { tasks, traces, no_install } => long_tasks(*tasks, traces.as_deref(), *no_install),
    }
}

fn rivals(peers: &[String], steps: &[String], runs: u32, once: &[String]) -> Result<ExitCode> {
    let mut bench = in_chromium("run.mjs", peers)?;
    bench.arg("--runs").arg(runs.to_string()).args(["--once", &once.join(",")]);
    if !peers.is_empty() {
        bench.args(["--systems", &peers.join(",")]);
    }
    written_when_whole(&mut bench, "--steps", steps)
}

fn own(rows: &[String], runs: u32) -> Result<ExitCode> {
    let mut bench = in_chromium("own.mjs", &["landfall", "floor"].map(str::to_owned))?;
    bench.arg("--runs").arg(runs.to_string());
    written_when_whole(&mut bench, "--rows", rows)
}

/// Runs a bench; only all of it is worth writing down.
fn written_when_whole(bench: &mut Command, part: &str, parts: &[String]) -> Result<ExitCode> {
    if parts.is_empty() {
        bench.args(["--out", "."])
    } else {
        bench.args([part, &parts.join(",")])
    };
    run(bench)?;
    Ok(ExitCode::SUCCESS)
}

/// A bench in Chromium, with what it needs: the product as it is deployed, and the packages of the systems that it compares.
fn in_chromium(script: &str, systems_wanted: &[String]) -> Result<Command> {
    install::for_building()?;
    install::browsers()?;
    build::page(Profile::Shipped)?;
    let program = build::server(true)?;
    let folder = root().join("bench");
    for system in systems(&folder, systems_wanted)? {
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
    node.current_dir(&folder).arg(script).env("LANDFALL_BIN", program);
    Ok(node)
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

fn server(parts: &[String], quick: bool, json: Option<&Path>) -> Result<ExitCode> {
    install::for_building()?;
    if parts.is_empty() || parts.iter().any(|part| part == "postgres") {
        install::postgres()?;
    }
    build::page(Profile::Shipped)?;
    let program = build::server(true)?;
    progress("building the load (release; the first time takes minutes)");
    run(&mut cargo(["build", "--package", "landfall-load", "--release"]))?;
    let mut load = Command::new(target().join("release").join(format!("landfall-load{}", std::env::consts::EXE_SUFFIX)));
    load.current_dir(root()).arg("--server").arg(program).args(["--report", "bench/server.md"]);
    if !parts.is_empty() {
        load.args(["--parts", &parts.join(",")]);
    }
    if quick {
        load.arg("--quick");
    }
    if let Some(file) = json {
        load.arg("--json").arg(std::path::absolute(file)?);
    }
    run(&mut load)?;
    Ok(ExitCode::SUCCESS)
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
