//! The tasks that a query needs a look at each task for, in order: gathered a bounded number at a time, then kept up to date by what changes.

use super::desk::Desk;
use super::filter::{Filter, Found, Needle, Sieve};
use super::search::standing;
use super::workspace::is_on_live_board;
use super::{Grouping, Query, Scope, View};
use crate::day::Due;
use crate::ids::{BoardId, ColumnId, MemberNumber, TaskId};
use crate::rank::Rank;
use crate::state::{Held, Priority, Stage, State, Task};
use imbl::ordmap::DiffItem;
use landfall_engine::TimeMs;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// After more changes than this at once, everything is gathered anew, in pieces, rather than changed in one go.
const CHANGES_MAX: usize = 2_048;

/// What is gathered. Queries that want the same share it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    /// The columns of a board, or of all boards.
    Columns(Option<BoardId>, Filter),
    /// The same by who has the tasks.
    Holders(Option<BoardId>, Filter),
    /// The same by what the tasks need from the reader.
    Needs(Option<BoardId>, Filter),
    MyWork(Grouping, Filter),
    Discarded(Grouping, Filter),
    Search(String),
}

/// A run of tasks that stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    All,
    Stage(Stage),
    Holder(Option<MemberNumber>),
    Column(ColumnId),
    HeldIn(Option<MemberNumber>, ColumnId),
    OthersIn(ColumnId),
    SignOff,
    Handed,
    UnderWay,
    Claimed,
    InReview,
}

/// Where a task stands in its run, before its id decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Rank(Rank),
    Due(bool, Option<Due>, Reverse<Option<Priority>>),
    Discarded(Reverse<Option<TimeMs>>),
    Found(bool, u8, Found, Reverse<TaskId>),
}

/// Tasks of a run, in order.
pub(super) type Tasks = BTreeSet<(Key, TaskId)>;

/// The tasks that a query is about, as far as they are gathered.
#[derive(Debug)]
pub struct Selection {
    wanted: Wanted,
    /// What it was gathered from.
    state: State,
    groups: BTreeMap<Group, Tasks>,
    /// Tasks from this id on were looked at: the newest come first.
    from: Option<TaskId>,
    is_complete: bool,
    is_anew: bool,
}

fn wanted(query: &Query, state: &State) -> Option<Wanted> {
    Some(match query {
        Query::Board { board, filter } if !filter.is_empty() => Wanted::Columns(Some(*board), filter.clone()),
        Query::Column { column, filter, .. } if !filter.is_empty() => Wanted::Columns(Some(state.column(*column)?.board), filter.clone()),
        Query::List { scope, group, filter, .. } => {
            let board = if let Scope::Board { board } = scope { Some(*board) } else { None };
            match (scope, group) {
                (Scope::MyWork {}, Grouping::Needs) => Wanted::Needs(None, filter.clone()),
                (Scope::MyWork {}, _) => Wanted::MyWork(*group, filter.clone()),
                (Scope::Discarded {}, _) => Wanted::Discarded(*group, filter.clone()),
                (_, Grouping::Holder) => Wanted::Holders(board, filter.clone()),
                (_, Grouping::Needs) => Wanted::Needs(board, filter.clone()),
                (_, Grouping::State | Grouping::None) if filter.is_empty() => return None,
                (_, Grouping::State | Grouping::None) => Wanted::Columns(board, filter.clone()),
            }
        }
        Query::Search { text, .. } => Wanted::Search(text.clone()),
        _ => return None,
    })
}

impl Selection {
    /// What `query` needs; `None` when it is answered from indexes. Nothing is gathered yet.
    pub fn new(query: &Query, state: &State) -> Option<Self> {
        Some(Self {
            wanted: wanted(query, state)?,
            state: state.clone(),
            groups: BTreeMap::new(),
            from: None,
            is_complete: false,
            is_anew: false,
        })
    }

    /// Is it what `query` needs?
    pub fn serves(&self, query: &Query, state: &State) -> bool {
        wanted(query, state).is_some_and(|wanted| wanted == self.wanted)
    }

    /// Is everything gathered?
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Was it complete before, and is gathered anew? What was shown then is better than what there is now.
    pub fn is_anew(&self) -> bool {
        self.is_anew
    }

