//! What building and testing need from the machine: looked for, installed where that is ours to do, asked for where it is not.

use crate::process::{answer, is_installed, progress, run, web};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use std::fs;
use std::process::Command;

const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// What Vite needs.
const NODE_VERSION_MIN: (u32, u32) = (20, 19);
/// Debian's packages for the end-to-end tests, with the program that each brings.
const BROWSERS: [(&str, &str, &str); 2] =
    [("chromium", "LANDFALL_CHROMIUM", "/usr/bin/chromium"), ("firefox-esr", "LANDFALL_FIREFOX", "/usr/bin/firefox-esr")];

/// The same for the smoke run in a third engine.
const WEBKIT: [(&str, &str, &str); 2] =
    [("webkit2gtk-driver", "LANDFALL_WEBKIT_DRIVER", "/usr/bin/WebKitWebDriver"), ("xvfb", "LANDFALL_XVFB", "/usr/bin/Xvfb")];

/// All that building needs.
pub fn for_building() -> Result<()> {
    wasm_target()?;
    node()
}

/// The standard library for the browser.
pub fn wasm_target() -> Result<()> {
    let sysroot =
        answer(Command::new("rustc").args(["--print", "sysroot"])).context("rustc is missing: install Rust from https://rustup.rs")?;
    if fs::exists(format!("{sysroot}/lib/rustlib/{WASM_TARGET}/lib"))? {
        return Ok(());
    }
    progress(&format!("installing the Rust target {WASM_TARGET}"));
    if !is_installed("rustup") {
        bail!("Rust's target {WASM_TARGET} is missing, and so is rustup, which would install it: get Rust from https://rustup.rs");
    }
    run(Command::new("rustup").args(["target", "add", WASM_TARGET])).with_context(|| {
        format!("Rust's target {WASM_TARGET} is missing; `rustup target add {WASM_TARGET}` installs it when there is a network")
    })
}

/// A component of the toolchain: rustfmt, clippy.
pub fn component(name: &str, program: &str) -> Result<()> {
    if answer(Command::new(program).arg("--version")).is_some() {
        return Ok(());
    }
    progress(&format!("installing {name}"));
    run(Command::new("rustup").args(["component", "add", name]))
        .with_context(|| format!("{name} is missing: `rustup component add {name}`"))
}

/// Node.js, and the page's packages exactly as locked.
pub fn node() -> Result<()> {
    let (major, minor) = NODE_VERSION_MIN;
    let fix = format!("install Node.js {major}.{minor} or newer, with npm, from https://nodejs.org or your system's packages");
    let version = answer(Command::new("node").arg("--version")).with_context(|| format!("node is missing: {fix}"))?;
    if parse_version(&version).is_none_or(|found| found < NODE_VERSION_MIN) {
        bail!("Node.js {version} is too old: {fix}");
    }
    if !is_installed("npm") {
        bail!("npm is missing: {fix}");
    }
    if !packages_are_current()? {
        progress("installing the page's npm packages");
        // Not `npm ci`: it demands that the lock names every other system's optional packages too, which not every registry serves.
        // Versions and integrity come from the lock all the same, and `--no-save` leaves it as it is.
        run(&mut web("npm", ["install", "--no-save", "--no-audit", "--no-fund"]))
            .context("npm could not install the packages of web/package-lock.json")?;
    }
    Ok(())
}

/// Chromium and Firefox ESR.
pub fn browsers() -> Result<()> {
    programs("the end-to-end tests", &BROWSERS, &["fonts-liberation"], "--skip wasm,end-to-end,torture")
}

/// WebKitGTK's WebDriver with its small browser, and a screen that nobody sees.
pub fn webkit() -> Result<()> {
    programs("the smoke run in WebKitGTK", &WEBKIT, &[], "--skip torture")
}

fn programs(what: &str, wanted: &[(&str, &str, &str)], companions: &[&str], skip: &str) -> Result<()> {
    let is_missing =
        |(_, variable, path): &&(&str, &str, &str)| !is_installed(&std::env::var(variable).unwrap_or_else(|_| (*path).to_owned()));
    let missing: Vec<_> = wanted.iter().filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let variables = missing.iter().map(|(_, variable, _)| *variable).collect::<Vec<_>>().join(" and ");
    let packages: Vec<&str> = missing.iter().map(|(package, ..)| *package).collect();
    debian_packages(what, &packages, companions, &format!("or name the programs in {variables}, or leave these tests out with `{skip}`"))
}

/// PostgreSQL's programs, of which the tests start servers of their own.
pub fn postgres() -> Result<()> {
    let is_there = |version: fs::DirEntry| version.path().join("bin/initdb").exists();
    let mut versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    if std::env::var_os("LANDFALL_POSTGRES").is_some() || versions.any(is_there) {
        return Ok(());
    }
    let otherwise =
        "or name the folder of its programs in LANDFALL_POSTGRES, or leave these tests out with `--skip unit,trials,end-to-end`";
    debian_packages("the tests on PostgreSQL", &["postgresql"], &[], otherwise)
}

