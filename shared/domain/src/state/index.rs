//! What follows from the entities and would be slow to search for: orders, counts, who holds what.

use super::{Board, Column, Held, Member, Order, State, Task};
use crate::ids::{BoardId, ColumnId, MemberNumber, TaskId};
use crate::rank::Rank;
use crate::state::Stage;
use crate::text::{List, Text};
use imbl::{OrdMap, OrdSet};
use landfall_engine::ActorId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything derived. No entry is empty, so two equal workspaces have equal indexes, however they came to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) numbers: OrdMap<ActorId, MemberNumber>,
    pub(crate) columns: OrdMap<BoardId, OrdSet<(Rank, ColumnId)>>,
    pub(crate) orders: OrdMap<ColumnId, Order>,
    pub(crate) held: OrdMap<MemberNumber, OrdSet<TaskId>>,
    pub(crate) counts: OrdMap<BoardId, BoardCount>,
    pub(crate) reviews: OrdMap<BoardId, u32>,
    pub(crate) work: OrdMap<(MemberNumber, BoardId), Work>,
    pub(crate) labels: OrdMap<BoardId, OrdMap<Text, u32>>,
    pub(crate) discarded: OrdSet<TaskId>,
}

/// How many tasks a board has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoardCount {
    /// Live ones that are not signed off.
    pub open: u32,
    /// Live ones that are signed off.
    pub signed_off: u32,
    /// Discarded ones.
    pub discarded: u32,
}

impl BoardCount {
    /// All tasks.
    pub fn total(&self) -> u32 {
        self.open + self.signed_off + self.discarded
    }

    fn add(&mut self, other: Self) {
        self.open += other.open;
        self.signed_off += other.signed_off;
        self.discarded += other.discarded;
    }

    fn of(&mut self, footprint: &Footprint) -> &mut u32 {
        match (footprint.live, footprint.stage) {
            (false, _) => &mut self.discarded,
            (true, Stage::SignedOff) => &mut self.signed_off,
            (true, _) => &mut self.open,
        }
    }
}

/// What of a board's live tasks concerns one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// They have them and are to do something about them: not those that others look at, or that are done.
    pub(crate) in_hand: u32,
    /// In review, and they worked on them themselves.
    pub(crate) own_in_review: u32,
}

impl Work {
    fn add(&mut self, other: Self) {
        self.in_hand += other.in_hand;
        self.own_in_review += other.own_in_review;
    }
}

/// What tasks of one board add to its sums.
#[derive(Default)]
struct Sums<'t> {
    count: BoardCount,
    reviews: u32,
    work: BTreeMap<MemberNumber, Work>,
    labels: BTreeMap<&'t Text, u32>,
}

/// All of a task that an index depends on.
#[derive(PartialEq)]
struct Footprint {
    board: BoardId,
    column: ColumnId,
    rank: Rank,
    stage: Stage,
    live: bool,
    holder: Option<MemberNumber>,
    handed: bool,
    workers: List<MemberNumber>,
    labels: List<Text>,
}

impl Footprint {
    fn of(task: &Task) -> Self {
        Self {
            board: task.board,
            column: task.column,
            rank: task.rank.clone(),
            stage: task.stage,
            live: task.is_live(),
            holder: task.holder(),
            handed: task.hold.as_ref().is_some_and(|hold| hold.handed.is_some()),
            workers: task.workers.clone(),
            labels: task.labels.clone(),
        }
    }
}

impl Footprint {
    /// Whom it concerns as work, and how.
    fn work(&self) -> impl Iterator<Item = (MemberNumber, Work)> + '_ {
        let is_in_hand = self.handed || matches!(self.stage, Stage::Ready | Stage::Claimed | Stage::UnderWay);
        let holder = self.holder.filter(|_| self.live && is_in_hand);
        let workers = self.workers.iter().filter(|_| self.live && self.stage == Stage::InReview);
        let in_hand = holder.map(|holder| (holder, Work { in_hand: 1, own_in_review: 0 }));
        in_hand.into_iter().chain(workers.map(|worker| (*worker, Work { in_hand: 0, own_in_review: 1 })))
    }

    fn is_in_review(&self) -> bool {
        self.live && self.stage == Stage::InReview
    }
}

