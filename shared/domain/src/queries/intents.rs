//! What the reader can do with a task now, and what could come later and why.
//!
//! Nothing here repeats a rule: each intent is offered exactly when [`Workspace::decide`](crate::Workspace) would accept it.

use super::desk::Desk;
use super::rows::{Intent, IntentsHead};
use crate::commands::task as intent;
use crate::commands::task::Why;
use crate::day::Due;
use crate::ids::{CommentId, LinkId, StepId, TaskId};
use crate::rejection::Rejection;
use crate::state::{LinkKind, LinkTarget, Priority, Stage, Task};
use crate::text::Text;
use crate::words::{Phrase, Words, due_text, estimate_text, rejection, stage_name, synonyms, verb};
use crate::{Command, Workspace};
use landfall_engine::log::Reason;
use landfall_engine::{ActorId, CommandId, Context, DeviceId, Domain};

/// Everything that one can do with a task as a whole, in an order that fits where nothing is likelier.
const VERBS: [&str; 25] = [
    "accept_handover",
    "decline_handover",
    "restore_task",
    "claim",
    "start",
    "unblock",
    "submit_for_review",
    "finish",
    "sign_off",
    "send_back",
    "comment",
    "reschedule",
    "hand_over",
    "block",
    "release",
    "assign",
    "add_step",
    "describe",
    "prioritise",
    "label",
    "estimate",
    "link",
    "reword",
    "reopen",
    "discard_task",
];
/// What a task is waiting for: one of these is the primary button when it comes first.
const PRIMARY: [&str; 9] =
    ["accept_handover", "restore_task", "claim", "start", "unblock", "submit_for_review", "finish", "sign_off", "send_back"];
/// An id that nobody mints: for asking whether something new would be accepted.
const NEW: [u8; 16] = [0xff; 16];

pub(super) fn intents(desk: &Desk<'_>, task: TaskId) -> IntentsHead {
    let Some(task) = desk.state.task(task) else { return IntentsHead::default() };
    let now = likely(desk, task).into_iter().filter(|verb| refusal(desk, task, verb).is_none());
    let mut now: Vec<Intent> = now.map(|verb| offer(desk, task, verb, None)).collect();
    if let Some(first) = now.first_mut() {
        first.primary = PRIMARY.contains(&first.verb);
    }
    let later = next_steps(desk, task).into_iter();
    let later = later.filter_map(|verb| not_now(desk, task, verb).map(|why| offer(desk, task, verb, Some(desk.told(why))))).collect();
    IntentsHead { now, later }
}

/// The one line below the buttons: what comes later and why, where the reader is part of it.
pub(super) fn note(desk: &Desk<'_>, task: &Task) -> Option<Phrase> {
    if !task.is_live() || !desk.may_work() {
        return None;
    }
    let mine = is_mine(desk, task);
    let verbs: &[&str] = match task.stage {
        Stage::Claimed if mine => &["start", "sign_off"],
        Stage::UnderWay if mine => &["submit_for_review", "finish", "sign_off"],
        Stage::InReview => &["sign_off"],
        _ => &[],
    };
    verbs.iter().filter(|verb| next_steps(desk, task).contains(verb)).find_map(|verb| not_now(desk, task, verb))
}

