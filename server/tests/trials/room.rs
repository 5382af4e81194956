//! A small file system of one trial's own: a real one, that is really full or read-only.
//!
//! It is mounted in a mount namespace that a sleeping process keeps; the rest of the machine does not see it.
//! That takes root, or a system that lets everybody make user namespaces.

use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// See the module.
pub struct Room {
    keeper: Child,
    folder: PathBuf,
    enter: Vec<String>,
}

impl Room {
    /// Of so many MiB, in the place of `folder`.
    pub fn new(folder: &Path, size_mib: u32) -> Self {
        std::fs::create_dir_all(folder).expect("a folder");
        // As root a namespace of mounts is enough. Otherwise we are root in a namespace of users first.
        [&["--mount"][..], &["--map-root-user", "--mount"]].into_iter().find_map(|kind| Self::mounted(folder, size_mib, kind)).expect(
            "this trial mounts a small file system: run it as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)",
        )
    }

    fn mounted(folder: &Path, size_mib: u32, kind: &[&str]) -> Option<Self> {
        let script = "mount -t tmpfs -o size=\"$1\"m landfall \"$2\" && echo mounted && exec cat";
        let mut command = Command::new("unshare");
        command.args(kind).args(["sh", "-c", script, "sh", &size_mib.to_string()]).arg(folder);
        // It ends when its input does: with this process, however that ends.
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(keeper.stdout.take()?).read_line(&mut line).ok()?;
        let pid = keeper.id().to_string();
        let users: &[&str] = if kind.len() > 1 { &["--user", "--preserve-credentials"] } else { &[] };
        let enter = ["nsenter", "--target", &pid].iter().chain(users).chain(&["--mount"]).map(ToString::to_string).collect();
        let room = Self { keeper, folder: folder.to_owned(), enter };
        (line.trim() == "mounted").then_some(room)
    }

    /// What starts a program in there.
    pub fn enter(&self) -> Vec<String> {
        self.enter.clone()
    }

    /// A file in there, as it is seen from here.
    pub fn path(&self, name: &str) -> PathBuf {
        let folder = self.folder.strip_prefix("/").expect("an absolute path");
        Path::new("/proc").join(self.keeper.id().to_string()).join("root").join(folder).join(name)
    }

    /// Nothing can be written from now on.
    pub fn make_read_only(&self) {
        self.run(&["mount", "-o", "remount,ro"]);
    }

    /// Takes all the room that is left but so many bytes, or all where others take theirs meanwhile.
    pub fn fill(&self, name: &str, bytes_left: u64) {
        let told = self.run(&["df", "--output=avail", "--block-size=1"]);
        let free: u64 = told.lines().nth(1).and_then(|line| line.trim().parse().ok()).expect("a number");
        assert!(free < 1 << 30, "this is not the small file system");
        let written = std::fs::write(self.path(name), vec![1; free.saturating_sub(bytes_left) as usize]);
        written.or_else(|error| if error.kind() == ErrorKind::StorageFull { Ok(()) } else { Err(error) }).expect("ballast");
    }

    /// What a program says of the folder, in there.
    fn run(&self, words: &[&str]) -> String {
        let output = Command::new(&self.enter[0]).args(&self.enter[1..]).args(words).arg(&self.folder).output().expect("it starts");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// A copy outside of everything that lies in there.
    pub fn copy_to(&self, folder: &Path) {
        std::fs::create_dir_all(folder).expect("a folder");
        for entry in std::fs::read_dir(self.path("")).expect("the room") {
            let entry = entry.expect("a file");
            std::fs::copy(entry.path(), folder.join(entry.file_name())).expect("a copy");
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
