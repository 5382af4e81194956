//! Hostile input: builds the targets of `fuzzing/` so that libFuzzer sees what they cover, drives them, and keeps what is worth keeping.
//!
//! Stable Rust will do: the instrumentation is a pass of LLVM's that codegen options switch on. It has a target folder of its own.

mod corpus;
mod watch;

use crate::files::{root, target};
use crate::install;
use crate::process::{answer, cargo, progress, run};
use crate::tally::Tally;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::thread;
use watch::Watched;

/// Counters for every edge, a table of where they are, and a word to libFuzzer about every comparison.
const INSTRUMENTATION: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=16";
/// Executions of each target in `cargo xtask test`, beyond those of what is kept.
const RUNS_BOUNDED: u64 = 3_000;
/// Longest input, bytes: enough for several commands or records, and short enough for thousands of executions a second.
const INPUT_BYTES_MAX: u32 = 4_096;
/// An input that takes longer than this is a finding, seconds.
const INPUT_SECONDS_MAX: u32 = 20;

#[derive(Args)]
pub struct Options {
    /// Only this target; may be given several times. An unknown name lists them all
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// How long to drive each target
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// Drive each target for so many executions instead
    #[arg(long, value_name = "N", conflicts_with = "seconds")]
    runs: Option<u64>,
    /// Targets at a time; each takes a core
    #[arg(long, value_name = "J", default_value_t = cores())]
    jobs: usize,
    /// Where chance begins; by default with the commit
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
    /// Keep what reached something new: minimise, and write fuzzing/corpus
    #[arg(long)]
    keep: bool,
}

#[derive(Clone, Copy)]
enum Effort {
    Seconds(u64),
    Runs(u64),
}

/// `cargo xtask fuzz`.
pub fn fuzz(options: &Options) -> Result<ExitCode> {
    let program = build(true)?;
    let targets = wanted(&program, &options.target)?;
    let effort = options.runs.map_or(Effort::Seconds(options.seconds), Effort::Runs);
    let watched = drive(&program, &targets, effort, options.jobs, seed(options.seed))?;
    show(&watched);
    if options.keep {
        for target in &targets {
            corpus::keep(&program, target)?;
        }
    }
    Ok(if watched.iter().all(Watched::holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The bounded run of `cargo xtask test`: each target is one test.
pub fn bounded(install: bool) -> Result<Tally> {
    let program = build(install)?;
    let targets = wanted(&program, &[])?;
    let watched = drive(&program, &targets, Effort::Runs(RUNS_BOUNDED), cores(), seed(None))?;
    show(&watched);
    Ok(watched.iter().map(|target| Tally::of_one(target.holds())).sum())
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// A new one for each commit, and the same for everybody who looks at that commit.
fn seed(given: Option<u32>) -> u32 {
    let commit = || answer(Command::new("git").args(["rev-parse", "--short=7", "HEAD"]).current_dir(root()));
    given.or_else(|| u32::from_str_radix(commit()?.get(..7)?, 16).ok()).unwrap_or(1).max(1)
}

fn build(install: bool) -> Result<PathBuf> {
    if install {
        install::cpp_compiler()?;
    }
    progress("building the targets with coverage");
    run(&mut building()?)?;
    Ok(folder().join(host()?).join("fuzz/landfall-fuzz"))
}

/// What builds them.
pub fn building() -> Result<Command> {
    let mut command = cargo(["build", "--package", "landfall-fuzzing", "--features", "libfuzzer", "--profile", "fuzz"]);
    // With a target named, what runs while building (macros, scripts) is not instrumented.
    command.args(["--target", &host()?, "--target-dir"]).arg(folder()).env("RUSTFLAGS", INSTRUMENTATION);
    Ok(command)
}

/// As rustc calls this machine.
fn host() -> Result<String> {
    let version = answer(Command::new("rustc").arg("-vV")).context("rustc does not say what it is")?;
    version.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned).context("rustc does not name its host")
}

fn folder() -> PathBuf {
    target().join("fuzz")
}

/// Where a target's run leaves its corpus, its findings and its log.
fn run_folder(target: &str) -> PathBuf {
    folder().join("runs").join(target)
}

/// The targets by name, as the program lists them.
fn wanted(program: &Path, names: &[String]) -> Result<Vec<String>> {
    let listed = answer(Command::new(program).env("LANDFALL_FUZZ_LIST", "1")).context("the program does not list its targets")?;
    let all: Vec<String> = listed.lines().map(str::to_owned).collect();
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        bail!("there is no target `{unknown}`; there are {}", all.join(", "));
    }
    Ok(if names.is_empty() { all } else { names.to_vec() })
}

/// Drives the targets, so many at a time. A finding in one does not stop the others.
fn drive(program: &Path, targets: &[String], effort: Effort, jobs: usize, seed: u32) -> Result<Vec<Watched>> {
    progress(&format!("driving {} targets, {jobs} at a time, from seed {seed}", targets.len()));
    let waiting = Mutex::new(targets.iter().enumerate());
    let watched = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let work = || -> Result<()> {
            loop {
                let next = waiting.lock().expect("nobody panics while holding it").next();
                let Some((place, target)) = next else { return Ok(()) };
                let seen = drive_one(program, target, effort, seed)?;
                watched.lock().expect("nobody panics while holding it").push((place, seen));
            }
        };
        let workers: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })?;
    let mut watched = watched.into_inner().expect("nobody panicked while holding it");
    watched.sort_by_key(|(place, _)| *place);
    Ok(watched.into_iter().map(|(_, seen)| seen).collect())
}

fn drive_one(program: &Path, target: &str, effort: Effort, seed: u32) -> Result<Watched> {
    let folder = run_folder(target);
    let kept = corpus::lay_out(target, &folder)?;
    let mut command = Command::new(program);
    command.current_dir(&folder).env("LANDFALL_FUZZ_TARGET", target).env("LANDFALL_FUZZ_SEEDS", folder.join("seeds"));
    match effort {
        Effort::Seconds(seconds) => command.arg(format!("-max_total_time={seconds}")),
        Effort::Runs(runs) => command.arg(format!("-runs={}", runs + kept as u64)),
    };
    command.arg(format!("-seed={seed}")).arg(format!("-max_len={INPUT_BYTES_MAX}")).arg(format!("-timeout={INPUT_SECONDS_MAX}"));
    command.args(["-artifact_prefix=findings/", "-rss_limit_mb=4096", "corpus", "seeds"]);
    let mut seen = watch::watch(target, &mut command, &folder.join("log"))?;
    seen.findings = files(&folder.join("findings"))?;
    println!("{}", seen.line());
    if !seen.holds() {
        eprintln!("{}", seen.complaint());
    }
    Ok(seen)
}

fn show(watched: &[Watched]) {
    println!("\n{}", Watched::heading());
    for target in watched {
        println!("{}", target.row());
    }
    let executions: u64 = watched.iter().map(|target| target.executions).sum();
    let findings: usize = watched.iter().map(|target| target.findings.len()).sum();
    println!("{executions} executions, {findings} findings");
}

/// The files of a folder, in order; none when there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    Ok(files)
}
