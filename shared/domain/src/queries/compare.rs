//! A rejected command beside what is so now: what was meant, what it is, and whether it could go through today.

use super::View;
use super::desk::Desk;
use super::intents::decide;
use crate::commands::task::Why;
use crate::ids::TaskId;
use crate::rejection::Rejection;
use crate::state::{Stage, Task};
use crate::words::{self, Phrase, Words, due_text, estimate_text, priority_name, stage_name};
use crate::{Command, Workspace};
use landfall_engine::log::Reason;
use landfall_engine::{ActorId, Domain, TimeMs};
use serde::Serialize;
use std::collections::BTreeMap;

/// A rejected command beside what is so now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Comparison {
    /// What rejected commands are grouped under.
    pub cause: Cause,
    /// What was meant and what it is, line by line.
    pub meant: Vec<MeantRow>,
    /// Would it be accepted now?
    pub cleared: bool,
}

/// What stood in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Cause {
    /// In a few words.
    pub title: Phrase,
    /// The same for all commands that the same thing stood in the way of.
    pub key: String,
}

/// One line of the comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MeantRow {
    /// What the line is about.
    pub label: &'static str,
    /// What the command meant it to be.
    pub meant: String,
    /// What it is.
    pub now: String,
    /// Do they differ?
    pub differs: bool,
}

/// Something that happened to the task since a command was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Meanwhile {
    /// When.
    pub at: TimeMs,
    /// Who did what.
    pub phrase: Phrase,
}

/// Compares a rejected command of the reader with what is so now.
pub fn compare(view: &View<'_>, command: &Command, reason: &Reason<Rejection>) -> Comparison {
    let nothing = BTreeMap::new();
    let desk = Desk::new(view, &nothing, None);
    let title = words::cause(reason, Some(command));
    let key = match (reason, Workspace::subject(command)) {
        // All that came after the same missing thing belong together.
        (Reason::Domain(Rejection::NoSuch { .. }), Some(subject)) => format!("no_such/{}", TaskId(subject)),
        _ => words::plain(&title),
    };
    Comparison {
        cause: Cause { title: desk.told(title), key },
        meant: rows(&desk, command, reason),
        cleared: decide(&desk, command).is_ok(),
    }
}

/// What others did to the task of `command` after `since`, as far as the device knows, oldest first.
pub fn meanwhile(view: &View<'_>, command: &Command, since: TimeMs) -> Vec<Meanwhile> {
    let nothing = BTreeMap::new();
    let desk = Desk::new(view, &nothing, None);
    let Some(task) = task_of(&desk, command) else { return Vec::new() };
    let others = task.history.iter().filter(|entry| entry.sign.at > since && Some(entry.sign.person) != desk.me);
    let line = |entry: &std::sync::Arc<crate::state::HistoryEntry>| {
        let words = Words::default().member(view.state, entry.sign.person).text(" ");
        Meanwhile { at: entry.sign.at, phrase: desk.told(words.phrase(words::deed(view.state, Some(task), &entry.deed)).done()) }
    };
    others.map(line).collect()
}

fn task_of<'v>(desk: &Desk<'v>, command: &Command) -> Option<&'v Task> {
    desk.state.task(TaskId(Workspace::subject(command)?)).map(|task| &**task)
}

/// The rows in the making.
struct Rows<'d, 'v> {
    desk: &'d Desk<'v>,
    task: Option<&'v Task>,
    rows: Vec<MeantRow>,
}

fn rows(desk: &Desk<'_>, command: &Command, reason: &Reason<Rejection>) -> Vec<MeantRow> {
    let mut rows = Rows { desk, task: task_of(desk, command), rows: Vec::new() };
    rows.command(command);
    if let Reason::Domain(Rejection::ColumnFull { column, .. }) = reason
        && let Some(column) = desk.state.column(*column)
    {
        let count = desk.state.count(column.id);
        let (now, full) = match &column.limit {
            Some(limit) => (format!("{count} of {}", limit.count), count >= limit.count as usize),
            None => (format!("{count}, no limit any more"), false),
        };
        rows.row("Places", format!("One more in {}", column.name), if full { format!("{now}, full") } else { now }, full);
    }
    rows.rows
}

impl Rows<'_, '_> {
    fn row(&mut self, label: &'static str, meant: String, now: String, differs: bool) {
        self.rows.push(MeantRow { label, meant, now, differs });
    }

    /// A line that differs when its two sides do.
    fn pair(&mut self, label: &'static str, meant: impl Into<String>, now: impl Into<String>) {
        let (meant, now) = (meant.into(), now.into());
        let differs = meant != now;
        self.row(label, meant, now, differs);
    }

