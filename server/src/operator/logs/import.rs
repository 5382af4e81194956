//! `landfall logs import`: an exported log in another place, with its positions, ids and times, and on a new timeline.

use crate::Served;
use crate::operator::lines::{Heading, Line, Lines, PAGE, ensure_readable};
use crate::operator::loading::Loading;
use crate::operator::place::{Opened, Place};
use crate::operator::telling::{Outcome, Progress, Telling, number};
use crate::operator::verify::checks::{Before, Seen, wrong};
use crate::options::placement::NewLogs;
use anyhow::{Context, bail, ensure};
use clap::Args;
use landfall_engine::{Position, Record};
use serde_json::json;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

pub(in crate::operator) const HELP: &str = "The file is one of `landfall logs export`, and is checked to its end before anything is written. A log that is there already is never touched.\n\
    It begins a new epoch: devices that come from the old place read it again, and what waits on them lands then.\n\
    People are not part of it: who is to open it must be known in this place, by the same id. `landfall import` adds tasks, through a server.\n\
    Examples:\n  \
    landfall logs import yard.jsonl --data /srv/landfall\n  \
    LANDFALL_DATABASE=postgres://landfall@db/landfall landfall logs import yard.jsonl\n\
    Exit codes: 0 it is there; 2 it is not, and what to do.";

/// Options of `landfall logs import`.
#[derive(Args, Debug)]
pub struct Import {
    /// The file
    file: PathBuf,
    /// Go on with an import of this file that was cut short
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    new_logs: NewLogs,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    telling: Telling,
}

pub(in crate::operator) async fn import<D: Served>(options: &Import) -> anyhow::Result<Outcome> {
    let file = &options.file;
    let heading = examine::<D>(file).with_context(|| format!("{} cannot be imported", file.display()))?;
    let opened = options.place.write_on(&options.new_logs.place_new_logs_on).await?;
    let imported = put(&opened, file, &heading, options.resume).await;
    opened.close().await;
    imported?;
    let text = format!("Imported workspace {} with {}.", heading.log, number(heading.records, "record"));
    Ok(options.telling.done(text, json!({ "id": heading.log, "records": heading.records })))
}

async fn put(opened: &Opened, file: &Path, heading: &Heading, resume: bool) -> anyhow::Result<()> {
    if let Some(head) = opened.store.head(heading.log).await? {
        let is_unfinished = head.epoch <= heading.epoch && head.position <= heading.records;
        ensure!(
            resume && is_unfinished,
            "workspace {} is there already, and a log is never written over: import it into another folder or database{}",
            heading.log,
            if is_unfinished { ". If it is what an import of this file has left that was cut short, say --resume" } else { "" }
        );
        ensure_same(opened, file, head.position).await?;
    }
    let mut loading = Loading::into(&*opened.store, Progress::new("Importing", heading.records));
    let mut lines = open(file)?;
    let written = async {
        while let Some(line) = lines.next()? {
            loading.take(line).await?;
        }
        loading.finish().await
    };
    written.await.context("the import is not whole: say the same again with --resume")?;
    Ok(())
}

/// Is what is there the beginning of the file?
async fn ensure_same(opened: &Opened, file: &Path, head: Position) -> anyhow::Result<()> {
    let mut lines = open(file)?;
    let Some(Line::Log(heading)) = lines.next()? else { bail!("it does not begin with a log") };
    let mut position = 0;
    while position < head {
        let page = opened.store.rows(heading.log, position, PAGE).await?;
        ensure!(!page.rows.is_empty(), "log {} has no record {}: see `landfall verify`", heading.log, position + 1);
        for row in page.rows {
            position += 1;
            let is_same = matches!(lines.next()?, Some(Line::Record(written)) if written == row);
            ensure!(
                is_same,
                "record {position} in this place is not that of the file: it is another log under the same id, and is not touched"
            );
        }
    }
    Ok(())
}

/// Reads the whole file once: one log, every record of it as it should be.
fn examine<D: Served>(file: &Path) -> anyhow::Result<Heading> {
    let mut lines = open(file)?;
    let Some(Line::Log(heading)) = lines.next()? else { bail!("it does not begin with a log: is it of `landfall logs export`?") };
    ensure_readable(&heading)?;
    let mut before = Before::default();
    while let Some(line) = lines.next()? {
        let Line::Record(row) = line else { bail!("it has more than one log") };
        let body = Record::<D>::from_json(&row.body);
        if let Some((_, what)) = wrong(&Seen { row: &row, body: &body, before }).next() {
            bail!("record {}: {what}", row.position);
        }
        before = Before::from(&row);
    }
    ensure!(before.position == heading.records.cast_signed(), "it has {} records, and should have {}", before.position, heading.records);
    Ok(heading)
}

fn open(file: &Path) -> anyhow::Result<Lines<BufReader<File>>> {
    Ok(Lines::of(BufReader::new(File::open(file).with_context(|| format!("{} cannot be read", file.display()))?)))
}
