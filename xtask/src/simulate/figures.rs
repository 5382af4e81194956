//! What processes of the simulation say, added up.

use super::Work;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How often a long run says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(10);
/// What is counted of a run as a whole, in the order of the table.
const WHOLE: [&str; 8] = ["seeds", "steps", "moves", "commands", "records", "rejections", "crashes", "violations"];

/// Counts by name, and how long it took.
#[derive(Default)]
pub struct Figures {
    counts: BTreeMap<String, u64>,
    ended_well: bool,
    took: Duration,
    jobs: u64,
}

impl Figures {
    /// No rule was broken, and every process said so.
    pub fn hold(&self) -> bool {
        self.ended_well && self.count("violations") == 0 && self.count("seeds") > 0
    }

    pub fn add(&mut self, other: &Self) {
        self.ended_well = other.ended_well && (self.ended_well || self.counts.is_empty());
        for (name, number) in &other.counts {
            *self.counts.entry(name.clone()).or_default() += number;
        }
    }

    pub fn took(&mut self, took: Duration, jobs: u64) {
        (self.took, self.jobs) = (took, jobs);
    }

    fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or_default()
    }

    fn read(&mut self, line: &str) {
        if let Some((number, name)) = line.split_once(' ')
            && let Ok(number) = number.parse::<u64>()
        {
            *self.counts.entry(name.to_owned()).or_default() += number;
        }
    }

    /// Whole figures first, then each kind of fault, then the rest of life.
    pub fn table(&self) -> String {
        let mut table = String::new();
        for name in WHOLE {
            let _ = writeln!(table, "{:>12}  {name}", self.count(name));
        }
        for kind in ["fault: ", "life: "] {
            let _ = writeln!(table, "{:>12}", kind.trim_end_matches(": "));
            for (name, number) in &self.counts {
                if let Some(act) = name.strip_prefix(kind) {
                    let _ = writeln!(table, "{number:>12}  {act}");
                }
            }
        }
        let seconds = self.took.as_secs_f64().max(0.001);
        let speed = self.count("seeds") as f64 / seconds / self.jobs.max(1) as f64;
        let _ = write!(table, "{seconds:>10.1} s  on {} cores: {speed:.0} seeds a second on each", self.jobs);
        table
    }
}

/// How far all processes are.
pub struct Meter {
    total: u64,
    seen: Mutex<(Instant, BTreeMap<u64, u64>)>,
}

impl Meter {
    pub fn new(total: u64) -> Self {
        Self { total, seen: Mutex::new((Instant::now(), BTreeMap::new())) }
    }

    pub fn note(&self, job: u64, done: u64) {
        let (said, each) = &mut *self.seen.lock().expect("nobody panics while holding it");
        each.insert(job, done);
        if said.elapsed() >= SAY_EVERY {
            *said = Instant::now();
            println!("{:>12} of {} runs", each.values().sum::<u64>(), self.total);
        }
    }
}

/// Runs one process to its end. What it says to people goes through; how far it is, to `meter`.
pub fn of_one_process(program: &Path, work: &Work, meter: &mut dyn FnMut(u64)) -> Result<Figures> {
    let mut command = Command::new(program);
    command.args(["--domain", &work.domain, "--from", &work.from.to_string()]);
    command.args(["--seeds", &work.seeds.to_string(), "--steps", &work.steps.to_string()]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("{} does not start", program.display()))?;
    let mut figures = Figures::default();
    for line in BufReader::new(child.stdout.take().expect("standard output was piped")).lines() {
        let line = line?;
        if let Some(done) = line.strip_prefix("#at ") {
            meter(done.parse().unwrap_or_default());
        } else if let Some(count) = line.strip_prefix("#count ") {
            figures.read(count);
        } else {
            println!("{line}");
        }
    }
    figures.ended_well = child.wait()?.success();
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_several_processes_add_up_and_one_that_failed_is_not_forgotten() {
        let of = |ended_well: bool| {
            let mut figures = Figures { ended_well, ..Figures::default() };
            ["10 seeds", "3 fault: kill a tab", "no figure"].iter().for_each(|line| figures.read(line));
            figures
        };
        let mut all = Figures::default();
        all.add(&of(true));
        all.add(&of(true));
        assert!(all.hold());
        assert_eq!((all.count("seeds"), all.count("fault: kill a tab")), (20, 6));
        all.add(&of(false));
        all.add(&of(true));
        assert!(!all.hold());
    }
}
