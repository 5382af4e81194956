//! What libFuzzer says while it drives a target, in figures.

use anyhow::{Context, Result};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often a long run says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(60);
/// Lines of a complaint that are shown.
const COMPLAINT_LINES: usize = 6;

/// What came of driving a target.
#[derive(Default)]
pub struct Watched {
    pub target: String,
    pub executions: u64,
    pub findings: Vec<PathBuf>,
    /// Edges reached by what it began with, and by now.
    edges: (u64, u64),
    /// The same with how often each was.
    features: u64,
    corpus: String,
    /// The most that decoding held, and the length of the input that it was for, bytes.
    peak: (u64, u64),
    ended_well: bool,
    complaint: Vec<String>,
}

/// Runs it, writes what it says into a log, and reads the figures.
pub fn watch(target: &str, command: &mut Command, log: &Path) -> Result<Watched> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context("a target does not start")?;
    let output = BufReader::new(child.stderr.take().expect("standard error was piped"));
    let mut log = File::create(log)?;
    let mut seen = Watched { target: target.to_owned(), ..Watched::default() };
    let mut said = Instant::now();
    for line in output.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        writeln!(log, "{line}")?;
        seen.read(&line);
        if said.elapsed() >= SAY_EVERY {
            said = Instant::now();
            println!("{}", seen.line());
        }
    }
    seen.ended_well = child.wait()?.success();
    Ok(seen)
}

impl Watched {
    /// Nothing was found.
    pub fn holds(&self) -> bool {
        self.ended_well && self.findings.is_empty()
    }

    fn read(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("PEAK ") {
            let mut numbers = rest.split(" of ").filter_map(|number| number.parse().ok());
            self.peak = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
        } else if let Some(rest) = line.strip_prefix('#') {
            let mut words = rest.split_whitespace();
            self.executions = words.next().and_then(|number| number.parse().ok()).unwrap_or(self.executions);
            let begun = words.next() == Some("INITED");
            while let Some(word) = words.next() {
                let value = match word {
                    "cov:" | "ft:" | "corp:" => words.next().unwrap_or_default(),
                    _ => continue,
                };
                match word {
                    "cov:" => self.edges.1 = value.parse().unwrap_or(self.edges.1),
                    "ft:" => self.features = value.parse().unwrap_or(self.features),
                    _ => value.clone_into(&mut self.corpus),
                }
            }
            if begun {
                self.edges.0 = self.edges.1;
            }
        } else if self.complaint.len() < COMPLAINT_LINES
            && (line.contains("panicked at") || line.starts_with("==") || !self.complaint.is_empty())
        {
            self.complaint.push(line.to_owned());
        }
    }

    /// One line on how far it is.
    pub fn line(&self) -> String {
        format!("{:>20}  {} executions, {} edges, corpus {}", self.target, self.executions, self.edges.1, self.corpus)
    }

    /// What was found, and how to keep it.
    pub fn complaint(&self) -> String {
        let inputs: Vec<String> = self.findings.iter().map(|path| path.display().to_string()).collect();
        let keep = format!("When it is understood, keep it by name in fuzzing/corpus/regressions/{}/.", self.target);
        format!("{}: {}\n{}\n{keep}", self.target, inputs.join(", "), self.complaint.join("\n"))
    }

    /// The heading of the table.
    pub fn heading() -> String {
        format!(
            "{:<20} {:>12} {:>8} {:>8} {:>9} {:>14} {:>20} {:>9}",
            "target", "executions", "edges", "(new)", "features", "corpus", "peak B of input B", "findings"
        )
    }

    /// A row of the table.
    pub fn row(&self) -> String {
        let new = self.edges.1.saturating_sub(self.edges.0);
        let peak = format!("{} of {}", self.peak.0, self.peak.1);
        let findings = if self.ended_well { self.findings.len().to_string() } else { format!("{}!", self.findings.len().max(1)) };
        format!(
            "{:<20} {:>12} {:>8} {:>8} {:>9} {:>14} {:>20} {:>9}",
            self.target, self.executions, self.edges.1, new, self.features, self.corpus, peak, findings
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_what_libfuzzer_says() {
        let mut seen = Watched::default();
        for line in [
            "#56\tINITED cov: 8636 ft: 10751 corp: 40/14652b exec/s: 0 rss: 38Mb",
            "PEAK 51407 of 213",
            "#78549\tDONE   cov: 10083 ft: 15078 corp: 866/260Kb lim: 4096 exec/s: 9818 rss: 427Mb",
        ] {
            seen.read(line);
        }
        assert_eq!((seen.executions, seen.edges, seen.features), (78_549, (8_636, 10_083), 15_078));
        assert_eq!((seen.corpus.as_str(), seen.peak), ("866/260Kb", (51_407, 213)));
        assert!(!seen.holds(), "a run that did not end has not held");
    }
}