    /// Words that nobody but their author has.
    fn kept(&mut self, label: &'static str, words: &str) {
        if !words.trim().is_empty() {
            self.row(label, format!("“{}”", words.trim()), "Kept with this draft".to_owned(), false);
        }
    }

    fn state(&mut self, meant: &str) {
        let now = match self.task {
            None => "Not in this workspace".to_owned(),
            Some(task) if !task.is_live() => "Discarded".to_owned(),
            Some(task) if task.blocked.is_some() => format!("{}, blocked", stage_name(task.stage)),
            Some(task) => stage_name(task.stage).to_owned(),
        };
        self.pair("State", meant, now);
    }

    fn stage(&mut self, stage: Stage) {
        self.state(stage_name(stage));
    }

    fn holder(&mut self, meant: String) {
        if let Some(task) = self.task {
            let now = task.holder().map_or_else(|| "Nobody".to_owned(), |holder| self.name(self.desk.state.who(holder).actor));
            self.pair("Holder", meant, now);
        }
    }

    fn with_me(&mut self) {
        self.holder("You".to_owned());
    }

    fn name(&self, actor: ActorId) -> String {
        if actor == self.desk.view.me {
            return "You".to_owned();
        }
        self.desk.state.member_of(actor).map_or_else(|| "Somebody else".to_owned(), |member| member.name.to_string())
    }

