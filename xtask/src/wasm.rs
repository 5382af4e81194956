//! The engine for the browser: Rust to wasm, wasm to a module that JavaScript imports, and the types that TypeScript checks it by.

use crate::files::{mirror, scratch, target, web};
use crate::process::{cargo, progress, run, run_quietly};
use anyhow::{Context, Result};
use std::fs;
use wasm_bindgen_cli_support::Bindgen;

/// How fast it should be: to build, or to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Development,
    /// What people get.
    Shipped,
    /// What people get, with the names of its functions, for profilers.
    Named,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Development => "wasm-dev",
            Self::Shipped | Self::Named => "wasm",
        }
    }
}

/// Builds `web/src/wasm/landfall.js` and `landfall_bg.wasm`.
pub fn module(profile: Profile) -> Result<()> {
    progress(&format!("building the engine for the browser (profile {})", profile.name()));
    run(&mut cargo(["build", "--package", "landfall-client", "--lib", "--target", "wasm32-unknown-unknown", "--profile", profile.name()]))?;
    let compiled = target().join("wasm32-unknown-unknown").join(profile.name()).join("landfall_client.wasm");
    let bound = scratch("wasm")?;
    Bindgen::new()
        .input_path(&compiled)
        .web(true)?
        .omit_default_module_path(false)
        .typescript(true)
        .remove_name_section(profile == Profile::Shipped)
        .out_name("landfall")
        .generate(&bound)
        .with_context(|| format!("no JavaScript could be made for {}", compiled.display()))?;
    mirror(&bound, &web().join("src/wasm"))
}

/// Writes `web/src/types/generated/*.ts` from the Rust types that cross into JavaScript, and an `index.ts` that names them all.
pub fn types() -> Result<()> {
    progress("exporting the types for TypeScript");
    let exported = scratch("types")?;
    run_quietly(
        cargo([
            "test",
            "--quiet",
            "--package",
            "landfall-engine",
            "--package",
            "landfall-domain",
            "--package",
            "landfall-client",
            "--features",
            "landfall-client/ts",
            "--lib",
        ])
        .arg("export_bindings")
        .env("TS_RS_EXPORT_DIR", &exported),
    )?;
    let mut names = Vec::new();
    for entry in fs::read_dir(&exported)? {
        names.extend(entry?.file_name().to_str().and_then(|name| name.strip_suffix(".ts")).map(str::to_owned));
    }
    names.sort();
    let index: String = names.iter().map(|name| format!("export type * from \"./{name}\";\n")).collect();
    fs::write(exported.join("index.ts"), index)?;
    mirror(&exported, &web().join("src/types/generated"))
}
