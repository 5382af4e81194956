//! `label`: adds labels to a task and takes others away. What is so already is passed over.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::rejection::Thing;
use crate::state::Task;
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Adds labels to a task and takes others away. What is so already is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The task.
    pub task: TaskId,
    /// Labels to add.
    pub add: Vec<Text>,
    /// Labels to take away.
    pub remove: Vec<Text>,
}

/// Labels were added to a task or taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskLabelled {
    /// The task.
    pub task: TaskId,
    /// Labels that it did not have.
    pub added: Vec<Text>,
    /// Labels that it had.
    pub removed: Vec<Text>,
}

impl Intent for Label {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        self.add.iter().try_for_each(|label| bounds::line("add", label, bounds::LABEL_CHARS))?;
        let (added, removed) = self.effect(task);
        if task.labels.len() + added.len() - removed.len() > bounds::LABELS_PER_TASK as usize {
            return Err(Rejection::LimitReached { what: Thing::Label, max: bounds::LABELS_PER_TASK });
        }
        if added.is_empty() && removed.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![TaskLabelled { task: self.task, added, removed }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        let (added, removed) = self.effect(before.task(self.task)?);
        Some(Self { task: self.task, add: removed, remove: added }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl Label {
    /// Which labels the task did not have and gets, and which it had and loses. A label in both lists is added.
    fn effect(&self, task: &Task) -> (Vec<Text>, Vec<Text>) {
        let has = |label: &Text| task.labels.binary_search(label).is_ok();
        let mut added: Vec<Text> = self.add.iter().filter(|label| !has(label)).cloned().collect();
        let mut removed: Vec<Text> = self.remove.iter().filter(|label| has(label) && !self.add.contains(label)).cloned().collect();
        for labels in [&mut added, &mut removed] {
            labels.sort();
            labels.dedup();
        }
        (added, removed)
    }
}

impl TaskFact for TaskLabelled {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, _: Sign) -> Option<Deed> {
        task.labels.edit(|labels| {
            labels.retain(|label| !self.removed.contains(label));
            labels.extend(self.added.iter().cloned());
            labels.sort();
            labels.dedup();
        });
        Some(Deed::Labelled { added: self.added.iter().cloned().collect(), removed: self.removed.iter().cloned().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn label(add: &[&str], remove: &[&str]) -> Label {
        let texts = |labels: &[&str]| labels.iter().map(|label| Text::from(*label)).collect();
        Label { task: TASK, add: texts(add), remove: texts(remove) }
    }

    #[test]
    fn adds_and_removes_what_makes_a_difference() {
        let expected = TaskLabelled { task: TASK, added: vec!["Hull".into()], removed: vec!["Engine".into()] };
        given([(BEN, label(&["Engine", "Paint"], &[]).into())])
            .when(BEN, label(&["Paint", "Hull"], &["Engine", "Deck"]))
            .then(expected)
            .undo_restores();
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        given([(BEN, label(&["Engine"], &[]).into())]).when(BEN, label(&["Engine"], &["Hull"])).then_nothing();
    }

    #[test]
    fn labels_say_something_and_there_are_not_too_many() {
        given([]).when(BEN, label(&[" "], &[])).then_rejected(invalid("add", Problem::Empty));
        let many: Vec<String> = (0..21).map(|number| format!("L{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        given([]).when(BEN, label(&many, &[])).then_rejected(Rejection::LimitReached { what: Thing::Label, max: 20 });
        given([(BEN, label(&many[..20], &[]).into())]).when(BEN, label(&many[20..], &many[..1])).then_happens();
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(label(&["Hull"], &[]));
        rejects_lost_tasks(label(&["Hull"], &[]), |task| Label { task, ..label(&["Hull"], &[]) }.into());
    }
}
