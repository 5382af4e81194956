//! A place that everything is kept in, and the built program at work on it.

use crate::world::{Ran, Running, program, ran, text};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

pub enum Place {
    Folder(PathBuf),
    Postgres(String),
    /// The main database, and others as `--log-database` takes them.
    Several(String, String),
}

impl Place {
    pub fn folder(path: &Path) -> Self {
        Self::Folder(path.to_owned())
    }

    /// Runs a command on it.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = program();
        command.args(arguments);
        self.named_to(&mut command);
        ran(command.output().unwrap())
    }

    /// Runs a command that ends well, and returns what it says.
    pub fn well(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    /// Runs a command that cannot do what was asked, and returns why.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        ran.err
    }

    /// Runs a command that ends with this code, and returns what it says to programs.
    pub fn json(&self, arguments: &[&str], code: i32) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.code, code, "{arguments:?}: {}{}", ran.out, ran.err);
        serde_json::from_str(&ran.out).expect("JSON")
    }

    /// How many records nothing is wrong with.
    pub fn verified(&self) -> u64 {
        let verified = self.json(&["verify"], 0);
        assert_eq!(verified["findings"], json!([]));
        verified["records"].as_u64().expect("a number")
    }

    /// Runs a command that goes on meanwhile.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = program();
        command.args(arguments);
        self.named_to(&mut command);
        Running::start(command)
    }

    fn named_to(&self, command: &mut Command) {
        match self {
            Self::Folder(folder) => command.arg("--data").arg(folder),
            Self::Postgres(address) => command.env("LANDFALL_DATABASE", address),
            Self::Several(address, beside) => command.env("LANDFALL_DATABASE", address).env("LANDFALL_LOG_DATABASE", beside),
        };
    }

    /// Every record of a log with all that belongs to it, as lines of JSON.
    pub fn rows(&self, log: &str) -> Vec<String> {
        self.well(&["logs", "export", log]).lines().skip(1).map(str::to_owned).collect()
    }

    /// The epoch of the only log.
    pub fn epoch(&self) -> u64 {
        self.json(&["logs", "list"], 0)["workspaces"][0]["epoch"].as_u64().expect("a number")
    }
}

/// A board called Hull.
pub fn hull() -> Value {
    let column = |last: &str, name: &str| json!({ "column": format!("01930000-0000-7000-8000-0000000000{last}"), "name": name, "stage": "ready", "limit": null });
    json!({ "board": "01930000-0000-7000-8000-00000000b0a0", "name": "Hull", "key": "HLD", "columns": [column("c1", "Ready"), column("c2", "Later")] })
}

/// A file of so many tasks.
pub fn sample(folder: &Path, tasks: u32) -> PathBuf {
    let path = folder.join(format!("sample-{tasks}.csv"));
    let made = ran(program().args(["sample", "--tasks", &tasks.to_string(), "--out", text(&path)]).output().unwrap());
    assert_eq!(made.code, 0, "{}", made.err);
    path
}
