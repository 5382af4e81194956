//! What was read of a log: a snapshot and the pages after it. It may be lost at any time, and is then read again.

use super::profile::{private, write_whole};
use landfall_engine::client::Save;
use landfall_engine::domain::{decode_state, encode_state};
use landfall_engine::{Cursor, Domain, Mark};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Largest page in the file, bytes; a longer one is damage.
const PAGE_BYTES_MAX: u32 = 2 << 20;
/// Bytes in front of the pages: schema and timeline.
const HEAD_BYTES: usize = 12;

/// A snapshot on disk: schema, fold, cursor, mark, chunks.
type Stored = (u32, u32, Cursor, Option<Mark>, Vec<Vec<u8>>);

/// The two files.
#[derive(Debug)]
pub struct Cache {
    snapshot: PathBuf,
    tail: PathBuf,
    open: Option<File>,
    epoch: u64,
}

/// What the two files hold.
#[derive(Debug)]
pub struct Cached<S> {
    /// The timeline of both.
    pub epoch: u64,
    /// The snapshot, if there is one of this version.
    pub snapshot: Option<(Cursor, S)>,
    /// What was known to stand there.
    pub mark: Option<Mark>,
    /// Pages after it.
    pub pages: Vec<Vec<u8>>,
}

impl Cache {
    /// Reads what there is. Whatever is wrong with it is a miss.
    pub fn open<D: Domain>(folder: &Path) -> (Self, Cached<D::State>) {
        let mut cache = Self { snapshot: folder.join("snapshot.postcard"), tail: folder.join("pages.postcard"), open: None, epoch: 0 };
        let (snapshot, mark) =
            read_snapshot::<D>(&cache.snapshot).map_or((None, None), |(cursor, mark, state)| (Some((cursor, state)), mark));
        let (epoch, pages) = cache.read_pages(D::SCHEMA).unwrap_or_default();
        cache.epoch = epoch;
        let epoch = snapshot.as_ref().map_or(epoch, |(cursor, _)| cursor.epoch);
        // Pages of another timeline than the snapshot's say nothing about what follows it.
        let pages = if epoch == cache.epoch { pages } else { Vec::new() };
        (cache, Cached { epoch, snapshot, mark, pages })
    }

    /// What of a save belongs here. A failure makes the rest of the log be read again, no more.
    pub fn save<D: Domain>(&mut self, save: &Save) {
        if save.forget_cache {
            self.forget();
        }
        if let Some(cursor) = save.cursor
            && let Err(error) = self.append::<D>(cursor.epoch, &save.tail_put)
        {
            tracing::debug!(%error, "pages of the log could not be kept");
            self.open = None;
        }
    }

    /// The snapshot takes the place of the pages before it.
    pub fn write_snapshot<D: Domain>(&mut self, cursor: Cursor, mark: Option<Mark>, state: &D::State) -> io::Result<()> {
        let chunks = encode_state::<D>(state);
        let stored: Stored = (D::SCHEMA, D::FOLD, cursor, mark, chunks);
        write_whole(&self.snapshot, &postcard::to_stdvec(&stored).map_err(io::Error::other)?)?;
        self.open = None;
        match fs::remove_file(&self.tail) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn forget(&mut self) {
        self.open = None;
        for file in [&self.snapshot, &self.tail] {
            if let Err(error) = fs::remove_file(file)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::debug!(%error, "what was read of the log could not be forgotten");
            }
        }
    }

    fn append<D: Domain>(&mut self, epoch: u64, pages: &[Vec<u8>]) -> io::Result<()> {
        if self.open.is_none() || self.epoch != epoch {
            let mut file = private().read(true).open(&self.tail)?;
            if file.metadata()?.len() < HEAD_BYTES as u64 || self.epoch != epoch {
                file.set_len(0)?;
                file.write_all(&D::SCHEMA.to_le_bytes())?;
                file.write_all(&epoch.to_le_bytes())?;
            }
            file.seek(SeekFrom::End(0))?;
            (self.open, self.epoch) = (Some(file), epoch);
        }
        let Some(file) = &mut self.open else { return Ok(()) };
        for page in pages {
            let length = u32::try_from(page.len()).map_err(io::Error::other)?;
            file.write_all(&[&length.to_le_bytes()[..], &checksum(page).to_le_bytes(), page].concat())?;
        }
        Ok(())
    }

