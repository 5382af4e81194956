//! The table of contents of a backup, by which it is known to be whole: what is in it, and the SHA-256 of each file.

use crate::hex::hex;
use crate::operator::lines::Heading;
use anyhow::{Context, ensure};
use landfall_engine::TimeMs;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

/// The file's name. It is written last.
pub const MANIFEST: &str = "manifest.json";
/// Every log, one after another.
pub const RECORDS: &str = "records.jsonl.gz";
/// The tables of people.
pub const PEOPLE: &str = "people.jsonl.gz";
/// The number of this form; a larger one was written by a newer program.
const FORM: u32 = 1;
const BUFFER_BYTES: usize = 1 << 16;

/// See the module.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    form: u32,
    /// The version of the program that made it.
    pub program: String,
    /// What it was made of: "sqlite" or "postgres".
    pub source: String,
    /// When what is in it was so.
    pub made_at: TimeMs,
    /// Rows of the tables of people.
    pub people_rows: u64,
    /// Every log: its epoch, and how many records it has.
    pub logs: Vec<Heading>,
    /// Every file.
    pub files: Vec<Listed>,
}

/// A file of a backup.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Listed {
    name: String,
    /// Its size, bytes.
    pub bytes: u64,
    sha256: String,
}

impl Manifest {
    /// Of what was just written.
    pub fn new(source: &str, made_at: TimeMs, people_rows: u64, logs: Vec<Heading>, files: Vec<Listed>) -> Self {
        Self { form: FORM, program: env!("CARGO_PKG_VERSION").into(), source: source.into(), made_at, people_rows, logs, files }
    }

    /// Reads that of a backup.
    pub fn read(backup: &Path) -> anyhow::Result<Self> {
        let path = backup.join(MANIFEST);
        let file =
            File::open(&path).with_context(|| format!("{} is no backup: it has no {MANIFEST} that can be read", backup.display()))?;
        let manifest: Self = serde_json::from_reader(BufReader::new(file)).with_context(|| damaged(&path))?;
        ensure!(
            manifest.form <= FORM,
            "{} was made by a newer landfall ({}): use that one, or a newer one",
            backup.display(),
            manifest.program
        );
        Ok(manifest)
    }

    /// Is every file there, and as it was when it was written?
    pub fn ensure_whole(&self, backup: &Path) -> anyhow::Result<()> {
        for name in [RECORDS, PEOPLE] {
            let listed = self.files.iter().find(|file| file.name == name).with_context(|| damaged(&backup.join(MANIFEST)))?;
            let path = backup.join(name);
            let found = File::open(&path).and_then(|file| Listed::of(name, file)).with_context(|| damaged(&path))?;
            ensure!(found == *listed, "{}: it is not as it was written", damaged(&path));
        }
        Ok(())
    }

    /// How many records there are in all.
    pub fn records(&self) -> u64 {
        self.logs.iter().map(|log| log.records).sum()
    }

    /// The size of its files, bytes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

fn damaged(path: &Path) -> String {
    format!("{} is damaged: take another copy of this backup, or an earlier one", path.display())
}

impl Listed {
    fn of(name: &str, mut file: impl Read) -> io::Result<Self> {
        let mut hashed = Hashed::through(io::sink());
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hashed.listed(name).0),
                length => hashed.write_all(&buffer[..length])?,
            }
        }
    }
}

/// What is written through it is counted and hashed.
pub struct Hashed<W> {
    inner: W,
    digest: Sha256,
    bytes: u64,
}

impl<W> Hashed<W> {
    /// Nothing yet.
    pub fn through(inner: W) -> Self {
        Self { inner, digest: Sha256::new(), bytes: 0 }
    }

    /// All of it.
    pub fn listed(self, name: &str) -> (Listed, W) {
        let sha256 = hex(&self.digest.finalize());
        (Listed { name: name.into(), bytes: self.bytes, sha256 }, self.inner)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
