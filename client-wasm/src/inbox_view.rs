//! The rejection inbox: why, what was meant and what it is now, and what changed meanwhile.

use crate::outbox_view::{About, intent};
use crate::product::ids::TaskId;
use crate::product::queries::{Cause, Comparison, MeantRow, Meanwhile, View, compare, for_reader, meanwhile};
use crate::product::words::{self, Phrase, Span};
use crate::product::{Command, Rejection, Workspace};
use landfall_engine::client::{Client, Rejected};
use landfall_engine::{CommandId, Reason, TimeMs};
use serde::Serialize;

/// Entries shown at once; the status counts all, and the rest follows as these are decided.
const SHOWN_MAX: usize = 200;

/// A rejected command that waits for its author's decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct RejectionEntry {
    /// Its name.
    pub id: CommandId,
    /// What it intended.
    pub phrase: Phrase,
    /// Why it was rejected.
    pub reason: Phrase,
    /// The same for programs.
    pub reason_raw: Reason<Rejection>,
    /// The command, to edit and resubmit; `null` when this version cannot read it.
    pub command: Option<Command>,
    /// The task that it is about.
    pub task: Option<TaskId>,
    /// The readable number of that task.
    pub number: Option<String>,
    /// The title of that task.
    pub title: Option<String>,
    /// When it was rejected, by the server's clock.
    pub at: TimeMs,
    /// When it was issued, by the device's clock; when it was rejected, if another device issued it.
    pub issued: TimeMs,
    /// What entries are grouped under.
    pub cause: Cause,
    /// What was meant and what it is, line by line.
    pub meant: Vec<MeantRow>,
    /// What others did to the task since it was issued.
    pub meanwhile: Vec<Meanwhile>,
    /// Is the obstacle gone, so that it could go through now?
    pub cleared: bool,
}

/// The inbox, oldest first.
pub fn rejections(client: &Client<Workspace>, view: &View<'_>) -> Vec<RejectionEntry> {
    client.rejections().take(SHOWN_MAX).map(|rejected| entry(client, view, rejected)).collect()
}

fn entry(client: &Client<Workspace>, view: &View<'_>, rejected: &Rejected<Workspace>) -> RejectionEntry {
    let command = rejected.command.as_ref();
    let issued = rejected.issued.unwrap_or(rejected.at);
    let reason = for_reader(words::rejected(view.state, &rejected.reason, command, rejected.at), view.me);
    // A clock that was wrong when the command was issued shows too much or too little here, and nothing else.
    let since = if rejected.issued.is_some() { client.server_time(issued) } else { issued };
    let About { task, title, number } = About::command(view.state, command);
    let (Comparison { cause, meant, cleared }, meanwhile) = match command {
        Some(command) => (compare(view, command, &rejected.reason), meanwhile(view, command, since)),
        None => {
            let title = vec![Span::Text("This version of Landfall cannot read it".into())];
            (Comparison { cause: Cause { title, key: "unreadable".into() }, meant: Vec::new(), cleared: false }, Vec::new())
        }
    };
    RejectionEntry {
        id: rejected.id,
        phrase: for_reader(intent(view.state, command), view.me),
        reason,
        reason_raw: rejected.reason.clone(),
        command: rejected.command.clone(),
        task,
        number,
        title,
        at: rejected.at,
        issued,
        cause,
        meant,
        meanwhile,
        cleared,
    }
}
