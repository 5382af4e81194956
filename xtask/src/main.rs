//! The one door: whatever is built, run, tested or measured is said as `cargo xtask …`.

mod ahead;
mod bench;
mod breakages;
mod build;
mod check;
mod counts;
mod crash;
mod deploy;
mod dev;
mod files;
mod fuzz;
mod install;
mod process;
mod programs;
mod simulate;
mod soak;
mod tally;
mod test;
mod torture;
mod wasm;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Builds, runs and tests Landfall. Needs Rust (by rustup) and Node.js; installs the rest itself or says what is missing.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 120)]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the engine for the browser, the page, and the server with the page inside
    Build(build::Options),
    /// Build, then start the server and print its address
    Run(build::RunOptions),
    /// Build quickly, start the server, and rebuild whatever a saved file touches
    Dev(dev::Options),
    /// Run every check and every test; the last line sums them up
    Test(test::Options),
    /// Run the whole system from seeds, with everything that may befall it: every rule of PROTOCOL.md holds
    Simulate(simulate::Options),
    /// Break each rule on purpose, and see that the simulation notices
    Breakages(breakages::Options),
    /// Put real browsers through killed tabs, cut wires, full disks and wrong clocks, in as many rounds as you like
    Torture(torture::Options),
    /// Kill the real server under load, again and again: nothing that anybody was told is lost
    Crash(crash::Options),
    /// Many people at work for an hour: memory and latency stay flat
    Soak(soak::Options),
    /// Measure how long things take
    Bench(bench::Options),
    /// Drive every decoder that faces the outside with hostile input, guided by coverage
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    let outcome = match CommandLine::parse().task {
        Task::Build(options) => build::build(&options).map(|()| ExitCode::SUCCESS),
        Task::Run(options) => build::run(&options),
        Task::Dev(options) => dev::dev(&options),
        Task::Test(options) => test::test(&options),
        Task::Simulate(options) => simulate::simulate(&options),
        Task::Breakages(options) => breakages::breakages(&options),
        Task::Torture(options) => torture::torture(&options),
        Task::Crash(options) => crash::crash(&options).map(|()| ExitCode::SUCCESS),
        Task::Soak(options) => soak::soak(&options).map(|()| ExitCode::SUCCESS),
        Task::Bench(options) => bench::bench(&options),
        Task::Fuzz(options) => fuzz::fuzz(&options),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("\nxtask: {error:#}");
        ExitCode::FAILURE
    })
}
