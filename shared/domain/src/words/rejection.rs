//! Why not, in words: by which rule or by whom, when, and what one can do about it.

use super::names::{part_name, stage_name, standing_name, thing_name, things_name};
use super::{Phrase, Words};
use crate::Command;
use crate::rejection::{Part, Problem, Rejection, Standing, Thing};
use crate::state::{Stage, State};
use landfall_engine::TimeMs;
use landfall_engine::log::Reason;

/// Why a command is refused: the rule, and the person or thing that stands in the way. For what is refused at once.
pub fn rejection(state: &State, reason: &Reason<Rejection>) -> Phrase {
    match reason {
        Reason::Domain(rejection) => {
            let rule = if matches!(rejection, Rejection::ColumnFull { .. }) { String::new() } else { rule(rejection, None) };
            let words = if rule.is_empty() { Words::default() } else { Words::new(&rule).text(". ") };
            words.phrase(circumstance(state, rejection)).done()
        }
        Reason::Withdrawn => Words::new("You took this back before it landed.").done(),
        Reason::Unreadable(why) => Words::new("The server could not read this: ").text(why.trim_end_matches('.')).text(".").done(),
        Reason::NoLongerMember => Words::new("The workspace no longer lists you. Your words are kept here until you discard them.").done(),
    }
}

/// Why the server rejected a command, when, and by which rule: "Rejected at 10:45 by the rule “Only the holder submits”. …"
pub fn rejected(state: &State, reason: &Reason<Rejection>, command: Option<&Command>, at: TimeMs) -> Phrase {
    let head = Words::new("Rejected at ").time(at);
    match reason {
        Reason::Domain(Rejection::ColumnFull { limit, limited_by, name, .. }) => head
            .text(&format!(" by the limit of {limit} set by "))
            .who(limited_by)
            .text(". ")
            .strong(name)
            .text(" was full when yours arrived.")
            .done(),
        Reason::Domain(rejection @ Rejection::NotHolder { holder: Some(holder), .. }) => {
            let rule = rule(rejection, command);
            head.text(&format!(" by the rule “{rule}”. When yours arrived, ")).who(holder).text(" held the task.").done()
        }
        Reason::Domain(rejection) => {
            let rule = rule(rejection, command);
            let head = if rule.is_empty() { head } else { head.text(&format!(" by the rule “{rule}”")) };
            head.text(". ").phrase(circumstance(state, rejection)).done()
        }
        Reason::Withdrawn => Words::new("Taken back at ").time(at).text(", before it landed.").done(),
        Reason::Unreadable(_) | Reason::NoLongerMember => head.text(". ").phrase(self::rejection(state, reason)).done(),
    }
}

/// The rule that stands in the way, as a sentence without its full stop; empty where there is none to name.
pub fn rule(rejection: &Rejection, command: Option<&Command>) -> String {
    let fixed = match rejection {
        Rejection::ClaimedBy { .. } => "One person holds a task",
        Rejection::NotHolder { .. } => return format!("Only the holder {}", command.map_or("may do this", third_person)),
        Rejection::NotHanded {} => "Only a handover to you is yours to answer",
        Rejection::ColumnFull { limit, name, .. } => return format!("{name} takes at most {limit}"),
        Rejection::ColumnNotEmpty { .. } => "Only an empty column can be discarded",
        Rejection::NoColumn { .. } => "A task stands in a column",
        Rejection::Stale { .. } => "Nobody overwrites what they have not read",
        Rejection::OwnWork {} => "Sign-off comes from someone who did not do the work",
        Rejection::WrongStage { needs, .. } => match needs {
            Stage::Ready => "This takes a task that nobody has",
            Stage::Claimed => "This takes a claimed task",
            Stage::UnderWay => "This takes a task that is under way",
            Stage::InReview => "This takes a task that is in review",
            Stage::SignedOff => "This takes a task that is signed off",
        },
        Rejection::Viewer {} => "Viewers read only",
        Rejection::OwnersOnly {} => "Only owners may do this",
        Rejection::LastOwner {} => "A workspace always has an owner",
        Rejection::ServerOnly {} => "Only the server may do this",
        Rejection::NotAuthor { .. } => "Only its author changes a comment",
        Rejection::NeedsSignOff {} => "Work on this board is signed off after review",
        Rejection::Blocked { .. } => "A blocked task waits",
        Rejection::LimitReached { what, max } => return format!("There can be {max} {} at most", things_name(*what)),
        Rejection::NameTaken { .. } => "Each name stands for one thing",
        Rejection::Discarded { .. }
        | Rejection::NotDiscarded { .. }
        | Rejection::NoSuch { .. }
        | Rejection::Already { .. }
        | Rejection::NotBlocked {}
        | Rejection::NotTicked {}
        | Rejection::NotAMember { .. }
        | Rejection::Invalid { .. } => "",
    };
    fixed.to_owned()
}

