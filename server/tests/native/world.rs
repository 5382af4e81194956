//! The built program as a server on a random port, and the same program as a client, each a process of its own.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is started, killed and started again on the same folder and port, and its founder.
pub struct World {
    folder: PathBuf,
    /// The PostgreSQL that everything is kept in; a folder without.
    database: Option<String>,
    /// Databases beside it, as `--log-database` takes them.
    pub log_databases: Option<String>,
    /// What else is set about its server, by variables.
    pub variables: Vec<(&'static str, &'static str)>,
    server: Option<Child>,
    pub address: String,
    pub log: String,
    cookie: String,
}

/// How a command went.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl World {
    /// Starts a server on a folder, and founds “Dry dock” as Edda.
    pub fn start(name: &str) -> Self {
        Self::start_on(name, None)
    }

    /// The same on a PostgreSQL, if one is named.
    pub fn start_on(name: &str, database: Option<String>) -> Self {
        let folder = std::env::temp_dir().join(format!("landfall-native-e2e-{name}-{}", std::process::id()));
        // Left by a run that was killed.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut world = Self {
            folder,
            database,
            log_databases: None,
            variables: Vec::new(),
            server: None,
            address: "127.0.0.1:0".into(),
            log: String::new(),
            cookie: String::new(),
        };
        world.start_server();
        let (head, body) = world.post("/api/found", &json!({ "workspace": "Dry dock", "name": "Edda" }));
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
        world.cookie = cookie.split(';').next().unwrap().to_owned();
        world.log = body["log"].as_str().expect("a log").to_owned();
        world
    }

    /// On the port that it had before, if it had one.
    pub fn start_server(&mut self) {
        let mut command = program();
        command.args(["serve", "--listen", &self.address, "--data"]).arg(self.folder.join("data"));
        command.envs(self.database.iter().map(|address| ("LANDFALL_DATABASE", address)));
        command.envs(self.log_databases.iter().map(|beside| ("LANDFALL_LOG_DATABASE", beside)));
        command.envs(self.variables.iter().copied());
        let mut server = command.env("RUST_LOG", "warn").stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(server.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        self.address = line.trim().rsplit_once("http://").expect("the server says where it is").1.to_owned();
        thread::spawn(move || said.read_to_end(&mut Vec::new()));
        self.server = Some(server);
    }

    /// As a power cut would.
    pub fn kill_server(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn token(&self) -> String {
        let (_, body) = self.post("/api/tokens", &json!({ "log": self.log, "label": "test" }));
        body["token"].as_str().expect("a token").to_owned()
    }

    pub fn invitation(&self) -> String {
        let (_, body) = self.post("/api/invitations", &json!({ "log": self.log, "role": "member" }));
        body["link"].as_str().expect("a link").to_owned()
    }

    /// The founder does something, in the page as it were; it must be accepted.
    pub fn submit(&self, number: u8, kind: &str, body: &Value) {
        let outcome = self.ask(number, kind, body);
        assert!(outcome["accepted"].is_array(), "{outcome}");
    }

    /// The founder tries something.
    pub fn ask(&self, number: u8, kind: &str, body: &Value) -> Value {
        let id = |last: u8| format!("01930000-0000-7000-8000-0000000000{last:02x}");
        let command = json!({ "type": kind, "version": 1, "body": body });
        let submission = json!({ "id": id(number), "after": null, "issued": 1, "command": command });
        let path = format!("/api/logs/{}/commands", self.log);
        let (_, answer) = self.post(&path, &json!({ "device": id(255), "commands": [submission] }));
        answer["records"][0]["outcome"].clone()
    }

    /// The position of the last record.
    pub fn head(&self) -> u64 {
        let (_, body) = self.request("GET", &format!("/api/logs/{}/records?limit=1", self.log), &[]);
        body["head"].as_u64().expect("a head")
    }

    fn post(&self, path: &str, body: &Value) -> (String, Value) {
        self.request("POST", path, body.to_string().as_bytes())
    }

    fn request(&self, method: &str, path: &str, body: &[u8]) -> (String, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (host, cookie, length) = (&self.address, &self.cookie, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {answer}");
        (head.to_owned(), serde_json::from_str(body).expect("JSON"))
    }

    /// A command of somebody on this machine, not yet run.
    pub fn client(&self, profile: &str, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).env("LANDFALL_PROFILE", self.path(profile));
        command
    }

    /// Runs a command of somebody on this machine.
    pub fn run(&self, profile: &str, arguments: &[&str]) -> Ran {
        ran(self.client(profile, arguments).output().unwrap())
    }

    /// Every record of the log, as lines of JSON.
    pub fn export(&self, profile: &str) -> Vec<String> {
        let exported = self.run(profile, &["export", "Dry dock"]);
        assert_eq!(exported.code, 0, "{}", exported.err);
        exported.out.lines().map(str::to_owned).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.kill_server();
        if !thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    let variables = ["SERVER", "TOKEN", "PROFILE", "LISTEN", "DATA", "DATABASE", "LOG_DATABASE", "ORIGIN"];
    for variable in variables.map(|name| format!("LANDFALL_{name}")) {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null());
    command
}

pub fn ran(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: output.status.code().expect("it was not killed"), out: text(output.stdout), err: text(output.stderr) }
}

/// A process whose lines are read as they come, and which is killed when it is no longer needed.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] = [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let tell = tell.clone();
            thread::spawn(move || BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        }
        Self { child, lines }
    }

    /// The next line, on whichever stream.
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line in time")
    }

    /// Is there nothing to read for a moment?
    pub fn is_silent(&self) -> bool {
        matches!(self.lines.recv_timeout(Duration::from_millis(300)), Err(RecvTimeoutError::Timeout))
    }

    /// Ctrl-C.
    #[cfg(unix)]
    pub fn interrupt(&self) {
        assert!(Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap().success());
    }

    /// The exit code, once it has ended by itself.
    #[cfg(unix)]
    pub fn code(&mut self) -> i32 {
        self.child.wait().unwrap().code().expect("it was not killed")
    }

    pub fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits until something is so.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}: not in time");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The text of a path in an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
