//! A folder of data: who can read it, on what it lies, how fast that is, and the SQLite file in it.

use super::{Finding, ok, speed, warning, wrong};
use crate::database::{Database, FILE_NAME, TABLES};
use crate::operator::telling::size;
use crate::reading::newest;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PROBE_NAME: &str = "landfall.probe";
/// How often a small piece is written and waited for, and for how long at most.
const PROBES: usize = 200;
const PROBING_MAX: Duration = Duration::from_secs(3);
/// With less room than this the next days bring a full disk, bytes.
const ROOM_MIN: u64 = 100_000_000;
const ROOM_WANTED: u64 = 1_000_000_000;
/// A write-ahead file of this size was not tidied up for long, bytes.
const WAL_BYTES_MAX: u64 = 256_000_000;

pub async fn look(folder: &Path) -> Vec<Finding> {
    if !folder.is_dir() {
        return vec![wrong(
            "folder",
            format!("there is no folder {}: name another one with --data; `landfall serve` makes it", folder.display()),
        )];
    }
    let database_bytes = fs::metadata(folder.join(FILE_NAME)).map_or(0, |file| file.len());
    let mut findings = permissions(folder);
    findings.extend(disk(folder, database_bytes));
    findings.push(probe(folder));
    findings.extend(database(folder).await);
    findings
}

/// What is kept is for its owner only: the text of people's work, and the hashes of their secrets.
#[cfg(unix)]
fn permissions(folder: &Path) -> Vec<Finding> {
    use std::os::unix::fs::MetadataExt;
    const CHECK: &str = "permissions";
    let mut findings = Vec::new();
    for name in [FILE_NAME, "landfall.sqlite3-wal"] {
        let file = folder.join(name);
        let Ok(found) = fs::metadata(&file) else { continue };
        if found.mode() & 0o006 != 0 {
            findings.push(wrong(CHECK, format!("everybody on this machine can read {}: chmod o-rwx {0}", file.display())));
        }
        if found.uid() != rustix::process::geteuid().as_raw() && name == FILE_NAME {
            findings.push(warning(CHECK, "the database belongs to another user than this command's: run it as the server is run, or what it finds is not what the server meets"));
        }
    }
    if fs::metadata(folder).is_ok_and(|found| found.mode() & 0o002 != 0) {
        findings.push(wrong(CHECK, format!("everybody on this machine can put files into {}: chmod o-rwx {0}", folder.display())));
    }
    if findings.is_empty() {
        findings.push(ok(CHECK, "others on this machine can read nothing of it"));
    }
    findings
}

#[cfg(not(unix))]
fn permissions(_folder: &Path) -> Vec<Finding> {
    Vec::new()
}

#[cfg(unix)]
fn disk(folder: &Path, database_bytes: u64) -> Vec<Finding> {
    const CHECK: &str = "disk";
    let mut findings = Vec::new();
    match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let told = format!("{} are free under {}", size(free), folder.display());
            findings.push(if free < ROOM_MIN {
                wrong(CHECK, format!("{told}: a full disk refuses every command; make room"))
            } else if free < ROOM_WANTED.max(database_bytes) {
                warning(CHECK, format!("{told}, and the database has {}: make room for it to grow, and for a copy", size(database_bytes)))
            } else {
                ok(CHECK, told)
            });
        }
        Err(error) => {
            findings.push(warning(CHECK, format!("how much is free under {} cannot be read ({error}): look with df", folder.display())))
        }
    }
    findings.extend(kind_of_disk(folder));
    findings
}

#[cfg(not(unix))]
fn disk(_folder: &Path, _database_bytes: u64) -> Vec<Finding> {
    Vec::new()
}

