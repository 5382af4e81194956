//! The outbox and the inbox in one append-only file: a line is a transaction, on disk before anybody is told.
//!
//! A line is a checksum, a space and the JSON of an [`Entry`]. A line that a power cut left half-written was never promised to anybody,
//! so reading stops before it. When more than half of the file is about things that are over, it is written anew.

use super::profile::{private, sync_folder_of};
use anyhow::{Context as _, bail};
use landfall_engine::client::{InboxRow, OutboxRow, Save, SaveError};
use landfall_engine::log::fingerprint;
use landfall_engine::{CommandId, TimeMs};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Most bytes of what waits. An import of 100,000 tasks takes about 60 MB.
const LIVE_BYTES_MAX: u64 = 512 << 20;
/// A file smaller than this is not worth writing anew, bytes.
const WORTHWHILE_BYTES: u64 = 1 << 20;
/// Files whose import is remembered.
const IMPORTS_MAX: usize = 200;
/// Format of the file; another is refused.
const VERSION: u32 = 1;

/// One transaction: these changes, in this order, all or none.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Entry {
    version: u32,
    changes: Vec<Change>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    DropOutbox(CommandId),
    PutOutbox(OutboxRow),
    DropInbox(CommandId),
    PutInbox { id: CommandId, text: String },
    Imported(Imported),
}

/// That a file was imported, so that the same one is not imported twice by mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Fingerprint of its text and of where it went.
    pub fingerprint: u64,
    /// When.
    pub at: TimeMs,
    /// How many commands it became.
    pub commands: u64,
}

/// What a journal holds.
#[derive(Debug, Default)]
pub struct Content {
    /// In the order in which the rows were first written.
    pub outbox: Vec<OutboxRow>,
    /// The inbox.
    pub inbox: Vec<InboxRow>,
    /// Oldest first.
    pub imports: Vec<Imported>,
}

/// The file, open for appending. Whoever has it holds the folder's lock.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Bytes that are whole lines.
    bytes: u64,
    live: Live,
    /// How long the file was when it was last written anew.
    anew_bytes: u64,
    /// What is put together for one line; `None` when each save is a line of its own.
    together: Option<Entry>,
    /// A write failed and could not be undone: nothing more may be appended.
    broken: bool,
}

/// How much of the file is about what still waits.
#[derive(Debug, Default)]
struct Live {
    outbox: BTreeMap<CommandId, u64>,
    inbox: BTreeMap<CommandId, u64>,
    bytes: u64,
}

impl Journal {
    /// Opens the file, or makes it, and reads it.
    pub fn open(path: PathBuf) -> anyhow::Result<(Self, Content)> {
        let told = || format!("The outbox {} cannot be opened", path.display());
        let mut file = private().read(true).open(&path).with_context(told)?;
        sync_folder_of(&path).with_context(told)?;
        let (content, whole) = read(&file).with_context(|| format!("The outbox {} cannot be read", path.display()))?;
        let bytes = file.metadata().with_context(told)?.len();
        if whole < bytes {
            set_aside(&path, &mut file, whole).with_context(told)?;
        }
        let live = Live::of(&content);
        let mut journal = Self { path, file, bytes: whole, live, anew_bytes: 0, together: None, broken: false };
        if journal.is_worth_writing_anew() {
            journal.write_anew().with_context(|| format!("The outbox {} cannot be written", journal.path.display()))?;
        }
        Ok((journal, content))
    }

    /// From here on saves are put together, until `commit`.
    pub fn begin(&mut self, imported: Imported) {
        self.together = Some(Entry { version: VERSION, changes: vec![Change::Imported(imported)] });
    }

    /// Writes what was put together since `begin`: all of it or nothing.
    pub fn commit(&mut self) -> Result<(), SaveError> {
        let entry = self.together.take().unwrap_or_default();
        self.append(entry)
    }

    /// What of a save belongs here, on disk before this returns.
    pub fn save(&mut self, save: &Save) -> Result<(), SaveError> {
        let mut changes: Vec<Change> = Vec::new();
        changes.extend(save.outbox_delete.iter().copied().map(Change::DropOutbox));
        changes.extend(save.outbox_put.iter().cloned().map(Change::PutOutbox));
        changes.extend(save.inbox_delete.iter().copied().map(Change::DropInbox));
        changes.extend(save.inbox_put.iter().map(|row| Change::PutInbox { id: row.id, text: row.text.clone() }));
        if let Some(together) = &mut self.together {
            together.changes.extend(changes);
            return Ok(());
        }
        self.append(Entry { version: VERSION, changes })
    }

    fn append(&mut self, entry: Entry) -> Result<(), SaveError> {
        if entry.changes.is_empty() {
            return Ok(());
        }
        let line = line_of(&entry);
        let adds = entry.changes.iter().any(|change| matches!(change, Change::PutOutbox(_)));
        if adds && self.live.bytes + line.len() as u64 > LIVE_BYTES_MAX {
            return Err(SaveError::Full);
        }
        self.write(&line)?;
        for change in &entry.changes {
            self.live.note(change);
        }
        // The line is on disk. Writing anew only saves space, and is tried again.
        if self.is_worth_writing_anew()
            && let Err(error) = self.write_anew()
        {
            tracing::debug!(%error, "the outbox could not be written anew");
        }
        Ok(())
    }