    /// Takes in what has changed since the last time. `true` when something did that it depends on.
    pub fn follow(&mut self, view: &View<'_>) -> bool {
        let new = view.state;
        // Who may sign off and which boards count stand in boards and members.
        if self.state.boards.diff(&new.boards).next().is_some() || self.state.members.diff(&new.members).next().is_some() {
            self.begin_anew(new);
            return true;
        }
        let old = std::mem::replace(&mut self.state, new.clone());
        let changes: Vec<_> = old.tasks.diff(&new.tasks).take(CHANGES_MAX + 1).collect();
        if changes.len() > CHANGES_MAX {
            self.begin_anew(new);
            return true;
        }
        let none = BTreeMap::new();
        let desk = Desk::new(view, &none, None);
        let mut sorter = Sorter::new(&desk, &self.wanted);
        for change in &changes {
            let (id, before, after): (TaskId, Option<&Held<Task>>, Option<&Held<Task>>) = match change {
                DiffItem::Add(id, after) => (**id, None, Some(after)),
                DiffItem::Update { old: (id, before), new: (_, after) } => (**id, Some(before), Some(after)),
                DiffItem::Remove(id, before) => (**id, Some(before), None),
            };
            // What was not looked at yet will be.
            if !self.is_complete && self.from.is_none_or(|from| id < from) {
                continue;
            }
            if let Some(task) = before {
                for (group, key) in sorter.sort(task) {
                    if let Some(tasks) = self.groups.get_mut(&group) {
                        tasks.remove(&(key, id));
                        if tasks.is_empty() {
                            self.groups.remove(&group);
                        }
                    }
                }
            }
            if let Some(task) = after {
                for (group, key) in sorter.sort(task) {
                    self.groups.entry(group).or_default().insert((key, id));
                }
            }
        }
        !changes.is_empty()
    }

    /// Looks at `count` more tasks, after [`Self::follow`]; `true` while there are more.
    pub fn step(&mut self, view: &View<'_>, count: usize) -> bool {
        if self.is_complete {
            return false;
        }
        let none = BTreeMap::new();
        let desk = Desk::new(view, &none, None);
        let mut sorter = Sorter::new(&desk, &self.wanted);
        let tasks = match self.from {
            Some(from) => self.state.tasks.range::<_, TaskId>(..from),
            None => self.state.tasks.range::<_, TaskId>(..),
        };
        let mut looked_at = 0;
        for (id, task) in tasks.rev().take(count) {
            for (group, key) in sorter.sort(task) {
                self.groups.entry(group).or_default().insert((key, *id));
            }
            self.from = Some(*id);
            looked_at += 1;
        }
        if looked_at < count {
            self.is_complete = true;
            self.is_anew = false;
        }
        !self.is_complete
    }

    /// All of it, in one go.
    pub fn whole(query: &Query, view: &View<'_>) -> Option<Self> {
        let mut selection = Self::new(query, view.state)?;
        while selection.step(view, usize::MAX) {}
        Some(selection)
    }

    pub(super) fn tasks(&self, group: Group) -> Option<&Tasks> {
        self.groups.get(&group)
    }

    /// Who has any of the tasks, `None` for nobody.
    pub(super) fn holders(&self) -> BTreeSet<Option<MemberNumber>> {
        let holders = self.groups.keys().filter_map(|group| match group {
            Group::Holder(holder) | Group::HeldIn(holder, _) => Some(*holder),
            _ => None,
        });
        holders.collect()
    }

    fn begin_anew(&mut self, state: &State) {
        self.state = state.clone();
        self.groups.clear();
        self.from = None;
        self.is_anew |= self.is_complete;
        self.is_complete = false;
    }
}

/// Says where tasks belong.
struct Sorter<'d, 'v, 'w> {
    desk: &'d Desk<'v>,
    wanted: &'w Wanted,
    sieve: Option<Sieve<'w>>,
    needle: Needle,
    places: Vec<(Group, Key)>,
}

impl<'d, 'v, 'w> Sorter<'d, 'v, 'w> {
    fn new(desk: &'d Desk<'v>, wanted: &'w Wanted) -> Self {
        let (filter, text) = match wanted {
            Wanted::Columns(_, filter)
            | Wanted::Holders(_, filter)
            | Wanted::Needs(_, filter)
            | Wanted::MyWork(_, filter)
            | Wanted::Discarded(_, filter) => (Some(filter), ""),
            Wanted::Search(text) => (None, &**text),
        };
        let sieve = filter.filter(|filter| !filter.is_empty()).map(|filter| Sieve::new(desk, filter));
        Self { desk, wanted, sieve, needle: Needle::new(text), places: Vec::new() }
    }

