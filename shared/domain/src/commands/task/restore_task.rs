//! `restore_task`: restores a discarded task: it comes back to where it stood, if it can.

use super::{DiscardTask, Spot};
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::rejection::Thing;
use crate::state::Task;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Restores a discarded task: it comes back to where it stood, if it can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RestoreTask {
    /// The task.
    pub task: TaskId,
}

/// A task was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskRestored {
    /// The task.
    pub task: TaskId,
    /// Where it stands now.
    pub to: Spot,
}

impl Intent for RestoreTask {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.any_task(self.task)?;
        case.discarded(Thing::Task, task.discarded.is_some())?;
        let to = match case.state.column(task.column) {
            Some(column) if column.discarded.is_none() => {
                case.room(column, Some(task))?;
                Spot::of(task)
            }
            _ => case.enter(task, task.stage, None)?,
        };
        Ok(vec![TaskRestored { task: self.task, to }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        let why = before.task(self.task)?.discarded.as_ref()?.why.clone();
        Some(DiscardTask { task: self.task, why }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for TaskRestored {
    fn task(&self) -> TaskId {
        self.task
    }

    fn enters(&self) -> Option<&Spot> {
        Some(&self.to)
    }

    fn change(&self, task: &mut Task, _: Sign) -> Option<Deed> {
        task.discarded = None;
        task.column = self.to.column;
        task.rank = self.to.rank.clone();
        Some(Deed::Restored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::state::Stage;
    use landfall_engine::ActorId;

    fn restore() -> RestoreTask {
        RestoreTask { task: TASK }
    }

    fn after_discard(mut history: Vec<(ActorId, Command)>) -> Vec<(ActorId, Command)> {
        history.push((CARA, DiscardTask { task: TASK, why: "".into() }.into()));
        history
    }

    #[test]
    fn comes_back_to_where_it_stood() {
        let expected = TaskRestored { task: TASK, to: spot(CLAIMED, "a0") };
        let outcome = given(after_discard(claimed(BEN))).when(BEN, restore()).then(expected).undo_restores();
        assert_eq!(outcome.state().task(TASK).unwrap().holder(), Some(number(BEN)));
    }

    #[test]
    fn or_to_another_column_of_its_stage() {
        let mut history = after_discard(Vec::new());
        history.extend([(ANNA, second_ready_column(60)), discarded_column(READY)]);
        given(history).when(BEN, restore()).then(TaskRestored { task: TASK, to: spot(id(60), "a0") });
        let mut history = after_discard(Vec::new());
        history.push(discarded_column(READY));
        given(history).when(BEN, restore()).then_rejected(Rejection::NoColumn { board: BOARD, stage: Stage::Ready });
    }

    #[test]
    fn a_full_column_takes_it_no_more() {
        let mut history = after_discard(Vec::new());
        history.extend([(ANNA, limit(READY, 1)), (ANNA, added_in(READY, 50))]);
        given(history).when(BEN, restore()).then_rejected(column_full_of(READY, "Ready", 1, 1));
    }

    #[test]
    fn only_what_is_discarded() {
        given([]).when(BEN, restore()).then_rejected(Rejection::NotDiscarded { what: Thing::Task });
        given([]).when(BEN, RestoreTask { task: id(99) }).then_rejected(Rejection::NoSuch { what: Thing::Task });
    }

    #[test]
    fn only_by_members_on_a_live_board() {
        rejects_outsiders(restore());
        let mut history = after_discard(Vec::new());
        history.push(discarded_board());
        given(history).when(ANNA, restore()).then_rejected(discarded(Thing::Board, ANNA, at(1)));
    }
}
