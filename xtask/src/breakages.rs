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

/// What a patch is noticed by, if not by the simulation: conventions that are tests.
const TIDY: &str = "tidy";
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
    /// Noticed by the conventions, and not by running it.
    by_tidy: bool,
    /// Why it cannot be noticed: a second line of defence.
    equivalent: Option<String>,
}

/// What came of one.
struct Noticed {
    rule: u8,
    /// The seed that noticed; none where no seed was needed.
    seed: Option<u64>,
}

/// `cargo xtask breakages`.
pub fn breakages(options: &Options) -> Result<ExitCode> {
    let all = all()?;
    if let Some(unknown) = options.only.iter().find(|name| all.iter().all(|breakage| &breakage.name != *name)) {
        bail!("there is no {FOLDER}/{unknown}.patch");
    }
    let wanted: Vec<&Breakage> = all.iter().filter(|one| options.only.is_empty() || options.only.contains(&one.name)).collect();
    let (tree, whole) = (lay_out()?, lay_out_whole()?);
    let mut rows = Vec::new();
    let mut fine = true;
    for breakage in &wanted {
        progress(&format!("{} (rule {}): {}", breakage.name, breakage.rule, breakage.what));
        let started = Instant::now();
        let noticed = if breakage.by_tidy { try_tidy(&whole, breakage)? } else { try_one(&tree, breakage, options.seeds_max)? };
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
        let by = match &self.noticed {
            Some(Noticed { rule: 0, .. }) => "a panic".to_owned(),
            Some(Noticed { rule, .. }) => format!("rule {rule}"),
            None => "–".to_owned(),
        };
        let seed = self.noticed.as_ref().and_then(|noticed| noticed.seed);
        let seed = seed.map_or_else(|| if self.breakage.by_tidy { "tidy" } else { "–" }.to_owned(), |seed| seed.to_string());
        write!(f, "{name:<34} {rule:>5} {by:>10} {seed:>9}  {:>4} s", self.took.as_secs())?;
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
        by_tidy: said("noticed by").as_deref() == Some(TIDY),
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

/// A copy of everything that is, or is about to be, part of the repository; git lists what is in it.
fn lay_out_whole() -> Result<PathBuf> {
    let tree = folder().join("whole");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    fs::create_dir_all(&tree)?;
    let git = |folder: &Path, arguments: &[&str]| -> Result<String> {
        let output = Command::new("git").args(arguments).current_dir(folder).output().context("git does not start")?;
        Ok(String::from_utf8(output.stdout)?)
    };
    git(&tree, &["init", "--quiet"])?;
    for path in git(&root(), &["ls-files", "--cached", "--others", "--exclude-standard"])?.lines() {
        let (source, copy) = (root().join(path), tree.join(path));
        if source.is_file() {
            fs::create_dir_all(copy.parent().context("a file lies in a folder")?)?;
            fs::copy(source, copy)?;
        }
    }
    Ok(tree)
}

/// Applies it, holds the conventions against it, and takes it back.
fn try_tidy(tree: &Path, breakage: &Breakage) -> Result<Option<Noticed>> {
    patch(tree, breakage, &[])?;
    let mut command = cargo(["test", "--package", "xtask", "--test", TIDY, "--", "rule_"]);
    let output = command.env("LANDFALL_TREE", tree).output().context("cargo does not start")?;
    patch(tree, breakage, &["--reverse"])?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(said.lines().find_map(read_failure).map(|rule| Noticed { rule, seed: None }))
}

/// `test rule_1_what_is_shared_is_pure ... FAILED`.
fn read_failure(line: &str) -> Option<u8> {
    let (rule, _) = line.strip_prefix("test rule_")?.strip_suffix(" ... FAILED")?.split_once('_')?;
    rule.parse().ok()
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
    Some(Noticed { rule: rule.parse().ok()?, seed: Some(seed.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_is_broken_by_a_patch_that_applies() {
        let all = all().unwrap();
        let broken: BTreeSet<u8> = all.iter().filter(|one| one.equivalent.is_none()).map(|one| one.rule).collect();
        let numbered = fs::read_to_string(root().join("PROTOCOL.md")).unwrap();
        let rules = numbered.lines().filter_map(|line| line.strip_prefix("| Rule ")?.split(' ').next()?.parse().ok());
        assert_eq!(broken, rules.collect());
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
        assert_eq!((seen.rule, seen.seed), (6, Some(17)));
        assert!(read_violation("    !! rule 6: a has 2 records").is_none());
        assert_eq!(read_failure("test rule_13_the_service_worker ... FAILED"), Some(13));
        assert_eq!(read_failure("test rule_13_the_service_worker ... ok"), None);
    }
}
