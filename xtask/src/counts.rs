//! Instructions and bytes, which need no quiet machine: held against budgets in every test run, and with ever more data on request.

use crate::files::{root, target};
use crate::install;
use crate::process::{cargo, progress, run};
use crate::tally::Tally;
use anyhow::Result;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Of `cargo xtask test`: every figure against its budget.
pub fn bounded(install: bool) -> Result<Tally> {
    run(Command::new(build(install)?).arg("check"))?;
    Ok(Tally::of_one(true))
}

/// `cargo xtask bench counts`: the same; with `write`, what is found becomes the budgets.
pub fn counts(write: bool) -> Result<ExitCode> {
    run(Command::new(build(true)?).arg("check").args(write.then_some("--write")))?;
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask bench growth`: writes bench/growth.md and bench/growth.svg, or prints what there is to say of `paths`.
pub fn growth(paths: &[String]) -> Result<ExitCode> {
    let mut growth = Command::new(build(true)?);
    growth.arg("growth");
    if paths.is_empty() {
        growth.arg(root().join("bench"));
    } else {
        growth.args(paths);
    }
    run(&mut growth)?;
    Ok(ExitCode::SUCCESS)
}

fn build(install: bool) -> Result<PathBuf> {
    install::valgrind(install)?;
    progress("building the paths that are counted");
    run(&mut building())?;
    Ok(target().join("counts/landfall-counts"))
}

/// What builds it.
pub fn building() -> Command {
    cargo(["build", "--package", "landfall-counts", "--profile", "counts"])
}
