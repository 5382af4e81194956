//! Grouped lists, of which only a window is ever built.

use super::board::{in_order, shows_newest_first, window};
use super::desk::Desk;
use super::filter::{Filter, Sieve};
use super::rows::{ListGroup, ListHead};
use super::workspace::{tasks_for_sign_off, tasks_in_hand, tasks_in_review};
use super::{Answer, Grouping, Row, Scope, to_json};
use crate::ids::{BoardId, ColumnId, MemberNumber, TaskId};
use crate::state::{Order, Stage, Task};
use crate::words::{member_name, stage_name};
use std::cmp::Reverse;
use std::collections::BTreeMap;

const STAGES: [Stage; 5] = [Stage::Ready, Stage::Claimed, Stage::UnderWay, Stage::InReview, Stage::SignedOff];

/// A run of tasks: part of a column that needs no look at each task, or tasks one by one.
enum Run<'v> {
    Column { order: &'v Order, newest_first: bool },
    Tasks(Vec<TaskId>),
}

impl Run<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Column { order, .. } => order.len(),
            Self::Tasks(tasks) => tasks.len(),
        }
    }

    fn window(&self, from: usize, count: usize) -> Vec<TaskId> {
        match self {
            Self::Column { order, newest_first } => window(order, *newest_first, from, count),
            Self::Tasks(tasks) => tasks.iter().skip(from).take(count).copied().collect(),
        }
    }
}

/// Tasks under one head.
struct Group<'v> {
    key: String,
    title: String,
    runs: Vec<Run<'v>>,
}

impl<'v> Group<'v> {
    fn new(key: &str, title: &str, runs: Vec<Run<'v>>) -> Self {
        Self { key: key.to_owned(), title: title.to_owned(), runs }
    }

    fn len(&self) -> usize {
        self.runs.iter().map(Run::len).sum()
    }
}

pub(super) fn answer(
    desk: &Desk<'_>,
    scope: &Scope,
    grouping: Grouping,
    filter: &Filter,
    from: usize,
    count: usize,
    collapsed: &[String],
) -> Answer {
    let mut groups = groups(desk, scope, grouping);
    if !filter.is_empty() {
        let sieve = Sieve::new(desk, filter);
        groups.iter_mut().for_each(|group| sift(desk, group, &sieve));
    }
    groups.retain(|group| group.len() > 0 || group.key == "handed");
    // An empty group that only explains itself stands below those that have something.
    groups.sort_by_key(|group| group.len() == 0);
    let mut head = ListHead { total: 0, groups: Vec::new() };
    let mut rows: Vec<Row> = Vec::new();
    for group in &groups {
        let is_collapsed = grouping != Grouping::None && collapsed.contains(&group.key);
        let length = group.len();
        if grouping != Grouping::None {
            head.groups.push(ListGroup {
                key: group.key.clone(),
                title: group.title.clone(),
                count: length as u32,
                start: head.total,
                collapsed: is_collapsed,
            });
        }
        if is_collapsed {
            continue;
        }
        let mut start = head.total as usize;
        for run in &group.runs {
            if rows.len() < count && start + run.len() > from {
                let ids = run.window(from.saturating_sub(start), count - rows.len());
                rows.extend(ids.into_iter().filter_map(|id| desk.row(id)));
            }
            start += run.len();
        }
        head.total += length as u32;
    }
    Answer { head: to_json(&head), rows }
}

/// Leaves the tasks that pass.
fn sift(desk: &Desk<'_>, group: &mut Group<'_>, sieve: &Sieve<'_>) {
    for run in &mut group.runs {
        let ids = run.window(0, usize::MAX);
        *run = Run::Tasks(ids.into_iter().filter(|id| desk.state.task(*id).is_some_and(|task| sieve.passes(desk, task))).collect());
    }
}

fn groups<'v>(desk: &Desk<'v>, scope: &Scope, grouping: Grouping) -> Vec<Group<'v>> {
    let boards: Vec<BoardId> = match scope {
        Scope::Board { board } => vec![*board],
        _ => desk.state.boards().values().filter(|board| board.discarded.is_none()).map(|board| board.id).collect(),
    };
    match (scope, grouping) {
        (Scope::Discarded {}, _) => {
            let mut tasks: Vec<&Task> =
                desk.state.discarded_tasks().iter().filter_map(|id| desk.state.task(*id)).map(|task| &**task).collect();
            tasks.sort_by_key(|task| (Reverse(task.discarded.as_ref().map(|discarded| discarded.sign.at)), task.id));
            gathered(desk, tasks, grouping)
        }
        (Scope::MyWork {}, Grouping::Needs) => needs(desk, &boards, false),
        (Scope::MyWork {}, _) => {
            let mut tasks: Vec<&Task> = tasks_for_sign_off(desk).chain(tasks_in_hand(desk)).collect();
            tasks.sort_by_key(|task| (task.due.is_none(), task.due, task.id));
            gathered(desk, tasks, grouping)
        }
        (_, Grouping::Needs) => needs(desk, &boards, true),
        (_, Grouping::State) => by_stage(desk, &boards),
        (_, Grouping::None) => vec![Group::new("all", "", columns(desk, &boards, None))],
        (_, Grouping::Holder) => {
            let ids = boards.iter().flat_map(|board| live_columns(desk, *board)).flat_map(|(column, _)| in_order(desk.state, column));
            let tasks: Vec<&Task> = ids.filter_map(|id| desk.state.task(id)).map(|task| &**task).collect();
            gathered(desk, tasks, grouping)
        }
    }
}

