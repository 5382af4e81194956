//! The durable folder of one workspace and person: the outbox, what was read of the log, and a lock on both.

use super::cache::{Cache, Cached};
use super::journal::{Content, Imported, Journal};
use super::profile::{make_folder, private};
use anyhow::{Context as _, bail};
use landfall_engine::client::{Loaded, Save, SaveError};
use landfall_engine::{Cursor, Domain, Mark};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The folder, locked for this process.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    journal: Journal,
    cache: Cache,
    imports: Vec<Imported>,
    /// Two processes with the same outbox would each send and delete what the other has.
    _lock: File,
}

impl Folder {
    /// Locks the folder and reads what is in it.
    pub fn open<D: Domain>(path: &Path) -> anyhow::Result<(Self, Loaded<D>)> {
        let told = || format!("The folder {} cannot be used", path.display());
        make_folder(path).with_context(told)?;
        let lock = private().truncate(false).open(path.join("lock")).with_context(told)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("Another landfall works with {} now. Wait until it is done, or use another folder: --profile DIR.", path.display())
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(told),
        }
        let (journal, Content { outbox, inbox, imports }) = Journal::open(path.join("outbox.jsonl"))?;
        let (cache, Cached { epoch, snapshot, mark, pages }) = Cache::open::<D>(path);
        let loaded = Loaded { epoch, snapshot, mark, tail: pages, outbox, inbox };
        Ok((Self { path: path.to_owned(), journal, cache, imports, _lock: lock }, loaded))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The import of a file with this fingerprint, if there was one.
    pub fn imported(&self, fingerprint: u64) -> Option<&Imported> {
        self.imports.iter().rev().find(|imported| imported.fingerprint == fingerprint)
    }

    /// Writes one transaction. The outbox goes first: what the cache then lacks is read again, what it has too much would be lost.
    pub fn save<D: Domain>(&mut self, save: &Save) -> Result<(), SaveError> {
        self.journal.save(save)?;
        self.cache.save::<D>(save);
        Ok(())
    }

    /// From here on saves are put together, until `commit`.
    pub fn begin(&mut self, imported: Imported) {
        self.journal.begin(imported);
    }

    /// Writes what was put together since `begin`: all of it or nothing.
    pub fn commit(&mut self) -> Result<(), SaveError> {
        self.journal.commit()
    }

    /// Writes a snapshot, if it can.
    pub fn write_snapshot<D: Domain>(&mut self, cursor: Cursor, mark: Option<Mark>, state: &D::State) {
        if let Err(error) = self.cache.write_snapshot::<D>(cursor, mark, state) {
            tracing::debug!(%error, "a snapshot could not be kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Counter, Folder as Temporary};
    use super::*;

    #[test]
    fn two_processes_do_not_share_an_outbox() {
        let temporary = Temporary::new("lock");
        let (first, _) = Folder::open::<Counter>(temporary.path()).unwrap();
        let why = Folder::open::<Counter>(temporary.path()).unwrap_err().to_string();
        assert!(why.contains("Another landfall works with"), "{why}");
        drop(first);
        Folder::open::<Counter>(temporary.path()).unwrap();
    }
}
