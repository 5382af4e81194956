//! The product: workspaces, boards, columns and tasks, as commands, events and a reducer.
//!
//! Reading order: [`state`] says what there is, [`commands`] what people can do and what follows, [`rejection`] why not;
//! `case` holds the checks that commands share. This file joins them to the engine, and lists them.

#[macro_use]
mod list;
mod case;
#[cfg(test)]
mod given;

pub mod bounds;
pub mod commands;
pub mod day;
pub mod deed;
pub mod ids;
pub mod import;
pub mod queries;
pub mod rank;
pub mod rejection;
pub mod state;
pub mod text;
pub mod words;

pub use rejection::Rejection;
pub use state::State;

use case::Case;
use commands::{board, task, workspace};
use ids::TaskId;
use landfall_engine::domain::BadChunk;
use landfall_engine::upcast::Shape;
use landfall_engine::{ActorId, CommandId, Context, Domain};

/// The product, as the engine knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workspace;

list! {
    "found_workspace" FoundWorkspace(workspace::FoundWorkspace) => "workspace_founded" WorkspaceFounded(workspace::WorkspaceFounded);
    "admit_member" AdmitMember(workspace::AdmitMember) => "member_admitted" MemberAdmitted(workspace::MemberAdmitted);
    "rename_workspace" RenameWorkspace(workspace::RenameWorkspace) => "workspace_renamed" WorkspaceRenamed(workspace::WorkspaceRenamed);
    "rename_member" RenameMember(workspace::RenameMember) => "member_renamed" MemberRenamed(workspace::MemberRenamed);
    "change_role" ChangeRole(workspace::ChangeRole) => "role_changed" RoleChanged(workspace::RoleChanged);
    "remove_member" RemoveMember(workspace::RemoveMember) => "member_removed" MemberRemoved(workspace::MemberRemoved);
    "decide_rejection" DecideRejection(workspace::DecideRejection) => "rejection_decided" RejectionDecided(workspace::RejectionDecided);
    "create_board" CreateBoard(board::CreateBoard) => "board_created" BoardCreated(board::BoardCreated);
    "rename_board" RenameBoard(board::RenameBoard) => "board_renamed" BoardRenamed(board::BoardRenamed);
    "discard_board" DiscardBoard(board::DiscardBoard) => "board_discarded" BoardDiscarded(board::BoardDiscarded);
    "restore_board" RestoreBoard(board::RestoreBoard) => "board_restored" BoardRestored(board::BoardRestored);
    "create_column" CreateColumn(board::CreateColumn) => "column_created" ColumnCreated(board::ColumnCreated);
    "rename_column" RenameColumn(board::RenameColumn) => "column_renamed" ColumnRenamed(board::ColumnRenamed);
    "limit_column" LimitColumn(board::LimitColumn) => "column_limited" ColumnLimited(board::ColumnLimited);
    "move_column" MoveColumn(board::MoveColumn) => "column_moved" ColumnMoved(board::ColumnMoved);
    "discard_column" DiscardColumn(board::DiscardColumn) => "column_discarded" ColumnDiscarded(board::ColumnDiscarded);
    "restore_column" RestoreColumn(board::RestoreColumn) => "column_restored" ColumnRestored(board::ColumnRestored);
    "add_task" AddTask(task::AddTask) => "task_added" TaskAdded(task::TaskAdded);
    "reword" Reword(task::Reword) => "task_reworded" TaskReworded(task::TaskReworded);
    "describe" Describe(task::Describe) => "task_described" TaskDescribed(task::TaskDescribed);
    "estimate" Estimate(task::Estimate) => "task_estimated" TaskEstimated(task::TaskEstimated);
    "prioritise" Prioritise(task::Prioritise) => "task_prioritised" TaskPrioritised(task::TaskPrioritised);
    "reschedule" Reschedule(task::Reschedule) => "task_rescheduled" TaskRescheduled(task::TaskRescheduled);
    "label" Label(task::Label) => "task_labelled" TaskLabelled(task::TaskLabelled);
    "claim" Claim(task::Claim) => "task_claimed" TaskClaimed(task::TaskClaimed);
    "release" Release(task::Release) => "task_released" TaskReleased(task::TaskReleased);
    "assign" Assign(task::Assign) => "task_assigned" TaskAssigned(task::TaskAssigned);
    "hand_over" HandOver(task::HandOver) => "task_handed_over" TaskHandedOver(task::TaskHandedOver);
    "accept_handover" AcceptHandover(task::AcceptHandover) => "handover_accepted" HandoverAccepted(task::HandoverAccepted);
    "decline_handover" DeclineHandover(task::DeclineHandover) => "handover_declined" HandoverDeclined(task::HandoverDeclined);
    "start" Start(task::Start) => "task_started" TaskStarted(task::TaskStarted);
    "block" Block(task::Block) => "task_blocked" TaskBlocked(task::TaskBlocked);
    "unblock" Unblock(task::Unblock) => "task_unblocked" TaskUnblocked(task::TaskUnblocked);
    "submit_for_review" SubmitForReview(task::SubmitForReview) => "task_submitted" TaskSubmitted(task::TaskSubmitted);
    "sign_off" SignOff(task::SignOff) => "task_signed_off" TaskSignedOff(task::TaskSignedOff);
    "send_back" SendBack(task::SendBack) => "task_sent_back" TaskSentBack(task::TaskSentBack);
    "finish" Finish(task::Finish) => "task_finished" TaskFinished(task::TaskFinished);
    "reopen" Reopen(task::Reopen) => "task_reopened" TaskReopened(task::TaskReopened);
    "move_task" MoveTask(task::MoveTask) => "task_moved" TaskMoved(task::TaskMoved);
    "add_step" AddStep(task::AddStep) => "step_added" StepAdded(task::StepAdded);
    "reword_step" RewordStep(task::RewordStep) => "step_reworded" StepReworded(task::StepReworded);
    "tick_step" TickStep(task::TickStep) => "step_ticked" StepTicked(task::StepTicked);
    "untick_step" UntickStep(task::UntickStep) => "step_unticked" StepUnticked(task::StepUnticked);
    "discard_step" DiscardStep(task::DiscardStep) => "step_discarded" StepDiscarded(task::StepDiscarded);
    "restore_step" RestoreStep(task::RestoreStep) => "step_restored" StepRestored(task::StepRestored);
    "comment" Comment(task::AddComment) => "comment_added" CommentAdded(task::CommentAdded);
    "revise_comment" ReviseComment(task::ReviseComment) => "comment_revised" CommentRevised(task::CommentRevised);
    "discard_comment" DiscardComment(task::DiscardComment) => "comment_discarded" CommentDiscarded(task::CommentDiscarded);
    "restore_comment" RestoreComment(task::RestoreComment) => "comment_restored" CommentRestored(task::CommentRestored);
    "react" React(task::React) => "reacted" Reacted(task::Reacted);
    "link" Link(task::AddLink) => "linked" Linked(task::Linked);
    "unlink" Unlink(task::Unlink) => "unlinked" Unlinked(task::Unlinked);
    "discard_task" DiscardTask(task::DiscardTask) => "task_discarded" TaskDiscarded(task::TaskDiscarded);
    "restore_task" RestoreTask(task::RestoreTask) => "task_restored" TaskRestored(task::TaskRestored);
}

