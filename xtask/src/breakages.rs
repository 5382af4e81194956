//! Breakages: each rule broken on purpose, one small patch at a time, to see that the simulation notices.

use crate::files::{mirror, root, target};
use crate::process::{cargo, progress};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Where the patches are.
const FOLDER: &str = "shared/simulation/breakages";

#[derive(Args)]
pub struct Options {
    /// Only this one; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Seeds after which a breakage counts as unnoticed
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    seeds_max: u64,
}

/// A patch, and what its head says of it.
struct Breakage {
    name: String,
    path: PathBuf,
    rule: u8,
    what: String,
    domain: String,
    /// Why it cannot be noticed: a second line of defence.
    equivalent: Option<String>,
}

/// What came of one.
struct Noticed {
    rule: u8,
    seeds: u64,
}

/// `cargo xtask breakages`.
pub fn breakages(options: &Options) -> Result<ExitCode> {
    let all = all()?;
    if let Some(unknown) = options.only.iter().find(|name| all.iter().all(|breakage| &breakage.name != *name)) {
        bail!("there is no {FOLDER}/{unknown}.patch");
    }
    let wanted: Vec<&Breakage> = all.iter().filter(|one| options.only.is_empty() || options.only.contains(&one.name)).collect();
    let tree = lay_out()?;
    let mut rows = Vec::new();
    let mut fine = true;
    for breakage in &wanted {
        progress(&format!("{} (rule {}): {}", breakage.name, breakage.rule, breakage.what));
        let started = Instant::now();
        let noticed = try_one(&tree, breakage, options.seeds_max)?;
        fine &= noticed.is_some() != breakage.equivalent.is_some();
        let row = Row { breakage, noticed, took: started.elapsed() };
        println!("{row}");
        rows.push(row);
    }
    println!("\n{:<34} {:>5} {:>10} {:>9}", "breakage", "rule", "noticed by", "at seed");
    rows.iter().for_each(|row| println!("{row}"));
    let (noticed, equivalent) =
        (rows.iter().filter(|row| row.noticed.is_some()).count(), rows.iter().filter(|row| row.breakage.equivalent.is_some()).count());
    println!("{} breakages, {noticed} noticed, {equivalent} that cannot be noticed", rows.len());
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Row<'a> {
    breakage: &'a Breakage,
    noticed: Option<Noticed>,
    took: Duration,
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Breakage { name, rule, equivalent, .. } = self.breakage;
        let (by, seeds) = match &self.noticed {
            Some(Noticed { rule: 0, seeds }) => ("a panic".to_owned(), seeds.to_string()),
            Some(Noticed { rule, seeds }) => (format!("rule {rule}"), seeds.to_string()),
            None => ("–".to_owned(), "–".to_owned()),
        };
        write!(f, "{name:<34} {rule:>5} {by:>10} {seeds:>9}  {:>4} s", self.took.as_secs())?;
        match (&self.noticed, equivalent) {
            (None, None) => write!(f, "  UNNOTICED"),
            (Some(_), Some(_)) => write!(f, "  noticed, although its head says that it cannot be"),
            (None, Some(why)) => write!(f, "  cannot be noticed: {why}"),
            (Some(_), None) => Ok(()),
        }
    }
}

/// All of them, by name.
fn all() -> Result<Vec<Breakage>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(root().join(FOLDER)).with_context(|| format!("{FOLDER} cannot be read"))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        all.push(read(&path, &text)?);
    }
    all.sort_by(|one, other| (one.rule, &one.name).cmp(&(other.rule, &other.name)));
    Ok(all)
}

fn read(path: &Path, text: &str) -> Result<Breakage> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let said =
        |word: &str| text.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(word)?.strip_prefix(": ")).map(str::to_owned);
    let rule = said("rule").and_then(|rule| rule.parse().ok()).with_context(|| format!("{name}: a line “# rule: 6” is missing"))?;
    let what = said("what").with_context(|| format!("{name}: a line “# what: …” is missing"))?;
    Ok(Breakage {
        name,
        path: path.to_owned(),
        rule,
        what,
        domain: said("domain").unwrap_or_else(|| "toy".into()),
        equivalent: said("equivalent"),
    })
}

