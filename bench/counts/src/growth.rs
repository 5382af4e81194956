//! Growth: every path with one, ten and a hundred times as much of what it may depend on, as a table and a picture.

use crate::callgrind::{Counted, Run, count_all};
use crate::paths::{self, Growth, May, Path};
use crate::plot;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path as FilePath;
use std::process::Command;

/// Of a path that may stay as it is, so many instructions for each one more are a look at all of them; the depth of a tree costs less than one.
const EACH_MIN: f64 = 2.0;
/// What grows with the number of things, and not with its logarithm, adds about ten times as much in its second step as in its first.
const STEPS_MIN: f64 = 4.0;
/// The exponent up to which something grows no faster than what was asked for: the depth of a tree may be on top of it.
const FOLLOWS_MAX: f64 = 1.1;

/// A path with more and more of one thing.
pub struct Series {
    /// The name of the path.
    pub path: &'static str,
    /// More of what, and what it may do.
    pub growth: Growth,
    /// Instructions at each count.
    pub instructions: [u64; 3],
}

impl Series {
    /// The exponent from one count to the next: 0 where nothing grows, 1 in proportion, 2 with the square.
    pub fn exponents(&self) -> [f64; 2] {
        let exponent = |step: usize| {
            let grown = self.instructions[step + 1] as f64 / self.instructions[step] as f64;
            let more = f64::from(self.growth.counts[step + 1]) / f64::from(self.growth.counts[step]);
            grown.ln() / more.ln()
        };
        [exponent(0), exponent(1)]
    }

    /// Instructions for each one more, at the larger counts.
    pub fn each(&self) -> f64 {
        let [_, some, many] = self.instructions;
        (many as f64 - some as f64) / f64::from(self.growth.counts[2] - self.growth.counts[1])
    }

    /// Does it grow faster than it may?
    pub fn grows_too_fast(&self) -> bool {
        match self.growth.may {
            May::Stay => {
                let [few, some, many] = self.instructions.map(|count| count as f64);
                self.each() >= EACH_MIN && many - some >= STEPS_MIN * (some - few)
            }
            May::Follow => self.exponents()[1] > FOLLOWS_MAX,
        }
    }

    /// Path and what it has more of.
    pub fn name(&self) -> String {
        format!("{} × {}", self.path, self.growth.dimension.name())
    }
}

/// Counts everything, and writes `growth.md` and `growth.svg` into the folder; of `only` these paths, nothing is written.
pub fn growth(folder: &FilePath, only: &[&str]) -> Result<bool, String> {
    let wanted: Vec<Path> = paths::all().into_iter().filter(|path| only.is_empty() || only.contains(&path.name)).collect();
    if let Some(unknown) = only.iter().find(|name| wanted.iter().all(|path| path.name != **name)) {
        return Err(format!("there is no path “{unknown}”"));
    }
    let sized = |path: &Path, growth: &Growth| growth.counts.map(|count| path.size.with(growth.dimension, count));
    let mut runs: BTreeMap<String, Run> = BTreeMap::new();
    let key = |run: &Run| format!("{} {}", run.path, run.size.words().join(" "));
    for path in &wanted {
        for size in path.growths.iter().flat_map(|growth| sized(path, growth)) {
            let run = Run { path: path.name, size };
            runs.insert(key(&run), run);
        }
    }
    let ordered: Vec<Run> = runs.values().cloned().collect();
    let counted: BTreeMap<String, Counted> = runs.into_keys().zip(count_all(&ordered)?).collect();
    let count = |path: &Path, size| counted[&key(&Run { path: path.name, size })].instructions;
    let of_path = |path: &Path| -> Vec<Series> {
        let one =
            |growth: &Growth| Series { path: path.name, growth: *growth, instructions: sized(path, growth).map(|size| count(path, size)) };
        path.growths.iter().map(one).collect()
    };
    let all: Vec<Series> = wanted.iter().flat_map(of_path).collect();
    let text = report(&wanted, &all);
    println!("{text}");
    for series in all.iter().filter(|series| series.grows_too_fast()) {
        let path = wanted.iter().find(|path| path.name == series.path).expect("it is one of them");
        let [.., largest] = sized(path, &series.growth);
        let profile = &counted[&key(&Run { path: path.name, size: largest })].profile;
        println!("{}: callgrind_annotate --inclusive=yes {} | less", series.name(), profile.display());
    }
    if only.is_empty() {
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            fs::write(&file, text).map_err(|error| format!("{} cannot be written: {error}", file.display()))
        };
        write("growth.md", &text)?;
        write("growth.svg", &plot::picture(&all))?;
    }
    Ok(true)
}