/// All verbs, the likeliest first.
fn likely(desk: &Desk<'_>, task: &Task) -> Vec<&'static str> {
    let first: &[&'static str] = match task.stage {
        _ if !task.is_live() => &["restore_task"],
        _ if desk.handed_to_reader(task) => &["accept_handover", "decline_handover"],
        Stage::Ready => &["claim", "start", "assign", "reschedule", "block"],
        Stage::Claimed => &["start", "hand_over", "reschedule", "block", "release"],
        Stage::UnderWay => &["unblock", "submit_for_review", "finish", "block", "hand_over", "reschedule", "release", "comment", "claim"],
        Stage::InReview if is_mine(desk, task) => &["comment", "send_back", "reschedule"],
        Stage::InReview => &["sign_off", "send_back", "comment", "reschedule"],
        Stage::SignedOff => &["comment", "reopen", "link"],
    };
    first.iter().copied().chain(VERBS.into_iter().filter(|verb| !first.contains(verb))).collect()
}

/// The steps of a task's life that lie ahead of it.
fn next_steps(desk: &Desk<'_>, task: &Task) -> Vec<&'static str> {
    let reviewed = has_review(desk, task);
    let end = if reviewed { "sign_off" } else { "finish" };
    match task.stage {
        _ if !task.is_live() => vec!["restore_task"],
        Stage::Ready => vec!["claim", "start", end],
        Stage::Claimed if is_mine(desk, task) => vec!["start", end],
        Stage::Claimed => vec!["claim", "start", end],
        Stage::UnderWay if reviewed => vec!["submit_for_review", end],
        Stage::UnderWay => vec!["finish"],
        Stage::InReview if is_mine(desk, task) => vec!["sign_off"],
        Stage::InReview => vec!["sign_off", "send_back"],
        Stage::SignedOff => vec!["reopen"],
    }
}

fn has_review(desk: &Desk<'_>, task: &Task) -> bool {
    desk.state.columns_of(task.board).any(|column| column.stage == Stage::InReview && column.discarded.is_none())
}

fn is_mine(desk: &Desk<'_>, task: &Task) -> bool {
    desk.me.is_some() && task.holder() == desk.me
}

/// Why an intent does not hold now; `None` when it does.
fn not_now(desk: &Desk<'_>, task: &Task, verb: &'static str) -> Option<Phrase> {
    let rejected = refusal(desk, task, verb)?;
    let part = is_mine(desk, task) || desk.me.is_some_and(|me| task.workers.contains(&me));
    let words = match (&rejected, verb) {
        (Rejection::OwnWork {}, _) => Words::new("Sign-off comes from someone other than you, who did this work."),
        (Rejection::WrongStage { .. }, "sign_off") if part => Words::new("Sign off comes after review, from someone other than you."),
        (Rejection::WrongStage { .. }, "sign_off") => Words::new("Sign off comes after review, from someone who did not do the work."),
        (Rejection::WrongStage { .. }, "finish") => Words::new("Finish comes after Start, from whoever does the work."),
        (Rejection::ClaimedBy { holder, .. } | Rejection::NotHolder { holder: Some(holder), .. }, "finish" | "submit_for_review") => {
            Words::new("It is with ").who(holder).text(", who does the work.")
        }
        (Rejection::ClaimedBy { holder, .. } | Rejection::NotHolder { holder: Some(holder), .. }, _) => {
            Words::new("It is with ").who(holder).text(". Ask them to hand it over.")
        }
        (Rejection::ColumnFull { name, limit, .. }, verb) => {
            let words = Words::default().strong(name).text(&format!(" is full at {limit}. "));
            match verb {
                "start" => words.text("Finish or hand over one to start another."),
                "submit_for_review" => words.text("One has to be signed off or sent back first."),
                _ => words.text("One has to go on first."),
            }
        }
        _ => return Some(rejection(desk.state, &Reason::Domain(rejected))),
    };
    Some(words.done())
}

/// Why `decide` refuses this intent of the reader, with answers that are fine in themselves; `None` when it accepts.
fn refusal(desk: &Desk<'_>, task: &Task, verb: &str) -> Option<Rejection> {
    let Some(command) = example(desk, task, verb) else {
        // Whom should it be handed to? There is nobody else.
        return Some(Rejection::NoSuch { what: crate::rejection::Thing::Member });
    };
    decide(desk, &command).err()
}

/// Would this command of the reader be accepted now?
pub(super) fn decide(desk: &Desk<'_>, command: &Command) -> Result<(), Rejection> {
    let context = Context { command: CommandId(NEW), actor: desk.view.me, device: DeviceId::default(), at: desk.view.now, position: None };
    Workspace::decide(desk.state, command, &context).map(|_| ())
}

/// The intent with answers that are fine in themselves.
fn example(desk: &Desk<'_>, on: &Task, verb: &str) -> Option<Command> {
    let task = on.id;
    let said = || Text::from("…");
    Some(match verb {
        "accept_handover" => intent::AcceptHandover { task }.into(),
        "decline_handover" => intent::DeclineHandover { task, why: said() }.into(),
        "restore_task" => intent::RestoreTask { task }.into(),
        "claim" => intent::Claim { task, to: None }.into(),
        "start" => intent::Start { task, to: None }.into(),
        "unblock" => intent::Unblock { task }.into(),
        "submit_for_review" => intent::SubmitForReview { task, note: said(), to: None }.into(),
        "finish" => intent::Finish { task, note: said(), to: None }.into(),
        "sign_off" => intent::SignOff { task, note: said(), to: None }.into(),
        "send_back" => intent::SendBack { task, why: said(), to: None }.into(),
        "comment" => intent::AddComment { task, comment: CommentId(NEW), text: said() }.into(),
        "reschedule" => {
            let due = Due { day: desk.view.today, minute: None };
            let due = if on.due == Some(due) { None } else { Some(due) };
            intent::Reschedule { task, due, why: Why::Replanned, note: said() }.into()
        }
        "hand_over" => intent::HandOver { task, member: somebody_else(desk, on)?, note: said() }.into(),
        "assign" => intent::Assign { task, member: somebody_else(desk, on)?, to: None }.into(),
        "block" => intent::Block { task, why: said(), until: None }.into(),
        "release" => intent::Release { task, to: None }.into(),
        "add_step" => intent::AddStep { task, step: StepId(NEW), text: said() }.into(),
        "describe" => intent::Describe { task, text: said(), based_on: None }.into(),
        "prioritise" => {
            let priority = if on.priority == Priority::High { Priority::Normal } else { Priority::High };
            intent::Prioritise { task, priority }.into()
        }
        "label" => match on.labels.first() {
            Some(label) => intent::Label { task, add: Vec::new(), remove: vec![label.clone()] }.into(),
            None => intent::Label { task, add: vec![said()], remove: Vec::new() }.into(),
        },
        "estimate" => intent::Estimate { task, minutes: Some(60), based_on: None }.into(),
        "link" => {
            let to = LinkTarget::Page { url: Text::from("https://example.org/"), title: said() };
            intent::AddLink { task, link: LinkId(NEW), to, kind: LinkKind::Reference }.into()
        }
        "reword" => intent::Reword { task, title: said(), based_on: None }.into(),
        "reopen" => intent::Reopen { task, why: said(), to: None }.into(),
        "discard_task" => intent::DiscardTask { task, why: said() }.into(),
        _ => return None,
    })
}

/// A member who could have the task and has it not: neither its holder nor the reader.
fn somebody_else(desk: &Desk<'_>, task: &Task) -> Option<ActorId> {
    let others = desk
        .state
        .members()
        .iter()
        .filter(|(number, member)| member.may_work() && Some(**number) != desk.me && Some(**number) != task.holder());
    others.map(|(_, member)| member.actor).next()
}

/// What an intent asks before it can be stated.
fn asks(verb: &str) -> &'static [&'static str] {
    match verb {
        "submit_for_review" | "sign_off" | "finish" => &["note"],
        "send_back" | "decline_handover" | "reopen" | "discard_task" => &["why"],
        "hand_over" => &["member", "note"],
        "assign" => &["member"],
        "block" => &["why", "until"],
        "reschedule" => &["due", "why", "note"],
        "comment" | "describe" | "reword" | "add_step" => &["text"],
        "estimate" => &["minutes"],
        "prioritise" => &["priority"],
        "label" => &["labels"],
        "link" => &["link"],
        _ => &[],
    }
}

fn offer(desk: &Desk<'_>, task: &Task, kind: &'static str, not_now: Option<Phrase>) -> Intent {
    let asks = asks(kind);
    let ellipsis = if asks.is_empty() { "" } else { "…" };
    let verb = match own_way_back(desk, task, kind) {
        Some((verb, _)) => verb,
        None => verb(kind),
    };
    Intent {
        verb: kind,
        label: format!("{verb}{ellipsis}"),
        hint: hint(desk, task, kind),
        asks,
        primary: false,
        synonyms: synonyms(kind),
        not_now,
    }
}

/// Three intents are also the way back from one's own last step, and are then called, and explained, otherwise.
fn own_way_back(desk: &Desk<'_>, task: &Task, verb: &str) -> Option<(&'static str, &'static str)> {
    let gave_away =
        desk.me.is_some() && task.hold.as_ref().and_then(|hold| hold.handed.as_ref()).is_some_and(|handed| Some(handed.from) == desk.me);
    match (verb, task.stage) {
        ("claim", Stage::UnderWay) if is_mine(desk, task) => Some(("Put down", "Back to Claimed; it stays with you")),
        ("send_back", Stage::InReview) if is_mine(desk, task) => Some(("Take back from review", "Back to Under way; it stays with you")),
        ("decline_handover", _) if gave_away => Some(("Take the handover back", "It comes back to you")),
        _ => None,
    }
}

/// What follows from an intent, or how things stand that it would change.
fn hint(desk: &Desk<'_>, task: &Task, verb: &str) -> Option<String> {
    let (done, total) = task.steps_done();
    let open = total - done;
    if let Some((_, hint)) = own_way_back(desk, task, verb) {
        return Some(hint.to_owned());
    }
    let text = match verb {
        "accept_handover" => "It stays with you".to_owned(),
        "decline_handover" => "It goes back to whoever handed it over; say why".to_owned(),
        "restore_task" => "Back to where it stood".to_owned(),
        "claim" => "You will do it; others see that".to_owned(),
        "start" if task.stage == Stage::Ready => "Claims it too".to_owned(),
        "start" => stage_name(Stage::UnderWay).to_owned(),
        "unblock" => match &task.blocked {
            Some(blocked) => format!("It waited for: {}", blocked.why),
            None => return None,
        },
        "submit_for_review" => match open {
            0 => "Someone other than you looks at it".to_owned(),
            1 => "1 step is open; say why".to_owned(),
            open => format!("{open} steps are open; say why"),
        },
        "finish" => match open {
            0 => "This board has no review".to_owned(),
            1 => "1 step is open".to_owned(),
            open => format!("{open} steps are open"),
        },
        "sign_off" => "You stand for it by name".to_owned(),
        "send_back" => "Say what is missing".to_owned(),
        "reschedule" => match task.due {
            Some(due) => format!("Due {}", due_text(due, desk.view.today)),
            None => "No due date yet".to_owned(),
        },
        "hand_over" => "To a person or the next shift".to_owned(),
        "block" => "Say what it waits for, and until when".to_owned(),
        "release" if task.stage == Stage::UnderWay || task.stage == Stage::Claimed => "Back to Ready; someone else may claim it".to_owned(),
        "assign" => "To somebody else, who will find it in their work".to_owned(),
        "add_step" => match total {
            0 => "No steps yet".to_owned(),
            total => format!("{done} of {total} done"),
        },
        "describe" if task.description.is_some() => "Revise what is to be done".to_owned(),
        "describe" => "Say at length what is to be done".to_owned(),
        "prioritise" => format!("Now {}", crate::words::priority_name(task.priority)),
        "label" => match task.labels.is_empty() {
            true => "No labels yet".to_owned(),
            false => task.labels.iter().map(|label| &**label).collect::<Vec<_>>().join(", "),
        },
        "estimate" => match task.estimate_minutes {
            Some(minutes) => format!("Now {}", estimate_text(minutes)),
            None => "No estimate yet".to_owned(),
        },
        "link" => "To another task, or to a page".to_owned(),
        "reopen" => "Back to Ready; say why".to_owned(),
        "discard_task" => "It can be restored".to_owned(),
        _ => return None,
    };
    Some(text)
}
