//! What this process takes of its machine, as Linux tells it; elsewhere nothing is told.

use std::fs;

/// Ticks in a second, in which Linux counts what a process uses of the processors, whatever its own clock does.
const TICKS_PER_SECOND: f64 = 100.0;

/// What it takes, as far as it is known.
#[derive(Default)]
pub struct Process {
    /// Memory that is in use, bytes.
    pub resident_bytes: Option<f64>,
    /// Files, sockets among them.
    pub open_files: Option<f64>,
    /// Most of them.
    pub open_files_max: Option<f64>,
    /// Time of processors, seconds.
    pub processor_seconds: Option<f64>,
}

impl Process {
    /// This one, now.
    pub fn look() -> Self {
        Self {
            resident_bytes: resident_bytes(),
            open_files: fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as f64),
            open_files_max: open_files_max(),
            processor_seconds: processor_seconds(),
        }
    }
}

fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))?;
    Some(kilobytes.trim().parse::<f64>().ok()? * 1_024.0)
}

fn open_files_max() -> Option<f64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok())
}

fn processor_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may hold anything; the fields behind it are numbers.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / TICKS_PER_SECOND)
}
