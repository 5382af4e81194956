//! `landfall logs list`: which workspaces there are, how large, and who is in them.

use crate::Served;
use crate::founding::Founding;
use crate::listeners;
use crate::native::utc;
use crate::operator::choice::state;
use crate::operator::place::{Opened, Place};
use crate::operator::telling::{Outcome, Progress, Telling, number, size};
use crate::reading::Moment;
use crate::store::PageLimit;
use clap::Args;
use landfall_engine::{ActorId, Cursor, LogId, TimeMs};
use serde::Serialize;
use serde_json::json;
use std::fmt::Write;

pub(in crate::operator) const HELP: &str = "Servers may run meanwhile. Members are those whom the workspace lists and who have signed in here; the size is that of records and commands that are not archived, without indexes.\n\
    Listeners are sockets that follow it, one for each browser and each program, as the servers that run said last: some seconds ago, and none of one that was killed half a minute ago.\n\
    Examples:\n  \
    landfall logs list --data /srv/landfall\n  \
    landfall logs list --json | jq -r '.workspaces[] | select(.records > 100000) | .id'\n\
    Exit codes: 0 done; 1 some cannot be read; 2 none can, and why.";

/// Options of `landfall logs list`.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    telling: Telling,
}

/// A workspace as it is listed.
#[derive(Serialize)]
struct Listed {
    id: LogId,
    /// `None` when its records cannot be read.
    name: Option<String>,
    records: u64,
    epoch: u64,
    /// Of those that are not archived.
    size_bytes: u64,
    records_archived: u64,
    archive_bytes: u64,
    members: Option<usize>,
    /// Sockets that follow it.
    listeners: u64,
    last_record_at: Option<TimeMs>,
    /// On which of several databases it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
}

pub(in crate::operator) async fn list<D: Served>(options: &List, product: &dyn Founding<D>) -> anyhow::Result<Outcome> {
    let opened = options.place.read(Moment::Each).await?;
    let heads = opened.heads().await?;
    let admitted = opened.tables.admitted().await?;
    let databases = opened.databases_of(&heads).await?;
    let listeners = listeners::told(&opened.tables).await?;
    let mut progress = Progress::new("Looking at", heads.iter().map(|(_, head)| head.position).sum());
    let mut listed = Vec::new();
    let mut unreadable = Vec::new();
    for (log, head) in heads {
        let people = admitted.get(&log).map_or(&[][..], Vec::as_slice);
        let (mut workspace, trouble) = look(&opened, product, log, head, people).await?;
        workspace.database = databases.get(&log).cloned();
        workspace.listeners = listeners.get(&log).copied().unwrap_or(0);
        unreadable.extend(trouble.map(|trouble| (log, trouble)));
        listed.push(workspace);
        progress.advance(head.position);
    }
    opened.close().await;
    let mut text = String::new();
    for Listed { id, name, records, epoch, size_bytes, records_archived, archive_bytes, members, listeners, last_record_at, database } in
        &listed
    {
        let name = name.as_deref().map_or("cannot be read".into(), |name| format!("“{name}”"));
        let members = members.map_or("members unknown".into(), |members| number(members as u64, "member"));
        let listeners = number(*listeners, "listener");
        let last = last_record_at.map_or(String::new(), |at| format!(", the last on {}", utc(at)));
        let archived = match records_archived {
            0 => String::new(),
            count => format!(", and {} for {} that are archived", size(*archive_bytes), number(*count, "record")),
        };
        let place = database.as_ref().map_or(String::new(), |database| format!("; on {database}"));
        let records = number(*records, "record");
        writeln!(text, "{id}  {name}: {records}{last}; epoch {epoch}; {}{archived}; {members}, {listeners}{place}", size(*size_bytes))?;
    }
    for (log, trouble) in &unreadable {
        writeln!(text, "{log} cannot be read: {trouble}. See `landfall verify {log}`.")?;
    }
    if listed.is_empty() {
        writeln!(text, "Nobody has founded a workspace here yet.")?;
    } else {
        writeln!(text, "{}.", number(listed.len() as u64, "workspace"))?;
    }
    Ok(options.telling.found(text, json!({ "workspaces": listed }), unreadable.is_empty()))
}

/// One workspace, and why it cannot be read.
async fn look<D: Served>(
    opened: &Opened,
    product: &dyn Founding<D>,
    log: LogId,
    head: Cursor,
    admitted: &[ActorId],
) -> anyhow::Result<(Listed, Option<String>)> {
    let newest = opened.store.rows(log, head.position.saturating_sub(1), PageLimit { records: 1, bytes: 1 }).await?;
    let last_record_at = newest.rows.first().and_then(|row| u64::try_from(row.at).ok()).map(TimeMs);
    let size_bytes = opened.store.size_bytes(log).await?;
    let archive = opened.store.archived(log).await?;
    let mut listed = Listed {
        id: log,
        name: None,
        records: head.position,
        epoch: head.epoch,
        size_bytes,
        records_archived: archive.last,
        archive_bytes: archive.bytes,
        members: None,
        listeners: 0,
        last_record_at,
        database: None,
    };
    match state::<D>(&opened.store, log).await {
        Ok(state) => {
            listed.name = Some(product.workspace_name(&state));
            listed.members = Some(admitted.iter().filter(|actor| product.standing(&state, **actor).is_some()).count());
            Ok((listed, None))
        }
        Err(error) => Ok((listed, Some(format!("{error:#}")))),
    }
}