    fn write(&mut self, line: &[u8]) -> Result<(), SaveError> {
        if self.broken {
            return Err(SaveError::Failed);
        }
        let before = self.bytes;
        let written = self.file.seek(SeekFrom::Start(before)).and_then(|_| self.file.write_all(line)).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.bytes += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a line must not stand in the middle of the file.
                self.broken = self.file.set_len(before).and_then(|()| self.file.sync_data()).is_err();
                tracing::debug!(%error, "the outbox could not be written");
                Err(if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
                    SaveError::Full
                } else {
                    SaveError::Failed
                })
            }
        }
    }

    fn is_worth_writing_anew(&self) -> bool {
        let is_mostly_over = self.bytes > 2 * self.live.bytes && self.bytes > 2 * self.anew_bytes;
        self.bytes > WORTHWHILE_BYTES && (self.live.bytes == 0 || is_mostly_over)
    }

    fn write_anew(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        let (content, _) = read(&self.file).map_err(io::Error::other)?;
        let new = self.path.with_extension("new");
        let mut file = private().read(true).truncate(true).open(&new)?;
        let mut bytes = 0;
        let mut writing = BufWriter::new(&mut file);
        for entry in content.entries() {
            let line = line_of(&entry);
            bytes += line.len() as u64;
            writing.write_all(&line)?;
        }
        writing.flush()?;
        drop(writing);
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        (self.file, self.bytes, self.anew_bytes, self.broken) = (file, bytes, bytes, false);
        sync_folder_of(&self.path)
    }
}

impl Content {
    /// A line for each row, so that none becomes longer than it was.
    fn entries(self) -> impl Iterator<Item = Entry> {
        let imports = self.imports.into_iter().map(Change::Imported);
        let outbox = self.outbox.into_iter().map(Change::PutOutbox);
        let inbox = self.inbox.into_iter().map(|row| Change::PutInbox { id: row.id, text: row.text });
        imports.chain(outbox).chain(inbox).map(|change| Entry { version: VERSION, changes: vec![change] })
    }
}

impl Live {
    fn of(content: &Content) -> Self {
        let mut live = Self::default();
        for row in &content.outbox {
            live.put_outbox(row);
        }
        for row in &content.inbox {
            live.put_inbox(row.id, row.text.len());
        }
        live
    }

    fn note(&mut self, change: &Change) {
        match change {
            Change::PutOutbox(row) => self.put_outbox(row),
            Change::PutInbox { id, text } => self.put_inbox(*id, text.len()),
            Change::DropOutbox(key) => self.bytes -= self.outbox.remove(key).unwrap_or_default(),
            Change::DropInbox(id) => self.bytes -= self.inbox.remove(id).unwrap_or_default(),
            Change::Imported(_) => {}
        }
    }

    fn put_outbox(&mut self, row: &OutboxRow) {
        let texts = row.commands.iter().map(|command| command.command.as_ref().map_or(0, |text| text.0.len()) as u64 + 200);
        let bytes = texts.sum();
        self.bytes += bytes;
        self.bytes -= self.outbox.insert(row.key, bytes).unwrap_or_default();
    }

    fn put_inbox(&mut self, id: CommandId, length: usize) {
        let bytes = length as u64 + 100;
        self.bytes += bytes;
        self.bytes -= self.inbox.insert(id, bytes).unwrap_or_default();
    }
}

fn line_of(entry: &Entry) -> Vec<u8> {
    let json = serde_json::to_string(entry).expect("changes are plain data");
    format!("{:016x} {json}\n", fingerprint(&json)).into_bytes()
}

/// Reads the whole lines, and says where they end.
fn read(file: &File) -> anyhow::Result<(Content, u64)> {
    let mut reading = BufReader::with_capacity(1 << 16, file);
    let mut rows: BTreeMap<u64, OutboxRow> = BTreeMap::new();
    let mut places: BTreeMap<CommandId, u64> = BTreeMap::new();
    let mut inbox: BTreeMap<CommandId, String> = BTreeMap::new();
    let mut imports: Vec<Imported> = Vec::new();
    let (mut whole, mut line) = (0, Vec::new());
    loop {
        line.clear();
        if reading.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let Some(entry) = entry_of(&line) else {
            if !reading.fill_buf()?.is_empty() {
                bail!(
                    "what stands at byte {whole} is damaged, and more follows. Nothing was changed; the lines before and after it can be read"
                );
            }
            break;
        };
        if entry.version != VERSION {
            bail!("it was written by another version of this program: please update");
        }
        whole += line.len() as u64;
        for change in entry.changes {
            match change {
                Change::PutOutbox(row) => {
                    let next = rows.last_key_value().map_or(0, |(last, _)| last + 1);
                    rows.insert(*places.entry(row.key).or_insert(next), row);
                }
                Change::DropOutbox(key) => drop(places.remove(&key).and_then(|place| rows.remove(&place))),
                Change::PutInbox { id, text } => drop(inbox.insert(id, text)),
                Change::DropInbox(id) => drop(inbox.remove(&id)),
                Change::Imported(imported) => {
                    if imports.len() == IMPORTS_MAX {
                        imports.remove(0);
                    }
                    imports.push(imported);
                }
            }
        }
    }
    let inbox = inbox.into_iter().map(|(id, text)| InboxRow { id, text }).collect();
    Ok((Content { outbox: rows.into_values().collect(), inbox, imports }, whole))
}

fn entry_of(line: &[u8]) -> Option<Entry> {
    let text = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (checksum, json) = text.split_once(' ')?;
    (u64::from_str_radix(checksum, 16).ok()? == fingerprint(json)).then(|| serde_json::from_str(json).ok())?
}

/// Half a line at the end: it was promised to nobody, but it is kept beside the file all the same.
fn set_aside(path: &Path, file: &mut File, whole: u64) -> io::Result<()> {
    let mut aside = private().truncate(true).open(path.with_extension("torn"))?;
    file.seek(SeekFrom::Start(whole))?;
    io::copy(file, &mut aside)?;
    aside.sync_all()?;
    file.set_len(whole)?;
    file.sync_all()
}

#[cfg(test)]
mod tests;
