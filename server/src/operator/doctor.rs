//! `landfall doctor`: looks at the machine, the disk, the clock and the database, and says of each whether it is as it should be.

mod archives;
mod clock;
mod folder;
mod hints;
mod placement;
mod postgres;
mod speed;

use super::place::Place;
use super::telling::{Outcome, Telling, number};
use crate::config::Data;
use crate::options::hints::HintServer;
use clap::Args;
use serde::Serialize;
use serde_json::json;
use std::fmt::Write;

pub(super) const HELP: &str = "Servers may run meanwhile. It only reads, but for a file in the folder of data by which it measures the disk, and which it removes;\n\
    in PostgreSQL it commits notes in the write-ahead log, and touches no table.\n\
    Examples:\n  \
    landfall doctor --data /srv/landfall\n  \
    LANDFALL_DATABASE=postgres://landfall@db/landfall landfall doctor --json | jq '.findings[] | select(.verdict != \"ok\")'\n\
    Exit codes: 0 nothing is wrong, though there may be warnings; 1 something is wrong; 2 it could not be looked at, and why.";

/// Options of `landfall doctor`.
#[derive(Args, Debug)]
pub struct Doctor {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    hint_server: HintServer,
    #[command(flatten)]
    telling: Telling,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    /// It works, and something should be done about it.
    Warning,
    /// It does not work, or loses what was said to be kept.
    Wrong,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }
}

/// What was found about one thing: a sentence, with what to do.
#[derive(Clone, Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    says: String,
    /// Of which database beside the main one.
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

fn ok(check: &'static str, says: impl Into<String>) -> Finding {
    Finding { check, verdict: Verdict::Ok, says: says.into(), database: None }
}

fn warning(check: &'static str, says: impl Into<String>) -> Finding {
    Finding { check, verdict: Verdict::Warning, says: says.into(), database: None }
}

fn wrong(check: &'static str, says: impl Into<String>) -> Finding {
    Finding { check, verdict: Verdict::Wrong, says: says.into(), database: None }
}

pub(super) async fn doctor(options: &Doctor) -> anyhow::Result<Outcome> {
    let watch = clock::Watch::start();
    let mut findings = match options.place.data()? {
        Data::Folder(folder) => folder::look(&folder).await,
        Data::Postgres(address) => [postgres::look(&address).await?, placement::look(&options.place, &address).await?].concat(),
        Data::Memory => Vec::new(),
    };
    findings.extend(hints::look(&options.hint_server).await?);
    findings.push(open_files());
    findings.extend(watch.stop());
    findings.extend(clock::newest_record(&options.place).await);
    findings.extend(archives::look(&options.place).await);
    let verdict = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok);
    let of = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count() as u64;
    let mut text = String::new();
    for Finding { check, verdict, says, database } in &findings {
        let database = database.as_ref().map_or(String::new(), |database| format!("{database}: "));
        writeln!(text, "{:<9}{database}{check}: {says}.", verdict.word())?;
    }
    writeln!(text, "{}: {} wrong, {}.", options.place.name(), of(Verdict::Wrong), number(of(Verdict::Warning), "warning"))?;
    Ok(options.telling.found(text, json!({ "verdict": verdict, "findings": findings }), verdict < Verdict::Wrong))
}

/// A socket is a file to the operating system, and so is a connection to the database.
#[cfg(unix)]
fn open_files() -> Finding {
    const CHECK: &str = "open files";
    /// As many as the server takes by default, connections for requests and the database's files.
    const WANTED: u64 = 22_000;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    if limit >= WANTED {
        return ok(CHECK, format!("at most {limit} at a time, which is enough"));
    }
    let says = format!(
        "at most {limit} at a time in this shell, and a server takes up to 20,000 browsers with one each: raise it (LimitNOFILE in systemd, ulimit -n), or lower --connections-max"
    );
    warning(CHECK, says)
}

#[cfg(not(unix))]
fn open_files() -> Finding {
    ok("open files", "this system has no limit that could be read")
}
