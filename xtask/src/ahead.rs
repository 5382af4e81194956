//! What late steps of `cargo xtask test` need built, built while early ones leave a core idle.
//!
//! Each is built into a folder of its own within `target/`, so that early steps do not wait for its lock. What does not build here, the step
//! itself builds and says why not.

use std::process::{Command, Stdio};
use std::thread;

/// The least urgent there is: whatever else runs goes first.
const NICENESS: &str = "19";

/// Begins to build, one after the other.
pub fn build(commands: Vec<Command>) {
    thread::spawn(move || {
        for command in &commands {
            let _ = unhurried(command).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    });
}

fn unhurried(command: &Command) -> Command {
    let mut nice = Command::new("nice");
    nice.args(["-n", NICENESS]).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        nice.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => nice.env(name, value),
            None => nice.env_remove(name),
        };
    }
    nice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_run_in_the_same_place_without_haste() {
        let mut command = Command::new("cargo");
        command.args(["build", "--package", "it"]).current_dir("/a").env("ONE", "1").env_remove("TWO");
        let nice = unhurried(&command);
        assert_eq!(format!("{nice:?}"), r#"cd "/a" && env -u TWO ONE="1" "nice" "-n" "19" "cargo" "build" "--package" "it""#);
    }
}
