//! Tasks that match a text, on all boards.

use super::desk::Desk;
use super::filter::{Found, Needle};
use super::rows::SearchHead;
use super::workspace::is_on_live_board;
use super::{Answer, to_json};
use crate::state::{Stage, Task};
use std::cmp::Reverse;

/// Matches by number come first, then by title; live before signed off before discarded, and the newer before the older.
pub(super) fn answer(desk: &Desk<'_>, text: &str, limit: usize) -> Answer {
    let needle = Needle::new(text);
    if needle.is_empty() {
        return Answer { head: to_json(&SearchHead { total: 0 }), rows: Vec::new() };
    }
    let mut found: Vec<_> = desk
        .state
        .tasks()
        .values()
        .filter_map(|task| {
            needle.place(desk, task).map(|place| ((place != Found::Number, standing(desk, task), place, Reverse(task.id)), task))
        })
        .collect();
    let total = found.len();
    found.sort_unstable_by_key(|(order, _)| *order);
    let rows = found.into_iter().take(limit).filter_map(|(_, task)| desk.row(task.id)).collect();
    Answer { head: to_json(&SearchHead { total: total as u32 }), rows }
}

fn standing(desk: &Desk<'_>, task: &Task) -> u8 {
    match (task.is_live() && is_on_live_board(desk, task), task.stage) {
        (false, _) => 2,
        (true, Stage::SignedOff) => 1,
        (true, _) => 0,
    }
}
