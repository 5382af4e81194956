//! What people do all day, by the dice; everything of it is accepted. The product is named here only.

use crate::dice::Dice;
use anyhow::{Result, anyhow, bail};
use landfall_domain::Workspace;
use landfall_domain::import::{self, Destination, Format};
use landfall_engine::domain::Domain;
use landfall_engine::log::fingerprint;
use landfall_engine::protocol::CommandText;
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, LogId, Outcome, Record, Seal, TimeMs, upcast};
use landfall_server::store::{Link, StoredRecord, StoredSnapshot};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The product that is served.
pub type Product = Workspace;

/// Boards of a log; a board may hold 100,000 tasks only.
const BOARDS: usize = 4;
/// Tasks that somebody remembers having added.
const TASKS_REMEMBERED_MAX: usize = 24;

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of ten commands two add a task, one claims, four comment and three prioritise.
    Mixed,
    /// Adds one task and goes on prioritising it: the state stays as large as it is.
    Steady,
}

/// The boards of one log. They are named by the log, so that everybody knows their names.
fn boards(log: LogId) -> [String; BOARDS] {
    std::array::from_fn(|number| {
        let mut id = log.0;
        id[15] ^= number as u8 + 1;
        LogId(id).to_string()
    })
}

/// The commands that make the boards of a log.
pub fn preparations(log: LogId) -> Vec<String> {
    let column =
        |board: &str, number: usize, name: &str, stage: &str| json!({ "column": column(board, number), "name": name, "stage": stage });
    let create = |(number, board): (usize, String)| {
        let columns = [column(&board, 0, "Ready", "ready"), column(&board, 1, "Claimed", "claimed")];
        text(
            "create_board",
            &json!({ "board": board, "name": format!("Dry dock {number}"), "key": format!("DRY{number}"), "columns": columns }),
        )
    };
    boards(log).into_iter().enumerate().map(create).collect()
}

/// The id of a column, by its board's.
fn column(board: &str, number: usize) -> String {
    let mut id: LogId = board.parse().expect("ids are written by us");
    id.0[14] ^= number as u8 + 1;
    id.to_string()
}

/// One person at one device.
#[derive(Clone, Debug)]
pub struct Worker {
    dice: Dice,
    kind: Kind,
    boards: [String; BOARDS],
    /// Added by this worker, and nobody's yet.
    unclaimed: Option<String>,
    tasks: Vec<String>,
    done: usize,
}

impl Worker {
    pub fn new(log: LogId, kind: Kind, dice: Dice) -> Self {
        Self { dice, kind, boards: boards(log), unclaimed: None, tasks: Vec::new(), done: 0 }
    }

    /// Somebody else who knows the same tasks.
    pub fn colleague(&self, dice: Dice) -> Self {
        Self { dice, ..self.clone() }
    }

    /// A name for the next command.
    pub fn id(&mut self, now: TimeMs) -> CommandId {
        CommandId::mint(now, self.dice.bytes())
    }

    /// The text of the next command.
    pub fn text(&mut self, now: TimeMs) -> String {
        self.done += 1;
        let choice = match self.kind {
            _ if self.tasks.is_empty() => 0,
            Kind::Mixed => self.dice.below(10),
            Kind::Steady => 9,
        };
        match choice {
            0..2 => self.add(now),
            2 => match self.unclaimed.take() {
                Some(task) => text("claim", &json!({ "task": task, "to": null })),
                None => self.comment(now),
            },
            3..7 => self.comment(now),
            _ => {
                let priority = *self.dice.pick(&["low", "normal", "high", "urgent"]);
                text("prioritise", &json!({ "task": self.dice.pick(&self.tasks), "priority": priority }))
            }
        }
    }

    fn add(&mut self, now: TimeMs) -> String {
        let task = self.id(now).to_string();
        let board = &self.boards[self.done % BOARDS];
        let title = format!("Grind and lap valve seat no. {}, pump room {}", self.done, self.dice.below(8));
        let description = "Found on the last round; the seal kit is on shelf C-4. ".repeat(self.dice.below(4));
        let labels = [*self.dice.pick(&["hull", "engine", "deck", "piping"])];
        let body = json!({ "task": task, "board": board, "column": column(board, 0), "rank": null, "title": title, "description": description,
            "steps": [], "labels": labels, "due": null, "estimate_minutes": 30 * (1 + self.dice.below(16)), "priority": "normal", "source": null });
        self.unclaimed = Some(task.clone());
        self.tasks.push(task);
        if self.tasks.len() > TASKS_REMEMBERED_MAX {
            self.tasks.remove(0);
        }
        text("add_task", &body)
    }

    fn comment(&mut self, now: TimeMs) -> String {
        let comment = self.id(now).to_string();
        let said =
            format!("Round {} done; the gap is {} hundredths, which is within what the yard allows.", self.done, self.dice.below(90));
        text("comment", &json!({ "task": self.dice.pick(&self.tasks), "comment": comment, "text": said }))
    }
}

fn text(kind: &str, body: &Value) -> String {
    json!({ "type": kind, "version": 1, "body": body }).to_string()
}

