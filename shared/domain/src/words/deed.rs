//! What was done to a task, as the predicate of a sentence that begins with a person: "rescheduled this from Fri to today: crane slot moved."

use super::names::{estimate_text, priority_phrase};
use super::{Phrase, Words};
use crate::commands::task::Why;
use crate::deed::Deed;
use crate::ids::StepId;
use crate::state::{LinkKind, LinkTarget, State, Task};

/// How a sentence names its task.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// "this": the reader looks at it.
    This,
    /// By number or title.
    Named,
}

/// A deed in words, for the task's own history.
pub(crate) fn deed(state: &State, task: Option<&Task>, deed: &Deed) -> Phrase {
    told(state, task, deed, Naming::This)
}

pub(super) fn told(state: &State, task: Option<&Task>, deed: &Deed, naming: Naming) -> Phrase {
    let object = |verb: &str| {
        let words = Words::new(verb).text(" ");
        match naming {
            Naming::This => words.text("this"),
            Naming::Named => words.task_in_brief(state, task),
        }
    };
    let beside = |words: Words, preposition: &str| match naming {
        Naming::This => words,
        Naming::Named => words.text(preposition).task_in_brief(state, task),
    };
    let inside = |words: Words| beside(words, " on ");
    let step = |verb: &str, step: StepId| {
        let text = task.and_then(|task| task.step(step)).map(|step| &*step.text);
        let words = Words::new(verb).text(" ");
        inside(text.map_or_else(|| Words::new(verb).text(" a step"), |text| words.quote(text))).text(".")
    };
    let words = match deed {
        Deed::Added => object("added").text("."),
        Deed::Reworded { was } => object("reworded").text("; it was ").quote(was).text("."),
        Deed::Described if naming == Naming::This => Words::new("described the work."),
        Deed::Described => object("described").text("."),
        Deed::DescriptionCleared => beside(Words::new("took the description away"), " from ").text("."),
        Deed::Estimated { minutes: Some(minutes) } => object("estimated").text(&format!(" at {}.", estimate_text(*minutes))),
        Deed::Estimated { minutes: None } => beside(Words::new("took the estimate back"), " from ").text("."),
        Deed::Prioritised { priority } => object("made").text(&format!(" {}.", priority_phrase(*priority))),
        Deed::Rescheduled { was, due, why, note } => {
            let words = match due {
                Some(_) => object("rescheduled"),
                None => beside(Words::new("took the due date away"), " from "),
            };
            let words = match was {
                Some(was) if due.is_some() => words.text(" from ").date(*was),
                Some(was) => words.text(", which was ").date(*was),
                None => words,
            };
            let words = match due {
                Some(due) => words.text(" to ").date(*due),
                None => words,
            };
            match (why, was.is_some(), note.is_empty()) {
                (Why::Slipped, true, true) => words.text(": it slipped."),
                (Why::Replanned, true, true) => words.text(": re-planned."),
                _ => words.said(note),
            }
        }
        Deed::Labelled { added, removed } => {
            let list = |labels: &[crate::text::Text]| labels.iter().map(|label| &**label).collect::<Vec<_>>().join(", ");
            let words = match (added.is_empty(), removed.is_empty()) {
                (false, true) => object("labelled").text(" ").strong(&list(added)),
                (false, false) => object("labelled").text(" ").strong(&list(added)).text(", no more ").strong(&list(removed)),
                _ => Words::new("took the label ").strong(&list(removed)).text(" off").text(if naming == Naming::This { "" } else { " " }),
            };
            match (added.is_empty(), naming) {
                (true, Naming::Named) => words.task_in_brief(state, task).text("."),
                _ => words.text("."),
            }
        }
        Deed::Claimed => object("claimed").text("."),
        Deed::PutDown => object("put").text(" down; it is claimed, no more under way."),
        Deed::Released => object("released").text("."),
        Deed::Assigned { to } => object("assigned").text(" to ").member(state, *to).text("."),
        Deed::HandedOver { to, note } => object("handed").text(" over to ").member(state, *to).said(note),
        Deed::AcceptedHandover => object("accepted").text("."),
        Deed::DeclinedHandover { to, why } => object("declined").text("; it went back to ").member(state, *to).said(why),
        Deed::WithdrewHandover { from } => object("took").text(" back from ").member(state, *from).text("."),
        Deed::Started => object("started").text("."),
        Deed::Blocked { why, until: Some(until) } => object("blocked").text(" until ").date(*until).said(why),
        Deed::Blocked { why, until: None } => object("blocked").said(why),
        Deed::Unblocked => object("unblocked").text("."),
        Deed::Submitted { note } => object("submitted").text(" for review").said(note),
        Deed::TookBack => object("took").text(" back from review."),
        Deed::SignedOff { note } => object("signed").text(" off").said(note),
        Deed::SentBack { why } => object("sent").text(" back").said(why),
        Deed::Finished { note } => object("finished").said(note),
        Deed::Reopened { why } => object("reopened").said(why),
        Deed::Moved { column } => match state.column(*column) {
            Some(column) => object("moved").text(" to ").strong(&column.name).text("."),
            None => object("moved").text("."),
        },
        Deed::StepAdded { step: id } => step("added the step", *id),
        Deed::StepReworded { step: id } => step("reworded the step", *id),
        Deed::StepTicked { step: id } => step("ticked", *id),
        Deed::StepUnticked { step: id } => step("unticked", *id),
        Deed::StepDiscarded { step: id } => step("discarded the step", *id),
        Deed::StepRestored { step: id } => step("restored the step", *id),
        Deed::Commented { comment } => {
            let text = task.and_then(|task| task.comments.get(comment)).map(|comment| &*comment.text);
            let words = object("commented on");
            text.map_or_else(|| object("commented on").text("."), |text| words.text(": ").quote(text))
        }
        Deed::CommentRevised { .. } => inside(Words::new("revised a comment")).text("."),
        Deed::CommentDiscarded { .. } => inside(Words::new("discarded a comment")).text("."),
        Deed::CommentRestored { .. } => inside(Words::new("restored a comment")).text("."),
        Deed::Linked { link } => match task.and_then(|task| task.link(*link)) {
            Some(link) => {
                let words = match link.kind {
                    LinkKind::Blocks => object("noted that").text(" blocks "),
                    LinkKind::Duplicates => object("noted that").text(" says the same as "),
                    LinkKind::Relates | LinkKind::Reference => object("linked").text(" to "),
                };
                target(words, state, &link.to).text(".")
            }
            None => object("linked").text("."),
        },
        Deed::Unlinked { link } => match task.and_then(|task| task.link(*link)) {
            Some(link) => beside(target(Words::new("took the link to "), state, &link.to).text(" away"), " from ").text("."),
            None => beside(Words::new("took a link away"), " from ").text("."),
        },
        Deed::Discarded { why } => object("discarded").said(why),
        Deed::Restored => object("restored").text("."),
    };
    words.done()
}

fn target(words: Words, state: &State, to: &LinkTarget) -> Words {
    match to {
        LinkTarget::Task(task) => words.task_in_brief(state, state.task(*task).map(|task| &**task)),
        LinkTarget::Page { title, url } if title.is_empty() => words.strong(url),
        LinkTarget::Page { title, .. } => words.strong(title),
    }
}