impl Domain for Workspace {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const SCHEMA: u32 = 1;
    const FOLD: u32 = 1;

    fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
        command.intent().decide(&Case { state, context })
    }

    fn evolve(state: &mut State, event: &Event, context: &Context) {
        event.fact().evolve(state, context);
    }

    fn settle(view: &mut State, event: &Event, context: &Context) {
        event.fact().settle(view, context);
    }

    fn rests_on(event: &Event, each: &mut impl FnMut([u8; 16])) -> bool {
        event.fact().rests_on(each)
    }

    fn changes(state: &State, event: &Event, each: &mut impl FnMut([u8; 16])) -> bool {
        event.fact().changes(state, each)
    }

    fn may_read(state: &State, actor: ActorId) -> bool {
        state.member_of(actor).is_some_and(|member| member.removed.is_none())
    }

    fn acknowledges(event: &Event) -> Option<CommandId> {
        match event {
            Event::RejectionDecided(decided) => Some(decided.command),
            _ => None,
        }
    }

    fn subject(command: &Command) -> Option<[u8; 16]> {
        command.intent().subject()
    }

    fn command_shapes() -> &'static [Shape] {
        COMMAND_SHAPES
    }

    fn event_shapes() -> &'static [Shape] {
        EVENT_SHAPES
    }

    fn rejection_shapes() -> &'static [Shape] {
        rejection::SHAPES
    }

    fn dismantle(state: &mut State, count: usize) -> bool {
        state::dismantle(state, count)
    }

    type Place = state::Place;

    fn encode_chunk(state: &State, place: &mut state::Place) -> Option<Vec<u8>> {
        state::encode_chunk(state, place)
    }

    fn decode_chunk(state: &mut State, index: usize, bytes: &[u8]) -> Result<(), BadChunk> {
        state::decode_chunk(state, index, bytes)
    }
}

impl Event {
    /// The task that it is about, if it is about one.
    pub fn task(&self) -> Option<TaskId> {
        self.fact().task()
    }
}

impl Workspace {
    /// The command that undoes `command`, where that makes sense: judged by the state before it, and issued as any other.
    /// What somebody else changed since is not undone with it: the inverse is then rejected as stale.
    pub fn inverse(before: &State, command: &Command, context: &Context) -> Option<Command> {
        command.intent().inverse(before, context)
    }
}
