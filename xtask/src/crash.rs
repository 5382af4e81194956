//! The real server, killed under load as often as you like: `server/tests/trials/crash.rs`, for longer than the usual suite does it.

use crate::process::{cargo, run};
use anyhow::Result;
use clap::Args;

#[derive(Args)]
pub struct Options {
    /// How often the server is killed under load
    #[arg(long, value_name = "N", default_value_t = 300)]
    rounds: u64,
    /// The moments and the commands, as a failing run names them; without it, ones that nobody has tried yet
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

/// Runs the trial with so many rounds.
pub fn crash(options: &Options) -> Result<()> {
    let mut numbers = vec![("LANDFALL_CRASH_ROUNDS", options.rounds)];
    numbers.extend(options.seed.map(|seed| ("LANDFALL_SEED", seed)));
    trial("crash::", false, &numbers)
}

/// Runs one of the server's trials and shows what it prints.
pub fn trial(name: &str, release: bool, numbers: &[(&str, u64)]) -> Result<()> {
    let mut command = cargo(["test", "--package", "landfall", "--test", "trials"]);
    if release {
        command.arg("--release");
    }
    command.args(["--", "--include-ignored", "--nocapture", name]);
    command.envs(numbers.iter().map(|(variable, number)| (variable, number.to_string())));
    run(&mut command)
}
