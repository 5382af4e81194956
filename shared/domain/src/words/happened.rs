//! An event in words, as the predicate of a sentence that begins with its author.

use super::command::{role_name, task};
use super::deed::{Naming, told};
use super::names::stage_name;
use super::{Phrase, Words};
use crate::Event;
use crate::commands::workspace::Decision;
use crate::deed::Deed;
use crate::ids::{Mark, TaskId};
use crate::state::{State, Task};
use landfall_engine::{ActorId, Context};

/// What happened, for somebody who looks at the very task: "rescheduled this from Fri to today: crane slot moved."
///
/// `state` is the state after it, or any later one. The author, who begins the sentence, is not part of it: that is whom the context names,
/// or where the server itself is named there, the person who founded or joined.
pub fn happened(state: &State, event: &Event, context: &Context) -> Phrase {
    say(state, event, context, Naming::This)
}

/// What happened, for somebody who looks at something else: "started **HLD-233**."
pub fn noticed(state: &State, event: &Event, context: &Context) -> Phrase {
    say(state, event, context, Naming::Named)
}

/// What the task itself remembers of it: that knows what it was before, so it tells "put this down" from "claimed this".
fn recorded<'t>(task: Option<&'t Task>, context: &Context) -> Option<&'t Deed> {
    let mark = Mark::of(context.command);
    task?.history.iter().rev().find(|entry| entry.sign.mark == mark).map(|entry| &entry.deed)
}