/// Adds to the set at `key`.
fn include<K: Ord + Clone, T: Ord + Clone>(map: &mut OrdMap<K, OrdSet<T>>, key: K, item: T) {
    map.entry(key).or_default().insert(item);
}

/// Removes from the set at `key`, and the set itself when it is empty.
fn exclude<K: Ord + Clone, T: Ord + Clone>(map: &mut OrdMap<K, OrdSet<T>>, key: &K, item: &T) {
    if let Some(set) = map.get_mut(key) {
        set.remove(item);
        if set.is_empty() {
            map.remove(key);
        }
    }
}

impl Index {
    fn enter(&mut self, id: TaskId, task: &Footprint) {
        if task.live {
            include(&mut self.orders, task.column, (task.rank.clone(), id));
        }
        self.enter_unordered(id, task);
        self.add(std::iter::once(task));
    }

    /// All but sums, and the order of its column.
    fn enter_unordered(&mut self, id: TaskId, task: &Footprint) {
        if !task.live {
            self.discarded.insert(id);
        } else if let Some(holder) = task.holder {
            include(&mut self.held, holder, id);
        }
    }

    /// What is counted, of many as of one: each sum is looked up once, however many tasks add to it.
    fn add<'t>(&mut self, tasks: impl Iterator<Item = &'t Footprint>) {
        let mut sums: BTreeMap<BoardId, Sums<'t>> = BTreeMap::new();
        for task in tasks {
            let sums = sums.entry(task.board).or_default();
            *sums.count.of(task) += 1;
            sums.reviews += u32::from(task.is_in_review());
            for (member, work) in task.work() {
                sums.work.entry(member).or_default().add(work);
            }
            for label in task.labels.iter().filter(|_| task.live) {
                *sums.labels.entry(label).or_default() += 1;
            }
        }
        for (board, sums) in sums {
            self.counts.entry(board).or_default().add(sums.count);
            if sums.reviews > 0 {
                *self.reviews.entry(board).or_default() += sums.reviews;
            }
            for (member, work) in sums.work {
                self.work.entry((member, board)).or_default().add(work);
            }
            if !sums.labels.is_empty() {
                let labels = self.labels.entry(board).or_default();
                for (label, count) in sums.labels {
                    *labels.entry(label.clone()).or_default() += count;
                }
            }
        }
    }

    fn leave(&mut self, id: TaskId, task: &Footprint) {
        if let Some(count) = self.counts.get_mut(&task.board) {
            *count.of(task) -= 1;
        }
        if !task.live {
            self.discarded.remove(&id);
            return;
        }
        if task.is_in_review()
            && let Some(count) = self.reviews.get_mut(&task.board)
        {
            *count -= 1;
            if *count == 0 {
                self.reviews.remove(&task.board);
            }
        }
        for (member, work) in task.work() {
            let key = (member, task.board);
            if let Some(sum) = self.work.get_mut(&key) {
                *sum = Work { in_hand: sum.in_hand - work.in_hand, own_in_review: sum.own_in_review - work.own_in_review };
                if *sum == Work::default() {
                    self.work.remove(&key);
                }
            }
        }
        exclude(&mut self.orders, &task.column, &(task.rank.clone(), id));
        if let Some(holder) = task.holder {
            exclude(&mut self.held, &holder, &id);
        }
        for label in &task.labels {
            self.forget_label(task.board, label);
        }
    }

    fn forget_label(&mut self, board: BoardId, label: &Text) {
        let Some(labels) = self.labels.get_mut(&board) else { return };
        if let Some(count) = labels.get_mut(label) {
            *count -= 1;
            if *count == 0 {
                labels.remove(label);
            }
        }
        if labels.is_empty() {
            self.labels.remove(&board);
        }
    }
}

