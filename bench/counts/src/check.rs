//! Every figure against its budget: what is over fails, says by how much, and how to see why.

use crate::budgets::{Budgets, Verdict, file, judge};
use crate::callgrind::{Counted, Run, count_all};
use crate::frames::weights;
use crate::paths;
use std::collections::{BTreeMap, BTreeSet};

/// One line of the report.
struct Line {
    name: &'static str,
    figure: u64,
    budget: Option<u64>,
    of: &'static str,
    why: String,
}

/// Counts and weighs, and holds it against the budgets. With `write`, what was found becomes the budgets.
pub fn check(write: bool) -> Result<bool, String> {
    let all = paths::all();
    let runs: Vec<Run> = all.iter().map(|path| Run { path: path.name, size: path.size }).collect();
    let counted = count_all(&runs)?;
    let weights = weights();
    if write {
        let instructions = all.iter().zip(&counted).map(|(path, counted)| (path.name.to_owned(), counted.instructions)).collect();
        let bytes = weights.iter().map(|weight| (weight.name.to_owned(), weight.bytes)).collect();
        Budgets { margin_percent: MARGIN_PERCENT, instructions, bytes }.write()?;
        println!("{} is written", file().display());
    }
    let Budgets { margin_percent, instructions, bytes } = Budgets::read()?;
    let annotate = |counted: &Counted| format!("callgrind_annotate --inclusive=yes {} | less", counted.profile.display());
    let paths = all.iter().zip(&counted).map(|(path, counted)| Line {
        name: path.name,
        figure: counted.instructions,
        budget: instructions.get(path.name).copied(),
        of: path.counts,
        why: annotate(counted),
    });
    let frames = weights.iter().map(|weight| Line {
        name: weight.name,
        figure: weight.bytes,
        budget: bytes.get(weight.name).copied(),
        of: weight.of,
        why: "bench/counts/src/frames.rs says what is in it".into(),
    });
    let paths: Vec<Line> = paths.collect();
    let frames: Vec<Line> = frames.collect();
    let problems = [tell("instructions", &paths, &instructions, margin_percent), tell("bytes", &frames, &bytes, margin_percent)].concat();
    for problem in &problems {
        eprintln!("{problem}");
    }
    Ok(problems.is_empty())
}

/// The margin of budgets that are written.
const MARGIN_PERCENT: u64 = 5;

/// Prints the lines; returns what is wrong with them.
fn tell(unit: &str, lines: &[Line], budgets: &BTreeMap<String, u64>, margin_percent: u64) -> Vec<String> {
    let mut problems = Vec::new();
    println!("\n{unit:>14}  {:>14}  of", "budget");
    for Line { name, figure, budget, of, why } in lines {
        let said = budget.map_or("none".into(), |budget| budget.to_string());
        let note = match judge(*budget, margin_percent, *figure) {
            Verdict::Within => String::new(),
            Verdict::Below(percent) => format!("  ({percent} % below: lower the budget with `cargo xtask bench counts --write`)"),
            Verdict::Over(percent) => {
                problems.push(format!(
                    "{name} takes {figure} {unit}, {percent} % more than the {said} of its budget ({margin_percent} % are let pass).\n  \
                     Where they go: {why}\n  When that is what you want: cargo xtask bench counts --write"
                ));
                format!("  OVER by {percent} %")
            }
            Verdict::Unknown => {
                problems.push(format!("{name} has no budget: `cargo xtask bench counts --write` gives it one"));
                String::new()
            }
        };
        println!("{figure:>14}  {said:>14}  {name}: {of}{note}");
    }
    let known: BTreeSet<&str> = lines.iter().map(|line| line.name).collect();
    problems.extend(budgets.keys().filter(|name| !known.contains(name.as_str())).map(|name| {
        format!("there is a budget for “{name}” and nothing of that name is measured: `cargo xtask bench counts --write` drops it")
    }));
    problems
}
