//! The same seed is the same run on every machine: native code twice and wasm twice, held against each other.

use crate::files::{scratch, target};
use crate::process::{cargo, progress, run};
use crate::tally::Tally;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// Domains, each with as many seeds.
const SEEDS: [(&str, u32); 2] = [("toy", 60), ("product", 15)];
const STEPS: u32 = 200;
/// As a profile of the workspace: quick to build, with every assertion.
const PROFILE: &str = "wasm-dev";
/// Prints what `landfall-simulate --hashes` prints.
const SCRIPT: &str = "const { hashes } = require('./landfall_simulation.js');
const [domain, seeds, steps] = process.argv.slice(2);
for (let seed = 1; seed <= Number(seeds); seed += 1) console.log(hashes(domain, seed, Number(steps)));
";

/// One test for each domain.
pub fn compare(program: &Path) -> Result<Tally> {
    progress("the same seeds natively and in wasm, each twice");
    let module = module()?;
    SEEDS.iter().map(|(domain, seeds)| compare_one(program, &module, domain, *seeds)).sum::<Result<Tally>>()
}

fn compare_one(program: &Path, module: &Path, domain: &str, seeds: u32) -> Result<Tally> {
    let (seeds, steps) = (seeds.to_string(), STEPS.to_string());
    let native = || said(Command::new(program).args(["--hashes", "--domain", domain, "--seeds", &seeds, "--steps", &steps]));
    let wasm = || said(Command::new("node").arg("hashes.cjs").args([domain, &seeds, &steps]).current_dir(module));
    let runs = [("native", native()?), ("native again", native()?), ("wasm", wasm()?), ("wasm again", wasm()?)];
    let (_, first) = &runs[0];
    let mut holds = first.lines().count().to_string() == seeds;
    for (name, other) in &runs[1..] {
        if let Some((one, another)) = first.lines().zip(other.lines()).find(|(one, another)| one != another) {
            println!("{name} differs (domain, seed, hash of the run, hash of the states):\n  {one}\n  {another}");
        }
        holds &= first == other;
    }
    println!("{domain}: {seeds} seeds, native twice and wasm twice: {}", if holds { "the same to the bit" } else { "they differ" });
    Ok(Tally::of_one(holds))
}

fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?} does not start"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The simulation as a module for Node; returns its folder.
fn module() -> Result<std::path::PathBuf> {
    let package = ["rustc", "--package", "landfall-simulation", "--lib", "--features", "wasm", "--crate-type", "cdylib"];
    run(cargo(package).args(["--target", "wasm32-unknown-unknown", "--profile", PROFILE]))?;
    let compiled = target().join("wasm32-unknown-unknown").join(PROFILE).join("landfall_simulation.wasm");
    let folder = scratch("simulation")?;
    Bindgen::new()
        .input_path(&compiled)
        .nodejs(true)?
        .out_name("landfall_simulation")
        .generate(&folder)
        .with_context(|| format!("no JavaScript could be made for {}", compiled.display()))?;
    std::fs::write(folder.join("hashes.cjs"), SCRIPT)?;
    Ok(folder)
}
