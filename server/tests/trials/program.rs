//! `landfall serve` as a process of its own, which is started, watched and killed.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use tokio::sync::oneshot;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_landfall");

/// A folder of one trial's own. It stays when the trial fails.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("landfall-trial-{name}-{}", std::process::id()));
        // Left by a run that was killed.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("what is left lies in {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// How a server is started, always in the same place.
#[derive(Clone)]
pub struct Place {
    pub address: SocketAddr,
    pub data: PathBuf,
    /// Where everything is kept instead, if not there.
    pub database: Option<String>,
    /// Everything that it ever wrote on its standard error.
    pub log: PathBuf,
    /// What starts it, such as a program that limits it; empty for none.
    pub under: Vec<String>,
}

impl Place {
    pub fn new(folder: &Folder) -> Self {
        Self { address: free_address(), data: folder.path("data"), database: None, log: folder.path("server.log"), under: Vec::new() }
    }

    /// One of several on a database.
    pub fn node(folder: &Folder, number: usize, database: &str) -> Self {
        Self { database: Some(database.into()), log: folder.path(&format!("server-{number}.log")), ..Self::new(folder) }
    }

    /// Everything that servers here have complained of.
    pub fn complaints(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn command(&self) -> Command {
        let mut words = self.under.clone();
        words.push(PROGRAM.into());
        let mut command = Command::new(&words[0]);
        // Nobody is turned away because this machine is busy with other things too.
        command.args(&words[1..]).args(["serve", "--wait-max-ms=10000", "--listen", &self.address.to_string(), "--data"]).arg(&self.data);
        command.env_remove("LANDFALL_DATABASE").envs(self.database.iter().map(|address| ("LANDFALL_DATABASE", address)));
        command.env("RUST_LOG", "warn").env("RUST_BACKTRACE", "0").env_remove("LANDFALL_ORIGIN").stdin(Stdio::null());
        command
    }

    /// A server that is given no chance to run for long: to its end, with what it said.
    pub fn run(&self) -> Output {
        self.command().output().expect("the program starts")
    }

    /// Starts it and waits for nothing.
    pub fn spawn(&self) -> Program {
        let log = append(&self.log);
        let mut child = self.command().stdout(Stdio::piped()).stderr(log).spawn().expect("the program starts");
        let said = child.stdout.take().expect("its output is piped");
        let (tell, ready) = oneshot::channel();
        thread::spawn(move || {
            let mut said = BufReader::new(said);
            let mut line = String::new();
            if said.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
                let _ = tell.send(line);
            }
            let _ = said.read_to_end(&mut Vec::new());
        });
        Program { child, ready: Some(ready) }
    }

    /// Starts it and waits until it listens.
    pub async fn start(&self) -> Program {
        let mut program = self.spawn();
        assert!(program.is_serving().await, "the server does not start: {}", self.complaints());
        program
    }
}

fn append(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).expect("a file for what the server complains of")
}

/// Ports that the system gives to outgoing connections are left alone: a client that knocks while nobody listens could be given the very port.
fn free_address() -> SocketAddr {
    loop {
        let port = 10_000 + u16::from_le_bytes(landfall_server::host::random()) % 20_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// The running process; killed when it is dropped.
pub struct Program {
    child: Child,
    ready: Option<oneshot::Receiver<String>>,
}

impl Program {
    /// Waits until it says where it listens; `false` when it ends before.
    pub async fn is_serving(&mut self) -> bool {
        self.ready.take().expect("this is asked once").await.is_ok_and(|said| said.contains("http://"))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// As a service manager does: it finishes what it was given.
    pub fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().expect("kill starts");
        assert!(told.success() && self.child.wait().expect("a child").success(), "it ends as asked");
    }

    /// As `kill -9` does: it has no time for anything.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
