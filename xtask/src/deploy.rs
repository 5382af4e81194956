//! The files that people deploy with, each read by the program that will read it there, or by the strictest reader of its kind.

mod kubernetes;
mod tools;

use crate::files::{root, scratch};
use crate::tally::Tally;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tools::Tools;

/// What `systemd-analyze security` may say of a unit, in tenths: from 0, shut in, to 100, free to do everything.
const EXPOSURE_MAX: &str = "10";
/// What yamllint is told beside its own rules: how long lines are here, and that `{ a: b }` and `on` are as good as anything.
const YAML_RULES: &str = "{extends: default, rules: {line-length: {max: 180}, document-start: disable, braces: {max-spaces-inside: 1}, \
                          comments: {min-spaces-from-content: 1}, truthy: {check-keys: false}}}";

/// Of `cargo xtask test`: every file, one check each.
pub fn checked(install: bool) -> Result<Tally> {
    let tools = Tools::ready(install)?;
    let folder = root().join("deploy");
    let checks: [(&str, &dyn Fn() -> Result<()>); 8] = [
        ("every YAML is tidy (yamllint)", &|| silent(tools.yamllint().args(["--strict", "--config-data", YAML_RULES]).arg(&folder))),
        ("Dockerfile (hadolint)", &|| silent(tools.hadolint().arg("--no-color").arg(folder.join("Dockerfile")))),
        ("compose.yaml (docker compose config)", &|| {
            let environment = folder.join(".env.example");
            silent(
                tools
                    .compose()
                    .arg("--env-file")
                    .arg(environment)
                    .arg("--file")
                    .arg(folder.join("compose.yaml"))
                    .args(["config", "--quiet"]),
            )
        }),
        ("Caddyfile (caddy validate, caddy fmt)", &|| proxy(&tools, &folder)),
        ("systemd's units (systemd-analyze verify and security)", &|| units(&folder)),
        ("kubernetes/ (kubectl kustomize, the schemas of Kubernetes, what refers to what)", &|| manifests(&tools, &folder)),
        ("prometheus/ (promtool check rules)", &|| rules(&tools, &folder)),
        ("grafana/ is JSON", &|| dashboards(&folder)),
    ];
    let hold = |(what, check): &(&str, &dyn Fn() -> Result<()>)| {
        let outcome = check();
        match &outcome {
            Ok(()) => println!("deploy: {what}: holds"),
            Err(error) => println!("deploy: {what}: FAILED\n{error:#}"),
        }
        Tally::of_one(outcome.is_ok())
    };
    Ok(checks.iter().map(hold).sum())
}

fn proxy(tools: &Tools, folder: &Path) -> Result<()> {
    let file = folder.join("Caddyfile");
    said(tools.caddy().args(["validate", "--adapter", "caddyfile", "--config"]).arg(&file))?;
    said(tools.caddy().args(["fmt", "--diff"]).arg(&file)).map(drop).context("`caddy fmt --overwrite deploy/Caddyfile` mends it")
}

/// The units as they would be installed, with a program in them that there is on every machine.
fn units(folder: &Path) -> Result<()> {
    let installed = scratch("units")?;
    let mut paths = Vec::new();
    for file in below(folder, &["service", "timer", "conf"])? {
        let copy = installed.join(file.strip_prefix(folder)?);
        fs::create_dir_all(copy.parent().context("a file lies in a folder")?)?;
        fs::write(&copy, fs::read_to_string(&file)?.replace("/usr/local/bin/landfall", "/bin/true"))?;
        paths.extend(copy.extension().is_some_and(|kind| kind != "conf").then_some(copy));
    }
    // It tells of a word that it does not know, and calls that a success.
    silent(Command::new("systemd-analyze").args(["verify", "--man=no"]).args(&paths))?;
    for unit in paths.iter().filter(|path| path.extension().is_some_and(|kind| kind == "service")) {
        let mut security = Command::new("systemd-analyze");
        security.args(["security", "--no-pager", "--offline=true"]).arg(format!("--threshold={EXPOSURE_MAX}")).arg(unit);
        let text = said(&mut security).context("it may do more than it needs (see EXPOSURE_MAX)")?;
        println!("  {}", text.lines().last().unwrap_or_default());
    }
    said(Command::new("systemd-sysusers").arg("--dry-run").arg(folder.join("landfall.sysusers"))).map(drop)
}

fn manifests(tools: &Tools, folder: &Path) -> Result<()> {
    let folder = folder.join("kubernetes");
    let rendered = scratch("kubernetes")?.join("rendered.yaml");
    fs::write(&rendered, said(tools.kubectl().arg("kustomize").arg(&folder))?)?;
    let example = folder.join("secret.example.yaml");
    said(tools.kubernetes_validate().args(["--strict", "--quiet"]).args([&rendered, &example]))?;
    kubernetes::referring(&tools.documents(&[&rendered, &example])?)
}

fn rules(tools: &Tools, folder: &Path) -> Result<()> {
    for file in below(&folder.join("prometheus"), &["yaml"])? {
        said(tools.promtool().args(["check", "rules"]).arg(file))?;
    }
    Ok(())
}

fn dashboards(folder: &Path) -> Result<()> {
    for file in below(&folder.join("grafana"), &["json"])? {
        serde_json::from_str::<Value>(&fs::read_to_string(&file)?).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

/// Files of these kinds in this folder and those within it, in order.
fn below(folder: &Path, kinds: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(below(&path, kinds)?);
        } else if path.extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// What it prints; everything that it says is the error when it fails.
fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{} could not be started", command.get_program().display()))?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        bail!("{} ({}):\n{out}{err}", command.get_program().display(), output.status);
    }
    Ok(out.into_owned())
}

/// It has nothing to say: some readers call it a success when they only complain.
fn silent(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{} could not be started", command.get_program().display()))?;
    if !output.status.success() || !output.stdout.is_empty() || !output.stderr.is_empty() {
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("{} ({}):\n{out}{err}", command.get_program().display(), output.status);
    }
    Ok(())
}
