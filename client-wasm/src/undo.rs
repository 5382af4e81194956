//! Undo: for the last commands of this tab, the commands that take their effect back.

use crate::product::Command;
use landfall_engine::CommandId;
use std::collections::VecDeque;

/// Commands that can be undone.
const UNDO_MAX: usize = 200;

/// The last commands, each with its inverse.
#[derive(Default)]
pub struct UndoStack {
    inverses: VecDeque<(CommandId, Command)>,
}

impl UndoStack {
    /// Remembers how to undo a command, as judged by the state before it.
    pub fn remember(&mut self, id: CommandId, inverse: Option<Command>) {
        let Some(inverse) = inverse else { return };
        if self.inverses.len() == UNDO_MAX {
            self.inverses.pop_front();
        }
        self.inverses.push_back((id, inverse));
    }

    /// The command that undoes this one; each is given once.
    pub fn take(&mut self, id: CommandId) -> Option<Command> {
        let place = self.inverses.iter().position(|(candidate, _)| *candidate == id)?;
        self.inverses.remove(place).map(|(_, inverse)| inverse)
    }
}