/// "submits", "hands over": what the holder does.
fn third_person(command: &Command) -> &'static str {
    match command.kind() {
        "submit_for_review" => "submits",
        "hand_over" => "hands over",
        "block" => "blocks",
        "unblock" => "unblocks",
        "release" => "releases",
        "start" => "starts",
        "finish" => "finishes",
        "accept_handover" => "accepts",
        "decline_handover" => "declines",
        _ => "may do this",
    }
}

/// Who or what stood in the way, since when, and what to do.
fn circumstance(state: &State, rejection: &Rejection) -> Phrase {
    let words = match rejection {
        Rejection::ClaimedBy { holder, at, .. } => Words::new("The task has been with ").who(holder).text(" since ").time(*at).text("."),
        Rejection::NotHolder { holder: Some(holder), at: Some(at) } => {
            Words::new("The task has been with ").who(holder).text(" since ").time(*at).text(".")
        }
        Rejection::NotHolder { holder: Some(holder), at: None } => Words::new("The task is with ").who(holder).text("."),
        Rejection::NotHolder { holder: None, at: Some(at) } => {
            Words::new("Nobody has held the task since ").time(*at).text(". Claim it first.")
        }
        Rejection::NotHolder { holder: None, at: None } => Words::new("Nobody held the task. Claim it first."),
        Rejection::NotHanded {} => Words::new("Nothing was waiting for your answer: the handover was taken back, or answered already."),
        Rejection::ColumnFull { name, limit, limited_by, limited_at, .. } => Words::default()
            .strong(name)
            .text(&format!(" is full at {limit}, the limit set by "))
            .who(limited_by)
            .text(", ")
            .time(*limited_at)
            .text(". Finish or hand over one to make room."),
        Rejection::ColumnNotEmpty { count, .. } => match count {
            1 => Words::new("One task still stands in it. Move it first."),
            count => Words::new(&format!("{count} tasks still stand in it. Move them first.")),
        },
        Rejection::NoColumn { board, stage } => {
            let words = Words::new("The board");
            let words = match state.board(*board) {
                Some(board) => words.text(" ").strong(&board.name),
                None => words,
            };
            words.text(" has no column for what is ").text(&stage_name(*stage).to_lowercase()).text(". Add one, or restore it.")
        }
        Rejection::Stale { part, by, at, theirs, .. } => {
            let words = Words::new("The ").text(part_name(*part)).text(" changed since you read it. ").who(by).text(", ").time(*at);
            match part {
                Part::Description => words.text(". Yours is kept."),
                _ if theirs.is_empty() => words.text(": none. Yours is kept."),
                _ => words.text(": ").quote(theirs).text(". Yours is kept."),
            }
        }
        Rejection::OwnWork {} => Words::new("You did this work, so somebody else has to look at it."),
        Rejection::WrongStage { is, by, at, .. } => {
            let words = Words::new("It has been ").text(&stage_name(*is).to_lowercase()).text(" since ").time(*at);
            words.text(": ").who(by).text(" brought it there.")
        }
        Rejection::Discarded { what, by, at } => {
            let words = Words::new("The ").text(thing_name(*what)).text(" was discarded by ").who(by).text(", ").time(*at);
            words.text(". Restore it first, if it is still wanted.")
        }
        Rejection::NotDiscarded { what } => {
            Words::new("The ").text(thing_name(*what)).text(" is not discarded, so there is nothing to restore.")
        }
        Rejection::NoSuch { what } => Words::new("There is no such ").text(thing_name(*what)).text(" in this workspace."),
        Rejection::Already { what, by, at } => already(*what, Words::default().who(by), *at),
        Rejection::NotBlocked {} => Words::new("Nothing blocks the task any more."),
        Rejection::NotTicked {} => Words::new("The step is not ticked."),
        Rejection::Viewer {} => Words::new("You may look at everything here. Ask an owner to make you a member."),
        Rejection::OwnersOnly {} => owners(state, Words::new("Ask an owner")),
        Rejection::LastOwner {} => Words::new("Make somebody else an owner first."),
        Rejection::NotAMember { who } => match who.name.is_empty() {
            true => Words::new("This person is not a member of the workspace."),
            false => Words::new("The workspace does not list ").who(who).text(" any more."),
        },
        Rejection::ServerOnly {} => Words::new("It happens through an invitation."),
        Rejection::NotAuthor { author } => Words::default().who(author).text(" wrote this one."),
        Rejection::NeedsSignOff {} => Words::new("Submit it for review instead."),
        Rejection::Blocked { why, by, at } => Words::new("Blocked by ").who(by).text(", ").time(*at).said(why),
        Rejection::Invalid { field, problem } => {
            let field = field_name(field);
            match problem {
                Problem::Empty => Words::new(&format!("The {field} is empty. Write something there.")),
                Problem::TooLong { max } => Words::new(&format!("The {field} is too long: it takes {max} characters at most.")),
                Problem::BadValue => Words::new(&format!("The {field} cannot be this. Choose another.")),
            }
        }
        Rejection::NameTaken { what, name } => {
            Words::new("There is a ").text(thing_name(*what)).text(" called ").strong(name).text(" already. Choose another name.")
        }
        Rejection::LimitReached { what, .. } => {
            Words::new("All ").text(things_name(*what)).text(" that there is room for are there. Discarded ones count too.")
        }
    };
    words.done()
}

