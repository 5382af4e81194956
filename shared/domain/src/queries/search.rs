//! Tasks that match a text, on all boards.

use super::desk::Desk;
use super::rows::SearchHead;
use super::selection::{Group, Selection};
use super::workspace::is_on_live_board;
use super::{Answer, to_json};
use crate::state::{Stage, Task};

/// Matches by number come first, then by title; live before signed off before discarded, and the newer before the older.
pub(super) fn answer(desk: &Desk<'_>, limit: usize, selection: Option<&Selection>) -> Answer {
    let found = selection.and_then(|selection| selection.tasks(Group::All));
    let total = found.map_or(0, |found| found.len()) as u32;
    let rows = found.into_iter().flatten().take(limit).filter_map(|(_, id)| desk.row(*id)).collect();
    Answer { head: to_json(&SearchHead { total }), rows, ..Answer::default() }
}

/// Live before signed off before discarded.
pub(super) fn standing(desk: &Desk<'_>, task: &Task) -> u8 {
    match (task.is_live() && is_on_live_board(desk, task), task.stage) {
        (false, _) => 2,
        (true, Stage::SignedOff) => 1,
        (true, _) => 0,
    }
}
