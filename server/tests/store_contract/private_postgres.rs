//! A PostgreSQL of the tests' own: Debian's programs, a temporary folder, a port that was free, and gone with the last test that uses it.

use landfall_server::host::random;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

const START_PATIENCE: Duration = Duration::from_secs(60);

pub struct PrivatePostgres {
    folder: PathBuf,
    programs: PathBuf,
    /// PostgreSQL refuses to be run by root; then it is run by this user.
    user: Option<u32>,
    port: u16,
    process: Mutex<Option<Child>>,
}

impl PrivatePostgres {
    /// The one that the tests of this process share. It ends with the last who holds it.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<PrivatePostgres>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start());
            *shared = Arc::downgrade(&started);
            started
        })
    }

    /// One of this test's own, which it may stop.
    pub fn start() -> Self {
        let name: String = random::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = std::env::temp_dir().join(format!("landfall-postgres-{name}"));
        fs::create_dir(&folder).unwrap();
        let user = is_root().then(unprivileged_user);
        if let Some(user) = user {
            std::os::unix::fs::chown(&folder, Some(user), Some(user)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let postgres = Self { folder, programs: programs(), user, port, process: Mutex::default() };
        let mut initdb = postgres.program("initdb");
        initdb.args(["-U", "landfall", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"]).arg(postgres.data());
        let made = initdb.output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        postgres.start_again();
        postgres
    }

    /// Starts it on the data that are there, and waits until it answers.
    pub fn start_again(&self) {
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut server = self.program("postgres");
        server.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300", "shared_buffers=32MB"] {
            server.args(["-c", setting]);
        }
        let child = server.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        *self.process.lock().unwrap() = Some(child);
        let since = Instant::now();
        let ready =
            || self.program("pg_isready").args(["-h", "127.0.0.1", "-p", &self.port.to_string()]).output().unwrap().status.success();
        while !ready() {
            assert!(since.elapsed() < START_PATIENCE, "PostgreSQL does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends every process of it at once, as a power cut would.
    pub fn kill(&self) {
        let Some(mut child) = self.process.lock().unwrap().take() else { return };
        // An immediate shutdown: nothing is finished and nothing is written, but no process is left behind either.
        Command::new("kill").args(["-QUIT", &child.id().to_string()]).status().unwrap();
        child.wait().unwrap();
    }

    /// An empty database, by its address as `--database` takes it.
    pub fn new_database(&self) -> String {
        let name: String = random::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        let mut createdb = self.program("createdb");
        let made = createdb.args(["-h", "127.0.0.1", "-U", "landfall", "-p", &self.port.to_string(), &name]).output().unwrap();
        assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
        format!("postgres://landfall@127.0.0.1:{}/{name}", self.port)
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(&self.folder).env("LC_ALL", "C");
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The newest that is installed, or the one in `LANDFALL_POSTGRES`.
fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("LANDFALL_POSTGRES") {
        return folder.into();
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    versions.filter(|folder| folder.join("initdb").exists()).max_by_key(|folder| version(folder)).expect(
        "PostgreSQL is missing: `cargo xtask test` installs it, or say `apt-get install postgresql`, or name the folder of its programs in LANDFALL_POSTGRES",
    )
}

fn version(folder: &Path) -> u32 {
    folder.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

/// Debian's package makes a user of its own.
fn unprivileged_user() -> u32 {
    let id = Command::new("id").args(["-u", "postgres"]).output().unwrap();
    String::from_utf8_lossy(&id.stdout).trim().parse().unwrap_or(65_534)
}
