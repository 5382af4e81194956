//! The program's own log, on its standard error: in words for people, or as JSON for what collects logs.
//!
//! It names logs, sessions and actors by their ids and numbers. Names, texts, cookies and tokens stay out of it at every level,
//! and where somebody's device is stands in it at `debug` only.

use anyhow::Context;
use clap::ValueEnum;
use std::io::stderr;
use tracing_subscriber::EnvFilter;

/// How a line of it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// In words
    Text,
    /// An object of JSON a line
    Json,
}

/// Begins it, once in a process. `level` is `error`, `warn`, `info`, `debug` or `trace`, or a list such as `info,landfall_server=debug`.
pub fn start(format: LogFormat, level: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level).with_context(|| format!("“{level}” is no level of logging"))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).log_internal_errors(false);
    match format {
        LogFormat::Text => lines.with_target(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}
