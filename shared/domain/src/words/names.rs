//! What things are called: verbs of commands, stages, people, numbers, durations.

use super::Words;
use crate::day::{Day, Due};
use crate::ids::MemberNumber;
use crate::rejection::{Part, Standing, Thing};
use crate::state::{Priority, Stage, State, Task};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Words that make a name that of a crew, which signs in as one.
const CREWS: [&str; 8] = ["crew", "shift", "team", "watch", "gang", "squad", "office", "yard"];

/// Each kind of command, its verb, and other words for which somebody may look.
const VERBS: &[(&str, &str, &[&str])] = &[
    ("found_workspace", "Found the workspace", &[]),
    ("admit_member", "Admit", &["invite"]),
    ("rename_workspace", "Rename the workspace", &["name"]),
    ("rename_member", "Change your name", &["rename", "call me"]),
    ("change_role", "Change the role", &["owner", "viewer", "rights"]),
    ("remove_member", "Remove", &["expel", "revoke"]),
    ("decide_rejection", "Decide", &["inbox"]),
    ("create_board", "Create board", &["new board", "add board"]),
    ("rename_board", "Rename board", &["name"]),
    ("discard_board", "Discard board", &["delete board", "archive board"]),
    ("restore_board", "Restore board", &["bring back"]),
    ("create_column", "Add column", &["new column", "create column"]),
    ("rename_column", "Rename column", &["name"]),
    ("limit_column", "Set limit", &["wip", "limit", "at most"]),
    ("move_column", "Move column", &["reorder"]),
    ("discard_column", "Discard column", &["delete column", "remove column"]),
    ("restore_column", "Restore column", &["bring back"]),
    ("add_task", "Add", &["new", "create", "write down"]),
    ("reword", "Reword", &["rename", "title", "edit title", "change title"]),
    ("describe", "Describe", &["description", "revise", "edit", "text", "notes", "details"]),
    ("estimate", "Estimate", &["time", "hours", "effort", "duration", "points"]),
    ("prioritise", "Prioritise", &["priority", "urgent", "high", "low", "important", "prioritize"]),
    ("reschedule", "Reschedule", &["due", "date", "deadline", "postpone", "delay", "slip", "when"]),
    ("label", "Label", &["tag", "tags", "labels", "category"]),
    ("claim", "Claim", &["take", "mine", "pick up", "assign to me", "grab"]),
    ("release", "Release", &["unassign", "give up", "drop", "put back", "let go", "unclaim"]),
    ("assign", "Assign", &["give", "delegate", "who", "person"]),
    ("hand_over", "Hand over", &["give", "pass", "transfer", "shift", "reassign", "handover"]),
    ("accept_handover", "Accept", &["take over", "yes", "accept handover"]),
    ("decline_handover", "Decline", &["refuse", "no", "decline handover", "give back"]),
    ("start", "Start", &["begin", "do", "work", "under way", "in progress"]),
    ("block", "Block", &["wait", "waiting", "stuck", "hold", "pause", "impediment"]),
    ("unblock", "Unblock", &["go on", "resume", "continue", "unstuck"]),
    ("submit_for_review", "Submit for review", &["review", "check", "ready", "done", "finish", "hand in"]),
    ("sign_off", "Sign off", &["approve", "accept", "done", "complete", "pass"]),
    ("send_back", "Send back", &["reject", "return", "redo", "not done", "decline"]),
    ("finish", "Finish", &["done", "complete", "close", "end"]),
    ("reopen", "Reopen", &["open again", "again", "not done", "undo"]),
    ("move_task", "Move", &["reorder", "up", "down", "drag", "column"]),
    ("add_step", "Add step", &["checklist", "subtask", "item"]),
    ("reword_step", "Reword step", &["edit step", "rename step"]),
    ("tick_step", "Tick", &["check", "done"]),
    ("untick_step", "Untick", &["uncheck", "not done"]),
    ("discard_step", "Discard step", &["delete step", "remove step"]),
    ("restore_step", "Restore step", &["bring back"]),
    ("comment", "Comment", &["say", "note", "write", "reply", "message"]),
    ("revise_comment", "Revise comment", &["edit comment"]),
    ("discard_comment", "Discard comment", &["delete comment", "remove comment"]),
    ("restore_comment", "Restore comment", &["bring back"]),
    ("react", "React", &["emoji", "like", "thumbs up"]),
    ("link", "Link", &["connect", "relate", "url", "duplicate", "blocks", "reference"]),
    ("unlink", "Unlink", &["disconnect", "remove link"]),
    ("discard_task", "Discard", &["delete", "remove", "archive", "bin", "trash"]),
    ("restore_task", "Restore", &["bring back", "undelete", "undo"]),
];

fn entry(kind: &str) -> Option<&'static (&'static str, &'static str, &'static [&'static str])> {
    VERBS.iter().find(|(known, _, _)| *known == kind)
}

/// The verb of a kind of command, as a button says it: "Hand over". Empty for a kind that nobody released.
pub fn verb(kind: &str) -> &'static str {
    entry(kind).map_or("", |(_, verb, _)| verb)
}

/// Other words under which somebody may look for a kind of command.
pub fn synonyms(kind: &str) -> &'static [&'static str] {
    entry(kind).map_or(&[], |(_, _, synonyms)| synonyms)
}

/// What a stage is called.
pub(crate) fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Ready => "Ready",
        Stage::Claimed => "Claimed",
        Stage::UnderWay => "Under way",
        Stage::InReview => "In review",
        Stage::SignedOff => "Signed off",
    }
}

/// What a priority is called.
pub(crate) fn priority_name(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Normal => "normal",
        Priority::High => "high",
        Priority::Urgent => "urgent",
    }
}