/// A log as the server would write it, without a server.
pub struct History {
    pub log: LogId,
    pub cursor: Cursor,
    actor: ActorId,
    device: DeviceId,
    worker: Worker,
    at: TimeMs,
    state: <Product as Domain>::State,
    /// The seal behind the last record.
    seal: Seal,
    /// Commands that come before all others.
    first: VecDeque<String>,
}

impl History {
    /// Of a log that is to go on where these records end; the actor is one of its members.
    pub fn new(log: LogId, epoch: u64, records: &[String], actor: ActorId, kind: Kind, mut dice: Dice, now: TimeMs) -> Result<Self> {
        let device = DeviceId(dice.bytes());
        let worker = Worker::new(log, kind, dice);
        let mut history = Self {
            log,
            cursor: Cursor { epoch, position: 0 },
            actor,
            device,
            worker,
            at: now,
            state: <Product as Domain>::State::default(),
            seal: Seal::NONE,
            first: VecDeque::new(),
        };
        for body in records {
            let record = Record::<Product>::from_json(body).map_err(|why| anyhow!("a record cannot be read: {why}"))?;
            record.fold_into(&mut history.state);
            history.cursor.position = record.position;
            history.seal = history.seal.then(body);
        }
        Ok(history)
    }

    /// Of a log that nobody has founded; its first rows found it.
    pub fn of_nobodys_log(kind: Kind, mut dice: Dice, now: TimeMs) -> Result<(Self, Vec<StoredRecord>)> {
        let (log, owner) = (LogId::mint(now, dice.bytes()), ActorId::mint(now, dice.bytes()));
        let mut history = Self::new(log, 1, &[], ActorId::SERVER, kind, dice, now)?;
        let found = text("found_workspace", &json!({ "name": "Dry dock", "owner": owner, "owner_name": "Edda" }));
        let mut rows = vec![history.record(found)?];
        history.actor = owner;
        rows.extend(history.prepare()?);
        Ok((history, rows))
    }

    /// The rows that make the boards.
    pub fn prepare(&mut self) -> Result<Vec<StoredRecord>> {
        preparations(self.log).into_iter().map(|text| self.record(text)).collect()
    }

    /// What comes next are so many tasks as the product's own import makes them of a file.
    pub fn import(&mut self, tasks: usize) {
        let board = Destination::New { name: Some("Imported".into()), key: None };
        let options = import::Options { board, now: self.at, seed: [5; 16], offset_minutes: 0 };
        let plan = import::plan(&import::sample(tasks as u64, 5), Format::Csv, &options, &[]);
        self.first = plan.commands.iter().map(|command| upcast::encode(command, Product::command_shapes())).collect();
    }

    /// The row of the next command. A row comes every tenth of a second, for the clocks that are shown.
    pub fn next(&mut self) -> Result<StoredRecord> {
        self.at = self.at.plus(100);
        let text = self.first.pop_front().unwrap_or_else(|| self.worker.text(self.at));
        self.record(text)
    }

    fn record(&mut self, text: String) -> Result<StoredRecord> {
        let command = upcast::decode(&text, Product::command_shapes()).map_err(|why| anyhow!("{why}: {text}"))?;
        let position = self.cursor.position + 1;
        let mut record = Record::<Product> {
            position,
            command: self.worker.id(self.at),
            actor: self.actor,
            device: self.device,
            at: self.at,
            outcome: Outcome::Accepted(Vec::new()),
        };
        let context = landfall_engine::Context { position: None, ..record.context() };
        match Product::decide(&self.state, &command, &context) {
            Ok(events) => record.outcome = Outcome::Accepted(events),
            Err(rejection) => bail!("what should be accepted is rejected: {rejection:?}: {text}"),
        }
        record.fold_into(&mut self.state);
        self.cursor.position = position;
        let body = record.to_json();
        let link = Link { before: self.seal, seal: self.seal.then(&body) };
        self.seal = link.seal;
        Ok(StoredRecord {
            position,
            command: record.command,
            actor: record.actor,
            device: record.device,
            at: record.at,
            fingerprint: fingerprint(&text),
            subject: Product::subject(&command),
            body,
            command_text: Some(CommandText(text).0),
            link: Some(link),
        })
    }

    pub fn task_count(&self) -> usize {
        self.state.tasks().len()
    }

    /// The state as the server keeps it.
    pub fn snapshot(&self) -> Result<StoredSnapshot> {
        Ok(landfall_server::snapshot::encode::<Product>(self.cursor, self.seal, &self.state)?)
    }
}

/// How many tasks a snapshot holds, as a device reads it.
pub fn tasks_in(cursor: Cursor, body: Vec<u8>) -> Result<usize> {
    let (state, _) =
        landfall_server::snapshot::decode::<Product>(&StoredSnapshot { cursor, body }).ok_or(anyhow!("this is no snapshot"))?;
    Ok(state.tasks().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_done_is_accepted() {
        let (mut history, rows) = History::of_nobodys_log(Kind::Mixed, Dice::new(1), TimeMs(1)).unwrap();
        assert_eq!(rows.len(), 1 + BOARDS);
        for _ in 0..5_000 {
            history.next().unwrap();
        }
        assert!((700..1300).contains(&history.task_count()), "{}", history.task_count());
        let snapshot = history.snapshot().unwrap();
        assert_eq!(tasks_in(history.cursor, snapshot.body).unwrap(), history.task_count());
    }
}
