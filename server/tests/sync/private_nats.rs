//! A NATS server of a test's own: Debian's program, a port that was free, and gone with the test; and somebody who speaks its protocol by hand.

use landfall_server::host::random;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const START_PATIENCE: Duration = Duration::from_secs(30);

pub struct PrivateNats {
    folder: PathBuf,
    pub port: u16,
    words: Vec<String>,
    process: Mutex<Option<Child>>,
}

impl PrivateNats {
    /// One that is started with these words beside those that say where it listens.
    pub fn start(words: &[&str]) -> Self {
        let name: String = random::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = std::env::temp_dir().join(format!("landfall-nats-{name}"));
        fs::create_dir(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let nats = Self { folder, port, words, process: Mutex::default() };
        nats.start_again();
        nats
    }

    /// Starts it on the same port, and waits until it answers.
    pub fn start_again(&self) {
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut server = Command::new(program());
        server.args(["--addr", "127.0.0.1", "--port", &self.port.to_string()]).args(&self.words).current_dir(&self.folder);
        let child = server.stdout(Stdio::null()).stderr(log).spawn();
        *self.process.lock().unwrap() = Some(child.expect(
            "nats-server is missing: `cargo xtask test` installs it, or say `apt-get install nats-server`, or name the program in LANDFALL_NATS",
        ));
        let since = Instant::now();
        while !self.introduces_itself() {
            assert!(since.elapsed() < START_PATIENCE, "nats-server does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(&self) {
        let Some(mut child) = self.process.lock().unwrap().take() else { return };
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Its address, with a user, a password or a token before the host, or nothing.
    pub fn address(&self, known_by: &str) -> String {
        format!("nats://{known_by}127.0.0.1:{}", self.port)
    }

    /// Says this on a subject, as anybody may who reaches the server; it has been passed on when this returns.
    pub fn publish(&self, subject: &str, said: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "CONNECT {{\"verbose\":false}}\r\nPUB {subject} {}\r\n", said.len()).unwrap();
        stream.write_all(said).unwrap();
        stream.write_all(b"\r\nPING\r\n").unwrap();
        let mut lines = BufReader::new(stream).lines().map(|line| line.unwrap());
        assert!(lines.next().unwrap().starts_with("INFO "));
        assert_eq!(lines.next().unwrap(), "PONG");
    }

    fn introduces_itself(&self) -> bool {
        let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).is_ok() && line.starts_with("INFO ")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for PrivateNats {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Debian keeps it where only root's shell looks.
fn program() -> PathBuf {
    let debian = Path::new("/usr/sbin/nats-server");
    let found = || if debian.exists() { debian.to_owned() } else { "nats-server".into() };
    std::env::var_os("LANDFALL_NATS").map_or_else(found, PathBuf::from)
}
