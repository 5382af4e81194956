//! Budgets: what each path and each frame was found to cost, kept in a file, and how far from that it may be.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// So much more is let pass, percent: another compiler, another C library.
    pub margin_percent: u64,
    /// Instructions of each path.
    pub instructions: BTreeMap<String, u64>,
    /// Bytes of each frame.
    pub bytes: BTreeMap<String, u64>,
}

/// What a figure is beside its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not more than allowed.
    Within,
    /// So much less, percent, that the budget should follow.
    Below(u64),
    /// So much more, percent.
    Over(u64),
    /// There is no budget of this name.
    Unknown,
}

/// From so much less on, in margins, a budget is to be lowered.
const FAR_BELOW_MARGINS: u64 = 2;

/// Holds a figure against its budget.
pub fn judge(budget: Option<u64>, margin_percent: u64, figure: u64) -> Verdict {
    let Some(budget) = budget.filter(|budget| *budget > 0) else { return Verdict::Unknown };
    if figure * 100 > budget * (100 + margin_percent) {
        // Rounded up: what is over by a little is not over by nothing.
        return Verdict::Over((figure * 100).div_ceil(budget) - 100);
    }
    let below_percent = budget.saturating_sub(figure) * 100 / budget;
    if below_percent > margin_percent * FAR_BELOW_MARGINS { Verdict::Below(below_percent) } else { Verdict::Within }
}

/// Where it is kept.
pub fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("budgets.json")
}

impl Budgets {
    /// Reads the file.
    pub fn read() -> Result<Self, String> {
        let text = fs::read_to_string(file()).map_err(|error| format!("{} cannot be read: {error}", file().display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{} is no list of budgets: {error}", file().display()))
    }

    /// Writes the file.
    pub fn write(&self) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).expect("plain data") + "\n";
        fs::write(file(), text).map_err(|error| format!("{} cannot be written: {error}", file().display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_over_its_budget_is_told_by_how_much_and_a_small_one_asks_for_a_lower_budget() {
        assert_eq!(judge(Some(1_000), 5, 1_000), Verdict::Within);
        assert_eq!(judge(Some(1_000), 5, 1_050), Verdict::Within);
        assert_eq!(judge(Some(1_000), 5, 1_051), Verdict::Over(6));
        assert_eq!(judge(Some(1_000), 5, 2_000), Verdict::Over(100));
        assert_eq!(judge(Some(1_000), 5, 900), Verdict::Within);
        assert_eq!(judge(Some(1_000), 5, 880), Verdict::Below(12));
    }

    #[test]
    fn what_has_no_budget_is_not_let_pass() {
        assert_eq!(judge(None, 5, 1), Verdict::Unknown);
        assert_eq!(judge(Some(0), 5, 1), Verdict::Unknown);
    }
}
