//! All about one task.

use super::board::neighbours;
use super::card::card;
use super::desk::Desk;
use super::rows::{
    BlockedView, CommentView, DescriptionView, HandedView, LinkView, Neighbours, Person, ReactionView, Signature, StepView, TaskDetail,
};
use super::{intents, story};
use crate::ids::TaskId;
use crate::state::{Comment, Link, LinkTarget, Stage, Step, Task};
use crate::words::{Phrase, Words, stage_name};
use std::rc::Rc;

pub(super) fn detail<'v>(desk: &Desk<'v>, task: TaskId) -> Option<TaskDetail<'v>> {
    let state = desk.state;
    let task: &'v Task = state.task(task)?;
    let (previous, next) = neighbours(state, task);
    let handed = task.hold.as_ref().and_then(|hold| hold.handed.as_ref().map(|handed| (hold, handed)));
    Some(TaskDetail {
        card: card(desk, task),
        board_name: state.board(task.board).map_or("", |board| &board.name),
        sentence: desk.told(sentence(desk, task)),
        note: intents::note(desk, task).map(|note| desk.told(note)),
        title_sign: desk.sign(task.title_sign()),
        description: task.description.as_ref().map(|text| DescriptionView {
            text,
            sign: desk.sign(task.description_sign()),
            signed_off: task.signed_off.as_ref().map(|signed| match signed.description {
                Some(mark) if mark == task.description_sign().mark => Signature::Intact,
                _ => Signature::Broken,
            }),
        }),
        description_sign: desk.sign(task.description_sign()),
        estimate_minutes: task.estimate_minutes,
        estimate_sign: desk.sign(task.estimate_sign()),
        source: task.source.as_deref(),
        handed: handed.map(|(hold, handed)| HandedView { from: desk.person(handed.from), note: &handed.note, at: hold.sign.at }),
        blocked: task.blocked.as_ref().map(|blocked| BlockedView {
            why: &blocked.why,
            until: blocked.until,
            by: desk.person(blocked.sign.person),
            at: blocked.sign.at,
        }),
        steps: task.steps.iter().map(|step| step_view(desk, step)).collect(),
        comments: task.comments.iter().map(|(id, comment)| comment_view(desk, *id, comment)).collect(),
        links: task.links.iter().filter(|link| link.unlinked.is_none()).map(|link| link_view(desk, link)).collect(),
        history: story::history(desk, task),
        workers: task.workers.iter().map(|worker| desk.person(*worker)).collect::<Vec<Rc<Person>>>(),
        neighbours: Neighbours { previous, next },
    })
}

fn step_view<'v>(desk: &Desk<'v>, step: &'v Step) -> StepView<'v> {
    let signs = [Some(&step.sign), step.ticked.as_ref(), step.discarded.as_ref()];
    StepView {
        id: step.id,
        text: &step.text,
        done: step.ticked.is_some(),
        by: step.ticked.as_ref().map(|ticked| desk.person(ticked.person)),
        at: step.ticked.as_ref().map(|ticked| ticked.at),
        pending: signs.into_iter().flatten().any(|sign| !sign.landed()),
        discarded: step.discarded.is_some(),
        sign: desk.sign(&step.sign),
    }
}

fn comment_view<'v>(desk: &Desk<'v>, id: crate::ids::CommentId, comment: &'v Comment) -> CommentView<'v> {
    let signs = [Some(&comment.sign), comment.revised.as_ref(), comment.discarded.as_ref()];
    let reaction = |reaction: &'v crate::state::Reaction| ReactionView {
        emoji: &reaction.emoji,
        count: reaction.by.len() as u32,
        mine: desk.me.is_some_and(|me| reaction.by.contains(&me)),
    };
    CommentView {
        id,
        by: desk.person(comment.sign.person),
        at: comment.sign.at,
        text: &comment.text,
        revised: comment.revised.is_some(),
        pending: signs.into_iter().flatten().any(|sign| !sign.landed()),
        discarded: comment.discarded.is_some(),
        reactions: comment.reactions.iter().map(reaction).collect(),
    }
}

