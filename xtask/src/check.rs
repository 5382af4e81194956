//! The steps of `cargo xtask test`, one function each; each returns what it counted.

use crate::build;
use crate::files::{self, scratch};
use crate::install;
use crate::process::{answer, cargo, progress, run, run_seeing, web};
use crate::programs;
use crate::tally::Tally;
use crate::wasm::Profile;
use anyhow::Result;
use std::fs;
use std::process::Command;

/// The crate for the browser. Its logic is tested on the host, its doors to the browser by `wasm`; Clippy looks at it as the browser gets it.
const BROWSER_CRATE: &str = "landfall-client";
/// What `cargo test` leaves out: see `server/Cargo.toml`.
const TRIALS: [&str; 4] = ["--test", "trials", "--test", "power"];

pub fn format(install: bool) -> Result<Tally> {
    if install {
        install::component("rustfmt", "rustfmt")?;
    }
    holds(&mut cargo(["fmt", "--all", "--check"]))
}

pub fn tidy() -> Result<Tally> {
    cargo_tests(&["--package", "xtask"])
}

pub fn build(install: bool) -> Result<Tally> {
    if install {
        install::for_building()?;
    }
    build::page(Profile::Shipped)?;
    build::server_for_tests()?;
    Ok(Tally::of_one(true))
}

/// Of what `build` built last.
pub fn budgets() -> Result<Tally> {
    holds(&mut web("node", ["budgets.mjs"]))
}

pub fn clippy(install: bool) -> Result<Tally> {
    if install {
        install::component("clippy", "clippy-driver")?;
    }
    // With `--all-targets` alone, what `cargo test` leaves out is left out here too.
    let targets: [&[&str]; 2] = [&["--all-targets"], &TRIALS];
    targets.into_iter().map(|targets| holds(&mut clippy_on(targets))).sum()
}

/// Everything but the browser's crate, with all that the server can be built with.
fn clippy_on(targets: &[&str]) -> Command {
    let mut command = cargo(["clippy", "--workspace", "--exclude", BROWSER_CRATE]);
    command.args(targets).args(build::WITH_PAGE_INSIDE).args(["--features", "landfall/otel", "--", "--deny", "warnings"]);
    command
}

pub fn clippy_wasm(install: bool) -> Result<Tally> {
    if install {
        install::wasm_target()?;
        install::component("clippy", "clippy-driver")?;
    }
    let target = ["--target", "wasm32-unknown-unknown"];
    holds(cargo(["clippy", "--package", BROWSER_CRATE, "--all-targets"]).args(target).args(["--", "--deny", "warnings"]))
}

/// The tidy test checks licences and sources on every machine; cargo-deny, where somebody has it, looks closer.
/// Building it takes two cores four minutes, so it is not installed for this; and its advisories need a network.
pub fn deny() -> Result<Tally> {
    if answer(&mut cargo(["deny", "--version"])).is_none() {
        progress("cargo-deny is not installed; the tidy test has checked licences and sources");
        return Ok(Tally::default());
    }
    holds(&mut cargo(["deny", "--offline", "check", "licenses", "bans", "sources"]))
}

pub fn types(install: bool) -> Result<Tally> {
    node(install)?;
    run(&mut web("npm", ["run", "--silent", "types"]))?;
    holds(&mut tool("tsc", &["--project", "e2e"]))
}

pub fn lint(install: bool) -> Result<Tally> {
    node(install)?;
    holds(&mut web("npm", ["run", "--silent", "lint"]))
}

pub fn unit(install: bool) -> Result<Tally> {
    if install {
        install::postgres()?;
        install::nats()?;
    }
    let selection = [&["--workspace", "--exclude", "xtask"], build::WITH_PAGE_INSIDE.as_slice()].concat();
    Ok(programs::run(&selection)? + cargo_tests(&[&["--doc"], selection.as_slice()].concat())?)
}

pub fn trials(install: bool) -> Result<Tally> {
    if install {
        install::postgres()?;
    }
    cargo_tests(&[&["--workspace", "--exclude", "xtask"], TRIALS.as_slice(), build::WITH_PAGE_INSIDE.as_slice()].concat())
}

/// The engine's browser adapters, through the API that the page uses.
pub fn wasm(install: bool) -> Result<Tally> {
    playwright(install, &["e2e/engine/".to_owned()], &[])
}

pub fn end_to_end(install: bool, arguments: &[String]) -> Result<Tally> {
    if install {
        install::postgres()?;
    }
    let product = ["e2e/[a-z-]+[.]spec".to_owned()];
    playwright(install, if arguments.is_empty() { &product } else { arguments }, &[])
}

fn node(install: bool) -> Result<()> {
    if install { install::node() } else { Ok(()) }
}

/// A program that one of the page's packages brings.
fn tool(name: &str, arguments: &[&str]) -> Command {
    web(&files::web().join("node_modules/.bin").join(name).to_string_lossy(), arguments)
}

/// One check that holds or does not; its own output says what is wrong.
fn holds(command: &mut Command) -> Result<Tally> {
    run(command).map(|()| Tally::of_one(true))
}

fn cargo_tests(selection: &[&str]) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut command = cargo(["test", "--no-fail-fast"]);
    let status = run_seeing(command.args(selection), |line| tally = tally + Tally::of_cargo_line(line))?;
    Ok(if status.success() { tally } else { tally.or_one_failure() })
}

/// Playwright with these arguments and variables.
pub fn playwright(install: bool, arguments: &[String], variables: &[(&str, String)]) -> Result<Tally> {
    node(install)?;
    if install {
        install::browsers()?;
    }
    let program = build::server_for_tests()?;
    let report = scratch("playwright")?.join("report.json");
    let mut command = tool("playwright", &["test"]);
    command.args(arguments).envs(variables.iter().cloned()).env("LANDFALL_BIN", program).env("LANDFALL_PLAYWRIGHT_REPORT", &report);
    let status = run_seeing(&mut command, |_| ())?;
    let Ok(text) = fs::read_to_string(&report) else { return Ok(Tally::default().or_one_failure()) };
    let tally = Tally::of_playwright(&text)?;
    Ok(if status.success() { tally } else { tally.or_one_failure() })
}
