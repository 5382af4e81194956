//! What Linux tells of a process and of the machine.

use anyhow::{Context, Result, anyhow, ensure};
use std::fs;
use std::process::Command;

/// `/proc` counts processor time in these, on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time that a process has used, of all its threads, seconds.
pub fn cpu_seconds(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).context("the bench reads /proc, which Linux has")?;
    // The name of the program stands in brackets and may hold spaces.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).context("/proc/PID/stat has other fields");
    Ok((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}

/// Memory that is in RAM now, bytes.
pub fn resident_bytes(process: u32) -> Result<u64> {
    status_kib(process, "VmRSS:")
}

/// The most that was in RAM since the start, or since [`forget_peak`], bytes.
pub fn peak_bytes(process: u32) -> Result<u64> {
    status_kib(process, "VmHWM:")
}

pub fn forget_peak(process: u32) -> Result<()> {
    fs::write(format!("/proc/{process}/clear_refs"), "5").context("the peak of memory cannot be forgotten")
}

fn status_kib(process: u32, name: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("the bench reads /proc, which Linux has")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("/proc/PID/status has no {name}"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// Every socket is a file on both ends; this process and the server, which inherits the limit, need so many.
pub fn require_open_files(needed: usize) -> Result<()> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).ok_or(anyhow!("/proc/self/limits has no open files"))?;
    let soft = line.split_whitespace().next().unwrap_or_default();
    let allowed = soft.parse().unwrap_or(usize::MAX);
    ensure!(allowed >= needed, "this process may open {allowed} files and needs {needed}: run `ulimit -n {needed}` in the shell first");
    Ok(())
}

/// Date, commit, processors, memory, kernel, in one line.
pub fn description() -> Result<String> {
    let said = |program: &str, words: &[&str]| -> Result<String> {
        let output = Command::new(program).args(words).output().with_context(|| format!("{program} does not start"))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let date = said("date", &["+%F %H:%M"])?;
    let commit = said("git", &["rev-parse", "--short", "HEAD"])?;
    let changes = if said("git", &["status", "--porcelain"])?.is_empty() { "" } else { " with changes" };
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1)).unwrap_or("?");
    let count = processors.lines().filter(|line| line.starts_with("processor")).count();
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kib: u64 = memory.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0);
    let gib = (kib as f64 / f64::from(1 << 20)).round();
    let kernel = said("uname", &["-sr"])?;
    let load = fs::read_to_string("/proc/loadavg")?.split(' ').next().unwrap_or("?").to_owned();
    Ok(format!("{date}, commit {commit}{changes}. {count} × {model}, {gib} GiB, {kernel}; load average before it began {load}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_uses_the_processor() {
        let me = std::process::id();
        let before = cpu_seconds(me).unwrap();
        let mut sum = 0_u64;
        while cpu_seconds(me).unwrap() < before + 0.05 {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(peak_bytes(me).unwrap() >= resident_bytes(me).unwrap() / 2);
        assert!(resident_bytes(me).unwrap() > 100_000);
        assert!(require_open_files(usize::MAX).is_err());
    }
}
