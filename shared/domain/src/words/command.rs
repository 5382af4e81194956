//! A command in words, as the outbox and the inbox say it: verb and object.

use super::names::{estimate_text, priority_phrase, stage_name, task_name, verb};
use super::{Phrase, Words};
use crate::Command;
use crate::commands::task::Why;
use crate::commands::workspace::Decision;
use crate::ids::{BoardId, ColumnId, CommentId, LinkId, StepId, TaskId};
use crate::state::{LinkKind, LinkTarget, Role, State, Task};
use landfall_engine::ActorId;

/// What a command intends: "Claim **Grind and lap sea chest valve SC-3**". Names come from `state`, which may be older or newer than the command.
pub fn command(state: &State, command: &Command) -> Phrase {
    let says = Saying { state, verb: Words::new(verb(command.kind())).text(" ") };
    match command {
        Command::FoundWorkspace(intent) => says.strong(&intent.name),
        Command::AdmitMember(intent) => {
            says.words().person(intent.actor, &intent.name).text(&format!(" as {}", role_name(intent.role))).done()
        }
        Command::RenameWorkspace(intent) => says.words().text("to ").strong(&intent.name).done(),
        Command::RenameMember(intent) => says.words().text("to ").strong(&intent.name).done(),
        Command::ChangeRole(intent) => {
            let words = says.person(says.words().text("of "), intent.member);
            words.text(&format!(" to {}", role_name(intent.role))).done()
        }
        Command::RemoveMember(intent) => says.person(says.words(), intent.member).text(" from the workspace").done(),
        Command::DecideRejection(intent) => match intent.decision {
            Decision::Resubmitted => Words::new("Take what was rejected out of the inbox: it was sent again").done(),
            Decision::Discarded => Words::new("Discard what was rejected").done(),
        },
        Command::CreateBoard(intent) => says.strong(&intent.name),
        Command::RenameBoard(intent) => says.board(intent.board).text(" to ").strong(&intent.name).done(),
        Command::DiscardBoard(intent) => says.board(intent.board).done(),
        Command::RestoreBoard(intent) => says.board(intent.board).done(),
        Command::CreateColumn(intent) => {
            says.words().strong(&intent.name).text(&format!(", {}", stage_name(intent.stage).to_lowercase())).done()
        }
        Command::RenameColumn(intent) => says.column(intent.column).text(" to ").strong(&intent.name).done(),
        Command::LimitColumn(intent) => match intent.limit {
            Some(limit) => says.column_after("of ", intent.column).text(&format!(" to {limit}")).done(),
            None => match state.column(intent.column) {
                Some(column) => Words::new("Take the limit of ").strong(&column.name).text(" away").done(),
                None => Words::new("Take the limit of a column away").done(),
            },
        },
        Command::MoveColumn(intent) => says.column(intent.column).done(),
        Command::DiscardColumn(intent) => says.column(intent.column).done(),
        Command::RestoreColumn(intent) => says.column(intent.column).done(),
        Command::AddTask(intent) => says.strong(&intent.title),
        Command::Reword(intent) => says.task_in_brief(intent.task).text(" to ").strong(&intent.title).done(),
        Command::Describe(intent) => match intent.text.trim() {
            "" => Words::new("Take the description of ").task_in_brief(state, task(state, intent.task)).text(" away").done(),
            _ => says.task(intent.task).done(),
        },
        Command::Estimate(intent) => {
            let words = says.task_in_brief(intent.task);
            match intent.minutes {
                Some(minutes) => words.text(" at ").text(&estimate_text(minutes)).done(),
                None => Words::new("Take the estimate of ").task_in_brief(state, task(state, intent.task)).text(" back").done(),
            }
        }
        Command::Prioritise(intent) => {
            let words = Words::new("Make ").task_in_brief(state, task(state, intent.task));
            words.text(" ").text(priority_phrase(intent.priority)).done()
        }
        Command::Reschedule(intent) => {
            let words = match intent.due {
                Some(due) => says.task_in_brief(intent.task).text(" to ").date(due),
                None => Words::new("Take the due date of ").task_in_brief(state, task(state, intent.task)).text(" away"),
            };
            match (intent.note.trim(), intent.why) {
                ("", Why::Slipped) => words.text(": it slipped").done(),
                ("", Why::Replanned) => words.done(),
                (note, _) => words.text(": ").text(note).done(),
            }
        }
        Command::Label(intent) => {
            let list = |labels: &[crate::text::Text]| labels.iter().map(|label| &**label).collect::<Vec<_>>().join(", ");
            let words = says.task_in_brief(intent.task);
            match (intent.add.is_empty(), intent.remove.is_empty()) {
                (false, true) => words.text(" ").strong(&list(&intent.add)).done(),
                (true, _) => Words::new("Take the label ")
                    .strong(&list(&intent.remove))
                    .text(" off ")
                    .task_in_brief(state, task(state, intent.task))
                    .done(),
                (false, false) => words.text(" ").strong(&list(&intent.add)).text(", no more ").strong(&list(&intent.remove)).done(),
            }
        }
        Command::Claim(intent) => says.task(intent.task).done(),
        Command::Release(intent) => says.task(intent.task).done(),
        Command::Assign(intent) => says.person(says.task_in_brief(intent.task).text(" to "), intent.member).done(),
        Command::HandOver(intent) => says.person(says.task_in_brief(intent.task).text(" to "), intent.member).done(),
        Command::AcceptHandover(intent) => says.task(intent.task).done(),
        Command::DeclineHandover(intent) => says.noted(intent.task, &intent.why),
        Command::Start(intent) => says.task(intent.task).done(),
        Command::Block(intent) => {
            let words = says.task_in_brief(intent.task);
            let words = match intent.until {
                Some(until) => words.text(" until ").date(until),
                None => words,
            };
            words.text(": ").text(intent.why.trim()).done()
        }
        Command::Unblock(intent) => says.task(intent.task).done(),
        Command::SubmitForReview(intent) => Words::new("Submit ").task(task(state, intent.task)).text(" for review").done(),
        Command::SignOff(intent) => says.task(intent.task).done(),
        Command::SendBack(intent) => says.noted(intent.task, &intent.why),
        Command::Finish(intent) => says.task(intent.task).done(),
        Command::Reopen(intent) => says.noted(intent.task, &intent.why),
        Command::MoveTask(intent) => {
            let words = says.task(intent.task);
            match state.column(intent.column) {
                Some(column) if task(state, intent.task).is_none_or(|task| task.column != intent.column) => {
                    words.text(" to ").strong(&column.name).done()
                }
                _ => words.done(),
            }
        }
        Command::AddStep(intent) => says.strong_in(&intent.text, intent.task),
        Command::RewordStep(intent) => says.step(intent.task, intent.step).text(" to ").strong(&intent.text).done(),
        Command::TickStep(intent) => says.step(intent.task, intent.step).done(),
        Command::UntickStep(intent) => says.step(intent.task, intent.step).done(),
        Command::DiscardStep(intent) => says.step(intent.task, intent.step).done(),
        Command::RestoreStep(intent) => says.step(intent.task, intent.step).done(),
        Command::Comment(intent) => says.words().quote(&intent.text).done(),
        Command::ReviseComment(intent) => says.words().text("to ").quote(&intent.text).done(),
        Command::DiscardComment(intent) => says.comment(intent.task, intent.comment),
        Command::RestoreComment(intent) => says.comment(intent.task, intent.comment),
        Command::React(intent) => {
            let words = if intent.on { Words::new("React with ") } else { Words::new("Take back ") };
            let words = words.strong(&intent.emoji).text(if intent.on { " to " } else { " from " });
            match task(state, intent.task).and_then(|task| task.comments.get(&intent.comment)) {
                Some(comment) => words.quote(&comment.text).done(),
                None => words.text("a comment").done(),
            }
        }
        Command::Link(intent) => {
            let task = task(state, intent.task);
            let words = match intent.kind {
                LinkKind::Blocks => Words::new("Note that ").task_in_brief(state, task).text(" blocks "),
                LinkKind::Duplicates => Words::new("Note that ").task_in_brief(state, task).text(" says the same as "),
                LinkKind::Relates | LinkKind::Reference => says.task_in_brief(intent.task).text(" to "),
            };
            says.target(words, &intent.to).done()
        }
        Command::Unlink(intent) => says.unlinked(intent.task, intent.link),
        Command::DiscardTask(intent) => says.noted(intent.task, &intent.why),
        Command::RestoreTask(intent) => says.task(intent.task).done(),
    }
}

