//! What differs between two states, found in time proportional to the difference.

use super::{Held, State, Task};
use crate::ids::{BoardId, ColumnId, MemberNumber, TaskId};
use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use std::sync::Arc;

/// What differs between two states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Does the workspace's own part differ?
    pub workspace: bool,
    /// Members that differ.
    pub members: Vec<MemberNumber>,
    /// Boards that differ.
    pub boards: Vec<BoardId>,
    /// Columns that differ.
    pub columns: Vec<ColumnId>,
    /// Tasks that differ, or were made anew and came out the same.
    pub tasks: Vec<TaskChange>,
}

/// A task that differs, or was made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskChange {
    /// Which.
    pub id: TaskId,
    /// How it was, if it was there.
    pub before: Option<Held<Task>>,
    /// How it is, if it is there.
    pub after: Option<Held<Task>>,
}

impl Changes {
    /// Does nothing differ?
    pub fn is_empty(&self) -> bool {
        !self.workspace && self.members.is_empty() && self.boards.is_empty() && self.columns.is_empty() && self.tasks.is_empty()
    }
}

/// What differs between `old` and `new`. Shared parts are skipped, and tasks are not compared: one that is not shared counts as changed.
pub fn diff(old: &State, new: &State) -> Changes {
    changes(old, new, old.tasks.diff(&new.tasks).map(task_change).collect())
}

/// The same, where no more than `count` tasks differ; nothing is looked at beyond that many.
pub fn diff_up_to(count: usize, old: &State, new: &State) -> Option<Changes> {
    let tasks: Vec<TaskChange> = old.tasks.diff(&new.tasks).take(count + 1).map(task_change).collect();
    (tasks.len() <= count).then(|| changes(old, new, tasks))
}

fn changes(old: &State, new: &State, tasks: Vec<TaskChange>) -> Changes {
    let same_workspace = match (&old.workspace, &new.workspace) {
        (Some(old), Some(new)) => Arc::ptr_eq(old, new) || old == new,
        (old, new) => old.is_none() && new.is_none(),
    };
    Changes {
        workspace: !same_workspace,
        members: keys(&old.members, &new.members),
        boards: keys(&old.boards, &new.boards),
        columns: keys(&old.columns, &new.columns),
        tasks,
    }
}

fn keys<K: Ord + Copy, V: PartialEq>(old: &OrdMap<K, V>, new: &OrdMap<K, V>) -> Vec<K> {
    old.diff(new)
        .map(|item| match item {
            DiffItem::Add(key, _) | DiffItem::Remove(key, _) | DiffItem::Update { old: (key, _), .. } => *key,
        })
        .collect()
}

fn task_change(item: DiffItem<'_, '_, TaskId, Held<Task>>) -> TaskChange {
    match item {
        DiffItem::Add(id, after) => TaskChange { id: *id, before: None, after: Some(after.clone()) },
        DiffItem::Update { old: (id, before), new: (_, after) } => {
            TaskChange { id: *id, before: Some(before.clone()), after: Some(after.clone()) }
        }
        DiffItem::Remove(id, before) => TaskChange { id: *id, before: Some(before.clone()), after: None },
    }
}
