//! Torture in real browsers: `web/e2e/torture`, an eighth of it with each test run, and as a command as often and as long as one likes.

use crate::check::playwright;
use crate::install;
use crate::simulate::seed_of_commit;
use crate::tally::Tally;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

/// Where the scenarios are, as Playwright is told.
const SCENARIOS: &str = "e2e/torture/";

#[derive(Args)]
pub struct Options {
    /// Rounds of every scenario; where there is chance, each round has the next seed
    #[arg(long, value_name = "N", default_value_t = 10)]
    rounds: u32,
    /// The seed of the first round; by default another one each time. It is printed with each round
    #[arg(long, value_name = "S")]
    seed: Option<u32>,
    /// Steps of each storm
    #[arg(long, value_name = "N", default_value_t = 200)]
    steps: u32,
    /// Install nothing: what is missing makes this fail
    #[arg(long)]
    no_install: bool,
    /// Passed on to Playwright, after `--`: `-- e2e/torture/storm.spec.ts --project firefox`
    #[arg(last = true)]
    playwright: Vec<String>,
}

/// `cargo xtask torture`: of what `cargo xtask build` built last.
pub fn torture(options: &Options) -> Result<ExitCode> {
    let mut arguments = options.playwright.clone();
    if !arguments.iter().any(|argument| argument.contains(".spec") || argument.starts_with("e2e/")) {
        arguments.push(SCENARIOS.to_owned());
    }
    arguments.push(format!("--repeat-each={}", options.rounds));
    let mut variables = vec![("LANDFALL_STEPS", options.steps.to_string())];
    variables.extend(options.seed.map(|seed| ("LANDFALL_SEED", seed.to_string())));
    let tally = run(!options.no_install, &arguments, &variables)?;
    println!("\n{tally}");
    Ok(if tally.failed == 0 && tally.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An eighth of the scenarios once, with short storms: which of them follows from the commit, so that in some changes all have their turn.
pub fn bounded(install: bool) -> Result<Tally> {
    let eighth = 1 + seed_of_commit() % 8;
    run(install, &[SCENARIOS.to_owned(), format!("--shard={eighth}/8")], &[])
}

fn run(install: bool, arguments: &[String], variables: &[(&str, String)]) -> Result<Tally> {
    if install {
        install::webkit()?;
    }
    playwright(install, arguments, variables)
}
