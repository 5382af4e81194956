//! What was done, as lines: the history of a task, records that came from the server, and notices of others' deeds.

use super::View;
use super::desk::{Desk, for_reader, person};
use super::rows::{HistoryLine, Person};
use crate::Event;
use crate::deed::Deed;
use crate::ids::TaskId;
use crate::state::Task;
use crate::words::{self, Phrase, Span};
use landfall_engine::{Context, TimeMs};
use serde::Serialize;
use std::rc::Rc;

/// The history that the device keeps of a task, newest first. That it was added closes the list, unless older lines are missing between.
pub(super) fn history(desk: &Desk<'_>, task: &Task) -> Vec<HistoryLine> {
    let line = |deed: &Deed, sign: &crate::ids::Sign| HistoryLine {
        at: sign.at,
        person: desk.person(sign.person),
        phrase: desk.told(words::deed(desk.state, Some(task), deed)),
        pending: !sign.landed(),
        position: sign.position(),
    };
    let mut lines: Vec<HistoryLine> = task.history.iter().rev().map(|entry| line(&entry.deed, &entry.sign)).collect();
    if task.history.len() < crate::state::HISTORY_LENGTH {
        lines.push(line(&Deed::Added, &task.added));
    }
    lines
}

/// An accepted record as a line of history: who, when, and what of it, as a reader of the very task says it. `None` when nothing came of it.
pub fn history_line(view: &View<'_>, context: &Context, events: &[Event]) -> Option<HistoryLine> {
    let phrase = joined(events, |event| words::happened(view.state, event, context))?;
    Some(HistoryLine {
        at: context.at,
        person: author(view, context, events),
        phrase: for_reader(phrase, view.me),
        pending: context.position.is_none(),
        position: context.position,
    })
}

/// That somebody else did something, for a reader who looks elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Notice {
    /// When.
    pub at: TimeMs,
    /// Who.
    pub person: Rc<Person>,
    /// What, as the predicate of a sentence that begins with the person.
    pub phrase: Phrase,
    /// The task that it is about.
    pub task: Option<TaskId>,
}

/// A notice of an accepted record; `None` for what nobody needs to hear about: the reader's own deeds, and decisions about rejections.
pub fn notice(view: &View<'_>, context: &Context, events: &[Event]) -> Option<Notice> {
    if context.actor == view.me {
        return None;
    }
    let told: Vec<Event> =
        events.iter().filter(|event| !matches!(event, Event::RejectionDecided(_) | Event::Reacted(_))).cloned().collect();
    let phrase = joined(&told, |event| words::noticed(view.state, event, context))?;
    let task = events.first().and_then(Event::task).filter(|task| view.state.task(*task).is_some());
    Some(Notice { at: context.at, person: author(view, context, events), phrase: for_reader(phrase, view.me), task })
}

/// Whose deed a record is. What the server itself records is the deed of the person who founded, or who joined.
fn author(view: &View<'_>, context: &Context, events: &[Event]) -> Rc<Person> {
    let actor = match events.first() {
        Some(Event::WorkspaceFounded(fact)) => fact.owner,
        Some(Event::MemberAdmitted(fact)) => fact.actor,
        _ => context.actor,
    };
    Rc::new(person(actor, view.state.member_of(actor).map_or("", |member| &*member.name), view.me))
}

/// Several events of one record in one line.
fn joined(events: &[Event], say: impl Fn(&Event) -> Phrase) -> Option<Phrase> {
    let mut phrases = events.iter().map(say);
    let mut joined = phrases.next()?;
    for phrase in phrases {
        joined.push(Span::Text(" ".to_owned()));
        joined.extend(phrase);
    }
    Some(joined)
}
