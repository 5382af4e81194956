//! `landfall backup`: everything as it was at one moment, in a new folder that appears when it is whole.
//!
//! SQLite and PostgreSQL give the same files, so that a backup of either can be put into either. Snapshots are a cache and are left out.

pub mod manifest;

use super::lines::{Heading, write_line, write_log};
use super::place::{Opened, Place};
use super::telling::{Outcome, Progress, Telling, number, size};
use crate::host::now;
use crate::people::Tables;
use crate::reading::Moment;
use anyhow::{Context, ensure};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use landfall_engine::TimeMs;
use manifest::{Hashed, Listed, MANIFEST, Manifest, PEOPLE, RECORDS};
use serde_json::json;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub(super) const HELP: &str = "Servers may run meanwhile: what is written is one moment, and every record that anybody was told of before it is in it.\n\
    It holds people's names, the text of their work and the hashes of their secrets: keep it as you keep the database.\n\
    Examples:\n  \
    landfall backup /srv/backups/$(date +%F) --data /srv/landfall\n  \
    LANDFALL_DATABASE=postgres://landfall@db/landfall landfall backup /srv/backups/$(date +%F) --json\n\
    Exit codes: 0 it is whole and on disk; 2 there is none, and why.";

/// Options of `landfall backup`.
#[derive(Args, Debug)]
pub struct Backup {
    /// The folder to write; it must not be there yet, and appears when it is whole
    #[arg(value_name = "DEST")]
    destination: PathBuf,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    telling: Telling,
}

pub(super) async fn backup(options: &Backup) -> anyhow::Result<Outcome> {
    let destination = &options.destination;
    ensure!(!destination.exists(), "{} is there already, and no backup is ever written over: name another folder", destination.display());
    // Whatever was recorded before this is in it.
    let made_at = now();
    let opened = options.place.read(Moment::One).await?;
    let databases = opened.databases();
    let partial = partial(destination)?;
    make_private(&partial).with_context(|| {
        let partial = partial.display();
        format!("cannot make {partial}: if it is there, it is another backup under way, or one that was cut short and can be deleted")
    })?;
    let written = match write(&opened, &partial, made_at).await {
        Ok(manifest) => into_place(&partial, destination).map(|()| manifest),
        Err(error) => Err(error),
    };
    opened.close().await;
    if written.is_err() {
        // Half a backup is of no use; should it stay, its name says what it is.
        let _ = fs::remove_dir_all(&partial);
    }
    let manifest = written.with_context(|| format!("there is no backup {}", destination.display()))?;
    let (logs, records, bytes) = (manifest.logs.len() as u64, manifest.records(), manifest.bytes());
    let text = format!(
        "Backed up {} with {} of {} to {} ({}).",
        number(logs, "workspace"),
        number(records, "record"),
        number(databases, "database"),
        destination.display(),
        size(bytes)
    );
    let json = json!({ "destination": destination, "workspaces": logs, "records": records, "databases": databases, "people_rows": manifest.people_rows, "bytes": bytes, "made_at": manifest.made_at });
    Ok(options.telling.done(text, json))
}

async fn write(opened: &Opened, folder: &Path, made_at: TimeMs) -> anyhow::Result<Manifest> {
    let heads = opened.heads().await?;
    let mut progress = Progress::new("Backing up", heads.iter().map(|(_, head)| head.position).sum());
    let mut records = Compressed::create(folder, RECORDS)?;
    for (log, head) in &heads {
        write_log(&*opened.store, *log, *head, &mut records.out, &mut progress).await?;
    }
    let records = records.finish(RECORDS)?;
    let mut people = Compressed::create(folder, PEOPLE)?;
    let mut people_rows = 0;
    let each = opened.tables.each(|row| {
        people_rows += 1;
        write_line(&mut people.out, &row)
    });
    each.await?;
    let people = people.finish(PEOPLE)?;
    let source = match opened.tables {
        Tables::Sqlite(_) => "sqlite",
        Tables::Postgres(_) => "postgres",
    };
    let logs = heads.into_iter().map(|(log, head)| Heading::new(log, head)).collect();
    let manifest = Manifest::new(source, made_at, people_rows, logs, vec![records, people]);
    let mut file = private_file(&folder.join(MANIFEST))?;
    serde_json::to_writer_pretty(&mut file, &manifest)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(manifest)
}

/// A file that is compressed, hashed, and on disk when it is finished.
struct Compressed {
    out: GzEncoder<Hashed<BufWriter<File>>>,
}

impl Compressed {
    fn create(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let file = private_file(&folder.join(name))?;
        Ok(Self { out: GzEncoder::new(Hashed::through(file), Compression::fast()) })
    }

    fn finish(self, name: &str) -> anyhow::Result<Listed> {
        let (listed, mut file) = self.out.finish()?.listed(name);
        file.flush()?;
        file.get_ref().sync_all()?;
        Ok(listed)
    }
}

fn partial(destination: &Path) -> anyhow::Result<PathBuf> {
    let mut name = destination.file_name().with_context(|| format!("{} names no folder", destination.display()))?.to_owned();
    name.push(".partial");
    Ok(destination.with_file_name(name))
}

fn into_place(partial: &Path, destination: &Path) -> anyhow::Result<()> {
    sync_names(partial)?;
    // A folder that came to be there meanwhile is replaced only if it is empty.
    fs::rename(partial, destination)?;
    sync_names(destination.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
    Ok(())
}

/// A name that was just made survives a power cut only when its folder is on disk too.
fn sync_names(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(BufWriter::new(options.open(path).with_context(|| format!("{} cannot be written", path.display()))?))
}
