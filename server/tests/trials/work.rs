//! What people do all day in the real product, by the dice: mostly what is accepted, now and then what is not.

use crate::dice::Dice;
use landfall_domain::{Command, Workspace};
use landfall_engine::protocol::{CommandText, Submission};
use landfall_engine::{CommandId, Domain, TimeMs, upcast};
use serde_json::{Value, json};

/// Tasks that somebody remembers having added.
const TASKS_REMEMBERED_MAX: usize = 24;

/// The board that everybody works on.
#[derive(Clone, Debug)]
pub struct Board {
    board: String,
    columns: [String; 2],
}

impl Board {
    pub fn new(dice: &mut Dice) -> Self {
        Self { board: id(dice), columns: [id(dice), id(dice)] }
    }

    /// Makes it.
    pub fn create(&self) -> String {
        let column = |column: &String, name: &str, stage: &str| json!({ "column": column, "name": name, "stage": stage, "limit": null });
        let columns = [column(&self.columns[0], "Ready", "ready"), column(&self.columns[1], "Under way", "under_way")];
        text("create_board", json!({ "board": self.board, "name": "Dry dock 2", "key": "DRY", "columns": columns }))
    }
}

/// One person's day.
#[derive(Clone, Debug)]
pub struct Worker {
    dice: Dice,
    board: Board,
    tasks: Vec<String>,
    done: u64,
}

impl Worker {
    pub fn new(board: Board, dice: Dice) -> Self {
        Self { dice, board, tasks: Vec::new(), done: 0 }
    }

    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// The text of the next command.
    pub fn text(&mut self) -> String {
        self.done += 1;
        let (n, dice) = (self.done, &mut self.dice);
        let known = if self.tasks.is_empty() || dice.one_in(20) { id(dice) } else { dice.pick(&self.tasks).clone() };
        match dice.below(10) {
            0..4 => {
                let task = id(dice);
                self.tasks.push(task.clone());
                if self.tasks.len() > TASKS_REMEMBERED_MAX {
                    self.tasks.remove(0);
                }
                self.add(&task)
            }
            4..7 => text("comment", json!({ "task": known, "comment": id(dice), "text": format!("Round {n} done.") })),
            7 => text("claim", json!({ "task": known, "to": { "column": self.board.columns[1], "rank": null } })),
            8 => text("prioritise", json!({ "task": known, "priority": *dice.pick(&["low", "high", "urgent"]) })),
            _ => text("rename_member", json!({ "name": format!("Hand {n}") })),
        }
    }

    /// Adds a task.
    pub fn add(&mut self, task: &str) -> String {
        let (n, dice) = (self.done, &mut self.dice);
        let rank = format!("a{:04x}z", dice.below(1 << 16));
        let words = "Grind and lap. ".repeat(dice.below(12) as usize);
        text(
            "add_task",
            json!({ "task": task, "board": self.board.board, "column": self.board.columns[0], "rank": rank, "title": format!("Valve {n}"),
                "description": words, "steps": [], "labels": [], "due": null, "estimate_minutes": null, "priority": "high", "source": null }),
        )
    }

    /// Something with one of these tasks that leaves the state as large as it was.
    pub fn steady(&mut self, tasks: &[String]) -> Command {
        let (task, priority) = (self.dice.pick(tasks).clone(), *self.dice.pick(&["low", "high", "urgent"]));
        read(&text("prioritise", json!({ "task": task, "priority": priority })))
    }

    /// The next command, under a new name.
    pub fn submission(&mut self, after: Option<CommandId>) -> Submission {
        let command = Some(CommandText(self.text()));
        Submission { id: CommandId(self.dice.id()), after, issued: TimeMs(1), command }
    }

    /// The next command, as an engine client takes it.
    pub fn command(&mut self) -> Command {
        read(&self.text())
    }
}

fn read(text: &str) -> Command {
    upcast::decode(text, Workspace::command_shapes()).unwrap_or_else(|why| panic!("{why}: {text}"))
}

fn id(dice: &mut Dice) -> String {
    CommandId(dice.id()).to_string()
}

fn text(kind: &str, body: Value) -> String {
    json!({ "type": kind, "version": 1, "body": body }).to_string()
}