fn say(state: &State, event: &Event, context: &Context, naming: Naming) -> Phrase {
    let member = |actor: ActorId| state.number_of(actor);
    let deed = |id: TaskId, deed: Deed| {
        let task = task(state, id);
        told(state, task, recorded(task, context).unwrap_or(&deed), naming)
    };
    let person = |words: Words, actor: ActorId| match state.member_of(actor) {
        Some(member) => words.person(actor, &member.name),
        None => words.text("somebody"),
    };
    let board = |verb: &str, board| match state.board(board) {
        Some(board) => Words::new(verb).text(" the board ").strong(&board.name),
        None => Words::new(verb).text(" a board"),
    };
    let column = |verb: &str, column| match state.column(column) {
        Some(column) => Words::new(verb).text(" the column ").strong(&column.name),
        None => Words::new(verb).text(" a column"),
    };
    match event {
        Event::WorkspaceFounded(fact) => Words::new("founded the workspace ").strong(&fact.name).text(".").done(),
        Event::MemberAdmitted(fact) => {
            let words = Words::new("joined as ").text(role_name(fact.role)).text(", invited by ");
            person(words, fact.invited_by).text(".").done()
        }
        Event::WorkspaceRenamed(fact) => Words::new("renamed the workspace to ").strong(&fact.name).text(".").done(),
        Event::MemberRenamed(fact) => Words::new("took the name ").strong(&fact.name).text(".").done(),
        Event::RoleChanged(fact) => person(Words::new("made "), fact.member).text(&format!(" {}.", role_name(fact.role))).done(),
        Event::MemberRemoved(fact) if fact.member == context.actor => Words::new("left the workspace.").done(),
        Event::MemberRemoved(fact) => person(Words::new("removed "), fact.member).text(" from the workspace.").done(),
        Event::RejectionDecided(fact) => match fact.decision {
            Decision::Resubmitted => Words::new("sent again what had been rejected.").done(),
            Decision::Discarded => Words::new("discarded what had been rejected.").done(),
        },
        Event::BoardCreated(fact) => Words::new("created the board ").strong(&fact.name).text(".").done(),
        Event::BoardRenamed(fact) => Words::new("renamed a board to ").strong(&fact.name).text(".").done(),
        Event::BoardDiscarded(fact) => board("discarded", fact.board).text(".").done(),
        Event::BoardRestored(fact) => board("restored", fact.board).text(".").done(),
        Event::ColumnCreated(fact) => {
            Words::new("added the column ").strong(&fact.name).text(&format!(", {}.", stage_name(fact.stage).to_lowercase())).done()
        }
        Event::ColumnRenamed(fact) => Words::new("renamed a column to ").strong(&fact.name).text(".").done(),
        Event::ColumnLimited(fact) => match fact.limit {
            Some(limit) => column("limited", fact.column).text(&format!(" to {limit}.")).done(),
            None => column("took the limit of", fact.column).text(" away.").done(),
        },
        Event::ColumnMoved(fact) => column("moved", fact.column).text(".").done(),
        Event::ColumnDiscarded(fact) => column("discarded", fact.column).text(".").done(),
        Event::ColumnRestored(fact) => column("restored", fact.column).text(".").done(),
        Event::TaskAdded(fact) => deed(fact.task, Deed::Added),
        Event::TaskReworded(fact) => match recorded(task(state, fact.task), context) {
            Some(deed) => told(state, task(state, fact.task), deed, naming),
            None => Words::new(if naming == Naming::This { "reworded this to " } else { "reworded a task to " })
                .quote(&fact.title)
                .text(".")
                .done(),
        },
        Event::TaskDescribed(fact) => deed(fact.task, if fact.text.is_empty() { Deed::DescriptionCleared } else { Deed::Described }),
        Event::TaskEstimated(fact) => deed(fact.task, Deed::Estimated { minutes: fact.minutes }),
        Event::TaskPrioritised(fact) => deed(fact.task, Deed::Prioritised { priority: fact.priority }),
        Event::TaskRescheduled(fact) => {
            deed(fact.task, Deed::Rescheduled { was: fact.was, due: fact.due, why: fact.why, note: fact.note.clone() })
        }
        Event::TaskLabelled(fact) => {
            deed(fact.task, Deed::Labelled { added: fact.added.clone().into(), removed: fact.removed.clone().into() })
        }
        Event::TaskClaimed(fact) => deed(fact.task, Deed::Claimed),
        Event::TaskReleased(fact) => deed(fact.task, Deed::Released),
        Event::TaskAssigned(fact) => match member(fact.member) {
            Some(to) => deed(fact.task, Deed::Assigned { to }),
            None => deed(fact.task, Deed::Claimed),
        },
        Event::TaskHandedOver(fact) => match member(fact.member) {
            Some(to) => deed(fact.task, Deed::HandedOver { to, note: fact.note.clone() }),
            None => deed(fact.task, Deed::Released),
        },
        Event::HandoverAccepted(fact) => deed(fact.task, Deed::AcceptedHandover),
        Event::HandoverDeclined(fact) => match member(fact.member) {
            Some(to) => deed(fact.task, Deed::DeclinedHandover { to, why: fact.why.clone() }),
            None => deed(fact.task, Deed::Released),
        },
        Event::TaskStarted(fact) => deed(fact.task, Deed::Started),
        Event::TaskBlocked(fact) => deed(fact.task, Deed::Blocked { why: fact.why.clone(), until: fact.until }),
        Event::TaskUnblocked(fact) => deed(fact.task, Deed::Unblocked),
        Event::TaskSubmitted(fact) => deed(fact.task, Deed::Submitted { note: fact.note.clone() }),
        Event::TaskSignedOff(fact) => deed(fact.task, Deed::SignedOff { note: fact.note.clone() }),
        Event::TaskSentBack(fact) => deed(fact.task, Deed::SentBack { why: fact.why.clone() }),
        Event::TaskFinished(fact) => deed(fact.task, Deed::Finished { note: fact.note.clone() }),
        Event::TaskReopened(fact) => deed(fact.task, Deed::Reopened { why: fact.why.clone() }),
        Event::TaskMoved(fact) => deed(fact.task, Deed::Moved { column: fact.to.column }),
        Event::StepAdded(fact) => deed(fact.task, Deed::StepAdded { step: fact.step }),
        Event::StepReworded(fact) => deed(fact.task, Deed::StepReworded { step: fact.step }),
        Event::StepTicked(fact) => deed(fact.task, Deed::StepTicked { step: fact.step }),
        Event::StepUnticked(fact) => deed(fact.task, Deed::StepUnticked { step: fact.step }),
        Event::StepDiscarded(fact) => deed(fact.task, Deed::StepDiscarded { step: fact.step }),
        Event::StepRestored(fact) => deed(fact.task, Deed::StepRestored { step: fact.step }),
        Event::CommentAdded(fact) => deed(fact.task, Deed::Commented { comment: fact.comment }),
        Event::CommentRevised(fact) => deed(fact.task, Deed::CommentRevised { comment: fact.comment }),
        Event::CommentDiscarded(fact) => deed(fact.task, Deed::CommentDiscarded { comment: fact.comment }),
        Event::CommentRestored(fact) => deed(fact.task, Deed::CommentRestored { comment: fact.comment }),
        Event::Reacted(fact) => {
            let words = if fact.on { Words::new("reacted with ") } else { Words::new("took back ") }.strong(&fact.emoji);
            match naming {
                Naming::This => words.text(".").done(),
                Naming::Named => words.text(" on ").task_in_brief(state, task(state, fact.task)).text(".").done(),
            }
        }
        Event::Linked(fact) => deed(fact.task, Deed::Linked { link: fact.link }),
        Event::Unlinked(fact) => deed(fact.task, Deed::Unlinked { link: fact.link }),
        Event::TaskDiscarded(fact) => deed(fact.task, Deed::Discarded { why: fact.why.clone() }),
        Event::TaskRestored(fact) => deed(fact.task, Deed::Restored),
    }
}