fn live_columns<'d>(desk: &'d Desk<'_>, board: BoardId) -> impl Iterator<Item = (ColumnId, Stage)> + 'd {
    // Discarded columns hold no live tasks, so they need no look.
    desk.state.columns_of(board).filter(|column| column.discarded.is_none()).map(|column| (column.id, column.stage))
}

/// The columns of boards as runs, of one stage or of all.
fn columns<'v>(desk: &Desk<'v>, boards: &[BoardId], stage: Option<Stage>) -> Vec<Run<'v>> {
    let state = desk.state;
    let columns = boards.iter().flat_map(|board| state.columns_of(*board));
    let wanted = columns.filter(|column| stage.is_none_or(|stage| column.stage == stage));
    wanted.filter_map(|column| Some(Run::Column { order: state.order(column.id)?, newest_first: shows_newest_first(column) })).collect()
}

fn by_stage<'v>(desk: &Desk<'v>, boards: &[BoardId]) -> Vec<Group<'v>> {
    let group = |stage| Group::new(stage_key(stage), stage_name(stage), columns(desk, boards, Some(stage)));
    STAGES.into_iter().map(group).collect()
}

fn stage_key(stage: Stage) -> &'static str {
    match stage {
        Stage::Ready => "ready",
        Stage::Claimed => "claimed",
        Stage::UnderWay => "under_way",
        Stage::InReview => "in_review",
        Stage::SignedOff => "signed_off",
    }
}

/// What tasks need from the reader; with `others` also those that need nothing from them, so that no task is missing.
fn needs<'v>(desk: &Desk<'v>, boards: &[BoardId], others: bool) -> Vec<Group<'v>> {
    let here = |task: &&Task| boards.contains(&task.board);
    let run = |mut tasks: Vec<&Task>| {
        tasks.sort_by_key(|task| (task.due.is_none(), task.due, Reverse(task.priority), task.id));
        vec![Run::Tasks(tasks.iter().map(|task| task.id).collect())]
    };
    let in_hand = |stage: Option<Stage>| {
        let tasks = tasks_in_hand(desk).filter(here);
        run(tasks.filter(|task| desk.handed_to_reader(task) == stage.is_none() && stage.is_none_or(|stage| task.stage == stage)).collect())
    };
    let mut groups = vec![
        Group::new("sign_off", "Waits for your sign-off", run(tasks_for_sign_off(desk).filter(here).collect())),
        Group::new("handed", "Handed to you", in_hand(None)),
        Group::new("under_way", "Under way with you", in_hand(Some(Stage::UnderWay))),
        Group::new("claimed", "Claimed, not started", in_hand(Some(Stage::Claimed))),
        Group::new("in_review", "With someone else for review", run(tasks_in_review(desk).filter(here).collect())),
        Group::new("could_claim", "Your crew could claim", columns(desk, boards, Some(Stage::Ready))),
    ];
    if others {
        let of_others = |stage: Stage| {
            let ids = boards.iter().flat_map(|board| live_columns(desk, *board)).filter(move |(_, there)| *there == stage);
            let tasks = ids.flat_map(|(column, _)| in_order(desk.state, column)).filter_map(|id| desk.state.task(id));
            let not_mine = tasks.filter(|task| (desk.me.is_none() || task.holder() != desk.me) && !desk.waits_for_reader(task));
            Run::Tasks(not_mine.map(|task| task.id).collect())
        };
        let runs = [Stage::Claimed, Stage::UnderWay, Stage::InReview].map(of_others).into_iter().collect();
        groups.push(Group::new("others", "With others", runs));
        groups.push(Group::new("signed_off", "Signed off", columns(desk, boards, Some(Stage::SignedOff))));
    }
    groups
}

/// Groups of tasks that are at hand one by one; inside a group they keep their order.
fn gathered<'v>(desk: &Desk<'v>, tasks: Vec<&Task>, grouping: Grouping) -> Vec<Group<'v>> {
    let run = |tasks: Vec<TaskId>| vec![Run::Tasks(tasks)];
    match grouping {
        Grouping::None => vec![Group::new("all", "", run(tasks.iter().map(|task| task.id).collect()))],
        Grouping::Holder => {
            let mut by_holder: BTreeMap<Option<MemberNumber>, Vec<TaskId>> = BTreeMap::new();
            for task in tasks {
                by_holder.entry(task.holder()).or_default().push(task.id);
            }
            let mut groups: Vec<_> = by_holder.into_iter().collect();
            // The reader first, then by name, and last what nobody has.
            groups.sort_by_key(|(holder, _)| {
                let name = holder.map(|holder| member_name(desk.state, holder).to_lowercase());
                (holder.is_none(), holder.is_some() && *holder != desk.me, name)
            });
            let group = |(holder, tasks): (Option<MemberNumber>, Vec<TaskId>)| match holder {
                None => Group::new("nobody", "Nobody", run(tasks)),
                Some(holder) => {
                    let who = desk.state.who(holder);
                    let title = if Some(holder) == desk.me { "You" } else { &*who.name };
                    Group::new(&who.actor.to_string(), title, run(tasks))
                }
            };
            groups.into_iter().map(group).collect()
        }
        Grouping::State | Grouping::Needs => {
            let of_stage = |stage: Stage| tasks.iter().filter(move |task| task.stage == stage).map(|task| task.id).collect();
            STAGES.into_iter().map(|stage| Group::new(stage_key(stage), stage_name(stage), run(of_stage(stage)))).collect()
        }
    }
}