/// What a role is called, with its article.
pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Member => "a member",
        Role::Viewer => "a viewer",
    }
}

pub(super) fn task(state: &State, task: TaskId) -> Option<&Task> {
    state.task(task).map(|task| &**task)
}

/// A sentence that begins with a verb.
struct Saying<'s> {
    state: &'s State,
    verb: Words,
}

impl Saying<'_> {
    fn words(&self) -> Words {
        Words::default().phrase(self.verb.0.clone())
    }

    fn strong(&self, name: &str) -> Phrase {
        self.words().strong(name).done()
    }

    fn person(&self, words: Words, actor: ActorId) -> Words {
        match self.state.member_of(actor) {
            Some(member) => words.person(actor, &member.name),
            None => words.text("somebody"),
        }
    }

    fn board(&self, board: BoardId) -> Words {
        match self.state.board(board) {
            Some(board) => self.words().strong(&board.name),
            None => self.words().text("that this device does not have"),
        }
    }

    fn column(&self, column: ColumnId) -> Words {
        self.column_after("", column)
    }

    fn column_after(&self, preposition: &str, column: ColumnId) -> Words {
        match self.state.column(column) {
            Some(column) => self.words().text(preposition).strong(&column.name),
            None => self.words().text(preposition).text("a column that this device does not have"),
        }
    }

    fn task(&self, id: TaskId) -> Words {
        self.words().task(task(self.state, id))
    }

    fn task_in_brief(&self, id: TaskId) -> Words {
        self.words().task_in_brief(self.state, task(self.state, id))
    }

    /// The task, and what was said about it.
    fn noted(&self, id: TaskId, note: &str) -> Phrase {
        match note.trim() {
            "" => self.task(id).done(),
            note => self.task_in_brief(id).text(": ").text(note).done(),
        }
    }

    fn strong_in(&self, text: &str, id: TaskId) -> Phrase {
        let words = self.words().strong(text);
        match task(self.state, id) {
            Some(task) => words.text(" to ").strong(&task_name(self.state, task)).done(),
            None => words.done(),
        }
    }

    fn step(&self, id: TaskId, step: StepId) -> Words {
        match task(self.state, id).and_then(|task| task.step(step)) {
            Some(step) => self.words().strong(&step.text),
            None => self.words().text("a step that this device does not have"),
        }
    }

    fn comment(&self, id: TaskId, comment: CommentId) -> Phrase {
        match task(self.state, id).and_then(|task| task.comments.get(&comment)) {
            Some(comment) => self.words().quote(&comment.text).done(),
            None => self.words().text("that this device does not have").done(),
        }
    }

    fn target(&self, words: Words, to: &LinkTarget) -> Words {
        match to {
            LinkTarget::Task(id) => words.task_in_brief(self.state, task(self.state, *id)),
            LinkTarget::Page { url, title } => words.strong(if title.is_empty() { url } else { title }),
        }
    }

    fn unlinked(&self, id: TaskId, link: LinkId) -> Phrase {
        let words = self.task_in_brief(id);
        match task(self.state, id).and_then(|task| task.link(link)) {
            Some(link) => self.target(words.text(" from "), &link.to).done(),
            None => words.done(),
        }
    }
}
