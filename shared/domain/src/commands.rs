//! What people can intend: one file per command.
//!
//! Each file holds the command, the fact that it causes, why it may be rejected (`decide`), what the fact does to the state (`evolve`),
//! how it is undone (`inverse`), and tests that read given / when / then. To add one: write its file, name it in the `mod` list
//! beside its siblings, and in the one list of `lib.rs`.

pub mod board;
pub mod task;
pub mod workspace;

use crate::case::Case;
use crate::state::State;
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
    fn settle(&self, _view: &mut State, _context: &Context) {}
}