/// What a task of that priority is.
pub(crate) fn priority_phrase(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low priority",
        Priority::Normal => "normal priority",
        Priority::High => "high priority",
        Priority::Urgent => "urgent",
    }
}

/// What a kind of thing is called.
pub(crate) fn thing_name(thing: Thing) -> &'static str {
    match thing {
        Thing::Workspace => "workspace",
        Thing::Board => "board",
        Thing::Column => "column",
        Thing::Task => "task",
        Thing::Step => "step",
        Thing::Comment => "comment",
        Thing::Link => "link",
        Thing::Member => "member",
        Thing::Label => "label",
        Thing::Reaction => "reaction",
    }
}

/// The same, of more than one.
pub(crate) fn things_name(thing: Thing) -> &'static str {
    match thing {
        Thing::Workspace => "workspaces",
        Thing::Board => "boards",
        Thing::Column => "columns",
        Thing::Task => "tasks",
        Thing::Step => "steps",
        Thing::Comment => "comments",
        Thing::Link => "links",
        Thing::Member => "members",
        Thing::Label => "labels",
        Thing::Reaction => "reactions",
    }
}

/// What a part is called.
pub(crate) fn part_name(part: Part) -> &'static str {
    match part {
        Part::Title => "title",
        Part::Description => "description",
        Part::Estimate => "estimate",
        Part::StepText => "step",
        Part::BoardName => "board’s name",
        Part::ColumnName => "column’s name",
    }
}

/// How it is that something is so already.
pub(crate) fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Founded => "founded",
        Standing::Admitted => "a member",
        Standing::Exists => "there",
        Standing::Claimed => "claimed",
        Standing::UnderWay => "under way",
        Standing::InReview => "in review",
        Standing::SignedOff => "signed off",
        Standing::Blocked => "blocked",
        Standing::Ticked => "ticked",
    }
}

/// The readable number of a task: "HLD-214". `None` until it has landed.
pub(crate) fn number(state: &State, task: &Task) -> Option<String> {
    let number = task.number?;
    let key = state.board(task.board).map_or("", |board| &board.key);
    Some(format!("{key}-{number}"))
}

/// The name of a member; empty when this state does not know them.
pub(crate) fn member_name(state: &State, member: MemberNumber) -> &str {
    state.member(member).map_or("", |member| &member.name)
}

impl Words {
    /// The title of a task, as what the sentence is about.
    pub fn task(self, task: Option<&Task>) -> Self {
        match task {
            Some(task) => self.strong(&task.title),
            None => self.text("a task that this device does not have"),
        }
    }

    /// The number of a task, or its title while it has none: for sentences that go on.
    pub fn task_in_brief(self, state: &State, task: Option<&Task>) -> Self {
        match task {
            Some(task) => self.strong(&task_name(state, task)),
            None => self.text("a task that this device does not have"),
        }
    }
}

/// The shortest name of a task: its number, or its title while it has none.
pub(crate) fn task_name(state: &State, task: &Task) -> String {
    number(state, task).unwrap_or_else(|| task.title.to_string())
}

/// Is this the name of a crew, which signs in as one and has a square picture?
pub(crate) fn is_crew(name: &str) -> bool {
    name.split(|character: char| !character.is_alphanumeric()).any(|word| CREWS.iter().any(|crew| word.eq_ignore_ascii_case(crew)))
}

/// One or two letters for a person: "R. M." is RM, "Night shift" is NS, "Kari" is KA.
pub fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let letters: String = match words[..] {
        [] => "?".to_owned(),
        [word] => word.chars().take(2).collect(),
        [first, .., last] => first.chars().take(1).chain(last.chars().take(1)).collect(),
    };
    letters.to_uppercase()
}

/// A due time as text: "Thu 26 Nov", "today 16:00"; with the year when it is not that of `today`.
pub(crate) fn due_text(due: Due, today: Day) -> String {
    let (year, month, of_month) = due.day.date();
    let day = match due.day.days_since(today) {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        _ => {
            let weekday = WEEKDAYS[due.day.weekday() as usize];
            let month = MONTHS[month as usize - 1];
            if year == today.date().0 { format!("{weekday} {of_month} {month}") } else { format!("{weekday} {of_month} {month} {year}") }
        }
    };
    match due.minute {
        Some(minute) => format!("{day} {:02}:{:02}", minute / 60, minute % 60),
        None => day,
    }
}

/// A duration as text: "45 min", "1 h 30 min", "6 h".
pub(crate) fn estimate_text(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_have_letters() {
        for (name, letters) in [
            ("R. M.", "RM"),
            ("Night shift", "NS"),
            ("Kari", "KA"),
            ("Anna Maria Berg", "AB"),
            ("Ø", "Ø"),
            ("", "?"),
            ("Day shift, engine", "DE"),
        ] {
            assert_eq!(initials(name), letters, "{name}");
        }
        assert!(is_crew("Night shift") && is_crew("Deck crew") && !is_crew("R. M."));
    }

    #[test]
    fn days_are_said_as_people_say_them() {
        let today: Day = "2026-11-21".parse().unwrap();
        for (due, text) in [
            ("2026-11-21T16:00", "today 16:00"),
            ("2026-11-20", "yesterday"),
            ("2026-11-22", "tomorrow"),
            ("2026-11-26", "Thu 26 Nov"),
            ("2027-01-04", "Mon 4 Jan 2027"),
        ] {
            assert_eq!(due_text(due.parse().unwrap(), today), text);
        }
    }

    #[test]
    fn durations_are_said_as_people_say_them() {
        assert_eq!(
            (estimate_text(45), estimate_text(90), estimate_text(360)),
            ("45 min".to_owned(), "1 h 30 min".to_owned(), "6 h".to_owned())
        );
    }
}
