//! The yard that tests work in: its people, its board, what can be done there, and why not.

use crate::commands::board::{CreateBoard, CreateColumn, DiscardBoard, DiscardColumn, LimitColumn, NewColumn};
use crate::commands::task::{
    AddComment, AddLink, AddStep, AddTask, Assign, Block, Claim, DiscardComment, DiscardStep, DiscardTask, HandOver, Place, SignOff, Spot,
    Start, SubmitForReview,
};
use crate::commands::workspace::{AdmitMember, FoundWorkspace, RemoveMember};
use crate::ids::{BoardId, ColumnId, CommentId, LinkId, Mark, MemberNumber, StepId, TaskId};
use crate::rejection::{Part, Problem, Standing, Thing, Who};
use crate::state::{LinkKind, LinkTarget, Priority, Role, Stage};
use crate::text::Text;
use crate::{Command, Rejection};
use landfall_engine::{ActorId, TimeMs};

use super::given;

/// The owner, called "Anna".
pub(crate) const ANNA: ActorId = ActorId([0xA1; 16]);
/// A member, called "Ben".
pub(crate) const BEN: ActorId = ActorId([0xB1; 16]);
/// Another member, called "Cara".
pub(crate) const CARA: ActorId = ActorId([0xC1; 16]);
/// A viewer, called "Vera".
pub(crate) const VERA: ActorId = ActorId([0xE1; 16]);
/// Somebody whom the workspace never knew.
pub(crate) const STRANGER: ActorId = ActorId([0xF1; 16]);

pub(crate) const BOARD: BoardId = BoardId([1; 16]);
pub(crate) const READY: ColumnId = ColumnId([11; 16]);
pub(crate) const CLAIMED: ColumnId = ColumnId([12; 16]);
/// Takes three tasks.
pub(crate) const UNDER_WAY: ColumnId = ColumnId([13; 16]);
pub(crate) const REVIEW: ColumnId = ColumnId([14; 16]);
pub(crate) const DONE: ColumnId = ColumnId([15; 16]);
pub(crate) const TASK: TaskId = TaskId([21; 16]);
pub(crate) const STEP: StepId = StepId([31; 16]);
pub(crate) const COMMENT: CommentId = CommentId([32; 16]);
pub(crate) const LINK: LinkId = LinkId([33; 16]);

/// When the workspace was founded.
pub(crate) const AT_FOUNDED: TimeMs = TimeMs(1_000);
/// When Ben was admitted.
pub(crate) const AT_ADMITTED: TimeMs = TimeMs(2_000);
/// When the board was created.
pub(crate) const AT_BOARD: TimeMs = TimeMs(5_000);
/// When the task was added.
pub(crate) const AT_ADDED: TimeMs = TimeMs(6_000);
/// The mark that creating the board left.
pub(crate) const MARK_BOARD: Mark = mark_of_position(5);
/// The mark that adding the task left.
pub(crate) const MARK_ADDED: Mark = mark_of_position(6);

/// Records of the fixture; what is given comes after them.
const FIXTURE: u64 = 6;

pub(super) const fn mark_of_position(position: u64) -> Mark {
    Mark(position.to_be_bytes())
}

/// When the command with this index among the given ones landed.
pub(crate) fn at(index: u64) -> TimeMs {
    TimeMs((FIXTURE + 1 + index) * 1_000)
}

/// The mark that the command with this index among the given ones left.
pub(crate) fn mark(index: u64) -> Mark {
    mark_of_position(FIXTURE + 1 + index)
}

/// Any id, by a number.
pub(crate) fn id<T: From16>(number: u32) -> T {
    let mut bytes = [0; 16];
    bytes[0] = 0xD0;
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    T::from16(bytes)
}

/// Ids that `id` can make.
pub(crate) trait From16 {
    fn from16(bytes: [u8; 16]) -> Self;
}

macro_rules! from16 {
    ($($id:ident),*) => { $(impl From16 for $id { fn from16(bytes: [u8; 16]) -> Self { Self(bytes) } })* };
}

from16!(BoardId, ColumnId, TaskId, StepId, CommentId, LinkId);

/// The commands that make the yard: a workspace with four people, a board of five columns and a task.
pub(super) fn first_commands() -> Vec<(ActorId, Command)> {
    let admit = |actor, name: &str, role| {
        let admit = AdmitMember { actor, name: name.into(), role, invited_by: ANNA };
        (ActorId::SERVER, Command::from(admit))
    };
    let column = |column, name: &str, stage, limit| NewColumn { column, name: name.into(), stage, limit };
    let columns = vec![
        column(READY, "Ready", Stage::Ready, None),
        column(CLAIMED, "Claimed", Stage::Claimed, None),
        column(UNDER_WAY, "Under way", Stage::UnderWay, Some(3)),
        column(REVIEW, "In review", Stage::InReview, None),
        column(DONE, "Signed off", Stage::SignedOff, None),
    ];
    vec![
        (ActorId::SERVER, FoundWorkspace { name: "Skarvik Yard".into(), owner: ANNA, owner_name: "Anna".into() }.into()),
        admit(BEN, "Ben", Role::Member),
        admit(CARA, "Cara", Role::Member),
        admit(VERA, "Vera", Role::Viewer),
        (ANNA, CreateBoard { board: BOARD, name: "Dry dock 2".into(), key: "HLD".into(), columns }.into()),
        (ANNA, add_task(TASK, "Overhaul ballast pump no. 2").into()),
    ]
}

