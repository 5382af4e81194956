//! Lines that become logs again, with their positions, ids and times, and on a timeline that no device has read.

use super::lines::{Heading, Line, PAGE, ensure_readable};
use super::telling::Progress;
use crate::restore::begin_new_timeline;
use crate::store::{LogStore, StoredRecord};
use anyhow::{Context, bail, ensure};
use landfall_engine::{Cursor, LogId, Seal};

/// See the module.
pub struct Loading<'a> {
    store: &'a dyn LogStore,
    begun: Option<Begun>,
    batch: Vec<StoredRecord>,
    batch_bytes: usize,
    progress: Progress,
}

struct Begun {
    heading: Heading,
    /// How far the log is written.
    head: Cursor,
    /// The seal behind the last record that came.
    seal: Seal,
}

impl<'a> Loading<'a> {
    /// Into this store.
    pub fn into(store: &'a dyn LogStore, progress: Progress) -> Self {
        Self { store, begun: None, batch: Vec::new(), batch_bytes: 0, progress }
    }

    /// Takes the next line. What a log that is there already has of it is passed over.
    pub async fn take(&mut self, line: Line) -> anyhow::Result<()> {
        match line {
            Line::Log(heading) => {
                self.finish().await?;
                ensure_readable(&heading)?;
                self.store.create(heading.log).await?;
                let head = self.store.head(heading.log).await?.context("a log that was begun is not there")?;
                let seal = self.store.seal(heading.log, head.position).await?.context("the last record of a log is not there")?;
                self.begun = Some(Begun { heading, head, seal });
            }
            Line::Record(row) => {
                let begun = self.begun.as_mut().context("a record comes before the log that it belongs to")?;
                if row.position <= begun.head.position.cast_signed() {
                    return Ok(());
                }
                let position = row.position;
                let record = row
                    .read(begun.seal)
                    .map_err(anyhow::Error::msg)
                    .with_context(|| format!("record {position} of log {}", begun.heading.log))?;
                begun.seal = record.seal();
                self.batch_bytes += record.body.len() + record.command_text.as_deref().map_or(0, str::len);
                self.batch.push(record);
                if self.batch.len() >= PAGE.records || self.batch_bytes >= PAGE.bytes {
                    self.append().await?;
                }
            }
        }
        Ok(())
    }

    /// The last line was taken: the log must be whole, and begins a new timeline.
    pub async fn finish(&mut self) -> anyhow::Result<Option<LogId>> {
        self.append().await?;
        let Some(Begun { heading, head, .. }) = self.begun.take() else { return Ok(None) };
        if head.position != heading.records {
            bail!("log {} should have {} records, and {} came", heading.log, heading.records, head.position);
        }
        begin_new_timeline(self.store, heading.log, heading.epoch).await?;
        Ok(Some(heading.log))
    }

    async fn append(&mut self) -> anyhow::Result<()> {
        let Some(begun) = &mut self.begun else { return Ok(()) };
        let records = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        let count = records.len() as u64;
        if count == 0 {
            return Ok(());
        }
        ensure!(records[0].position == begun.head.position + 1, "log {} has no record {}", begun.heading.log, begun.head.position + 1);
        self.store
            .append(begun.heading.log, begun.head, records)
            .await
            .with_context(|| format!("log {} cannot be written", begun.heading.log))?;
        begun.head.position += count;
        self.progress.advance(count);
        Ok(())
    }
}
