//! `landfall logs export`: one log as it is kept, as lines of JSON.

use crate::Served;
use crate::founding::Founding;
use crate::operator::choice::chosen;
use crate::operator::lines::write_log;
use crate::operator::place::Place;
use crate::operator::telling::{Outcome, Progress, Telling, number};
use crate::reading::Moment;
use anyhow::{Context, ensure};
use clap::Args;
use serde_json::json;
use std::fs;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;

pub(in crate::operator) const HELP: &str = "Every record with its command, its position and its time, to be put into another place by `landfall logs import`: from a folder into PostgreSQL,\n\
    or the other way round. People are not part of it, nor how they sign in: `landfall backup` and `landfall restore` take everything.\n\
    Servers may run meanwhile; what lands after it was begun is not in it. `landfall export` writes the records that a member may read, through a server.\n\
    Examples:\n  \
    landfall logs export \"Skarvik Yard\" --data /srv/landfall --out yard.jsonl\n  \
    landfall logs export 01930000-0000-7000-8000-00000000b0a0 | gzip > yard.jsonl.gz\n\
    Exit codes: 0 it is whole; 2 it is not, and why.";

/// Options of `landfall logs export`.
#[derive(Args, Debug)]
pub struct Export {
    /// Name or id of the workspace
    #[arg(value_name = "LOG")]
    log: String,
    /// The file to write; it must not be there yet, and appears when it is whole [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    telling: Telling,
}

pub(in crate::operator) async fn export<D: Served>(options: &Export, product: &dyn Founding<D>) -> anyhow::Result<Outcome> {
    ensure!(options.out.is_some() || !options.telling.json, "--json needs --out FILE: without it standard output is the log itself");
    if let Some(path) = &options.out {
        ensure!(!path.exists(), "{} is there already: name another file", path.display());
    }
    let opened = options.place.read(Moment::Each).await?;
    let chosen = chosen(&opened, product, Some(&options.log)).await?;
    let (log, head) = *chosen.first().context("one workspace was named")?;
    let mut progress = Progress::new("Exporting", head.position);
    let Some(path) = &options.out else {
        let mut out = BufWriter::new(stdout().lock());
        write_log(&*opened.store, log, head, &mut out, &mut progress).await?;
        out.flush()?;
        drop(progress);
        eprintln!("Exported {}.", number(head.position, "record"));
        opened.close().await;
        return Ok(options.telling.found(String::new(), json!(null), true));
    };
    let told = || format!("{} cannot be written", path.display());
    let mut partial = path.clone().into_os_string();
    partial.push(".partial");
    let mut out = BufWriter::new(fs::File::create(&partial).with_context(told)?);
    let written = match write_log(&*opened.store, log, head, &mut out, &mut progress).await {
        Ok(()) => out.flush().and_then(|()| out.get_ref().sync_all()).and_then(|()| fs::rename(&partial, path)).with_context(told),
        Err(error) => Err(error),
    };
    opened.close().await;
    if written.is_err() {
        // Half an export is of no use; should it stay, its name says what it is.
        let _ = fs::remove_file(&partial);
    }
    written?;
    let text = format!("Exported {} to {}.", number(head.position, "record"), path.display());
    Ok(options.telling.done(text, json!({ "id": log, "records": head.position, "epoch": head.epoch, "file": path })))
}