/// The number of somebody in the fixture.
pub(crate) fn number(actor: ActorId) -> MemberNumber {
    let order = [ANNA, BEN, CARA, VERA];
    MemberNumber(order.iter().position(|known| *known == actor).expect("somebody in the fixture") as u32)
}

/// Somebody in the fixture, as a rejection names them.
pub(crate) fn who(actor: ActorId) -> Who {
    let names = ["Anna", "Ben", "Cara", "Vera"];
    Who { actor, name: names[number(actor).0 as usize].into() }
}

pub(crate) fn place(column: ColumnId, rank: &str) -> Place {
    Place { column, rank: Some(rank.parse().unwrap()) }
}

pub(crate) fn spot(column: ColumnId, rank: &str) -> Spot {
    Spot { column, rank: rank.parse().unwrap() }
}

// What can be given.

pub(crate) fn add_task(task: TaskId, title: &str) -> AddTask {
    AddTask {
        task,
        board: BOARD,
        column: None,
        rank: None,
        title: title.into(),
        description: None,
        steps: Vec::new(),
        labels: Vec::new(),
        due: None,
        estimate_minutes: None,
        priority: Priority::Normal,
        source: None,
    }
}

/// Another task, in this column.
pub(crate) fn added_in(column: ColumnId, number: u32) -> Command {
    AddTask { column: Some(column), ..add_task(id(number), "Another") }.into()
}

/// Three tasks under way, which is as many as fit.
pub(crate) fn full() -> Vec<(ActorId, Command)> {
    (0..3).map(|number| (ANNA, added_in(UNDER_WAY, 100 + number))).collect()
}

pub(crate) fn claimed(actor: ActorId) -> Vec<(ActorId, Command)> {
    vec![(actor, Claim { task: TASK, to: None }.into())]
}

pub(crate) fn under_way(actor: ActorId) -> Vec<(ActorId, Command)> {
    let mut history = claimed(actor);
    history.push((actor, Start { task: TASK, to: None }.into()));
    history
}

pub(crate) fn handed_over(from: ActorId, to: ActorId) -> Vec<(ActorId, Command)> {
    let mut history = under_way(from);
    history.push((from, hand_over(to)));
    history
}

pub(crate) fn in_review(actor: ActorId) -> Vec<(ActorId, Command)> {
    let mut history = under_way(actor);
    history.push((actor, SubmitForReview { task: TASK, note: Text::default(), to: None }.into()));
    history
}

pub(crate) fn signed_off(actor: ActorId, by: ActorId) -> Vec<(ActorId, Command)> {
    let mut history = in_review(actor);
    history.push((by, SignOff { task: TASK, note: Text::default(), to: None }.into()));
    history
}

pub(crate) fn hand_over(member: ActorId) -> Command {
    HandOver { task: TASK, member, note: Text::default() }.into()
}

pub(crate) fn assign(member: ActorId) -> Command {
    Assign { task: TASK, member, to: None }.into()
}

pub(crate) fn removed(member: ActorId) -> Command {
    RemoveMember { member }.into()
}

pub(crate) fn blocked(actor: ActorId) -> (ActorId, Command) {
    (actor, Block { task: TASK, why: "No crane".into(), until: None }.into())
}

pub(crate) fn step(actor: ActorId) -> (ActorId, Command) {
    (actor, AddStep { task: TASK, step: STEP, text: "Lift motor".into() }.into())
}

pub(crate) fn comment(actor: ActorId) -> (ActorId, Command) {
    (actor, AddComment { task: TASK, comment: COMMENT, text: "Both bearings in.".into() }.into())
}

pub(crate) fn link(actor: ActorId) -> (ActorId, Command) {
    let to = LinkTarget::Page { url: "https://example.org/pump".into(), title: "Pump manual".into() };
    (actor, AddLink { task: TASK, link: LINK, to, kind: LinkKind::Reference }.into())
}

pub(crate) fn limit(column: ColumnId, limit: u32) -> Command {
    LimitColumn { column, limit: Some(limit) }.into()
}

/// An empty board with one column, for tasks under way.
pub(crate) fn other_board(column: u32) -> Command {
    let columns = vec![NewColumn { column: id(column), name: "Doing".into(), stage: Stage::UnderWay, limit: None }];
    CreateBoard { board: id(90), name: "Quay 4".into(), key: "QAY".into(), columns }.into()
}

pub(crate) fn second_ready_column(column: u32) -> Command {
    CreateColumn { board: BOARD, column: id(column), name: "Ready too".into(), stage: Stage::Ready, limit: None, rank: None }.into()
}

pub(crate) fn discarded_board() -> (ActorId, Command) {
    (ANNA, DiscardBoard { board: BOARD }.into())
}

pub(crate) fn discarded_column(column: ColumnId) -> (ActorId, Command) {
    (ANNA, DiscardColumn { column }.into())
}

