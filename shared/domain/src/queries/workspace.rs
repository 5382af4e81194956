//! The workspace: its people, its boards, and how much waits for the reader.

use super::desk::{Desk, person};
use super::rows::{BoardBrief, MeView, MemberRow, WorkspaceHead};
use crate::state::{Role, Task};
use std::rc::Rc;

pub(super) fn head<'v>(desk: &Desk<'v>) -> WorkspaceHead<'v> {
    let state = desk.state;
    let member = |(number, member): (&crate::ids::MemberNumber, &std::sync::Arc<crate::state::Member>)| MemberRow {
        person: desk.person(*number),
        role: member.role,
        removed: member.removed.is_some(),
    };
    let me = match (desk.me, desk.member()) {
        (Some(number), Some(member)) => MeView { person: desk.person(number), role: member.role },
        _ => MeView { person: Rc::new(person(desk.view.me, "", desk.view.me)), role: Role::Viewer },
    };
    let boards = state.boards().values().map(|board| BoardBrief {
        id: board.id,
        name: &board.name,
        key: &board.key,
        open: state.board_count(board.id).open,
        discarded: board.discarded.is_some(),
    });
    WorkspaceHead {
        name: state.workspace().map_or("", |workspace| &workspace.name),
        me,
        members: state.members().iter().map(member).collect(),
        boards: boards.collect(),
        my_work: my_work(desk),
        tasks: state.tasks().len() as u32,
    }
}

/// Is the board of this task discarded? Then nobody is to be bothered with it.
pub(super) fn is_on_live_board(desk: &Desk<'_>, task: &Task) -> bool {
    desk.state.board(task.board).is_some_and(|board| board.discarded.is_none())
}

/// How many tasks the reader is to do something about, on all boards.
fn my_work(desk: &Desk<'_>) -> u32 {
    let Some(me) = desk.me else { return 0 };
    let live = desk.state.boards().values().filter(|board| board.discarded.is_none());
    let work = |board| desk.state.in_hand(me, board) + if desk.may_work() { desk.state.waiting_for(me, board) } else { 0 };
    live.map(|board| work(board.id)).sum()
}
