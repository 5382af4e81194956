//! Runs a path under valgrind's callgrind and reads how many instructions were counted.

use crate::counted::SYMBOL;
use crate::paths::Size;
use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

/// One run of a path.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which path.
    pub path: &'static str,
    /// With how much of everything.
    pub size: Size,
}

/// A count, and where callgrind has written what it is made of.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Instructions.
    pub instructions: u64,
    /// For `callgrind_annotate`.
    pub profile: PathBuf,
}

impl Run {
    /// Counts it. The same program counts the same on every machine that valgrind shows the same processor to, so the environment is fixed too.
    pub fn count(&self) -> Result<Counted, String> {
        let program = std::env::current_exe().map_err(|error| format!("this program does not know where it is: {error}"))?;
        let folder = program.with_file_name("callgrind");
        fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
        let profile = folder.join(format!("{}.{}.out", self.path, self.size.words().join(".")));
        let mut command = Command::new("valgrind");
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
        // Freed memory of one size is used again at once, however much of it there is: what the state was made of does not matter then.
        command.env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=65535");
        command.args(["--quiet", "--tool=callgrind"]).arg(format!("--toggle-collect={SYMBOL}"));
        command.arg(format!("--callgrind-out-file={}", profile.display())).arg(&program).args(["count", self.path]).args(self.size.words());
        let output = command.output().map_err(|error| format!("valgrind does not start: {error}; Debian's package is `valgrind`"))?;
        if !output.status.success() {
            return Err(format!("{}: {}", self.path, String::from_utf8_lossy(&output.stderr)));
        }
        let text = fs::read_to_string(&profile).map_err(|error| format!("{} cannot be read: {error}", profile.display()))?;
        let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).and_then(|total| total.trim().parse().ok());
        match total {
            Some(instructions) if instructions > 0 => Ok(Counted { instructions, profile }),
            _ => Err(format!("{}: callgrind has counted nothing: is there still a function `{SYMBOL}`?", self.path)),
        }
    }
}

/// Counts all of these, one on each core at a time; the answers are in the order of the runs.
pub fn count_all(runs: &[Run]) -> Result<Vec<Counted>, String> {
    let waiting: Mutex<VecDeque<usize>> = Mutex::new((0..runs.len()).collect());
    let counted = Mutex::new(vec![None; runs.len()]);
    let next = || waiting.lock().expect("nobody panics with it").pop_front();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(place) = next() {
                    let result = runs[place].count();
                    counted.lock().expect("nobody panics with it")[place] = Some(result);
                }
            });
        }
    });
    let counted = counted.into_inner().expect("nobody panics with it");
    counted.into_iter().map(|result| result.expect("every run was taken")).collect()
}
