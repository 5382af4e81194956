//! `landfall restore`: a backup becomes a place to serve from, and every log begins a new epoch.

use super::backup::manifest::{Manifest, PEOPLE, RECORDS};
use super::lines::{Heading, Line, Lines};
use super::loading::Loading;
use super::place::{Opened, Place};
use super::telling::{Outcome, Progress, Telling, number};
use crate::native::utc;
use crate::options::placement::NewLogs;
use crate::people::copy::PeopleRow;
use anyhow::{Context, ensure};
use clap::Args;
use flate2::read::GzDecoder;
use serde_json::json;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

pub(super) const HELP: &str = "The place must be empty; a backup of a folder can be put into PostgreSQL, and the other way round. Every file is checked before anything is written.\n\
    Every workspace begins a new epoch: devices that had read further read again, and what still waits on them lands then.\n\
    Examples:\n  \
    landfall restore /srv/backups/2026-11-29 --data /srv/landfall-new\n  \
    LANDFALL_DATABASE=postgres://landfall@db/landfall_new landfall restore /srv/backups/2026-11-29\n\
    Exit codes: 0 everything is there; 2 it is not, and what to do.";

/// Options of `landfall restore`.
#[derive(Args, Debug)]
pub struct Restore {
    /// The folder of the backup
    #[arg(value_name = "FROM")]
    backup: PathBuf,
    #[command(flatten)]
    new_logs: NewLogs,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    telling: Telling,
}

pub(super) async fn restore(options: &Restore) -> anyhow::Result<Outcome> {
    let backup = &options.backup;
    let manifest = Manifest::read(backup)?;
    manifest.ensure_whole(backup)?;
    let opened = options.place.write_on(&options.new_logs.place_new_logs_on).await?;
    let restored = put(&opened, backup, &manifest).await;
    opened.close().await;
    restored?;
    let (logs, records) = (manifest.logs.len() as u64, manifest.records());
    let text = format!(
        "Restored {} with {}, as they were on {}. Devices will read them anew. See that all is well with `landfall verify`, then start the server.",
        number(logs, "workspace"),
        number(records, "record"),
        utc(manifest.made_at)
    );
    Ok(options
        .telling
        .done(text, json!({ "workspaces": logs, "records": records, "people_rows": manifest.people_rows, "made_at": manifest.made_at })))
}

async fn put(opened: &Opened, backup: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let is_empty = opened.store.logs(None, 1).await?.is_empty() && opened.tables.is_empty().await?;
    ensure!(
        is_empty,
        "this place is not empty, and nothing is ever written over: restore into another folder or database. What a restore left that was cut short is deleted first"
    );
    let not_whole = "the restore is not whole: delete what it has written (the folder, or the database), and begin again";
    put_logs(opened, backup, manifest).await.context(not_whole)?;
    // People come last: a server that is started on half a restore finds nobody who may come in.
    let mut lines = read(backup, PEOPLE)?;
    let mut rows = 0;
    let people = std::iter::from_fn(|| lines.next::<PeopleRow>().transpose()).inspect(|_| rows += 1);
    opened.tables.put(people).await.context(not_whole)?;
    ensure!(rows == manifest.people_rows, "{not_whole}: {rows} rows of people came, and there should be {}", manifest.people_rows);
    Ok(())
}

async fn put_logs(opened: &Opened, backup: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let mut lines = read(backup, RECORDS)?;
    let mut loading = Loading::into(&*opened.store, Progress::new("Restoring", manifest.records()));
    let mut listed = manifest.logs.iter();
    while let Some(line) = lines.next()? {
        if let Line::Log(heading) = &line {
            expect(listed.next(), heading)?;
        }
        loading.take(line).await?;
    }
    loading.finish().await?;
    ensure!(listed.next().is_none(), "{RECORDS} has fewer workspaces than the manifest says");
    Ok(())
}

fn expect(listed: Option<&Heading>, heading: &Heading) -> anyhow::Result<()> {
    ensure!(listed == Some(heading), "{RECORDS} and the manifest differ about workspace {}", heading.log);
    Ok(())
}

fn read(backup: &Path, name: &str) -> anyhow::Result<Lines<BufReader<GzDecoder<BufReader<File>>>>> {
    let path = backup.join(name);
    let file = File::open(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(Lines::of(BufReader::new(GzDecoder::new(BufReader::new(file)))))
}