fn link_view<'v>(desk: &Desk<'v>, link: &'v Link) -> LinkView<'v> {
    let (task, url, title) = match &link.to {
        LinkTarget::Task(task) => (desk.state.task(*task).map(|task| card(desk, task)), None, None),
        LinkTarget::Page { url, title } => (None, Some(&**url), Some(&**title)),
    };
    LinkView { id: link.id, kind: link.kind, task, url, title }
}

/// How a task stands: "**Under way** with **you** since Thu 08:10. Due **today 16:00**. 4 of 7 steps done; one tick is still on this device."
fn sentence(desk: &Desk<'_>, task: &Task) -> Phrase {
    let words = standing(desk, task);
    let words = match (task.due, task.stage) {
        (Some(due), stage) if stage != Stage::SignedOff && task.is_live() => words.text(" Due ").date(due).text("."),
        _ => words,
    };
    let (done, total) = task.steps_done();
    let words = match total {
        0 => words,
        total => words.text(&format!(" {done} of {total} {} done", if total == 1 { "step" } else { "steps" })),
    };
    let live = task.steps.iter().filter(|step| step.discarded.is_none());
    let pending = live.filter(|step| step.ticked.as_ref().is_some_and(|ticked| !ticked.landed())).count();
    let words = match (total, pending) {
        (0, _) => words,
        (_, 0) => words.text("."),
        (_, 1) => words.text("; one tick is still on this device."),
        (_, pending) => words.text(&format!("; {pending} ticks are still on this device.")),
    };
    words.done()
}

fn standing(desk: &Desk<'_>, task: &Task) -> Words {
    let state = desk.state;
    if let Some(discarded) = &task.discarded {
        return Words::default()
            .strong("Discarded")
            .text(" by ")
            .member(state, discarded.sign.person)
            .text(", ")
            .time(discarded.sign.at)
            .said(&discarded.why);
    }
    let stage = Words::default().strong(stage_name(task.stage));
    let with = |words: Words| match task.holder() {
        Some(holder) => words.text(" with ").member(state, holder),
        None => words,
    };
    let since = |words: Words| words.text(" since ").time(task.entered().at);
    let words = match task.stage {
        Stage::Ready => match task.holder() {
            Some(_) => since(with(stage)).text("."),
            None => since(stage).text("; nobody has it."),
        },
        Stage::Claimed => match task.holder() {
            Some(holder) => since(stage.text(" by ").member(state, holder)).text("."),
            None => since(stage).text("; nobody has it."),
        },
        Stage::UnderWay if task.hold.is_none() => since(stage).text("; nobody has it."),
        Stage::UnderWay => since(with(stage)).text("."),
        Stage::InReview => match &task.submitted {
            Some(submitted) => since(stage).text(", submitted by ").member(state, submitted.sign.person).said(&submitted.note),
            None => since(stage).text("."),
        },
        Stage::SignedOff => match &task.signed_off {
            Some(signed) => stage.text(" by ").member(state, signed.sign.person).text(", ").time(signed.sign.at).said(&signed.note),
            None => since(stage).text("."),
        },
    };
    let words = match task.hold.as_ref().and_then(|hold| hold.handed.as_ref().map(|handed| (hold, handed))) {
        Some((hold, handed)) => {
            let words = words.text(" Handed over by ").member(state, handed.from).text(", ").time(hold.sign.at);
            words.text(", not answered yet").said(&handed.note)
        }
        None => words,
    };
    match &task.blocked {
        Some(blocked) => {
            let words = words.text(" ").strong("Blocked");
            let words = match blocked.until {
                Some(until) => words.text(" until ").date(until),
                None => words,
            };
            words.said(&blocked.why)
        }
        None => match &task.sent_back {
            Some(back) => {
                let words = words.text(" Sent back by ").member(state, back.sign.person).text(", ").time(back.sign.at);
                words.said(&back.why)
            }
            None => words,
        },
    }
}
