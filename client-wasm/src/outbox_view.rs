//! The outbox in human words.

use crate::product::ids::TaskId;
use crate::product::queries::for_reader;
use crate::product::words::{self, Phrase, Span};
use crate::product::{Command, State, Workspace};
use landfall_engine::client::{Client, Doubt, Pending, Sent, Stored};
use landfall_engine::{ActorId, CommandId, Domain, Reason, TimeMs};
use serde::Serialize;

/// Entries shown of a long outbox, from each of its ends; the status counts all of it.
const SHOWN_MAX: usize = 200;

/// A command that has not landed, or landed lately.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OutboxEntry {
    /// Its name.
    pub id: CommandId,
    /// What it intends.
    pub phrase: Phrase,
    /// The task that it is about.
    pub task: Option<TaskId>,
    /// The title of that task.
    pub title: Option<String>,
    /// The readable number of that task.
    pub number: Option<String>,
    /// How far it has come.
    pub state: OutboxState,
    /// Why it is not certain what will come of it.
    pub doubt: Option<Phrase>,
    /// When it was issued, by this device's clock.
    pub issued: TimeMs,
    /// When it landed, by the server's clock.
    pub landed: Option<TimeMs>,
    /// May it still be taken back?
    pub can_take_back: bool,
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// In this tab's memory only.
    Saving,
    /// On this device's disk.
    Saved,
    /// On its way to the server.
    Sent,
    /// It is not certain what will come of it.
    InDoubt,
    /// It has its record.
    Landed,
    /// Taken back; the record that says so is still to come.
    Withdrawn,
}

/// The task that a command is about, with its title and number, as far as `state` knows it.
pub struct About {
    /// Which.
    pub task: Option<TaskId>,
    /// Its title.
    pub title: Option<String>,
    /// Its number.
    pub number: Option<String>,
}

impl About {
    /// Looks it up.
    pub fn command(state: &State, command: Option<&Command>) -> Self {
        let task = command.and_then(Workspace::subject).and_then(|subject| state.task(TaskId(subject)));
        Self {
            task: task.map(|task| task.id),
            title: task.map(|task| task.title.to_string()),
            number: task.and_then(|task| Some(format!("{}-{}", state.board(task.board)?.key, task.number?))),
        }
    }
}

/// What a command intends, also when this version cannot read it.
pub fn intent(state: &State, command: Option<&Command>) -> Phrase {
    match command {
        Some(command) => words::command(state, command),
        None => vec![Span::Text("Something that this version of Landfall cannot read".into())],
    }
}

/// The outbox: what waits, oldest first, then what landed lately, newest first. A long one is cut in its middle.
pub fn outbox(client: &Client<Workspace>) -> Vec<OutboxEntry> {
    let (state, me) = (client.view(), client.config().actor);
    let count = client.outbox().len();
    let mut entries: Vec<OutboxEntry> = client.outbox().take(SHOWN_MAX).map(|pending| entry(state, me, pending, None)).collect();
    let newest = client.outbox().rev().take(count.saturating_sub(SHOWN_MAX).min(SHOWN_MAX));
    let newest: Vec<OutboxEntry> = newest.map(|pending| entry(state, me, pending, None)).collect();
    entries.extend(newest.into_iter().rev());
    let landed: Vec<OutboxEntry> = client.landed().map(|(pending, at)| entry(state, me, pending, Some(*at))).collect();
    entries.extend(landed.into_iter().rev());
    entries
}

fn entry(state: &State, me: ActorId, pending: &Pending<Workspace>, landed: Option<TimeMs>) -> OutboxEntry {
    let command = pending.command.as_ref();
    let doubt = pending.doubt().filter(|_| landed.is_none() && !pending.withdrawn);
    let progress = match pending.stored {
        _ if landed.is_some() => OutboxState::Landed,
        _ if pending.withdrawn => OutboxState::Withdrawn,
        _ if doubt.is_some() => OutboxState::InDoubt,
        _ if pending.sent == Sent::Now => OutboxState::Sent,
        Stored::Durable => OutboxState::Saved,
        Stored::Saving | Stored::MemoryOnly => OutboxState::Saving,
    };
    let About { task, title, number } = About::command(state, command);
    OutboxEntry {
        id: pending.id,
        phrase: for_reader(intent(state, command), me),
        task,
        title,
        number,
        state: progress,
        doubt: doubt.map(|doubt| for_reader(doubt_in_words(state, doubt), me)),
        issued: pending.issued,
        landed,
        can_take_back: landed.is_none() && pending.can_take_back(),
    }
}

fn doubt_in_words(state: &State, doubt: Doubt<crate::product::Rejection>) -> Phrase {
    match doubt {
        Doubt::Unanswered => {
            vec![Span::Text(
                "Sent, then the line dropped before an answer came. It is asked for again, and never takes effect twice.".into(),
            )]
        }
        Doubt::WouldBeRejected(rejection) => {
            let mut phrase = vec![Span::Text("By what is known now it would be rejected; the server decides. ".into())];
            phrase.extend(words::rejection(state, &Reason::Domain(rejection)));
            phrase
        }
    }
}
