//! The simulation: builds it, runs it on so many cores, and adds up what happened in it.

mod figures;
mod hashes;

use crate::files::{root, target};
use crate::install;
use crate::process::{answer, cargo, progress, run};
use crate::tally::Tally;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use figures::Figures;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Instant;

/// New seeds of the toy domain in `cargo xtask test`; the first follows from the commit.
const TOY_SEEDS_BOUNDED: u64 = 5_000;
/// The same with the product, whose runs take longer.
const PRODUCT_SEEDS_BOUNDED: u64 = 1_000;
/// Steps of a run, where nobody says otherwise.
const STEPS: u64 = 200;
/// Seeds that have failed once, or are kept for another reason.
const KEPT: &str = "shared/simulation/seeds.txt";

#[derive(Args)]
pub struct Options {
    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    seeds: u64,
    /// The first of them
    #[arg(long, value_name = "S", default_value_t = 1)]
    from: u64,
    /// Steps of each run
    #[arg(long, value_name = "K", default_value_t = STEPS)]
    steps: u64,
    /// Runs at a time; each takes a core
    #[arg(long, value_name = "J", default_value_t = cores())]
    jobs: u64,
    /// Whose commands people issue
    #[arg(long, value_enum, default_value_t = Domain::Both)]
    domain: Domain,
    /// This seed alone: its whole story and, when it breaks a rule, the shortest one that does
    #[arg(long, value_name = "S", conflicts_with_all = ["seeds", "from", "jobs"])]
    seed: Option<u64>,
}

/// Whose commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Domain {
    /// Seats in rooms: the engine without the product
    Toy,
    /// Boards and tasks
    Product,
    /// Each seed with both
    Both,
}

/// Seeds to run, one after the other.
struct Work {
    domain: String,
    from: u64,
    seeds: u64,
    steps: u64,
}

/// `cargo xtask simulate`.
pub fn simulate(options: &Options) -> Result<ExitCode> {
    let program = build()?;
    let domain = options.domain.to_possible_value().expect("every domain has a name").get_name().to_owned();
    if let Some(seed) = options.seed {
        let mut command = Command::new(&program);
        command.args(["--domain", &domain, "--seed", &seed.to_string(), "--steps", &options.steps.to_string()]);
        let status = command.status().with_context(|| format!("{} does not start", program.display()))?;
        return Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let failed = run_kept(&program)?.failed;
    let work = Work { domain, from: options.from, seeds: options.seeds, steps: options.steps };
    let figures = run_new(&program, &work, options.jobs)?;
    println!("\n{}", figures.table());
    Ok(if failed == 0 && figures.hold() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The bounded run of `cargo xtask test`: new seeds, the kept ones, and that wasm does the same.
pub fn bounded(install: bool) -> Result<Tally> {
    if install {
        install::wasm_target()?;
        install::node()?;
    }
    let program = build()?;
    let mut tally = run_kept(&program)?;
    let from = seed_of_commit();
    for (domain, seeds) in [("toy", TOY_SEEDS_BOUNDED), ("product", PRODUCT_SEEDS_BOUNDED)] {
        let figures = run_new(&program, &Work { domain: domain.into(), from, seeds, steps: STEPS }, cores())?;
        println!("\n{}", figures.table());
        tally = tally + Tally::of_one(figures.hold());
    }
    Ok(tally + hashes::compare(&program)?)
}

fn cores() -> u64 {
    thread::available_parallelism().map_or(1, |cores| cores.get() as u64)
}

fn build() -> Result<PathBuf> {
    progress("building the simulation");
    run(&mut building())?;
    Ok(target().join("simulation/landfall-simulate"))
}

/// What builds it.
pub fn building() -> Command {
    cargo(["build", "--package", "landfall-simulation", "--bin", "landfall-simulate", "--profile", "simulation"])
}

/// Another one for each commit, and the same for everybody who looks at that commit: its first twelve digits.
pub fn seed_of_commit() -> u64 {
    let commit = answer(Command::new("git").args(["rev-parse", "HEAD"]).current_dir(root()));
    commit.and_then(|hash| u64::from_str_radix(hash.get(..12)?, 16).ok()).unwrap_or(1)
}

/// Each kept seed is one test.
fn run_kept(program: &Path) -> Result<Tally> {
    let text = fs::read_to_string(root().join(KEPT)).with_context(|| format!("{KEPT} cannot be read"))?;
    let kept = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let works: Vec<Work> = kept.map(read_kept).collect::<Result<_>>()?;
    progress(&format!("running {} kept seeds", works.len()));
    let each = |work: &Work| Ok(Tally::of_one(figures::of_one_process(program, work, &mut |_| ())?.hold()));
    works.iter().map(each).sum::<Result<Tally>>()
}

/// `domain seed steps # why it is kept`.
fn read_kept(line: &str) -> Result<Work> {
    let (what, why) = line.split_once('#').with_context(|| format!("{KEPT}: “{line}” does not say why it is kept"))?;
    let words: Vec<&str> = what.split_whitespace().collect();
    let [domain, seed, steps] = words[..] else { bail!("{KEPT}: “{line}” is not: domain seed steps # why") };
    if why.trim().is_empty() {
        bail!("{KEPT}: “{line}” does not say why it is kept");
    }
    Ok(Work { domain: domain.into(), from: seed.parse()?, seeds: 1, steps: steps.parse()? })
}

/// Splits the seeds over so many processes.
fn run_new(program: &Path, work: &Work, jobs: u64) -> Result<Figures> {
    let jobs = jobs.clamp(1, work.seeds.max(1));
    let Work { domain, from, seeds, steps } = work;
    progress(&format!("{domain}: seeds {from} to {}, {steps} steps each, {jobs} at a time", from + seeds.saturating_sub(1)));
    let started = Instant::now();
    let share = |job: u64| {
        let (first, end) = (seeds * job / jobs, seeds * (job + 1) / jobs);
        Work { domain: domain.clone(), from: from + first, seeds: end - first, steps: *steps }
    };
    let meter = figures::Meter::new(*seeds * if domain == "both" { 2 } else { 1 });
    let meter = &meter;
    let each: Vec<Result<Figures>> = thread::scope(|scope| {
        let job = |job: u64| scope.spawn(move || figures::of_one_process(program, &share(job), &mut |done| meter.note(job, done)));
        let running: Vec<_> = (0..jobs).map(job).collect();
        running.into_iter().map(|job| job.join().expect("a job does not panic")).collect()
    });
    let mut all = Figures::default();
    for figures in each {
        all.add(&figures?);
    }
    all.took(started.elapsed(), jobs);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_seed_says_why_it_is_kept() {
        let work = read_kept("product 1488 200 # a tab that follows").unwrap();
        assert_eq!((work.domain.as_str(), work.from, work.seeds, work.steps), ("product", 1_488, 1, 200));
        for bad in ["toy 1 200", "toy 1 200 #", "toy 1 # why", "toy one 200 # why"] {
            assert!(read_kept(bad).is_err(), "{bad}");
        }
    }
}
