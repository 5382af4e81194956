//! The programs that read the files: from PyPI, in a folder of their own among cargo's build products, and from Debian's packages.

use crate::files::{root, target};
use crate::install::debian_packages;
use crate::process::{answer, is_installed, progress, run};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const OTHERWISE: &str = "or leave these checks out with `--skip deploy`";
/// What reads YAML into JSON: the documents of all files named, in order.
const AS_JSON: &str = "import json, sys, yaml\njson.dump([d for f in sys.argv[1:] for d in yaml.safe_load_all(open(f))], sys.stdout)";

/// All of them, installed.
pub struct Tools {
    python: PathBuf,
    promtool: PathBuf,
}

impl Tools {
    /// Looks for them, and installs what is missing; without `install`, all must be there.
    pub fn ready(install: bool) -> Result<Self> {
        if !is_installed("systemd-analyze") {
            missing(install, "systemd")?;
        }
        Ok(Self { python: python(install)?, promtool: promtool(install)? })
    }

    pub fn yamllint(&self) -> Command {
        self.program("yamllint")
    }

    pub fn hadolint(&self) -> Command {
        self.program("hadolint")
    }

    pub fn compose(&self) -> Command {
        self.program("docker-compose")
    }

    pub fn caddy(&self) -> Command {
        self.program("caddy")
    }

    pub fn kubectl(&self) -> Command {
        self.program("kubectl")
    }

    pub fn kubernetes_validate(&self) -> Command {
        self.program("kubernetes-validate")
    }

    pub fn promtool(&self) -> Command {
        Command::new(&self.promtool)
    }

    /// The documents of these YAML files.
    pub fn documents(&self, files: &[&Path]) -> Result<Vec<Value>> {
        let json = super::said(self.program("python").args(["-c", AS_JSON]).args(files))?;
        Ok(serde_json::from_str(&json)?)
    }

    fn program(&self, name: &str) -> Command {
        Command::new(self.python.join("bin").join(name))
    }
}

/// A Python of its own with what `deploy-tools.txt` names, made anew when that has changed.
fn python(install: bool) -> Result<PathBuf> {
    let list = root().join("xtask/deploy-tools.txt");
    let folder = target().join("xtask/deploy-tools");
    let stamp = folder.join("installed.txt");
    let wanted = fs::read_to_string(&list)?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    if !install {
        bail!("missing for checking the files of deploy/: what xtask/deploy-tools.txt names. Run it without `--no-install`, {OTHERWISE}");
    }
    if answer(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_none() {
        missing(install, "python3-venv")?;
    }
    progress("installing what checks the files of deploy/, from PyPI");
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "--requirement",
    ]);
    run(pip.arg(&list))
        .with_context(|| format!("pip could not install what xtask/deploy-tools.txt names; see its words above, {OTHERWISE}"))?;
    fs::write(stamp, wanted)?;
    Ok(folder)
}

/// Debian's package would also start a server that listens to everybody, so the one program is taken out of it.
fn promtool(install: bool) -> Result<PathBuf> {
    if is_installed("promtool") {
        return Ok("promtool".into());
    }
    let folder = target().join("xtask/prometheus");
    let program = folder.join("usr/bin/promtool");
    if program.exists() {
        return Ok(program);
    }
    let fix = format!("install Prometheus, which brings it, {OTHERWISE}");
    if !install || !is_installed("apt-get") {
        bail!("missing for checking the alarms: promtool; {fix}");
    }
    progress("fetching promtool from Debian's packages");
    fs::create_dir_all(&folder)?;
    let download =
        || run(Command::new("apt-get").args(["download", "-q", "-o", "APT::Sandbox::User=root", "prometheus"]).current_dir(&folder));
    if download().is_err() {
        run(Command::new("apt-get").args(["update", "-q"])).with_context(|| format!("apt-get could not read its lists; {fix}"))?;
        download().with_context(|| format!("apt-get could not download prometheus; {fix}"))?;
    }
    for entry in fs::read_dir(&folder)? {
        let package = entry?.path();
        if package.extension().is_some_and(|kind| kind == "deb") {
            run(Command::new("dpkg-deb").arg("--extract").args([&package, &folder]))?;
            fs::remove_file(package)?;
        }
    }
    Ok(program)
}

fn missing(install: bool, package: &str) -> Result<()> {
    if !install {
        bail!("missing for checking the files of deploy/: {package}. Say `apt-get install {package}`, {OTHERWISE}");
    }
    debian_packages("checking the files of deploy/", &[package], &[], OTHERWISE)
}
