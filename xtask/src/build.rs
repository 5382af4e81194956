//! From sources to one program with the page inside, and starting it.

use crate::files::{is_newer, root, target, web as web_folder};
use crate::install;
use crate::process::{cargo, progress, run as run_command, web};
use crate::wasm::{self, Profile};
use anyhow::{Context, Result};
use clap::Args;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// For cargo: the page is part of the program in a debug build too.
pub const WITH_PAGE_INSIDE: [&str; 2] = ["--features", "landfall/embedded-page"];

/// What `web/dist` is made of.
const BUNDLED: [&str; 8] =
    ["src", "public", "index.html", "vite.config.ts", "tsconfig.json", "package.json", "package-lock.json", "compress.mjs"];

#[derive(Args)]
pub struct Options {
    /// Build the server as it is deployed: optimised, the page inside. The page is always built as it is deployed.
    #[arg(long)]
    release: bool,
    /// Leave the engine the names of its functions, which profilers show and nobody else needs
    #[arg(long)]
    names: bool,
}

#[derive(Args)]
pub struct RunOptions {
    /// Build quickly instead of building what runs fast
    #[arg(long)]
    debug: bool,
    /// Options for `landfall serve`, after `--`: `cargo xtask run -- --listen 0.0.0.0:8080 --data /srv/landfall`
    #[arg(last = true)]
    serve: Vec<String>,
}

/// Builds everything.
pub fn build(options: &Options) -> Result<()> {
    install::for_building()?;
    page(if options.names { Profile::Named } else { Profile::Shipped })?;
    let program = server(options.release)?;
    progress(&format!("built {}", program.display()));
    Ok(())
}

/// Builds everything and becomes the server.
pub fn run(options: &RunOptions) -> Result<ExitCode> {
    install::for_building()?;
    page(if options.debug { Profile::Development } else { Profile::Shipped })?;
    let program = server(!options.debug)?;
    progress(&format!("starting landfall serve {}", options.serve.join(" ")));
    become_it(serve(&program, &options.serve)).with_context(|| format!("{} could not be started", program.display()))
}

/// Lets the server have this process, so that Ctrl C and a service manager's signals reach it and nothing else.
#[cfg(unix)]
fn become_it(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Result<ExitCode> {
    let code = command.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The engine for the browser, its types, and `web/dist`.
pub fn page(profile: Profile) -> Result<()> {
    wasm::module(profile)?;
    wasm::types()?;
    let stamp = target().join("xtask/page.stamp");
    let page = web_folder().join("dist/index.html");
    let sources = BUNDLED.iter().map(|source| web_folder().join(source)).chain([page.clone()]);
    if page.exists() && is_newer(&stamp, sources.collect())? && fs::read_to_string(&stamp)? == format!("{profile:?}") {
        progress("the page is as it was built last");
        return Ok(());
    }
    bundle()?;
    if profile == Profile::Shipped {
        compress()?;
    }
    fs::write(&stamp, format!("{profile:?}")).with_context(|| format!("{} cannot be written", stamp.display()))
}

/// `web/dist` alone.
pub fn bundle() -> Result<()> {
    progress("building the page");
    run_command(&mut web("npm", ["run", "--silent", "build"]))
}

/// Smaller copies of what is in `web/dist`, for browsers that take them.
fn compress() -> Result<()> {
    run_command(&mut web("node", ["compress.mjs"]))
}

/// The server, with `web/dist` inside when it is built for release.
pub fn server(release: bool) -> Result<PathBuf> {
    if !release {
        return program("building the server", &[], "debug");
    }
    program("building the server (release; the first time takes minutes)", &["--release"], "release")
}

/// The server as tests run it: quick to build, and with the page inside, as in a release.
pub fn server_for_tests() -> Result<PathBuf> {
    program("building the server, with the page inside", &WITH_PAGE_INSIDE, "debug")
}

fn program(what: &str, options: &[&str], folder: &str) -> Result<PathBuf> {
    progress(what);
    run_command(cargo(["build", "--package", "landfall"]).args(options))?;
    Ok(target().join(folder).join(format!("landfall{}", std::env::consts::EXE_SUFFIX)))
}

/// `landfall serve`, in the workspace's root, where its folder of data is by default.
pub fn serve(program: &std::path::Path, arguments: &[String]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).arg("serve").args(arguments);
    command
}
