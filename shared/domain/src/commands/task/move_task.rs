//! `move_task`: moves a task inside its column, or to another column of the same stage.

use super::Spot;
use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{ColumnId, Sign, TaskId};
use crate::rank::Rank;
use crate::rejection::Problem;
use crate::state::Task;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Moves a task inside its column, or to another column of the same stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct MoveTask {
    /// The task.
    pub task: TaskId,
    /// The column.
    pub column: ColumnId,
    /// Its place there.
    pub rank: Rank,
}

/// A task was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskMoved {
    /// The task.
    pub task: TaskId,
    /// Where it stands now.
    pub to: Spot,
}

impl Intent for MoveTask {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        let column = case.column(self.column)?;
        if column.board != task.board {
            return Err(bounds::invalid("column", Problem::BadValue));
        }
        case.at_stage(task, column.stage)?;
        case.room(column, Some(task))?;
        Ok(vec![TaskMoved { task: self.task, to: case.spot(column.id, Some(&self.rank)) }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        let task = before.task(self.task)?;
        Some(Self { task: self.task, column: task.column, rank: task.rank.clone() }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskMoved {
    fn task(&self) -> TaskId {
        self.task
    }

    fn enters(&self) -> Option<&Spot> {
        Some(&self.to)
    }

    fn change(&self, task: &mut Task, _: Sign) -> Option<Deed> {
        let elsewhere = task.column != self.to.column;
        task.column = self.to.column;
        task.rank = self.to.rank.clone();
        elsewhere.then_some(Deed::Moved { column: self.to.column })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Thing;
    use crate::state::Stage;

    fn move_to(column: ColumnId, rank: &str) -> MoveTask {
        MoveTask { task: TASK, column, rank: rank.parse().unwrap() }
    }

    #[test]
    fn moves_inside_its_column() {
        let outcome = given([(ANNA, added_in(READY, 50))])
            .when(BEN, move_to(READY, "a1V"))
            .then(TaskMoved { task: TASK, to: spot(READY, "a1V") })
            .undo_restores();
        let order: Vec<TaskId> = outcome.state().order(READY).unwrap().iter().map(|(_, task)| *task).collect();
        assert_eq!(order, [id(50), TASK]);
        assert!(outcome.state().task(TASK).unwrap().history.is_empty());
    }

    #[test]
    fn moves_to_another_column_of_the_same_stage() {
        let outcome = given([(ANNA, second_ready_column(60))]).when(BEN, move_to(id(60), "a0")).then_happens().undo_restores();
        assert_eq!((outcome.state().count(READY), outcome.state().count(id(60))), (0, 1));
    }

    #[test]
    fn not_to_another_stage() {
        given([]).when(BEN, move_to(CLAIMED, "a0")).then_rejected(wrong_stage(Stage::Ready, Stage::Claimed, ANNA, AT_ADDED));
    }

    #[test]
    fn not_to_another_board_or_a_lost_column() {
        given([(BEN, other_board(91))]).when(BEN, move_to(id(91), "a0")).then_rejected(invalid("column", Problem::BadValue));
        given([]).when(BEN, move_to(id(99), "a0")).then_rejected(Rejection::NoSuch { what: Thing::Column });
        given([discarded_column(CLAIMED)]).when(BEN, move_to(CLAIMED, "a0")).then_rejected(discarded(Thing::Column, ANNA, at(0)));
    }

    #[test]
    fn a_full_column_takes_no_more_but_keeps_what_it_has() {
        let second = [(ANNA, second_ready_column(60)), (ANNA, limit(id(60), 1)), (ANNA, added_in(id(60), 50))];
        let given = given(second);
        given.when(BEN, move_to(id(60), "a5")).then_rejected(column_full_of(id(60), "Ready too", 1, 1));
        given.when(BEN, MoveTask { task: id(50), ..move_to(id(60), "a5") }).then_happens();
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(move_to(READY, "a5"));
        rejects_lost_tasks(move_to(READY, "a5"), |task| MoveTask { task, ..move_to(READY, "a5") }.into());
    }
}