    /// The pages up to the first that is not whole; what follows that one is cut off.
    fn read_pages(&mut self, schema: u32) -> io::Result<(u64, Vec<Vec<u8>>)> {
        let file = private().read(true).open(&self.tail)?;
        let mut reading = BufReader::new(&file);
        let mut head = [0; HEAD_BYTES];
        let known = reading.read_exact(&mut head).is_ok() && head[..4] == schema.to_le_bytes();
        if !known {
            file.set_len(0)?;
            return Ok((0, Vec::new()));
        }
        let epoch = u64::from_le_bytes(head[4..].try_into().map_err(io::Error::other)?);
        let mut pages = Vec::new();
        let mut whole = HEAD_BYTES as u64;
        while let Some(page) = read_page(&mut reading) {
            whole += 8 + page.len() as u64;
            pages.push(page);
        }
        file.set_len(whole)?;
        Ok((epoch, pages))
    }
}

fn read_page(reading: &mut impl Read) -> Option<Vec<u8>> {
    let (mut length, mut expected) = ([0; 4], [0; 4]);
    reading.read_exact(&mut length).ok()?;
    reading.read_exact(&mut expected).ok()?;
    let length = u32::from_le_bytes(length);
    if length > PAGE_BYTES_MAX {
        return None;
    }
    let mut page = vec![0; length as usize];
    reading.read_exact(&mut page).ok()?;
    (checksum(&page).to_le_bytes() == expected).then_some(page)
}

fn read_snapshot<D: Domain>(file: &Path) -> Option<(Cursor, Option<Mark>, D::State)> {
    let (schema, fold, cursor, mark, chunks): Stored = postcard::from_bytes(&fs::read(file).ok()?).ok()?;
    if (schema, fold) != (D::SCHEMA, D::FOLD) {
        return None;
    }
    Some((cursor, mark, decode_state::<D>(&chunks).ok()?))
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Counter, Folder};
    use super::*;
    use landfall_engine::Seal;

    fn pages(epoch: u64, position: u64, pages: &[&[u8]]) -> Save {
        let tail_put = pages.iter().map(|page| page.to_vec()).collect();
        Save { tail_put, cursor: Some(Cursor { epoch, position }), ..Save::default() }
    }

    fn open(folder: &Folder) -> (Cache, Cached<i64>) {
        Cache::open::<Counter>(folder.path())
    }

    #[test]
    fn pages_come_back_after_the_snapshot() {
        let folder = Folder::new("cache");
        let (mut cache, nothing) = open(&folder);
        assert!(nothing.snapshot.is_none() && nothing.pages.is_empty());
        cache.save::<Counter>(&pages(4, 1, &[b"one", b"two"]));
        let mark = Some(Mark { position: 2, seal: Seal([5; 16]) });
        cache.write_snapshot::<Counter>(Cursor { epoch: 4, position: 2 }, mark, &12).unwrap();
        cache.save::<Counter>(&pages(4, 3, &[b"three"]));
        let (mut cache, cached) = open(&folder);
        assert_eq!((cached.snapshot, cached.mark), (Some((Cursor { epoch: 4, position: 2 }, 12)), mark));
        assert_eq!((cached.epoch, cached.pages), (4, vec![b"three".to_vec()]));
        cache.save::<Counter>(&pages(4, 4, &[b"four"]));
        assert_eq!(open(&folder).1.pages, [b"three".to_vec(), b"four".to_vec()]);
    }

    #[test]
    fn another_timeline_begins_anew() {
        let folder = Folder::new("cache-epoch");
        let (mut cache, _) = open(&folder);
        cache.save::<Counter>(&pages(1, 1, &[b"old"]));
        cache.save::<Counter>(&Save { forget_cache: true, ..pages(2, 1, &[b"new"]) });
        let (_, cached) = open(&folder);
        assert_eq!((cached.epoch, cached.pages), (2, vec![b"new".to_vec()]));
    }

    #[test]
    fn a_torn_page_ends_what_is_known() {
        let folder = Folder::new("cache-torn");
        let (mut cache, _) = open(&folder);
        cache.save::<Counter>(&pages(1, 2, &[b"whole", b"torn"]));
        let file = folder.path().join("pages.postcard");
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
        let (mut cache, cached) = open(&folder);
        assert_eq!(cached.pages, [b"whole".to_vec()]);
        cache.save::<Counter>(&pages(1, 2, &[b"again"]));
        assert_eq!(open(&folder).1.pages, [b"whole".to_vec(), b"again".to_vec()]);
    }

    #[test]
    fn a_snapshot_that_is_damaged_is_a_miss() {
        let folder = Folder::new("cache-damage");
        let (mut cache, _) = open(&folder);
        cache.write_snapshot::<Counter>(Cursor { epoch: 1, position: 2 }, None, &12).unwrap();
        fs::write(folder.path().join("snapshot.postcard"), b"no").unwrap();
        assert!(open(&folder).1.snapshot.is_none());
    }
}
