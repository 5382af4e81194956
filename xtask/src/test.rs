//! Every check and every test, in order, each step timed; one step's failure does not hide the next one's.

use crate::ahead;
use crate::check;
use crate::counts;
use crate::deploy;
use crate::fuzz;
use crate::process::progress;
use crate::simulate;
use crate::tally::Tally;
use crate::torture;
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

#[derive(Args)]
pub struct Options {
    /// Only these steps, in their usual order
    #[arg(long, value_delimiter = ',', value_name = "STEP,…")]
    only: Vec<Step>,
    /// All steps but these
    #[arg(long, value_delimiter = ',', value_name = "STEP,…")]
    skip: Vec<Step>,
    /// Install nothing: what is missing makes its step fail
    #[arg(long)]
    no_install: bool,
    /// Passed on to Playwright, after `--`: `--only end-to-end -- offline.spec.ts --project firefox`
    #[arg(last = true)]
    playwright: Vec<String>,
}

/// The steps, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// rustfmt
    Format,
    /// The conventions of this repository, and the tests of xtask
    Tidy,
    /// The engine for the browser, the page and the server
    Build,
    /// How much a browser loads, against what is allowed; of what `build` built last
    Budgets,
    /// Instructions of the hot paths and bytes of frames, against what is allowed, under valgrind
    Counts,
    /// Clippy, warnings denied
    Clippy,
    /// Clippy on the browser's side
    ClippyWasm,
    /// Licences and sources of what we depend on, when cargo-deny is installed
    Deny,
    /// The files that people deploy with: image, compose, proxy, units, manifests, alarms
    Deploy,
    /// TypeScript's types
    Types,
    /// Biome on the page
    Lint,
    /// Unit, contract and protocol tests
    Unit,
    /// The real server among kills, full and read-only disks, damaged files, hostile sessions, power cuts
    Trials,
    /// The whole system from seeds: new ones from the commit's hash, those kept, and the same in wasm
    Simulate,
    /// Hostile input, guided by coverage, for so many executions of each decoder
    Fuzz,
    /// The engine's browser adapters, in Chromium and Firefox; of what `build` built last
    Wasm,
    /// Whole products in Chromium and Firefox; of what `build` built last
    EndToEnd,
    /// What browsers, tabs, disks, clocks and wires do when they fail, one round of an eighth of it; of what `build` built last
    Torture,
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().expect("every step has a name").get_name().to_owned()
    }

    fn run(self, options: &Options) -> Result<Tally> {
        let install = !options.no_install;
        match self {
            Self::Format => check::format(install),
            Self::Tidy => check::tidy(),
            Self::Build => check::build(install),
            Self::Budgets => check::budgets(),
            Self::Counts => counts::bounded(install),
            Self::Clippy => check::clippy(install),
            Self::ClippyWasm => check::clippy_wasm(install),
            Self::Deny => check::deny(),
            Self::Deploy => deploy::checked(install),
            Self::Types => check::types(install),
            Self::Lint => check::lint(install),
            Self::Unit => check::unit(install),
            Self::Trials => check::trials(install),
            Self::Simulate => simulate::bounded(install),
            Self::Fuzz => fuzz::bounded(install),
            Self::Wasm => check::wasm(install),
            Self::EndToEnd => check::end_to_end(install, &options.playwright),
            Self::Torture => torture::bounded(install),
        }
    }

    /// What builds what it needs, where nobody needs that before.
    fn building(self) -> Option<Command> {
        match self {
            Self::Counts => Some(counts::building()),
            Self::Simulate => Some(simulate::building()),
            Self::Fuzz => fuzz::building().ok(),
            _ => None,
        }
    }

    fn is_wanted(self, options: &Options) -> bool {
        (options.only.is_empty() || options.only.contains(&self)) && !options.skip.contains(&self)
    }
}

/// What came of a step.
struct Report {
    step: Step,
    tally: Tally,
    took: Duration,
    problem: Option<String>,
}

/// Runs the wanted steps. The last line counts all their tests.
pub fn test(options: &Options) -> Result<ExitCode> {
    let wanted: Vec<Step> = Step::value_variants().iter().copied().filter(|step| step.is_wanted(options)).collect();
    ahead::build(wanted.iter().skip(1).filter_map(|step| step.building()).collect());
    let reports: Vec<Report> = wanted.iter().map(|step| report(*step, options)).collect();
    println!();
    for Report { step, tally, took, problem } in &reports {
        let problem = problem.as_ref().map_or_else(String::new, |problem| format!("  {problem}"));
        println!("{:>14}  {:>6.1} s  {tally}{problem}", step.name(), took.as_secs_f64());
    }
    let total: Tally = reports.iter().map(|report| report.tally).sum();
    println!("\n{total}");
    Ok(if total.failed == 0 && total.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report(step: Step, options: &Options) -> Report {
    println!();
    progress(&format!("test step `{}`", step.name()));
    let started = Instant::now();
    let (tally, problem) = match step.run(options) {
        Ok(tally) => (tally, None),
        Err(error) => {
            eprintln!("{error:#}");
            (Tally::of_one(false), Some(format!("{error:#}")))
        }
    };
    Report { step, tally, took: started.elapsed(), problem }
}
