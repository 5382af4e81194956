//! `landfall verify`: reads every record and says what is wrong, where, and how to go on.

pub mod checks;
mod examination;

use super::choice::chosen;
use super::place::{Opened, Place};
use super::telling::{Outcome, Progress, Telling, number};
use crate::Served;
use crate::founding::Founding;
use crate::native::wording::count;
use crate::reading::Moment;
use checks::advice;
use clap::Args;
use examination::Examination;
use landfall_engine::LogId;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Findings that are told one by one; of more there is only the number.
const FINDINGS_MAX: usize = 1_000;

pub(super) const HELP: &str = "Nothing is changed, and servers may run meanwhile. Of each record: is it the next one; can it be read, by this version; do its columns, its command's fingerprint\n\
    and its subject agree with it; is its time not earlier than the last; is its seal the one that follows from the record and the seal before. Of each log: does the head agree, does all of it fold, is the snapshot what the records say.\n\
    Examples:\n  \
    landfall verify --data /srv/landfall\n  \
    landfall verify \"Skarvik Yard\" --json | jq '.findings[]'\n\
    Exit codes: 0 nothing is wrong; 1 something is; 2 it could not be looked at, and why.";

/// Options of `landfall verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// Name or id of the workspace [default: all]
    #[arg(value_name = "LOG")]
    log: Option<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    telling: Telling,
}

/// Something wrong.
#[derive(Debug, Serialize)]
struct Finding {
    log: LogId,
    /// Where; 0 for the log as a whole.
    position: i64,
    check: &'static str,
    what: String,
    advice: &'static str,
}

/// What was found, and in how much.
#[derive(Default)]
pub struct Findings {
    kept: Vec<Finding>,
    left_out: u64,
    records: u64,
}

impl Findings {
    /// Notes something wrong at a position.
    fn add(&mut self, log: LogId, position: i64, check: &'static str, what: String) {
        if self.kept.len() < FINDINGS_MAX {
            self.kept.push(Finding { log, position, check, what, advice: advice(check) });
        } else {
            self.left_out += 1;
        }
    }
}

pub(super) async fn verify<D: Served>(options: &Verify, product: &dyn Founding<D>) -> anyhow::Result<Outcome> {
    let opened = options.place.read(Moment::Each).await?;
    let logs = chosen(&opened, product, options.log.as_deref()).await?;
    let mut findings = Findings::default();
    let mut progress = Progress::new("Verifying", logs.iter().map(|(_, head)| head.position).sum());
    for (log, _) in &logs {
        Examination::<D>::of(&*opened.store, *log, &mut findings, &mut progress).await;
    }
    if options.log.is_none() {
        look_for_headless(&opened, &mut findings).await?;
    }
    drop(progress);
    opened.close().await;
    Ok(outcome(&options.telling, logs.len() as u64, &findings))
}

/// Records of a log that has no head are shown to nobody.
async fn look_for_headless(opened: &Opened, findings: &mut Findings) -> anyhow::Result<()> {
    let mut after = None;
    while let Some(log) = opened.store.recorded(after).await? {
        if opened.store.head(log).await?.is_none() {
            findings.add(log, 0, "head", "there are records of it, and no head".into());
        }
        after = Some(log);
    }
    for log in opened.tables.admitted().await?.into_keys().collect::<BTreeSet<_>>() {
        if opened.store.head(log).await?.is_none() {
            findings.add(log, 0, "head", "people were admitted to it, and it is not there".into());
        }
    }
    Ok(())
}

fn outcome(telling: &Telling, logs: u64, findings: &Findings) -> Outcome {
    let Findings { kept, left_out, records } = findings;
    let is_well = kept.is_empty();
    let mut text = String::new();
    for Finding { log, position, check, what, advice } in kept {
        // Writing into a string does not fail.
        let _ = writeln!(text, "{log} at {position}: {check}: {what}.\n  What to do: {advice}.");
    }
    let looked = format!("{} of {}", number(*records, "record"), number(logs, "workspace"));
    let found = number(kept.len() as u64 + left_out, "finding");
    let _ = match (is_well, left_out) {
        (true, _) => writeln!(text, "Verified {looked}: nothing is wrong."),
        (false, 0) => writeln!(text, "Looked at {looked}: {found}."),
        (false, _) => writeln!(text, "Looked at {looked}: {found}, of which the first {} are told.", count(kept.len())),
    };
    let json = json!({ "workspaces": logs, "records": records, "findings": kept, "findings_left_out": left_out });
    telling.found(text, json, is_well)
}
