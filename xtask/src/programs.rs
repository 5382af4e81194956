//! Cargo's test programs, as many at a time as there are processors: many of them wait for a disk or a socket, and cargo runs one after the other.

use crate::process::{cargo, printed};
use crate::tally::Tally;
use anyhow::{Context, Result};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

/// A test program and the folder it runs in.
struct Program {
    executable: PathBuf,
    package: PathBuf,
}

/// Builds the test programs of this selection and runs them all.
pub fn run(selection: &[&str]) -> Result<Tally> {
    let waiting = Mutex::new(build(selection)?.into_iter());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let of_worker = || -> Result<Tally> {
        let next = || waiting.lock().expect("no worker panics with the list in its hand").next();
        std::iter::from_fn(next).map(|program| program.run()).sum()
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(of_worker)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker hands its errors on")).sum()
    })
}

/// Builds them, and reads from cargo where they are.
fn build(selection: &[&str]) -> Result<Vec<Program>> {
    let mut command = cargo(["test", "--no-run", "--message-format", "json-render-diagnostics"]);
    let messages = printed(command.args(selection))?;
    let mut programs = messages.lines().filter_map(|line| Program::of_message(line).transpose()).collect::<Result<Vec<_>>>()?;
    programs.sort_by(|one, other| one.executable.cmp(&other.executable));
    Ok(programs)
}

impl Program {
    /// `None` for every message but that of a built test program.
    fn of_message(message: &str) -> Result<Option<Self>> {
        let message: Value = serde_json::from_str(message).context("cargo sent a message that is no JSON")?;
        let Some(executable) = message["executable"].as_str().filter(|_| message["profile"]["test"] == true) else { return Ok(None) };
        let manifest = message["manifest_path"].as_str().context("cargo names no manifest with a test program")?;
        let package = Path::new(manifest).parent().context("a manifest lies in a folder")?;
        Ok(Some(Self { executable: executable.into(), package: package.into() }))
    }

    /// Shows what it printed when it has ended, so that two do not speak at once.
    fn run(&self) -> Result<Tally> {
        let mut command = Command::new(&self.executable);
        let output = command.current_dir(&self.package).stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("{} could not be started", self.executable.display()))?;
        let mut shown = std::io::stdout().lock();
        writeln!(shown, "\n{}", self.executable.display())?;
        shown.write_all(&output.stdout)?;
        shown.write_all(&output.stderr)?;
        let tally: Tally = String::from_utf8_lossy(&output.stdout).lines().map(Tally::of_cargo_line).sum();
        Ok(if output.status.success() { tally } else { tally.or_one_failure() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_that_cargo_built_the_test_programs_are_run_where_their_package_lies() {
        let built = r#"{"reason":"compiler-artifact","manifest_path":"/a/b/Cargo.toml","profile":{"test":true},"executable":"/t/it-1"}"#;
        let program = Program::of_message(built).unwrap().unwrap();
        assert_eq!((program.executable, program.package), ("/t/it-1".into(), "/a/b".into()));
        for other in [built.replace("true", "false"), built.replace("\"/t/it-1\"", "null"), r#"{"reason":"build-finished"}"#.to_owned()] {
            assert!(Program::of_message(&other).unwrap().is_none(), "{other}");
        }
        assert!(Program::of_message("no JSON").is_err());
    }
}