/// A copy of what the simulation is made of, with a target folder of its own.
fn lay_out() -> Result<PathBuf> {
    let tree = folder().join("tree");
    mirror(&root().join("shared"), &tree.join("shared"))?;
    fs::copy(root().join("Cargo.lock"), tree.join("Cargo.lock"))?;
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let ours = r#"members = ["shared/engine", "shared/domain", "shared/simulation"]"#;
    let changed: String = manifest
        .lines()
        .filter(|line| !line.starts_with("default-members"))
        .map(|line| if line.starts_with("members = ") { ours } else { line })
        .fold(String::new(), |text, line| text + line + "\n");
    fs::write(tree.join("Cargo.toml"), changed)?;
    Ok(tree)
}

fn folder() -> PathBuf {
    target().join("breakages")
}

/// Applies it, builds, looks, and takes it back.
fn try_one(tree: &Path, breakage: &Breakage, seeds_max: u64) -> Result<Option<Noticed>> {
    patch(tree, breakage, &[])?;
    let noticed = build(tree, breakage).and_then(|program| notice(&program, breakage, seeds_max));
    patch(tree, breakage, &["--reverse"])?;
    noticed
}

fn patch(tree: &Path, breakage: &Breakage, more: &[&str]) -> Result<()> {
    let mut command = Command::new("git");
    // The copy lies within a repository, and is none.
    command.args(["apply", "--whitespace=nowarn"]).args(more).arg(&breakage.path);
    command.current_dir(tree).env("GIT_CEILING_DIRECTORIES", folder());
    let output = command.output().context("git does not start")?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{}.patch does not apply: what it breaks has changed. Make it anew against what stands there now, with the same head.\n{why}",
            breakage.name
        );
    }
    Ok(())
}

/// Quickly: most breakages are noticed within a few seeds.
fn build(tree: &Path, breakage: &Breakage) -> Result<PathBuf> {
    let folder = folder().join("target");
    let mut command = cargo(["build", "--quiet", "--offline", "--package", "landfall-simulation", "--bin", "landfall-simulate"]);
    command.args(["--profile", "simulation", "--target-dir"]).arg(&folder).current_dir(tree);
    if breakage.domain == "toy" {
        command.arg("--no-default-features");
    }
    command.envs([
        ("CARGO_PROFILE_SIMULATION_OPT_LEVEL", "1"),
        ("CARGO_PROFILE_SIMULATION_INCREMENTAL", "true"),
        ("RUSTFLAGS", "-Awarnings"),
    ]);
    let output = command.output().context("cargo does not start")?;
    if !output.status.success() {
        bail!("{}.patch does not compile:\n{}", breakage.name, String::from_utf8_lossy(&output.stderr));
    }
    Ok(folder.join("simulation/landfall-simulate"))
}

fn notice(program: &Path, breakage: &Breakage, seeds_max: u64) -> Result<Option<Noticed>> {
    let mut command = Command::new(program);
    let output = command.args(["--first", "--brief", "--domain", &breakage.domain, "--seeds", &seeds_max.to_string()]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(said.lines().find_map(read_violation))
}

/// `toy seed 17: rule 6: …`.
fn read_violation(line: &str) -> Option<Noticed> {
    let (_, rest) = line.split_once(" seed ")?;
    let (seed, rest) = rest.split_once(": rule ")?;
    let (rule, _) = rest.split_once(':')?;
    Some(Noticed { rule: rule.parse().ok()?, seeds: seed.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Rules that a simulation can show; the others are shown by what may be written (1, 2) and by browsers (13).
    fn simulated() -> BTreeSet<u8> {
        (3..=23).filter(|rule| *rule != 13).collect()
    }

    #[test]
    fn every_rule_that_can_be_simulated_is_broken_by_a_patch_that_applies() {
        let all = all().unwrap();
        let broken: BTreeSet<u8> = all.iter().filter(|one| one.equivalent.is_none()).map(|one| one.rule).collect();
        assert_eq!(broken, simulated());
        for breakage in &all {
            let mut check = Command::new("git");
            let output = check.args(["apply", "--check"]).arg(&breakage.path).current_dir(root()).output().unwrap();
            let why = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}.patch does not apply any more: make it anew, with the same head\n{why}", breakage.name);
        }
    }

    #[test]
    fn a_violation_is_read_from_what_the_simulation_says() {
        let seen = read_violation("toy seed 17: rule 6: a has 2 records").unwrap();
        assert_eq!((seen.rule, seen.seeds), (6, 17));
        assert!(read_violation("    !! rule 6: a has 2 records").is_none());
    }
}
