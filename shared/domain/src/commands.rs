//! What people can intend: one file per command.
//!
//! Each file holds the command, the fact that it causes, why it may be rejected (`decide`), what the fact does to the state (`evolve`),
//! how it is undone (`inverse`), and tests that read given / when / then. To add one: write its file, name it in the `mod` list
//! beside its siblings, and in the one list of `lib.rs`.

pub mod board;
pub mod task;
pub mod workspace;

use crate::case::Case;
use crate::commands::task::Spot;
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::state::{State, Task};
use crate::{Command, Event, Rejection};
use landfall_engine::Context;

/// What each command brings.
pub(crate) trait Intent {
    /// May its author, and what would happen?
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection>;

    /// The command that undoes it, judged by the state before it and the context in which it was issued.
    fn inverse(&self, _before: &State, _context: &Context) -> Option<Command> {
        None
    }

    /// The task or board that it is about.
    fn subject(&self) -> Option<[u8; 16]> {
        None
    }
}

/// What each event brings.
pub(crate) trait Fact {
    /// Folds it into the state.
    fn evolve(&self, state: &mut State, context: &Context);

    /// Writes what only the log knows where the command left its mark.
    fn settle(&self, view: &mut State, context: &Context);

    /// The task that it is about.
    fn task(&self) -> Option<TaskId> {
        None
    }

    /// See [`Domain::rests_on`](landfall_engine::Domain::rests_on).
    fn rests_on(&self, _each: &mut dyn FnMut([u8; 16])) -> bool {
        false
    }

    /// See [`Domain::changes`](landfall_engine::Domain::changes). On what boards, columns and members are any decision may rest.
    fn changes(&self, _state: &State, _each: &mut dyn FnMut([u8; 16])) -> bool {
        false
    }
}

/// What an event brings that changes one task and nothing else.
pub(crate) trait TaskFact {
    /// Which task.
    fn task(&self) -> TaskId;

    /// Where it puts the task, if it puts it anywhere.
    fn enters(&self) -> Option<&Spot> {
        None
    }

    /// Does the task no more stand where it stood?
    fn leaves(&self) -> bool {
        self.enters().is_some()
    }

    /// Changes it. What it returns becomes a line of the task's history.
    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed>;

    /// Writes what only the log knows; by default, wherever in the task the mark is, but for comments, which there may be thousands of.
    fn settle_task(&self, task: &mut Task, context: &Context) {
        task.settle(context);
    }
}

impl<T: TaskFact> Fact for T {
    fn evolve(&self, state: &mut State, context: &Context) {
        state.change_task(TaskFact::task(self), context, |task, sign| self.change(task, sign));
    }

    fn settle(&self, view: &mut State, context: &Context) {
        view.settle_task(TaskFact::task(self), |task| self.settle_task(task, context));
    }

    fn task(&self) -> Option<TaskId> {
        Some(TaskFact::task(self))
    }

    fn rests_on(&self, each: &mut dyn FnMut([u8; 16])) -> bool {
        rests_on_task(TaskFact::task(self), self.enters(), each)
    }

    fn changes(&self, state: &State, each: &mut dyn FnMut([u8; 16])) -> bool {
        state.changes_of_task(TaskFact::task(self), self.leaves(), self.enters(), each)
    }
}

/// A decision about a task rests on it, and on who stands in the column that it enters: they fill it, and the last of them says where
/// its end is. `true`, since that is all.
pub(crate) fn rests_on_task(id: TaskId, enters: Option<&Spot>, each: &mut dyn FnMut([u8; 16])) -> bool {
    each(id.0);
    if let Some(spot) = enters {
        each(spot.column.0);
    }
    true
}

impl State {
    /// What changes with a task: it, and who stands in the columns that it leaves and enters.
    pub(crate) fn changes_of_task(&self, id: TaskId, leaves: bool, enters: Option<&Spot>, each: &mut dyn FnMut([u8; 16])) -> bool {
        if let Some(task) = self.task(id).filter(|_| leaves) {
            each(task.column.0);
        }
        rests_on_task(id, enters, each)
    }

    /// Changes a task by the hand of `context`'s author, and notes what was done.
    pub(crate) fn change_task(&mut self, id: TaskId, context: &Context, change: impl FnOnce(&mut Task, Sign) -> Option<Deed>) {
        let sign = self.sign(context);
        self.edit_task(id, |task| {
            if let Some(deed) = change(task, sign) {
                task.note(deed, sign);
            }
        });
    }
}
