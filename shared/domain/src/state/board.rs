//! Boards and their columns.

use super::task::Stage;
use crate::ids::{BoardId, ColumnId, Sign};
use crate::rank::Rank;
use crate::text::Text;
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// A board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// Its id.
    pub id: BoardId,
    /// Its name.
    pub name: Text,
    /// Who gave it that name, and when.
    pub name_sign: Sign,
    /// What the numbers of its tasks begin with: HLD in HLD-214.
    pub key: Text,
    /// The last number that the log gave to a task of this board.
    pub last_number: u32,
    /// Who discarded it, and when.
    pub discarded: Option<Sign>,
}

/// A column of a board. Where a task stands tells how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its id.
    pub id: ColumnId,
    /// The board that it belongs to.
    pub board: BoardId,
    /// Its name.
    pub name: Text,
    /// Who gave it that name, and when.
    pub name_sign: Sign,
    /// How far the tasks are that stand here. Never changes.
    pub stage: Stage,
    /// Its place among the columns of the board.
    pub rank: Rank,
    /// How many live tasks it takes, if somebody set a limit.
    pub limit: Option<Limit>,
    /// Who discarded it, and when.
    pub discarded: Option<Sign>,
}

/// A limit on the number of live tasks in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// At most this many.
    pub count: u32,
    /// Who set it, and when.
    pub sign: Sign,
}

impl Board {
    pub(crate) fn settle(&mut self, context: &Context) {
        self.name_sign.settle(context);
        if let Some(discarded) = &mut self.discarded {
            discarded.settle(context);
        }
    }
}

impl Column {
    pub(crate) fn settle(&mut self, context: &Context) {
        self.name_sign.settle(context);
        if let Some(limit) = &mut self.limit {
            limit.sign.settle(context);
        }
        if let Some(discarded) = &mut self.discarded {
            discarded.settle(context);
        }
    }
}