// Why it can be rejected.

pub(crate) fn invalid(field: &str, problem: Problem) -> Rejection {
    crate::bounds::invalid(field, problem)
}

pub(crate) fn stranger() -> Rejection {
    Rejection::NotAMember { who: Who { actor: STRANGER, name: Text::default() } }
}

pub(crate) fn already(what: Standing, by: ActorId, at: TimeMs) -> Rejection {
    Rejection::Already { what, by: who(by), at }
}

pub(crate) fn discarded(what: Thing, by: ActorId, at: TimeMs) -> Rejection {
    Rejection::Discarded { what, by: who(by), at }
}

pub(crate) fn wrong_stage(is: Stage, needs: Stage, by: ActorId, at: TimeMs) -> Rejection {
    Rejection::WrongStage { is, needs, by: who(by), at }
}

pub(crate) fn blocked_by(by: ActorId, at: TimeMs) -> Rejection {
    Rejection::Blocked { why: "No crane".into(), by: who(by), at }
}

/// The part was changed by the given command with this index.
pub(crate) fn stale(part: Part, by: ActorId, index: u64, theirs: &str) -> Rejection {
    Rejection::Stale { part, by: who(by), at: at(index), theirs: theirs.into(), mark: mark(index) }
}

/// The fixture's column with a limit is full.
pub(crate) fn column_full() -> Rejection {
    let (name, limited_by, limited_at) = ("Under way".into(), who(ANNA), AT_BOARD);
    Rejection::ColumnFull { column: UNDER_WAY, name, limit: 3, count: 3, limited_by, limited_at }
}

/// A column is full of as many as Anna's given command with this index allowed.
pub(crate) fn column_full_of(column: ColumnId, name: &str, limit: u32, index: u64) -> Rejection {
    Rejection::ColumnFull { column, name: name.into(), limit, count: limit, limited_by: who(ANNA), limited_at: at(index) }
}

/// A viewer may not, a removed member may not, and a stranger may not.
#[track_caller]
pub(crate) fn rejects_outsiders(command: impl Into<Command>) {
    let command = command.into();
    given([]).when(VERA, command.clone()).then_rejected(Rejection::Viewer {});
    given([]).when(STRANGER, command.clone()).then_rejected(stranger());
    given([(ANNA, removed(CARA))]).when(CARA, command).then_rejected(Rejection::NotAMember { who: who(CARA) });
}

/// Not on a task that is discarded, whose board is discarded, or that there is not.
#[track_caller]
pub(crate) fn rejects_lost_tasks(command: impl Into<Command>, on: impl Fn(TaskId) -> Command) {
    let command = command.into();
    let discard = DiscardTask { task: TASK, why: Text::default() };
    given([(CARA, discard.into())]).when(ANNA, command.clone()).then_rejected(discarded(Thing::Task, CARA, at(0)));
    given([discarded_board()]).when(ANNA, command).then_rejected(discarded(Thing::Board, ANNA, at(0)));
    given([]).when(ANNA, on(id(999))).then_rejected(Rejection::NoSuch { what: Thing::Task });
}

/// Not on the fixture's step when it is discarded, or not there.
#[track_caller]
pub(crate) fn rejects_lost_steps(command: impl Into<Command>) {
    let command = command.into();
    given([]).when(ANNA, command.clone()).then_rejected(Rejection::NoSuch { what: Thing::Step });
    let discard = DiscardStep { task: TASK, step: STEP };
    given([step(CARA), (CARA, discard.into())]).when(ANNA, command).then_rejected(discarded(Thing::Step, CARA, at(1)));
}

/// Not on the fixture's comment when it is discarded, or not there.
#[track_caller]
pub(crate) fn rejects_lost_comments(command: impl Into<Command>) {
    let command = command.into();
    given([]).when(ANNA, command.clone()).then_rejected(Rejection::NoSuch { what: Thing::Comment });
    let discard = DiscardComment { task: TASK, comment: COMMENT };
    given([comment(CARA), (CARA, discard.into())]).when(ANNA, command).then_rejected(discarded(Thing::Comment, CARA, at(1)));
}

/// Not on a board that is discarded, or that there is not.
#[track_caller]
pub(crate) fn rejects_lost_boards(command: impl Into<Command>, on: impl Fn(BoardId) -> Command) {
    given([discarded_board()]).when(ANNA, command).then_rejected(discarded(Thing::Board, ANNA, at(0)));
    given([]).when(ANNA, on(id(999))).then_rejected(Rejection::NoSuch { what: Thing::Board });
}

/// Not on a column that is discarded, whose board is discarded, or that there is not.
#[track_caller]
pub(crate) fn rejects_lost_columns(on: impl Fn(ColumnId) -> Command) {
    given([discarded_column(CLAIMED)]).when(ANNA, on(CLAIMED)).then_rejected(discarded(Thing::Column, ANNA, at(0)));
    given([discarded_board()]).when(ANNA, on(READY)).then_rejected(discarded(Thing::Board, ANNA, at(0)));
    given([]).when(ANNA, on(id(999))).then_rejected(Rejection::NoSuch { what: Thing::Column });
}
