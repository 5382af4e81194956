//! Logs on several databases: whether each of these is as it should be, and whether they say the same as the directory.

use super::{Finding, ok, postgres, warning, wrong};
use crate::operator::place::Place;
use crate::postgres::{Postgres, TABLES};
use crate::reading::{Moment, newest};
use crate::store::placed::disagreements::Disagreement;

const CHECK: &str = "placement";
/// Disagreements that are told, at most.
const TOLD_MAX: usize = 20;

pub async fn look(place: &Place, main: &str) -> anyhow::Result<Vec<Finding>> {
    let placement = place.placement()?;
    let mut findings = Vec::new();
    for beside in &placement.beside {
        let found = postgres::look(&beside.address).await.unwrap_or_else(|error| vec![wrong("database", format!("{error:#}"))]);
        findings.extend(found.into_iter().map(|finding| Finding { database: Some(beside.name.clone()), ..finding }));
    }
    // Tables of another version, or none, were told of already.
    let database = Postgres::look(main).await?;
    let is_ours = database.version_of_tables().await.is_ok_and(|version| version == newest(&TABLES));
    database.close().await;
    if is_ours {
        findings.extend(agreement(place).await.unwrap_or_else(|error| vec![wrong(CHECK, format!("{error:#}"))]));
    }
    Ok(findings)
}

async fn agreement(place: &Place) -> anyhow::Result<Vec<Finding>> {
    let opened = place.read(Moment::Each).await?;
    let Some(placed) = &opened.placed else { return Ok(Vec::new()) };
    let mut findings: Vec<Finding> = placed.disagreements(TOLD_MAX).await?.into_iter().map(told).collect();
    let databases = opened.databases();
    opened.close().await;
    if findings.is_empty() && databases > 1 {
        findings.push(ok(CHECK, format!("the directory and all {databases} databases say the same of where logs are")));
    }
    Ok(findings)
}

fn told(disagreement: Disagreement) -> Finding {
    match disagreement {
        Disagreement::Halted { log, here, elsewhere } => warning(
            CHECK,
            format!(
                "log {log} is on {here} and nothing can be recorded in it, since a move was cut short, or is under way: `landfall move {log} --to {here}` opens it where it is, and `--to {elsewhere}` goes on"
            ),
        ),
        Disagreement::Claimed { log, by, here } => wrong(
            CHECK,
            format!(
                "log {log} is on {here}, as the directory says, and {by} would take records of it too: one of them was put back from an older copy; stop servers, and see “Logs on several databases” in OPERATIONS.md"
            ),
        ),
    }
}
