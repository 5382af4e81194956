//! What concerns boards and their columns.

mod create_board;
mod create_column;
mod discard_board;
mod discard_column;
mod limit_column;
mod move_column;
mod rename_board;
mod rename_column;
mod restore_board;
mod restore_column;
pub use create_board::{BoardCreated, CreateBoard};
pub use create_column::{ColumnCreated, CreateColumn};
pub use discard_board::{BoardDiscarded, DiscardBoard};
pub use discard_column::{ColumnDiscarded, DiscardColumn};
pub use limit_column::{ColumnLimited, LimitColumn};
pub use move_column::{ColumnMoved, MoveColumn};
pub use rename_board::{BoardRenamed, RenameBoard};
pub use rename_column::{ColumnRenamed, RenameColumn};
pub use restore_board::{BoardRestored, RestoreBoard};
pub use restore_column::{ColumnRestored, RestoreColumn};

use crate::ids::ColumnId;
use crate::state::Stage;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// A column of a board that is being created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct NewColumn {
    /// Its id.
    pub column: ColumnId,
    /// Its name.
    pub name: Text,
    /// How far the tasks are that will stand in it.
    pub stage: Stage,
    /// How many live tasks it takes; `None` for any number.
    pub limit: Option<u32>,
}
