//! Grouped lists, of which only a window is ever built.

use super::board::{shows_newest_first, window, window_of};
use super::desk::Desk;
use super::filter::Filter;
use super::rows::{ListGroup, ListHead};
use super::selection::{Group as Selected, Selection, Tasks};
use super::{Answer, Grouping, Row, Scope, to_json};
use crate::ids::{BoardId, MemberNumber, TaskId};
use crate::state::{Column, Order, Stage};
use crate::words::{member_name, stage_name};
use std::sync::Arc;

const STAGES: [Stage; 5] = [Stage::Ready, Stage::Claimed, Stage::UnderWay, Stage::InReview, Stage::SignedOff];

/// A run of tasks: a whole column, or tasks that were gathered one by one.
enum Run<'v> {
    Column { order: &'v Order, newest_first: bool },
    Gathered { tasks: &'v Tasks, backwards: bool },
}

impl Run<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Column { order, .. } => order.len(),
            Self::Gathered { tasks, .. } => tasks.len(),
        }
    }

    fn window(&self, from: usize, count: usize) -> Vec<TaskId> {
        match self {
            Self::Column { order, newest_first } => window(order, *newest_first, from, count),
            Self::Gathered { tasks, backwards } => window_of(|| tasks.iter().map(|(_, id)| *id), tasks.len(), *backwards, from, count),
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
    (scope, grouping, filter): (&Scope, Grouping, &Filter),
    from: usize,
    count: usize,
    collapsed: &[String],
    selection: Option<&Selection>,
) -> Answer {
    let boards: Vec<BoardId> = match scope {
        Scope::Board { board } => vec![*board],
        _ => desk.state.boards().values().filter(|board| board.discarded.is_none()).map(|board| board.id).collect(),
    };
    let mut groups = Shelves { desk, boards, is_whole: filter.is_empty(), selection }.groups(scope, grouping);
    groups.retain(|group| group.len() > 0 || group.key == "handed");
    // An empty group that only explains itself stands below those that have something.
    let (filled, empty): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.len() > 0);
    let groups: Vec<Group<'_>> = filled.into_iter().chain(empty).collect();
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
    Answer { head: to_json(&head), rows, ..Answer::default() }
}

/// Where the tasks of a list stand.
struct Shelves<'d, 'v, 's> {
    desk: &'d Desk<'v>,
    boards: Vec<BoardId>,
    /// There is no filter, so whole columns can be shown.
    is_whole: bool,
    selection: Option<&'s Selection>,
}

impl<'v, 's> Shelves<'_, 'v, 's>
where
    'v: 's,
{
    fn groups(&self, scope: &Scope, grouping: Grouping) -> Vec<Group<'s>> {
        match (scope, grouping) {
            (Scope::MyWork {}, Grouping::Needs) => self.needs(false),
            (Scope::MyWork {} | Scope::Discarded {}, Grouping::None) => vec![Group::new("all", "", self.gathered(Selected::All))],
            (Scope::MyWork {} | Scope::Discarded {}, Grouping::Holder) => self.by_holder(&|holder| self.gathered(Selected::Holder(holder))),
            (Scope::MyWork {} | Scope::Discarded {}, _) => self.by_stage(&|stage| self.gathered(Selected::Stage(stage))),
            (_, Grouping::Needs) => self.needs(true),
            (_, Grouping::State) => self.by_stage(&|stage| self.columns(Some(stage))),
            (_, Grouping::None) => vec![Group::new("all", "", self.columns(None))],
            (_, Grouping::Holder) => self.by_holder(&|holder| self.in_columns(None, &|column| Selected::HeldIn(holder, column.id))),
        }
    }

    /// The columns of the boards, of one stage or of all. Discarded ones hold no live tasks, so they show nothing.
    fn all_columns(&self, stage: Option<Stage>) -> impl Iterator<Item = &'v Arc<Column>> {
        let columns = self.boards.iter().flat_map(|board| self.desk.state.columns_of(*board));
        columns.filter(move |column| stage.is_none_or(|stage| column.stage == stage))
    }

    /// The tasks of columns that the filter shows, as runs.
    fn columns(&self, stage: Option<Stage>) -> Vec<Run<'s>> {
        if !self.is_whole {
            return self.in_columns(stage, &|column| Selected::Column(column.id));
        }
        let state = self.desk.state;
        let run = |column: &Arc<Column>| Some(Run::Column { order: state.order(column.id)?, newest_first: shows_newest_first(column) });
        self.all_columns(stage).filter_map(run).collect()
    }

    /// What was gathered of each column.
    fn in_columns(&self, stage: Option<Stage>, selected: &dyn Fn(&Column) -> Selected) -> Vec<Run<'s>> {
        let run = |column: &Arc<Column>| {
            Some(Run::Gathered { tasks: self.selection?.tasks(selected(column))?, backwards: shows_newest_first(column) })
        };
        self.all_columns(stage).filter_map(run).collect()
    }

    fn gathered(&self, selected: Selected) -> Vec<Run<'s>> {
        let tasks = self.selection.and_then(|selection| selection.tasks(selected));
        tasks.map(|tasks| Run::Gathered { tasks, backwards: false }).into_iter().collect()
    }

    fn by_stage(&self, runs: &dyn Fn(Stage) -> Vec<Run<'s>>) -> Vec<Group<'s>> {
        STAGES.into_iter().map(|stage| Group::new(stage_key(stage), stage_name(stage), runs(stage))).collect()
    }

    /// The reader first, then by name, and last what nobody has.
    fn by_holder(&self, runs: &dyn Fn(Option<MemberNumber>) -> Vec<Run<'s>>) -> Vec<Group<'s>> {
        let (state, me) = (self.desk.state, self.desk.me);
        let mut holders: Vec<Option<MemberNumber>> = self.selection.map(Selection::holders).unwrap_or_default().into_iter().collect();
        holders.sort_by_cached_key(|holder| {
            let name = holder.map(|holder| member_name(state, holder).to_lowercase());
            (holder.is_none(), holder.is_some() && *holder != me, name)
        });
        let group = |holder: Option<MemberNumber>| match holder {
            None => Group::new("nobody", "Nobody", runs(None)),
            Some(number) => {
                let who = state.who(number);
                let title = if holder == me { "You" } else { &*who.name };
                Group::new(&who.actor.to_string(), title, runs(holder))
            }
        };
        holders.into_iter().map(group).collect()
    }

    /// What tasks need from the reader; with `others` also those that need nothing from them, so that no task is missing.
    fn needs(&self, others: bool) -> Vec<Group<'s>> {
        let mut groups = vec![
            Group::new("sign_off", "Waits for your sign-off", self.gathered(Selected::SignOff)),
            Group::new("handed", "Handed to you", self.gathered(Selected::Handed)),
            Group::new("under_way", "Under way with you", self.gathered(Selected::UnderWay)),
            Group::new("claimed", "Claimed, not started", self.gathered(Selected::Claimed)),
            Group::new("in_review", "With someone else for review", self.gathered(Selected::InReview)),
            Group::new("could_claim", "Your crew could claim", self.columns(Some(Stage::Ready))),
        ];
        if others {
            let stages = [Stage::Claimed, Stage::UnderWay, Stage::InReview];
            let runs = stages.into_iter().flat_map(|stage| self.in_columns(Some(stage), &|column| Selected::OthersIn(column.id)));
            groups.push(Group::new("others", "With others", runs.collect()));
            groups.push(Group::new("signed_off", "Signed off", self.columns(Some(Stage::SignedOff))));
        }
        groups
    }
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
