//! The workspace: its people, its boards, and how much waits for the reader.

use super::desk::{Desk, person};
use super::rows::{BoardBrief, MeView, MemberRow, WorkspaceHead};
use crate::ids::TaskId;
use crate::state::{Role, Stage, Task};
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
        my_work: (tasks_for_sign_off(desk).count() + tasks_in_hand(desk).count()) as u32,
        tasks: state.tasks().len() as u32,
    }
}

/// Is the board of this task discarded? Then nobody is to be bothered with it.
pub(super) fn is_on_live_board(desk: &Desk<'_>, task: &Task) -> bool {
    desk.state.board(task.board).is_some_and(|board| board.discarded.is_none())
}

/// Tasks in review that the reader may sign off, on all boards.
pub(super) fn tasks_for_sign_off<'d, 'v>(desk: &'d Desk<'v>) -> impl Iterator<Item = &'v Task> + use<'d, 'v> {
    let columns = desk.state.columns().values().filter(|column| column.stage == Stage::InReview);
    let ids = columns.filter_map(|column| desk.state.order(column.id)).flat_map(|order| order.iter().map(|(_, task)| *task));
    tasks(desk, ids).filter(|task| desk.waits_for_reader(task) && is_on_live_board(desk, task))
}

/// Tasks that the reader has and is to do something about: not those that others look at, or that are done.
pub(super) fn tasks_in_hand<'d, 'v>(desk: &'d Desk<'v>) -> impl Iterator<Item = &'v Task> + use<'d, 'v> {
    held(desk).filter(|task| matches!(task.stage, Stage::Ready | Stage::Claimed | Stage::UnderWay) || desk.handed_to_reader(task))
}

/// Tasks of the reader that others look at.
pub(super) fn tasks_in_review<'d, 'v>(desk: &'d Desk<'v>) -> impl Iterator<Item = &'v Task> + use<'d, 'v> {
    held(desk).filter(|task| task.stage == Stage::InReview && !desk.handed_to_reader(task) && !desk.waits_for_reader(task))
}

fn held<'d, 'v>(desk: &'d Desk<'v>) -> impl Iterator<Item = &'v Task> + use<'d, 'v> {
    let ids = desk.me.into_iter().flat_map(|me| desk.state.held_by(me));
    tasks(desk, ids).filter(|task| is_on_live_board(desk, task))
}

fn tasks<'v>(desk: &Desk<'v>, ids: impl Iterator<Item = TaskId>) -> impl Iterator<Item = &'v Task> {
    let state = desk.state;
    ids.filter_map(move |id| state.task(id)).map(|task| &**task)
}