/// SQLite's write-ahead file needs memory that processes share, which no network gives.
#[cfg(target_os = "linux")]
fn kind_of_disk(folder: &Path) -> Option<Finding> {
    const CHECK: &str = "disk";
    match rustix::fs::statfs(folder).ok()?.f_type as u32 {
        0x6969 | 0xff53_4d42 | 0xfe53_4d42 | 0x517b => {
            Some(wrong(CHECK, "it is on the network, where SQLite is damaged sooner or later: use a disk of this machine, or PostgreSQL"))
        }
        0x0102_1994 => Some(warning(CHECK, "it is in memory, and gone when the machine stops: use a disk")),
        _ => None,
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn kind_of_disk(_folder: &Path) -> Option<Finding> {
    None
}

/// Small pieces at the end of a file, each waited for until it is on disk, as SQLite does for each batch.
fn probe(folder: &Path) -> Finding {
    const CHECK: &str = "fsync";
    let probe = Probe(folder.join(PROBE_NAME));
    let times = probe.times().map(|times| speed::judge(CHECK, "one fsync", times));
    match times {
        Ok(Some(finding)) => finding,
        Ok(None) => {
            warning(CHECK, format!("not one was over within {} s: see what the system's log says of the disk", PROBING_MAX.as_secs()))
        }
        Err(error) => wrong(
            CHECK,
            format!("{} cannot be written ({error}): see who owns the folder, and whether it is mounted read-only", probe.0.display()),
        ),
    }
}

/// A file that is gone afterwards.
struct Probe(PathBuf);

impl Probe {
    fn times(&self) -> io::Result<Vec<Duration>> {
        let mut file = File::create(&self.0)?;
        let began = Instant::now();
        let mut times = Vec::with_capacity(PROBES);
        while times.len() < PROBES && began.elapsed() < PROBING_MAX {
            let since = Instant::now();
            file.write_all(&[0; 512])?;
            file.sync_data()?;
            times.push(since.elapsed());
        }
        Ok(times)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

async fn database(folder: &Path) -> Vec<Finding> {
    const CHECK: &str = "database";
    if !folder.join(FILE_NAME).exists() {
        return vec![ok(CHECK, "there is none yet: `landfall serve` makes it")];
    }
    let database = match Database::look(folder).await {
        Ok(database) => database,
        Err(error) => return vec![wrong(CHECK, format!("{error:#}"))],
    };
    let findings = settings(folder, &database).await;
    database.close().await;
    findings.unwrap_or_else(|error| vec![wrong(CHECK, format!("it cannot be read ({error}): keep it as it is, and restore a backup"))])
}

async fn settings(folder: &Path, database: &Database) -> Result<Vec<Finding>, sqlx::Error> {
    let mut findings = Vec::new();
    let (version, is_fine) = database.version().await?;
    findings.push(if is_fine {
        ok("version", format!("SQLite {version}"))
    } else {
        wrong("version", format!("SQLite {version} can damage a database in WAL mode: build this program with a later one"))
    });
    findings.push(of_tables(database.version_of_tables().await.ok(), newest(&TABLES)));
    let journal_mode = database.setting("journal_mode").await?;
    findings.push(if journal_mode == "wal" {
        ok("journal", "it is in WAL mode; servers write with synchronous=FULL, whatever the file says")
    } else {
        warning(
            "journal",
            format!("it is in {journal_mode} mode, so that readers and the writer wait for each other: a server sets WAL when it starts"),
        )
    });
    let page_size: u64 = database.setting("page_size").await?.parse().unwrap_or(0);
    findings.push(if (4_096..=16_384).contains(&page_size) {
        ok("page size", format!("{page_size} bytes"))
    } else {
        warning(
            "page size",
            format!(
                "{page_size} bytes, where disks write 4,096: PRAGMA page_size = 4096 and VACUUM, out of WAL mode, while no server runs"
            ),
        )
    });
    let wal_bytes = fs::metadata(folder.join("landfall.sqlite3-wal")).map_or(0, |file| file.len());
    if wal_bytes > WAL_BYTES_MAX {
        findings.push(warning("journal", format!("its write-ahead file has {}: somebody has been reading one moment for long (a backup that hangs, a sqlite3 that was left open); end them", size(wal_bytes))));
    }
    Ok(findings)
}

/// The tables in a database, `None` where there are none, against this program's.
pub(super) fn of_tables(found: Option<i64>, ours: i64) -> Finding {
    const CHECK: &str = "tables";
    match found {
        None => ok(CHECK, "there are none yet: a server makes them when it starts"),
        Some(found) if found == ours => ok(CHECK, format!("of version {found}, as this program's")),
        Some(found) if found < ours => warning(
            CHECK,
            format!("of version {found}, and this program's are of {ours}: a server of this version brings them up when it starts"),
        ),
        Some(found) => {
            wrong(CHECK, format!("of version {found}, and this program knows {ours}: a newer landfall has written them; use that one"))
        }
    }
}
