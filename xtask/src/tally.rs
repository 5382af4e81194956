//! Counting tests, whoever ran them.

use anyhow::{Context, Result};
use serde_json::Value;
use std::fmt;
use std::iter::Sum;
use std::ops::Add;

/// How many tests passed, failed, and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Tally {
    /// A check that is one test: it holds or it does not.
    pub fn of_one(holds: bool) -> Self {
        Self { passed: u64::from(holds), failed: u64::from(!holds), skipped: 0 }
    }

    /// A closing line of cargo's test runner; nothing for every other line.
    pub fn of_cargo_line(line: &str) -> Self {
        let Some(counts) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else { return Self::default() };
        let count = |word: &str| {
            let part = counts.1.split("; ").find_map(|part| part.strip_suffix(word));
            part.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
        };
        Self { passed: count(" passed"), failed: count(" failed"), skipped: count(" ignored") }
    }

    /// Playwright's report in JSON.
    pub fn of_playwright(report: &str) -> Result<Self> {
        let report: Value = serde_json::from_str(report).context("Playwright's report is no JSON")?;
        let count = |name: &str| report["stats"][name].as_u64().with_context(|| format!("Playwright's report does not say `{name}`"));
        Ok(Self { passed: count("expected")?, failed: count("unexpected")? + count("flaky")?, skipped: count("skipped")? })
    }

    /// At least one failure: for a runner that failed without saying which test.
    pub fn or_one_failure(self) -> Self {
        Self { failed: self.failed.max(1), ..self }
    }
}

impl Add for Tally {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed, skipped: self.skipped + other.skipped }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Self::add)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_closing_lines_are_counted_and_others_are_not() {
        let line = "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 1 filtered out; finished in 0.02s";
        assert_eq!(Tally::of_cargo_line(line), Tally { passed: 12, failed: 0, skipped: 3 });
        let line = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s";
        assert_eq!(Tally::of_cargo_line(line), Tally { passed: 1, failed: 2, skipped: 0 });
        assert_eq!(Tally::of_cargo_line("test given::a_test ... ok"), Tally::default());
    }

    #[test]
    fn playwright_reports_are_counted_and_a_flaky_test_has_failed() {
        let report = r#"{"stats":{"expected":5,"skipped":1,"unexpected":2,"flaky":1,"duration":3.5}}"#;
        assert_eq!(Tally::of_playwright(report).unwrap(), Tally { passed: 5, failed: 3, skipped: 1 });
        assert!(Tally::of_playwright("{}").is_err());
    }
}
