//! `add_task`: adds a task to a board.

use super::{DiscardTask, NewStep, Spot};
use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent, rests_on_task};
use crate::day::Due;
use crate::ids::{BoardId, ColumnId, StepId, TaskId};
use crate::rank::Rank;
use crate::rejection::{Problem, Thing};
use crate::state::{Priority, Stage, Step, Task, TaskSigns};
use crate::text::{List, Text};
use crate::{Command, Event, Rejection, State};
use imbl::OrdMap;
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Adds a task to a board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(deny_unknown_fields)]
pub struct AddTask {
    /// Its id.
    pub task: TaskId,
    /// The board.
    pub board: BoardId,
    /// Where it stands; by default the first column of ready tasks.
    pub column: Option<ColumnId>,
    /// Its place in the column; by default the end.
    pub rank: Option<Rank>,
    /// What is to be done, in one line.
    pub title: Text,
    /// What is to be done, at length.
    pub description: Option<Text>,
    /// A checklist.
    pub steps: Vec<NewStep>,
    /// Labels.
    pub labels: Vec<Text>,
    /// When it is due.
    pub due: Option<Due>,
    /// About how long it takes.
    pub estimate_minutes: Option<u32>,
    /// How soon it matters.
    pub priority: Priority,
    /// Where it came from, when it is imported.
    pub source: Option<Text>,
}

/// A task was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskAdded {
    /// Its id.
    pub task: TaskId,
    /// The board.
    pub board: BoardId,
    /// Where it stands.
    pub to: Spot,
    /// How far it is.
    pub stage: Stage,
    /// What is to be done, in one line.
    pub title: Text,
    /// What is to be done, at length.
    pub description: Option<Text>,
    /// A checklist.
    pub steps: Vec<NewStep>,
    /// Labels.
    pub labels: Vec<Text>,
    /// When it is due.
    pub due: Option<Due>,
    /// About how long it takes.
    pub estimate_minutes: Option<u32>,
    /// How soon it matters.
    pub priority: Priority,
    /// Where it came from, when it was imported.
    pub source: Option<Text>,
}

