//! Rebuild what a saved file touches, and start the server again where that is needed.

use crate::build::{bundle, page, serve, server};
use crate::files::root;
use crate::install;
use crate::process::progress;
use crate::wasm::{self, Profile};
use anyhow::{Context, Result};
use clap::Args;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

/// Short enough to feel at once, long enough to cost nothing.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// What is watched, and what a change there makes stale.
const SOURCES: [(&str, Stale); 9] = [
    ("shared", Stale { module: true, page: true, server: true }),
    ("client-wasm", Stale { module: true, page: true, server: false }),
    ("server", Stale { module: false, page: false, server: true }),
    ("web/src", Stale { module: false, page: true, server: false }),
    ("web/public", Stale { module: false, page: true, server: false }),
    ("web/index.html", Stale { module: false, page: true, server: false }),
    ("web/vite.config.ts", Stale { module: false, page: true, server: false }),
    ("web/package-lock.json", Stale { module: false, page: true, server: false }),
    ("Cargo.toml", Stale { module: true, page: true, server: true }),
];
/// What we write there ourselves.
const WRITTEN: [&str; 2] = ["web/src/wasm", "web/src/types/generated"];

#[derive(Args)]
pub struct Options {
    /// Options for `landfall serve`, after `--`
    #[arg(last = true)]
    serve: Vec<String>,
}

/// What has to be built again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stale {
    module: bool,
    page: bool,
    server: bool,
}

impl Stale {
    fn is_something(self) -> bool {
        self != Self::default()
    }

    fn or(self, other: Self) -> Self {
        Self { module: self.module || other.module, page: self.page || other.page, server: self.server || other.server }
    }
}

/// When each watched file was written.
type Seen = BTreeMap<PathBuf, SystemTime>;

/// Builds, serves, and watches until it is interrupted. A build that fails is told and waits for the next change.
pub fn dev(options: &Options) -> Result<ExitCode> {
    let mut seen = look()?;
    install::for_building()?;
    page(Profile::Development)?;
    let mut running = Some(start(&server(false)?, options)?);
    progress("watching; reload the page after a rebuild (Ctrl C ends)");
    loop {
        sleep(LOOK_EVERY);
        if let Some(child) = &mut running
            && let Some(status) = child.try_wait()?
        {
            progress(&format!("the server ended ({status}); it starts again after the next change"));
            running = None;
        }
        let now = look()?;
        let stale = changed(&seen, &now);
        if !stale.is_something() {
            continue;
        }
        seen = now;
        match rebuild(stale) {
            Err(error) => progress(&format!("{error:#}; waiting for the next change")),
            Ok(program) => {
                if let Some(program) = program.filter(|_| stale.server || running.is_none()) {
                    if let Some(mut child) = running.take() {
                        child.kill().and_then(|()| child.wait()).context("the server could not be stopped")?;
                    }
                    running = Some(start(&program, options)?);
                }
                progress("up to date");
            }
        }
    }
}

/// Builds what is stale; the server's program when that may have changed.
fn rebuild(stale: Stale) -> Result<Option<PathBuf>> {
    if stale.module {
        wasm::module(Profile::Development)?;
        wasm::types()?;
    }
    if stale.page {
        install::node()?;
        bundle()?;
    }
    server(false).map(Some)
}

fn start(program: &Path, options: &Options) -> Result<Child> {
    serve(program, &options.serve).spawn().with_context(|| format!("{} could not be started", program.display()))
}

fn look() -> Result<Seen> {
    let mut seen = Seen::new();
    for (source, _) in SOURCES {
        look_into(&root().join(source), &mut seen)?;
    }
    Ok(seen)
}

fn look_into(path: &Path, seen: &mut Seen) -> Result<()> {
    if WRITTEN.iter().any(|written| path == root().join(written)) {
        return Ok(());
    }
    let Ok(about) = fs::metadata(path) else { return Ok(()) };
    if about.is_dir() {
        for entry in fs::read_dir(path)? {
            look_into(&entry?.path(), seen)?;
        }
    } else {
        seen.insert(path.to_owned(), about.modified()?);
    }
    Ok(())
}

/// What the differences between two looks make stale.
fn changed(before: &Seen, now: &Seen) -> Stale {
    let differs = |path: &&PathBuf| before.get(*path) != now.get(*path);
    let stale_by = |path: &PathBuf| {
        let source = SOURCES.iter().find(|(source, _)| path.starts_with(root().join(source)));
        source.map(|(_, stale)| *stale).unwrap_or_default()
    };
    before.keys().chain(now.keys()).filter(differs).map(stale_by).fold(Stale::default(), Stale::or)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(files: &[(&str, u64)]) -> Seen {
        files.iter().map(|(file, second)| (root().join(file), SystemTime::UNIX_EPOCH + Duration::from_secs(*second))).collect()
    }

    #[test]
    fn a_change_in_the_page_leaves_the_rest_alone() {
        let stale = changed(&seen(&[("web/src/main.tsx", 1)]), &seen(&[("web/src/main.tsx", 2)]));
        assert_eq!(stale, Stale { page: true, ..Stale::default() });
    }

    #[test]
    fn a_new_file_and_a_file_that_is_gone_both_count() {
        assert!(changed(&seen(&[]), &seen(&[("server/src/new.rs", 1)])).server);
        assert!(changed(&seen(&[("shared/engine/src/old.rs", 1)]), &seen(&[])).module);
        assert!(!changed(&seen(&[("shared/engine/src/old.rs", 1)]), &seen(&[("shared/engine/src/old.rs", 1)])).is_something());
    }
}
