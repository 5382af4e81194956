//! A log as lines of JSON: a heading, then every record as its row stands. Exports are made of it, and backups.

use super::telling::Progress;
use crate::store::{LogStore, PageLimit, StoredRow};
use anyhow::{Context, bail, ensure};
use landfall_engine::{Cursor, Epoch, LogId, Position};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Read, Write};

/// What is read and held at a time.
pub const PAGE: PageLimit = PageLimit { records: 1_000, bytes: 4 << 20 };
/// The number of this form; a larger one was written by a newer program.
const FORM: u32 = 1;
/// A record's body and its command have at most a frame's size each, and as text in JSON several times that, bytes.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A log begins.
    Log(Heading),
    /// The next record of it.
    Record(StoredRow),
}

/// What stands above a log's records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    form: u32,
    /// Which log.
    pub log: LogId,
    /// Its timeline.
    pub epoch: Epoch,
    /// How many records follow; the head.
    pub records: Position,
}

impl Heading {
    /// Of a log with this head.
    pub fn new(log: LogId, head: Cursor) -> Self {
        Self { form: FORM, log, epoch: head.epoch, records: head.position }
    }
}

/// Writes a log up to a head. One that has not every record up to there is not written: it could not be put back.
pub async fn write_log(
    store: &dyn LogStore,
    log: LogId,
    head: Cursor,
    out: &mut impl Write,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    write_line(out, &Line::Log(Heading::new(log, head)))?;
    let mut position = 0;
    while position < head.position {
        let page = store.rows(log, position, PAGE).await?;
        let count = page.rows.len();
        for row in page.rows.into_iter().take_while(|row| row.position <= head.position.cast_signed()) {
            ensure!(row.position == position.cast_signed() + 1, "log {log} has no record {}: see `landfall verify`", position + 1);
            position += 1;
            write_line(out, &Line::Record(row))?;
        }
        if count == 0 {
            bail!("log {log} has no record {}, though its head is {}: see `landfall verify`", position + 1, head.position);
        }
        progress.advance(count as u64);
    }
    Ok(())
}

/// Writes one line.
pub fn write_line(out: &mut impl Write, line: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Lines as they are read, one at a time.
pub struct Lines<R> {
    input: R,
    text: String,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// From the start.
    pub fn of(input: R) -> Self {
        Self { input, text: String::new(), number: 0 }
    }

    /// The next line; `None` at the end.
    pub fn next<T: for<'de> Deserialize<'de>>(&mut self) -> anyhow::Result<Option<T>> {
        self.text.clear();
        self.number += 1;
        let number = self.number;
        let told = || format!("line {number} cannot be read");
        let length = self.input.by_ref().take(LINE_BYTES_MAX).read_line(&mut self.text).with_context(told)?;
        ensure!((length as u64) < LINE_BYTES_MAX, "line {number} is longer than any line of a log");
        if length == 0 {
            return Ok(None);
        }
        serde_json::from_str(&self.text).map(Some).with_context(told)
    }
}

/// Is it a form that this program reads?
pub fn ensure_readable(heading: &Heading) -> anyhow::Result<()> {
    ensure!(heading.form <= FORM, "it was written by a newer landfall: use that one, or a newer one");
    Ok(())
}
