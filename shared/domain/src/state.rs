//! What the log says: workspace, members, boards, columns and tasks, in maps that cost nothing to copy.

mod board;
mod change;
mod chunk;
mod held;
mod index;
mod member;
mod task;

pub use board::{Board, Column, Limit};
pub use change::{Changes, TaskChange, diff, diff_up_to};
pub use held::Held;
pub use index::BoardCount;
pub use member::{Member, Role};
pub use task::{
    Blocked, Comment, Discarded, Handed, HistoryEntry, Hold, Link, LinkKind, LinkTarget, Priority, Reaction, SentBack, SignedOff, Stage,
    Step, Submitted, Task,
};

pub use chunk::Place;
pub(crate) use chunk::{decode_chunk, encode_chunk};
pub(crate) use held::dismantle;
pub(crate) use task::{HISTORY_LENGTH, TaskSigns};

use crate::ids::{BoardId, ColumnId, MemberNumber, Sign, TaskId};
use crate::rank::Rank;
use crate::rejection::Who;
use crate::text::Text;
use imbl::{OrdMap, OrdSet};
use index::Index;
use landfall_engine::{ActorId, Context};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The tasks of a column in their order.
pub type Order = OrdSet<(Rank, TaskId)>;

/// The state of a workspace. `clone` is O(1); copies share everything that does not differ.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Nothing before the workspace was founded.
    pub(crate) workspace: Option<Arc<WorkspaceInfo>>,
    pub(crate) members: OrdMap<MemberNumber, Arc<Member>>,
    pub(crate) boards: OrdMap<BoardId, Arc<Board>>,
    pub(crate) columns: OrdMap<ColumnId, Arc<Column>>,
    pub(crate) tasks: OrdMap<TaskId, Held<Task>>,
    /// Follows from the rest; kept so that nothing has to be searched, and not part of a snapshot.
    pub(crate) index: Index,
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        let (one, another) = (self.tasks.iter(), other.tasks.iter());
        let same_tasks = self.tasks.ptr_eq(&other.tasks)
            || self.tasks.len() == other.tasks.len()
                && one.zip(another).all(|((id, task), (other_id, other))| id == other_id && (task == other || **task == **other));
        same_tasks
            && self.workspace == other.workspace
            && self.members == other.members
            && self.boards == other.boards
            && self.columns == other.columns
            && self.index == other.index
    }
}

impl Eq for State {}

/// What concerns the workspace as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceInfo {
    /// Its name.
    pub name: Text,
    /// Who named it, and when.
    pub name_sign: Sign,
    /// Who founded it, and when.
    pub founded: Sign,
}

impl State {
    /// The workspace itself; `None` before it was founded.
    pub fn workspace(&self) -> Option<&WorkspaceInfo> {
        self.workspace.as_deref()
    }

    /// All members ever admitted, removed ones included, by number.
    pub fn members(&self) -> &OrdMap<MemberNumber, Arc<Member>> {
        &self.members
    }

    /// All boards, discarded ones included.
    pub fn boards(&self) -> &OrdMap<BoardId, Arc<Board>> {
        &self.boards
    }

    /// All columns of all boards, discarded ones included.
    pub fn columns(&self) -> &OrdMap<ColumnId, Arc<Column>> {
        &self.columns
    }

    /// All tasks, discarded ones included.
    pub fn tasks(&self) -> &OrdMap<TaskId, Held<Task>> {
        &self.tasks
    }

    /// The member with this number. Numbers come from this state, so there is one, unless the state is a mixture of two.
    pub fn member(&self, number: MemberNumber) -> Option<&Arc<Member>> {
        self.members.get(&number)
    }

    /// The number of a person, if they were ever admitted.
    pub fn number_of(&self, actor: ActorId) -> Option<MemberNumber> {
        self.index.numbers.get(&actor).copied()
    }

    /// The member that a person is, removed ones included.
    pub fn member_of(&self, actor: ActorId) -> Option<&Arc<Member>> {
        self.member(self.number_of(actor)?)
    }

    /// Person and name, for a rejection or a sentence.
    pub fn who(&self, number: MemberNumber) -> Who {
        match self.member(number) {
            Some(member) => Who { actor: member.actor, name: member.name.clone() },
            None => Who { actor: ActorId::SERVER, name: Text::default() },
        }
    }

    /// The board with this id, discarded or not.
    pub fn board(&self, board: BoardId) -> Option<&Arc<Board>> {
        self.boards.get(&board)
    }

    /// The column with this id, discarded or not.
    pub fn column(&self, column: ColumnId) -> Option<&Arc<Column>> {
        self.columns.get(&column)
    }

    /// The task with this id, discarded or not.
    pub fn task(&self, task: TaskId) -> Option<&Held<Task>> {
        self.tasks.get(&task)
    }

    /// The columns of a board in their order, discarded ones included.
    pub fn columns_of(&self, board: BoardId) -> impl DoubleEndedIterator<Item = &Arc<Column>> {
        self.index.columns.get(&board).into_iter().flat_map(|order| order.iter()).filter_map(|(_, column)| self.columns.get(column))
    }

    /// The live tasks of a column in their order.
    pub fn order(&self, column: ColumnId) -> Option<&Order> {
        self.index.orders.get(&column)
    }

    /// How many live tasks a column has: what its limit counts.
    pub fn count(&self, column: ColumnId) -> usize {
        self.order(column).map_or(0, OrdSet::len)
    }

    /// How many tasks a board has, by what became of them.
    pub fn board_count(&self, board: BoardId) -> BoardCount {
        self.index.counts.get(&board).copied().unwrap_or_default()
    }

    /// The live tasks that a person holds.
    pub fn held_by(&self, member: MemberNumber) -> impl ExactSizeIterator<Item = TaskId> + DoubleEndedIterator {
        static NONE: std::sync::LazyLock<OrdSet<TaskId>> = std::sync::LazyLock::new(OrdSet::new);
        self.index.held.get(&member).unwrap_or(&NONE).iter().copied()
    }

    /// How many live tasks of a board wait for a sign-off that this person may give: not those that they worked on themselves.
    pub fn waiting_for(&self, member: MemberNumber, board: BoardId) -> u32 {
        let own = self.index.work.get(&(member, board)).map_or(0, |work| work.own_in_review);
        self.index.reviews.get(&board).map_or(0, |count| count - own)
    }

    /// How many live tasks of a board a person has and is to do something about.
    pub fn in_hand(&self, member: MemberNumber, board: BoardId) -> u32 {
        self.index.work.get(&(member, board)).map_or(0, |work| work.in_hand)
    }

    /// The discarded tasks of all boards.
    pub fn discarded_tasks(&self) -> &OrdSet<TaskId> {
        &self.index.discarded
    }

    /// The labels in use on the live tasks of a board, in alphabetical order.
    pub fn labels_of(&self, board: BoardId) -> impl Iterator<Item = &Text> {
        self.index.labels.get(&board).into_iter().flat_map(|labels| labels.keys())
    }

    /// The sign that `context`'s author leaves. Only members' commands are accepted, so there is a number for each author;
    /// the founder's own stands in where the author is the server.
    pub(crate) fn sign(&self, context: &Context) -> Sign {
        Sign::new(self.number_of(context.actor).unwrap_or(MemberNumber(0)), context)
    }
}
