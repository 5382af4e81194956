//! Counts what the hot paths cost: `landfall-counts count PATH` runs one of them once, and valgrind counts its instructions.

mod budgets;
mod callgrind;
mod check;
mod counted;
mod frames;
mod growth;
#[path = "../../../client-wasm/src/live_queries.rs"]
#[allow(dead_code, reason = "a module of the browser's crate, compiled in without the browser's bindings")]
mod live_queries;
#[path = "../../../client-wasm/src/marks.rs"]
#[allow(dead_code, reason = "as above")]
mod marks;
mod paths;
mod plot;
mod replica;
mod yard;

use landfall_domain as product;

use paths::{Size, named};
use std::path::Path;
use std::process::ExitCode;

const HELP: &str =
    "landfall-counts check            counts every path under valgrind, weighs every frame, and holds them against budgets.json
landfall-counts check --write    the same, and what was found becomes the budgets
landfall-counts growth FOLDER    counts every path with more and more data, and writes growth.md and growth.svg into the folder
landfall-counts growth PATH …    the same of these paths, printed and not written
landfall-counts count PATH [tasks=N] [pending=N] [records=N] [subscribers=N] [rejections=N]
                                 runs one path once, for valgrind to count";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["check"] => check::check(false),
        ["check", "--write"] => check::check(true),
        ["growth", folder] if Path::new(folder).is_dir() => growth::growth(Path::new(folder), &[]),
        ["growth", ref names @ ..] if !names.is_empty() => growth::growth(Path::new("."), names),
        ["count", path, ref sizes @ ..] => count(path, sizes),
        _ => Err(HELP.into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

/// Runs one path: what valgrind counts.
fn count(name: &str, sizes: &[&str]) -> Result<bool, String> {
    let path = named(name)?;
    let size = if sizes.is_empty() { path.size } else { Size::read(sizes)? };
    let work = (path.prepare)(&size);
    counted::tidy_up();
    drop(counted::only_this(work));
    Ok(true)
}
