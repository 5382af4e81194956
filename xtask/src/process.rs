//! Starting other programs, so that a failure names the program and what to do.

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// A command of the cargo that runs this program, in the workspace's root.
///
/// It must not see what cargo told us of our own package: some build scripts watch those variables, and would build anew each time.
pub fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os().filter(|(name, _)| is_about_our_package(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.current_dir(crate::files::root()).args(arguments);
    command
}

fn is_about_our_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"].iter().any(|start| variable.starts_with(start))
}

/// A program of Node's, in `web/`.
pub fn web<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::files::web()).args(arguments);
    command
}

/// One line on what happens next.
pub fn progress(what: &str) {
    println!("\x1b[1m==>\x1b[0m {what}");
}

/// Runs it with our own input and output; anything but success is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = start(command.status(), command)?;
    require_success(status, command)
}

/// Runs it and shows what it printed on its standard output only when it fails.
pub fn run_quietly(command: &mut Command) -> Result<()> {
    let output = start(command.stderr(Stdio::inherit()).output(), command)?;
    if !output.status.success() {
        std::io::stdout().write_all(&output.stdout)?;
    }
    require_success(output.status, command)
}

/// Runs it and returns what it printed on its standard output; anything but success is an error.
pub fn printed(command: &mut Command) -> Result<String> {
    let output = start(command.stdin(Stdio::null()).stderr(Stdio::inherit()).output(), command)?;
    require_success(output.status, command)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs it with our own output and also hands each line of its standard output to `see`.
pub fn run_seeing(command: &mut Command, mut see: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut child = start(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn(), command)?;
    let mut output = BufReader::new(child.stdout.take().expect("standard output was piped"));
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        std::io::stdout().write_all(&line)?;
        see(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    Ok(child.wait()?)
}

/// Runs it quietly and returns what it printed; `None` when it is not installed or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Is there a program at this path, or of this name on the search path?
pub fn is_installed(program: &str) -> bool {
    let found = |path: &Path| path.is_file();
    if program.contains('/') {
        return found(Path::new(program));
    }
    env::var_os("PATH").is_some_and(|paths| env::split_paths(&paths).any(|folder| found(&folder.join(program))))
}

fn require_success(status: ExitStatus, command: &Command) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

fn start<T>(started: std::io::Result<T>, command: &Command) -> Result<T> {
    started.with_context(|| format!("`{}` could not be started", shown(command)))
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy);
    words.collect::<Vec<_>>().join(" ")
}
