//! What a disk may hold after a power cut: everything synced, and any part of what was not.

use crate::recorder::Event;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A disk writes so many bytes whole or not at all.
const SECTOR_BYTES: usize = 512;

/// Content of files by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The bytes of a file: what is on disk for certain, and what was done to it since.
#[derive(Clone, Debug, Default)]
struct Content {
    certain: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Truncate { size: u64 },
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    contents: Vec<Content>,
    /// What a name stood for when the folder was synced last, and after each time that this changed.
    names: BTreeMap<String, Vec<Option<usize>>>,
    /// Journals that were made and not synced yet: SQLite syncs their folder with them.
    new_journals: BTreeSet<String>,
}

impl Disk {
    /// The next thing happens.
    pub fn handle(&mut self, event: &Event) {
        match event {
            Event::Written { file, offset, bytes } => {
                self.content(file).since.push(Change::Write { offset: *offset, bytes: bytes.clone() });
            }
            Event::Truncated { file, size } => self.content(file).since.push(Change::Truncate { size: *size }),
            Event::Deleted { file, synced } => {
                self.names.entry(file.clone()).or_insert_with(|| vec![None]).push(None);
                if *synced {
                    self.sync_folder();
                }
            }
            Event::Synced { file } => {
                let content = self.content(file);
                for change in std::mem::take(&mut content.since) {
                    change.apply(&mut content.certain, &mut || true);
                }
                if self.new_journals.remove(file) {
                    self.sync_folder();
                }
            }
            Event::Acknowledged { .. } => {}
        }
    }

    fn sync_folder(&mut self) {
        for states in self.names.values_mut() {
            states.drain(..states.len() - 1);
        }
    }

    /// What the name stands for now; a file is made where there is none.
    fn content(&mut self, name: &str) -> &mut Content {
        let is_journal = name.ends_with("-wal") || name.ends_with("-journal");
        let fresh = self.contents.len();
        // The database itself is made, and its folder synced, before SQLite hears of it.
        let states = self.names.entry(name.to_owned()).or_insert_with(|| vec![(!is_journal).then_some(fresh)]);
        if states.last() == Some(&None) {
            states.push(Some(fresh));
            self.new_journals.insert(name.to_owned());
        }
        let index = states.last().copied().flatten().unwrap_or(fresh);
        if index == fresh {
            self.contents.push(Content::default());
        }
        &mut self.contents[index]
    }

    /// How many pieces it is not certain of.
    pub fn uncertain(&self) -> usize {
        let mut pieces = 0;
        self.after_power_cut(|_| {
            pieces += 1;
            true
        });
        pieces
    }

    /// The power is cut now. `survives` says of each piece that was not synced, in order, whether the disk has it all the same.
    pub fn after_power_cut(&self, mut survives: impl FnMut(usize) -> bool) -> Files {
        let mut files = Files::new();
        let mut piece = 0;
        let mut next = || {
            piece += 1;
            survives(piece - 1)
        };
        for (name, states) in &self.names {
            let mut stands_for = states[0];
            for state in &states[1..] {
                if next() {
                    stands_for = *state;
                }
            }
            let Some(content) = stands_for.map(|index| &self.contents[index]) else { continue };
            let mut bytes = content.certain.clone();
            content.since.iter().for_each(|change| change.apply(&mut bytes, &mut next));
            files.insert(name.clone(), bytes);
        }
        files
    }
}

impl Change {
    /// Applies those pieces that survive.
    fn apply(&self, content: &mut Vec<u8>, survives: &mut impl FnMut() -> bool) {
        match self {
            Self::Write { offset, bytes } => {
                for range in sectors(*offset, bytes.len()) {
                    if survives() {
                        let (start, end) = (*offset as usize + range.start, *offset as usize + range.end);
                        content.resize(content.len().max(end), 0);
                        content[start..end].copy_from_slice(&bytes[range]);
                    }
                }
            }
            Self::Truncate { size } => {
                if survives() {
                    content.resize(*size as usize, 0);
                }
            }
        }
    }
}

/// A write in pieces that end where sectors end.
fn sectors(offset: u64, count: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let first = SECTOR_BYTES - (offset as usize % SECTOR_BYTES);
    let ends = std::iter::successors(Some(first), |end| Some(end + SECTOR_BYTES)).take_while(move |end| *end < count).chain([count]);
    ends.scan(0, |start, end| Some(std::mem::replace(start, end)..end))
}

/// Puts files where a store can open them.
pub fn lay_out(files: &Files, folder: &Path) -> std::io::Result<()> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder)?;
    files.iter().try_for_each(|(name, content)| std::fs::write(folder.join(name), content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(file: &str, offset: u64, bytes: Vec<u8>) -> Event {
        Event::Written { file: file.into(), offset, bytes }
    }

    #[test]
    fn what_was_synced_is_there_and_of_the_rest_any_part() {
        let mut disk = Disk::default();
        disk.handle(&written("a", 0, vec![1; 600]));
        assert_eq!(disk.after_power_cut(|_| false)["a"], Vec::<u8>::new());
        disk.handle(&Event::Synced { file: "a".into() });
        assert_eq!(disk.after_power_cut(|_| false)["a"], vec![1; 600]);
        disk.handle(&written("a", 500, vec![2; 600]));
        assert_eq!(disk.uncertain(), 3, "up to 512, up to 1024, and the rest");
        let torn = &disk.after_power_cut(|piece| piece == 1)["a"];
        assert_eq!((torn.len(), torn[511], torn[512], torn[1023]), (1024, 1, 2, 2));
        disk.handle(&Event::Truncated { file: "a".into(), size: 10 });
        assert_eq!(disk.after_power_cut(|_| true)["a"], vec![1; 10]);
    }

    #[test]
    fn a_journal_that_was_deleted_may_be_back_until_its_folder_is_synced() {
        let mut disk = Disk::default();
        disk.handle(&written("a-journal", 0, vec![1; 10]));
        assert_eq!(disk.after_power_cut(|_| false), Files::new());
        disk.handle(&Event::Synced { file: "a-journal".into() });
        disk.handle(&Event::Deleted { file: "a-journal".into(), synced: false });
        assert_eq!(disk.after_power_cut(|_| false)["a-journal"], vec![1; 10]);
        assert_eq!(disk.after_power_cut(|_| true), Files::new());
        disk.handle(&written("a-wal", 0, vec![2; 10]));
        assert_eq!(disk.after_power_cut(|_| false).len(), 1);
        disk.handle(&Event::Synced { file: "a-wal".into() });
        assert_eq!(disk.after_power_cut(|_| false), Files::from([("a-wal".into(), vec![2; 10])]), "SQLite has synced the folder");
    }
}