impl State {
    /// Puts in tasks that are read from a snapshot. Each column's are sorted first: its order then grows at one place at a time.
    pub(crate) fn insert_tasks(&mut self, tasks: Vec<Task>) {
        let live = tasks.iter().filter(|task| task.is_live());
        let mut ordered: Vec<(ColumnId, Rank, TaskId)> = live.map(|task| (task.column, task.rank.clone(), task.id)).collect();
        ordered.sort_unstable();
        for column in ordered.chunk_by(|one, next| one.0 == next.0) {
            let order = self.index.orders.entry(column[0].0).or_default();
            column.iter().for_each(|(_, rank, id)| {
                order.insert((rank.clone(), *id));
            });
        }
        let footprints: Vec<Footprint> = tasks.iter().map(Footprint::of).collect();
        self.index.add(footprints.iter());
        for (task, footprint) in tasks.into_iter().zip(&footprints) {
            self.index.enter_unordered(task.id, footprint);
            self.tasks.insert(task.id, Held::new(task));
        }
    }

    /// Puts a new task in.
    pub(crate) fn insert_task(&mut self, task: Task) {
        let (id, after) = (task.id, Footprint::of(&task));
        if let Some(before) = self.tasks.insert(id, Held::new(task)) {
            self.index.leave(id, &Footprint::of(&before));
        }
        self.index.enter(id, &after);
    }

    /// Changes a task, and what follows from it. An unknown one is left alone.
    pub(crate) fn edit_task(&mut self, id: TaskId, change: impl FnOnce(&mut Task)) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let before = Footprint::of(task);
        let task = task.edit();
        change(task);
        let after = Footprint::of(task);
        if before != after {
            self.index.leave(id, &before);
            self.index.enter(id, &after);
        }
    }

    /// Writes into a task what only the log knows. No index depends on it.
    pub(crate) fn settle_task(&mut self, id: TaskId, settle: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks.get_mut(&id) {
            settle(task.edit());
        }
    }

    /// Puts a member in, in place of whoever had the number.
    pub(crate) fn insert_member(&mut self, number: MemberNumber, member: Member) {
        let actor = member.actor;
        if let Some(before) = self.members.insert(number, Arc::new(member))
            && self.index.numbers.get(&before.actor) == Some(&number)
        {
            self.index.numbers.remove(&before.actor);
        }
        self.index.numbers.insert(actor, number);
    }

    pub(crate) fn edit_member(&mut self, number: MemberNumber, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.members.get_mut(&number) {
            change(Arc::make_mut(member));
        }
    }

    pub(crate) fn insert_board(&mut self, board: Board) {
        self.boards.insert(board.id, Arc::new(board));
    }

    pub(crate) fn edit_board(&mut self, id: BoardId, change: impl FnOnce(&mut Board)) {
        if let Some(board) = self.boards.get_mut(&id) {
            change(Arc::make_mut(board));
        }
    }

    /// Puts a column in, in place of the one that had its id.
    pub(crate) fn insert_column(&mut self, column: Column) {
        let (id, board, rank) = (column.id, column.board, column.rank.clone());
        if let Some(before) = self.columns.insert(id, Arc::new(column)) {
            exclude(&mut self.index.columns, &before.board, &(before.rank.clone(), id));
        }
        include(&mut self.index.columns, board, (rank, id));
    }

    /// Changes a column. Its board and its stage never change.
    pub(crate) fn edit_column(&mut self, id: ColumnId, change: impl FnOnce(&mut Column)) {
        let Some(column) = self.columns.get_mut(&id) else { return };
        let before = column.rank.clone();
        let column = Arc::make_mut(column);
        change(column);
        if column.rank != before {
            let (board, after) = (column.board, column.rank.clone());
            exclude(&mut self.index.columns, &board, &(before, id));
            include(&mut self.index.columns, board, (after, id));
        }
    }
}