    /// The runs in which a task stands, and where.
    fn sort(&mut self, task: &Task) -> std::vec::Drain<'_, (Group, Key)> {
        if self.is_about(task) && self.sieve.as_ref().is_none_or(|sieve| sieve.passes(self.desk, task)) {
            self.place(task);
        }
        self.places.drain(..)
    }

    fn is_about(&self, task: &Task) -> bool {
        match self.wanted {
            Wanted::Columns(board, _) | Wanted::Holders(board, _) | Wanted::Needs(board, _) => {
                task.is_live() && board.is_none_or(|board| task.board == board)
            }
            Wanted::MyWork(..) => task.is_live() && (task.holder() == self.desk.me || task.stage == Stage::InReview),
            Wanted::Discarded(..) => !task.is_live(),
            Wanted::Search(_) => !self.needle.is_empty(),
        }
    }

    fn place(&mut self, task: &Task) {
        let rank = || Key::Rank(task.rank.clone());
        match self.wanted {
            Wanted::Columns(..) => self.places.push((Group::Column(task.column), rank())),
            Wanted::Holders(..) => self.places.push((Group::HeldIn(task.holder(), task.column), rank())),
            Wanted::Needs(..) => self.place_by_need(task),
            Wanted::MyWork(grouping, _) => {
                let counts = self.desk.waits_for_reader(task) || is_in_hand(self.desk, task);
                if counts && is_on_live_board(self.desk, task) {
                    let key = Key::Due(task.due.is_none(), task.due, Reverse(None));
                    self.places.push((gathered(*grouping, task), key));
                }
            }
            Wanted::Discarded(grouping, _) => {
                let key = Key::Discarded(Reverse(task.discarded.as_ref().map(|discarded| discarded.sign.at)));
                self.places.push((gathered(*grouping, task), key));
            }
            Wanted::Search(_) => {
                if let Some(place) = self.needle.place(self.desk, task) {
                    let key = Key::Found(place != Found::Number, standing(self.desk, task), place, Reverse(task.id));
                    self.places.push((Group::All, key));
                }
            }
        }
    }

    /// What a task needs from the reader, and where it stands among those that need nothing.
    fn place_by_need(&mut self, task: &Task) {
        let desk = self.desk;
        let waits = desk.waits_for_reader(task);
        let handed = desk.handed_to_reader(task);
        let is_mine = desk.me.is_some() && task.holder() == desk.me;
        let need = match task.stage {
            _ if !is_on_live_board(desk, task) => None,
            _ if waits => Some(Group::SignOff),
            _ if handed => Some(Group::Handed),
            Stage::UnderWay if is_mine => Some(Group::UnderWay),
            Stage::Claimed if is_mine => Some(Group::Claimed),
            Stage::InReview if is_mine => Some(Group::InReview),
            _ => None,
        };
        if let Some(need) = need {
            self.places.push((need, Key::Due(task.due.is_none(), task.due, Reverse(Some(task.priority)))));
        }
        let rank = || Key::Rank(task.rank.clone());
        match task.stage {
            // Without a filter these are whole columns, which have an order already.
            Stage::Ready | Stage::SignedOff if self.sieve.is_some() => self.places.push((Group::Column(task.column), rank())),
            Stage::Ready | Stage::SignedOff => {}
            _ if !is_mine && !waits => self.places.push((Group::OthersIn(task.column), rank())),
            _ => {}
        }
    }
}

/// Has the reader a task that they are to do something about: not one that others look at, or that is done?
fn is_in_hand(desk: &Desk<'_>, task: &Task) -> bool {
    let is_mine = desk.me.is_some() && task.holder() == desk.me;
    is_mine && (matches!(task.stage, Stage::Ready | Stage::Claimed | Stage::UnderWay) || desk.handed_to_reader(task))
}

fn gathered(grouping: Grouping, task: &Task) -> Group {
    match grouping {
        Grouping::None => Group::All,
        Grouping::Holder => Group::Holder(task.holder()),
        Grouping::State | Grouping::Needs => Group::Stage(task.stage),
    }
}
