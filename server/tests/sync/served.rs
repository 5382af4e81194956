//! The program as a process of its own, in which nobody has signed in yet.

use crate::world::{Folder, Person};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_landfall");

/// `landfall serve`, killed when it is dropped.
pub struct Program {
    pub child: Child,
    /// Its first two lines.
    pub said: Vec<String>,
    pub nobody: Person,
}

impl Program {
    pub fn start(folder: &Folder) -> Self {
        Self::by(&mut command(&["serve", "--listen", "127.0.0.1:0"], folder))
    }

    /// Started by a command of one's own.
    pub fn by(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            said.push(line.unwrap());
            if said.len() == 2 {
                break;
            }
        }
        let address = said[0].rsplit("http://").next().unwrap().parse().unwrap_or_else(|_| panic!("no address in {said:?}"));
        Self { child, said, nobody: Person::at(address) }
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        let told = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn command(words: &[&str], folder: &Folder) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(words).arg("--data").arg(&folder.0).stderr(Stdio::piped()).stdin(Stdio::null());
    command
}