/// A NATS server, which the tests start on ports of their own. The service that Debian's package begins is not used.
pub fn nats() -> Result<()> {
    // Debian keeps it where only root's shell looks.
    let named = std::env::var("LANDFALL_NATS").unwrap_or_else(|_| "/usr/sbin/nats-server".into());
    if is_installed(&named) || is_installed("nats-server") {
        return Ok(());
    }
    let otherwise = "or name the program in LANDFALL_NATS, or leave these tests out with `--skip unit`";
    debian_packages("the tests on NATS", &["nats-server"], &[], otherwise)
}

/// A compiler for libFuzzer, which is C++.
pub fn cpp_compiler() -> Result<()> {
    if is_installed("c++") || is_installed("g++") || is_installed("clang++") || std::env::var_os("CXX").is_some() {
        return Ok(());
    }
    debian_packages("fuzzing", &["g++"], &[], "or name a C++ compiler in CXX, or leave this out with `--skip fuzz`")
}

/// Counts instructions; without `install`, it must be there.
pub fn valgrind(install: bool) -> Result<()> {
    if is_installed("valgrind") {
        return Ok(());
    }
    let otherwise = "or leave it out with `--skip counts`";
    if !install {
        bail!("missing for counting instructions: valgrind. Say `apt-get install valgrind`, {otherwise}");
    }
    debian_packages("counting instructions", &["valgrind"], &[], otherwise)
}

/// Installs Debian's packages `missing`, which `what` needs, with `companions`; where that is not ours to do, says so and what to do `otherwise`.
pub fn debian_packages(what: &str, missing: &[&str], companions: &[&str], otherwise: &str) -> Result<()> {
    let list = missing.join(" ");
    if !is_installed("apt-get") {
        bail!("missing for {what}: {list}. This is no Debian, so install them yourself, {otherwise}");
    }
    progress(&format!("installing {list} from Debian's packages"));
    let root = answer(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    if !root && answer(Command::new("sudo").args(["-n", "true"])).is_none() {
        bail!("missing for {what}: {list}. Say `sudo apt-get install {list}`, {otherwise}");
    }
    let apt = |arguments: &[&str]| {
        let mut command = if root { Command::new("apt-get") } else { Command::new("sudo") };
        if !root {
            command.args(["-n", "apt-get"]);
        }
        run(command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
    };
    apt(&["update", "-q"]).with_context(|| format!("apt-get could not read its lists; install {list} yourself, {otherwise}"))?;
    let packages = [&["install", "-q", "-y", "--no-install-recommends"], companions, missing].concat();
    apt(&packages).with_context(|| format!("apt-get could not install {list}; install them yourself, {otherwise}"))
}

/// "v20.20.2" as (20, 20).
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim_start_matches('v').split('.').map_while(|part| part.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

/// Does `node_modules` hold what the lock names? npm keeps there what it installed, in the lock's own form.
fn packages_are_current() -> Result<bool> {
    let lock = fs::read_to_string(crate::files::web().join("package-lock.json"))
        .context("web/package-lock.json is missing: it is part of the repository")?;
    let Ok(installed) = fs::read_to_string(crate::files::web().join("node_modules/.package-lock.json")) else {
        return Ok(false);
    };
    let (lock, installed) = (packages(&lock)?, packages(&installed)?);
    Ok(same_packages(&lock, &installed))
}

fn packages(text: &str) -> Result<Map<String, Value>> {
    match serde_json::from_str::<Value>(text)?.get_mut("packages").map(Value::take) {
        Some(Value::Object(packages)) => Ok(packages),
        _ => bail!("a package-lock.json without packages: made by an npm older than 7?"),
    }
}

/// Packages for other systems stand in the lock and are rightly not installed.
fn same_packages(lock: &Map<String, Value>, installed: &Map<String, Value>) -> bool {
    let version = |package: &Value| package.get("version").cloned();
    let is_optional = |package: &Value| package.get("optional").or(package.get("devOptional")).is_some_and(|optional| optional == true);
    let wanted = lock.iter().filter(|(path, _)| !path.is_empty());
    wanted.clone().all(|(path, package)| installed.get(path).map_or(is_optional(package), |there| version(there) == version(package)))
        && installed.keys().all(|path| lock.contains_key(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(parse_version("v20.20.2"), Some((20, 20)));
        assert_eq!(parse_version("v8.1.0"), Some((8, 1)));
        assert_eq!(parse_version("nonsense"), None);
    }

    fn of(text: &str) -> Map<String, Value> {
        packages(text).unwrap()
    }

    #[test]
    fn a_changed_lock_asks_for_another_install_and_a_foreign_package_does_not() {
        let lock = of(r#"{"packages":{"":{},"node_modules/a":{"version":"1"},"node_modules/b-darwin":{"version":"2","optional":true}}}"#);
        assert!(same_packages(&lock, &of(r#"{"packages":{"node_modules/a":{"version":"1"}}}"#)));
        assert!(!same_packages(&lock, &of(r#"{"packages":{"node_modules/a":{"version":"0"}}}"#)), "another version");
        assert!(!same_packages(&lock, &of(r#"{"packages":{}}"#)), "one is missing");
        assert!(!same_packages(&lock, &of(r#"{"packages":{"node_modules/a":{"version":"1"},"node_modules/c":{}}}"#)), "one is left over");
    }
}