    fn due(&self, due: Option<crate::day::Due>) -> String {
        due.map_or_else(|| "No date".to_owned(), |due| due_text(due, self.desk.view.today))
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Claim(_) => {
                self.stage(Stage::Claimed);
                self.with_me();
            }
            Command::Start(_) => {
                self.stage(Stage::UnderWay);
                self.with_me();
            }
            Command::Release(_) => self.holder("Nobody".to_owned()),
            Command::Assign(intent) => self.holder(self.name(intent.member)),
            Command::HandOver(intent) => {
                self.holder(self.name(intent.member));
                self.kept("Your note", &intent.note);
            }
            Command::AcceptHandover(_) => self.with_me(),
            Command::DeclineHandover(intent) => {
                self.holder("Whoever handed it over".to_owned());
                self.kept("Your reason", &intent.why);
            }
            Command::Block(intent) => {
                let stage = self.task.map_or("Under way", |task| stage_name(task.stage));
                self.state(&format!("{stage}, blocked"));
                self.with_me();
                self.kept("Your reason", &intent.why);
            }
            Command::Unblock(_) => self.state(self.task.map_or("Under way", |task| stage_name(task.stage))),
            Command::SubmitForReview(intent) => {
                self.stage(Stage::InReview);
                self.with_me();
                self.steps();
                self.kept("Your note", &intent.note);
            }
            Command::SignOff(intent) => {
                self.stage(Stage::SignedOff);
                self.steps();
                self.kept("Your note", &intent.note);
            }
            Command::Finish(intent) => {
                self.stage(Stage::SignedOff);
                self.with_me();
                self.steps();
                self.kept("Your note", &intent.note);
            }
            Command::SendBack(intent) => {
                self.stage(Stage::UnderWay);
                self.kept("Your reason", &intent.why);
            }
            Command::Reopen(intent) => {
                self.stage(Stage::Ready);
                self.kept("Your reason", &intent.why);
            }
            Command::DiscardTask(intent) => {
                self.state("Discarded");
                self.kept("Your reason", &intent.why);
            }
            Command::RestoreTask(_) => self.state(self.task.map_or("Ready", |task| stage_name(task.stage))),
            Command::MoveTask(intent) => {
                let name = |column| {
                    self.desk.state.column(column).map_or_else(|| "A column that is not here".to_owned(), |column| column.name.to_string())
                };
                let now = self.task.map_or_else(|| "Not in this workspace".to_owned(), |task| name(task.column));
                self.pair("Column", name(intent.column), now);
            }
            other => self.part(other),
        }
    }

    /// Commands that replace or add a part.
    fn part(&mut self, command: &Command) {
        let state = self.desk.state;
        let now = |read: &dyn Fn(&Task) -> String| self.task.map_or_else(|| "Not in this workspace".to_owned(), read);
        match command {
            Command::AddTask(intent) => {
                self.pair("Task", &*intent.title, "Not added");
                let board = state.board(intent.board);
                let board = board.map_or("Not in this workspace", |board| if board.discarded.is_some() { "Discarded" } else { "There" });
                self.row("Board", "There".to_owned(), board.to_owned(), board != "There");
                self.kept("Description", intent.description.as_deref().unwrap_or_default());
            }
            Command::Reword(intent) => self.pair("Title", &*intent.title, now(&|task| task.title.to_string())),
            Command::Describe(intent) => {
                self.pair("Description", &*intent.text, now(&|task| task.description.as_deref().unwrap_or("None").to_owned()));
            }
            Command::Estimate(intent) => {
                let text = |minutes: Option<u32>| minutes.map_or_else(|| "None".to_owned(), estimate_text);
                self.pair("Estimate", text(intent.minutes), now(&|task| text(task.estimate_minutes)));
            }
            Command::Prioritise(intent) => {
                self.pair("Priority", priority_name(intent.priority), now(&|task| priority_name(task.priority).to_owned()));
            }
            Command::Reschedule(intent) => {
                self.pair("Due", self.due(intent.due), now(&|task| self.due(task.due)));
                let why = if intent.why == Why::Slipped { "Slipped" } else { "Re-planned" };
                self.row("Why", why.to_owned(), "Kept with this draft".to_owned(), false);
                self.kept("Your note", &intent.note);
            }
            Command::Label(intent) => {
                let mut meant: Vec<String> = self.task.map_or_else(Vec::new, |task| task.labels.iter().map(ToString::to_string).collect());
                let was = if meant.is_empty() { "None".to_owned() } else { meant.join(", ") };
                meant.retain(|label| !intent.remove.iter().any(|removed| **removed == **label));
                meant.extend(intent.add.iter().map(ToString::to_string).filter(|label| !was.split(", ").any(|known| known == label)));
                let meant = if meant.is_empty() { "None".to_owned() } else { meant.join(", ") };
                self.pair("Labels", meant, was);
            }
            Command::AddStep(intent) => self.kept("Step", &intent.text),
            Command::RewordStep(intent) => {
                let text = now(&|task| task.step(intent.step).map_or_else(|| "No such step".to_owned(), |step| step.text.to_string()));
                self.pair("Step", &*intent.text, text);
            }
            Command::TickStep(intent) => self.step(intent.step, "Ticked"),
            Command::UntickStep(intent) => self.step(intent.step, "Not ticked"),
            Command::DiscardStep(intent) => self.step(intent.step, "Discarded"),
            Command::RestoreStep(intent) => self.step(intent.step, "Restored"),
            Command::Comment(intent) => self.kept("Comment", &intent.text),
            Command::ReviseComment(intent) => {
                let text = now(&|task| {
                    task.comments.get(&intent.comment).map_or_else(|| "No such comment".to_owned(), |comment| comment.text.to_string())
                });
                self.pair("Comment", &*intent.text, text);
            }
            Command::RenameBoard(intent) => {
                let name = state.board(intent.board).map_or("Not in this workspace", |board| &board.name);
                self.pair("Name", &*intent.name, name);
            }
            Command::RenameColumn(intent) => {
                let name = state.column(intent.column).map_or("Not in this workspace", |column| &column.name);
                self.pair("Name", &*intent.name, name);
            }
            Command::LimitColumn(intent) => {
                let text = |limit: Option<u32>| limit.map_or_else(|| "None".to_owned(), |limit| limit.to_string());
                let limit = state.column(intent.column).and_then(|column| column.limit.as_ref()).map(|limit| limit.count);
                self.pair("Limit", text(intent.limit), text(limit));
            }
            Command::CreateBoard(intent) => self.kept("Board", &intent.name),
            Command::CreateColumn(intent) => self.kept("Column", &intent.name),
            Command::RenameWorkspace(intent) => {
                self.pair("Name", &*intent.name, state.workspace().map_or("", |workspace| &workspace.name));
            }
            Command::RenameMember(intent) => self.pair("Name", &*intent.name, self.desk.member().map_or("", |member| &member.name)),
            _ => {}
        }
    }

    fn step(&mut self, step: crate::ids::StepId, meant: &str) {
        let now = match self.task.and_then(|task| task.step(step)) {
            None => "No such step",
            Some(step) if step.discarded.is_some() => "Discarded",
            Some(_) if meant == "Restored" => "Restored",
            Some(step) if step.ticked.is_some() => "Ticked",
            Some(_) => "Not ticked",
        };
        self.pair("Step", meant, now);
    }

    fn steps(&mut self) {
        if let Some(task) = self.task
            && let (done, total @ 1..) = task.steps_done()
        {
            let open = task.steps.iter().find(|step| step.discarded.is_none() && step.ticked.is_none());
            let now = match (open, total - done) {
                (Some(step), 1) => format!("{done} of {total}, “{}” is open", step.text),
                _ => format!("{done} of {total}"),
            };
            self.row("Steps", "As you left them".to_owned(), now, done < total);
        }
    }
}