fn answer(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    output.map_or_else(|_| "unknown".into(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn report(paths: &[Path], all: &[Series]) -> String {
    let changed = if answer("git", &["status", "--porcelain"]).is_empty() { "" } else { " with changes" };
    let mut text = format!(
        "# Growth of the hot paths\n\nWritten by `cargo xtask bench growth` on {}, commit {}{changed}; {}, {}, native code of x86-64. \
         Instructions, which do not depend on the machine or on what else it does.\n\n![How each path grows, on logarithmic scales](growth.svg)\n\n\
         Exponents: 0 where nothing grows, 1 in proportion, 2 with the square. *Stay*: whoever waits has not asked for more, so only the depth of a tree may show; \
         *follow*: it is what was asked for, so it may cost in proportion. **Bold**: faster than that.\n\n\
         | path | with more | 1× | 10× | 100× | exponents | for each one more | may |\n|---|---|---|---|---|---|---|---|\n",
        answer("date", &["+%F"]),
        answer("git", &["rev-parse", "--short", "HEAD"]),
        answer("rustc", &["--version"]),
        answer("valgrind", &["--version"]),
    );
    for series in all {
        let Growth { dimension, counts, may } = series.growth;
        let [few, some, many] =
            std::array::from_fn(|place| format!("{}: {}", spaced(counts[place].into()), spaced(series.instructions[place])));
        let [one, another] = series.exponents();
        let mark = if series.grows_too_fast() { "**" } else { "" };
        let may = if may == May::Stay { "stay" } else { "follow" };
        let _ = writeln!(
            text,
            "| {mark}{}{mark} | {} | {few} | {some} | {many} | {one:.2}, {another:.2} | {:.1} | {mark}{may}{mark} |",
            series.path,
            dimension.name(),
            series.each(),
        );
    }
    text.push_str("\nWhat is counted of each, and how much there is of what does not grow:\n\n");
    for path in paths {
        let _ = writeln!(text, "- `{}` ({}): {}", path.name, path.size.words().join(" "), path.counts);
    }
    text
}

/// 1234567 as 1,234,567.
pub fn spaced(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group));
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Dimension;

    fn series(may: May, counts: [u32; 3], instructions: [u64; 3]) -> Series {
        Series { path: "path", growth: Growth { dimension: Dimension::Tasks, counts, may }, instructions }
    }

    #[test]
    fn a_look_at_everything_is_found_beneath_a_large_fixed_cost_and_the_depth_of_a_tree_is_let_pass() {
        let counts = [500, 5_000, 50_000];
        assert!(series(May::Stay, counts, [101_500, 115_000, 250_000]).grows_too_fast(), "three for each task");
        assert!(!series(May::Stay, counts, [10_000, 11_500, 13_200]).grows_too_fast(), "a logarithm");
        assert!(!series(May::Stay, counts, [10_000, 10_000, 10_000]).grows_too_fast());
    }

    #[test]
    fn what_was_asked_for_may_cost_in_proportion_and_no_more() {
        let counts = [10, 100, 1_000];
        assert!(!series(May::Follow, counts, [1_000, 10_000, 104_000]).grows_too_fast());
        assert!(series(May::Follow, counts, [1_000, 20_000, 2_000_000]).grows_too_fast());
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(spaced), ["0", "999", "1,000", "1,234,567"].map(str::to_owned));
    }
}