impl Intent for AddTask {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let board = case.board(self.board)?;
        case.unused(case.state.task(self.task).map(|task| &task.added))?;
        self.check()?;
        case.one_more(Thing::Task, case.state.board_count(self.board).total() as usize, bounds::TASKS_PER_BOARD)?;
        let column = match self.column {
            Some(id) => case.column(id)?,
            None => case.first_column(board.id, Stage::Ready).ok_or(Rejection::NoColumn { board: board.id, stage: Stage::Ready })?,
        };
        if column.board != board.id {
            return Err(bounds::invalid("column", Problem::BadValue));
        }
        case.room(column, None)?;
        let mut labels = self.labels.clone();
        labels.sort();
        labels.dedup();
        let added = TaskAdded {
            task: self.task,
            board: self.board,
            to: case.spot(column.id, self.rank.as_ref()),
            stage: column.stage,
            title: self.title.clone(),
            description: self.description.clone().filter(|text| !text.is_empty()),
            steps: self.steps.clone(),
            labels,
            due: self.due,
            estimate_minutes: self.estimate_minutes,
            priority: self.priority,
            source: self.source.clone(),
        };
        Ok(vec![added.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(DiscardTask { task: self.task, why: Text::default() }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl AddTask {
    /// What can be said about its fields without knowing the workspace.
    fn check(&self) -> Result<(), Rejection> {
        bounds::line("title", &self.title, bounds::TITLE_CHARS)?;
        if let Some(text) = &self.description {
            bounds::lines_or_empty("description", text, bounds::DESCRIPTION_CHARS)?;
        }
        if let Some(source) = &self.source {
            bounds::line_or_empty("source", source, bounds::ADDRESS_CHARS)?;
        }
        if let Some(minutes) = self.estimate_minutes {
            bounds::count("estimate_minutes", minutes, bounds::ESTIMATE_MINUTES)?;
        }
        if self.labels.len() > bounds::LABELS_PER_TASK as usize {
            return Err(Rejection::LimitReached { what: Thing::Label, max: bounds::LABELS_PER_TASK });
        }
        self.labels.iter().try_for_each(|label| bounds::line("labels", label, bounds::LABEL_CHARS))?;
        if self.steps.len() > bounds::STEPS_PER_TASK as usize {
            return Err(Rejection::LimitReached { what: Thing::Step, max: bounds::STEPS_PER_TASK });
        }
        self.steps.iter().try_for_each(|step| bounds::line("steps", &step.text, bounds::STEP_CHARS))?;
        let mut ids: BTreeSet<StepId> = BTreeSet::new();
        if self.steps.iter().all(|step| ids.insert(step.step)) { Ok(()) } else { Err(bounds::invalid("steps", Problem::BadValue)) }
    }
}

impl Fact for TaskAdded {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = state.sign(context);
        let number = landed_number(state, self.board, context);
        let step = |new: &NewStep| {
            let ticked = new.done.then_some(sign);
            Arc::new(Step { id: new.step, text: new.text.clone(), sign, ticked, discarded: None })
        };
        state.insert_task(Task {
            id: self.task,
            number,
            board: self.board,
            column: self.to.column,
            rank: self.to.rank.clone(),
            stage: self.stage,
            priority: self.priority,
            added: sign,
            title: self.title.clone(),
            due: self.due,
            estimate_minutes: self.estimate_minutes,
            description: self.description.clone(),
            source: self.source.clone(),
            labels: self.labels.iter().cloned().collect(),
            hold: None,
            blocked: None,
            submitted: None,
            sent_back: None,
            signed_off: None,
            discarded: None,
            workers: List::default(),
            steps: self.steps.iter().map(step).collect(),
            links: List::default(),
            comments: OrdMap::new(),
            history: List::default(),
            signs: TaskSigns::default(),
        });
    }

    fn settle(&self, view: &mut State, context: &Context) {
        let number = landed_number(view, self.board, context);
        view.settle_task(self.task, |task| {
            task.number = number;
            task.settle(context);
        });
    }

    fn task(&self) -> Option<TaskId> {
        Some(self.task)
    }

    fn rests_on(&self, each: &mut dyn FnMut([u8; 16])) -> bool {
        rests_on_task(self.task, Some(&self.to), each)
    }

    /// What takes the last place of a board but one changes what everybody may add.
    fn changes(&self, state: &State, each: &mut dyn FnMut([u8; 16])) -> bool {
        let is_room_for_two = state.board_count(self.board).total() + 1 < bounds::TASKS_PER_BOARD;
        is_room_for_two && state.changes_of_task(self.task, true, Some(&self.to), each)
    }
}

/// The next readable number of a board, once the task has landed; none before, so that a number once read never changes.
fn landed_number(state: &mut State, board: BoardId, context: &Context) -> Option<NonZeroU32> {
    context.position?;
    let mut number = None;
    state.edit_board(board, |board| {
        board.last_number += 1;
        number = NonZeroU32::new(board.last_number);
    });
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Standing;

    fn another() -> AddTask {
        add_task(id(77), "Re-pack stern tube gland, starboard")
    }

    fn added(command: AddTask, rank: &str) -> TaskAdded {
        TaskAdded {
            task: command.task,
            board: command.board,
            to: spot(command.column.unwrap_or(READY), rank),
            stage: Stage::Ready,
            title: command.title,
            description: command.description,
            steps: command.steps,
            labels: command.labels,
            due: command.due,
            estimate_minutes: command.estimate_minutes,
            priority: command.priority,
            source: command.source,
        }
    }

    #[test]
    fn stands_at_the_end_of_the_first_ready_column() {
        given([]).when(BEN, another()).then(added(another(), "a1")).undo_restores();
    }

    #[test]
    fn gets_its_number_when_it_lands() {
        let outcome = given([]).when(BEN, another());
        assert_eq!(outcome.predicted().task(id(77)).unwrap().number, None);
        assert_eq!(outcome.state().task(id(77)).unwrap().number, NonZeroU32::new(2));
    }

    #[test]
    fn brings_parts_along() {
        let steps =
            vec![NewStep { step: id(1), text: "Isolate".into(), done: true }, NewStep { step: id(2), text: "Lift".into(), done: false }];
        let labels = vec!["Hull".into(), "Engine".into(), "Hull".into()];
        let outcome = given([]).when(BEN, AddTask { steps, labels, description: Some("".into()), ..another() });
        let task = outcome.state().task(id(77)).unwrap();
        assert_eq!(task.steps_done(), (1, 2));
        assert_eq!(task.labels.to_vec(), ["Engine", "Hull"]);
        assert_eq!(task.description, None);
        assert!(outcome.state().labels_of(BOARD).eq([&Text::from("Engine"), &Text::from("Hull")]));
    }

    #[test]
    fn can_stand_in_any_column_of_its_board() {
        let outcome = given([]).when(BEN, AddTask { column: Some(DONE), ..another() });
        assert_eq!(outcome.state().task(id(77)).unwrap().stage, Stage::SignedOff);
        let elsewhere = AddTask { column: Some(id(91)), ..another() };
        given([(BEN, other_board(91))]).when(BEN, elsewhere).then_rejected(invalid("column", Problem::BadValue));
        let nowhere = AddTask { column: Some(id(99)), ..another() };
        given([]).when(BEN, nowhere).then_rejected(Rejection::NoSuch { what: Thing::Column });
    }

    #[test]
    fn a_full_column_takes_no_more() {
        let command = AddTask { column: Some(UNDER_WAY), ..another() };
        given(full()).when(BEN, command).then_rejected(column_full());
    }

    #[test]
    fn a_board_without_a_ready_column_has_no_place_for_it() {
        let board = AddTask { board: id(90), ..another() };
        given([(BEN, other_board(91))]).when(BEN, board).then_rejected(Rejection::NoColumn { board: id(90), stage: Stage::Ready });
    }

    #[test]
    fn its_id_is_new() {
        given([]).when(BEN, add_task(TASK, "Again")).then_rejected(already(Standing::Exists, ANNA, AT_ADDED));
    }

    #[test]
    fn its_fields_say_something_and_not_too_much() {
        let reject = |command: AddTask, rejection| given([]).when(BEN, command).then_rejected(rejection);
        reject(AddTask { title: " ".into(), ..another() }, invalid("title", Problem::Empty));
        reject(AddTask { title: "a\nb".into(), ..another() }, invalid("title", Problem::BadValue));
        reject(AddTask { title: "a".repeat(301).into(), ..another() }, invalid("title", Problem::TooLong { max: 300 }));
        reject(AddTask { estimate_minutes: Some(0), ..another() }, invalid("estimate_minutes", Problem::BadValue));
        reject(AddTask { labels: vec!["".into()], ..another() }, invalid("labels", Problem::Empty));
        reject(AddTask { labels: vec!["x".into(); 21], ..another() }, Rejection::LimitReached { what: Thing::Label, max: 20 });
        let step = NewStep { step: id(1), text: "Twice".into(), done: false };
        reject(AddTask { steps: vec![step.clone(); 2], ..another() }, invalid("steps", Problem::BadValue));
        reject(AddTask { steps: vec![step; 201], ..another() }, Rejection::LimitReached { what: Thing::Step, max: 200 });
    }

    #[test]
    fn only_by_members_on_a_live_board() {
        given([]).when(VERA, another()).then_rejected(Rejection::Viewer {});
        given([]).when(STRANGER, another()).then_rejected(stranger());
        given([]).when(BEN, AddTask { board: id(99), ..another() }).then_rejected(Rejection::NoSuch { what: Thing::Board });
        given([discarded_board()]).when(BEN, another()).then_rejected(discarded(Thing::Board, ANNA, at(0)));
    }
}