fn already(what: Standing, by: Words, at: TimeMs) -> Words {
    match what {
        Standing::Founded => Words::new("The workspace has been there since ").time(at).text("."),
        Standing::Admitted => Words::new("This person is a member already, admitted by ").phrase(by.done()).text(", ").time(at).text("."),
        Standing::Exists => Words::new("It is there already, made by ").phrase(by.done()).text(", ").time(at).text("."),
        _ => Words::new("It is ").text(standing_name(what)).text(" already: ").phrase(by.done()).text(", ").time(at).text("."),
    }
}

/// The owners by name, so that one knows whom to ask.
fn owners(state: &State, words: Words) -> Words {
    let owners: Vec<_> =
        state.members().values().filter(|member| member.role == crate::state::Role::Owner && member.removed.is_none()).collect();
    let Some((first, others)) = owners.split_first() else { return words.text(".") };
    let words = words.text(": ").person(first.actor, &first.name);
    others.iter().take(2).fold(words, |words, owner| words.text(", ").person(owner.actor, &owner.name)).text(".")
}

/// A field of a command, as people call it.
fn field_name(field: &str) -> String {
    match field {
        "owner_name" => "name".to_owned(),
        "estimate_minutes" | "minutes" => "estimate".to_owned(),
        "why" => "reason".to_owned(),
        "due" | "until" => "date".to_owned(),
        "theirs" | "text" => "text".to_owned(),
        "url" => "address".to_owned(),
        "to" => "place".to_owned(),
        other => other.replace('_', " "),
    }
}

/// What a rejection is about in a few words: the head over all that have the same cause.
pub(crate) fn cause(reason: &Reason<Rejection>, command: Option<&Command>) -> Phrase {
    let Reason::Domain(rejection) = reason else {
        return match reason {
            Reason::Withdrawn => Words::new("Taken back").done(),
            Reason::NoLongerMember => Words::new("You are no longer a member").done(),
            _ => Words::new("The server could not read it").done(),
        };
    };
    let words = match rejection {
        Rejection::ClaimedBy { holder, .. } => Words::new("Claimed first by ").who(holder),
        Rejection::NotHolder { holder: Some(_), .. } => Words::new("Handed over before yours landed"),
        Rejection::NotHolder { holder: None, .. } => Words::new("Released before yours landed"),
        Rejection::NotHanded {} => Words::new("The handover was over"),
        Rejection::ColumnFull { name, .. } => Words::default().strong(name).text(" was full"),
        Rejection::ColumnNotEmpty { .. } => Words::new("The column was not empty"),
        Rejection::NoColumn { stage, .. } => Words::new("No column for what is ").text(&stage_name(*stage).to_lowercase()),
        Rejection::Stale { part, by, .. } => Words::new("The ").text(part_name(*part)).text(" changed since you read it, by ").who(by),
        Rejection::OwnWork {} => Words::new("Own work needs somebody else’s sign-off"),
        Rejection::WrongStage { is, .. } => Words::new("It was ").text(&stage_name(*is).to_lowercase()).text(" when yours landed"),
        Rejection::Discarded { what, by, .. } => Words::new("The ").text(thing_name(*what)).text(" was discarded by ").who(by),
        Rejection::NotDiscarded { .. } => Words::new("It was not discarded any more"),
        Rejection::NoSuch { what } => Words::new("No such ").text(thing_name(*what)),
        Rejection::Already { what, .. } => Words::new("It was ").text(standing_name(*what)).text(" already"),
        Rejection::NotBlocked {} => Words::new("Nothing blocked it any more"),
        Rejection::NotTicked {} => Words::new("The step was not ticked any more"),
        Rejection::Viewer {} => Words::new("You are a viewer"),
        Rejection::OwnersOnly {} => Words::new("Only owners may do this"),
        Rejection::LastOwner {} => Words::new("A workspace always has an owner"),
        Rejection::NotAMember { who } if who.name.is_empty() => Words::new("Not a member"),
        Rejection::NotAMember { who } => Words::new("No longer a member: ").who(who),
        Rejection::ServerOnly {} => Words::new("Only the server may do this"),
        Rejection::NotAuthor { author } => Words::new("Written by ").who(author),
        Rejection::NeedsSignOff {} => Words::new("This board has a review"),
        Rejection::Blocked { by, .. } => Words::new("Blocked by ").who(by),
        Rejection::Invalid { field, .. } => Words::new("The ").text(&field_name(field)).text(" did not fit"),
        Rejection::NameTaken { name, .. } => Words::new("The name ").strong(name).text(" was taken"),
        Rejection::LimitReached { what, .. } => Words::new("No room for more ").text(things_name(*what)),
    };
    match (rejection, command) {
        // A thing that nobody here knows was most likely to be made by a command that was itself rejected.
        (Rejection::NoSuch { what: Thing::Task | Thing::Board | Thing::Column }, Some(_)) => {
            words.text(": it was to be made by something that was rejected").done()
        }
        _ => words.done(),
    }
}
