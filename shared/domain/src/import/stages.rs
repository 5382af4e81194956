//! Names that other programs give to columns, and the stage of a task's life that they mean.

use crate::state::Stage;

const READY: &[&str] = &[
    "ready",
    "to do",
    "todo",
    "backlog",
    "open",
    "new",
    "inbox",
    "planned",
    "next",
    "next up",
    "icebox",
    "queue",
    "later",
    "ideas",
    "not started",
    "unstarted",
    "this week",
    "upcoming",
];
const CLAIMED: &[&str] = &["claimed", "assigned", "taken", "accepted", "selected", "selected for development", "committed"];
const UNDER_WAY: &[&str] = &[
    "under way",
    "underway",
    "in progress",
    "progress",
    "doing",
    "started",
    "active",
    "wip",
    "work in progress",
    "working on it",
    "in work",
    "ongoing",
    "current",
    "in development",
    "developing",
    "blocked",
    "on hold",
    "waiting",
];
const IN_REVIEW: &[&str] = &[
    "in review",
    "review",
    "to review",
    "code review",
    "qa",
    "testing",
    "in testing",
    "test",
    "verify",
    "verification",
    "to verify",
    "inspection",
    "to check",
    "waiting for approval",
    "approval",
    "awaiting sign off",
];
const SIGNED_OFF: &[&str] = &[
    "signed off",
    "done",
    "closed",
    "complete",
    "completed",
    "finished",
    "resolved",
    "archived",
    "shipped",
    "released",
    "merged",
    "fixed",
    "delivered",
];

/// A name without case, punctuation and double spaces, for comparison.
pub(super) fn plain(name: &str) -> String {
    let spaced: String = name.chars().map(|character| if character.is_alphanumeric() { character } else { ' ' }).collect();
    spaced.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// The form that all names of the same column share. Names that are all signs, such as emoji, are compared as they are.
pub(super) fn canonical(name: &str) -> String {
    let plain = plain(name);
    if plain.is_empty() { name.trim().to_owned() } else { plain }
}

/// The stage that a column of this name stands for, if the name tells.
pub(super) fn stage_named(name: &str) -> Option<Stage> {
    let name = plain(name);
    let lists = [
        (Stage::Ready, READY),
        (Stage::Claimed, CLAIMED),
        (Stage::UnderWay, UNDER_WAY),
        (Stage::InReview, IN_REVIEW),
        (Stage::SignedOff, SIGNED_OFF),
    ];
    if let Some((stage, _)) = lists.iter().find(|(_, names)| names.contains(&name.as_str())) {
        return Some(*stage);
    }
    // "Done this week", "Ready for review": the furthest stage that is named inside is the one that is meant.
    let padded = format!(" {name} ");
    let inside = lists.iter().flat_map(|(stage, names)| names.iter().map(|known| (*stage, *known)));
    inside.filter(|(_, known)| padded.contains(&format!(" {known} "))).map(|(stage, _)| stage).max()
}

/// The stages of a row of columns: by name, and where the name does not tell, the same as the column before.
pub(super) fn stages_of(names: &[String]) -> Vec<Stage> {
    let mut before = Stage::Ready;
    names
        .iter()
        .map(|name| {
            before = stage_named(name).unwrap_or(before);
            before
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_programs_have_stages() {
        for (name, stage) in [
            ("To Do", Stage::Ready),
            ("In-Progress", Stage::UnderWay),
            ("DOING", Stage::UnderWay),
            ("Done ✔", Stage::SignedOff),
            ("Ready for review", Stage::InReview),
            ("Done this week", Stage::SignedOff),
            ("Signed off", Stage::SignedOff),
            ("closed", Stage::SignedOff),
        ] {
            assert_eq!(stage_named(name), Some(stage), "{name}");
        }
        assert_eq!(stage_named("Paint shop"), None);
        assert_eq!(stage_named("Undone business"), None);
    }

    #[test]
    fn an_unknown_name_takes_the_stage_of_the_column_before() {
        let names = ["Wishes", "Doing", "Paint shop", "Done"].map(str::to_owned);
        assert_eq!(stages_of(&names), [Stage::Ready, Stage::UnderWay, Stage::UnderWay, Stage::SignedOff]);
    }

    #[test]
    fn names_are_the_same_in_any_case_and_punctuation() {
        assert_eq!(canonical("In review"), canonical("in-review"));
        assert_ne!(canonical("🚢"), canonical("⚓"));
        assert_eq!(canonical("🚢 "), canonical("🚢"));
    }
}
