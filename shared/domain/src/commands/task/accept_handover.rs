//! `accept_handover`: accepts a task that was handed over to its author.

use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{Sign, TaskId};
use crate::state::{Hold, Stage, Task};
use crate::{Event, Rejection};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Accepts a task that was handed over to its author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct AcceptHandover {
    /// The task.
    pub task: TaskId,
}

/// A handover was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HandoverAccepted {
    /// The task.
    pub task: TaskId,
}

impl Intent for AcceptHandover {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let task = case.task(self.task)?;
        match &task.hold {
            Some(hold) if hold.holder == me && hold.handed.is_some() => Ok(vec![HandoverAccepted { task: self.task }.into()]),
            _ => Err(Rejection::NotHanded {}),
        }
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for HandoverAccepted {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.hold = Some(Arc::new(Hold { holder: sign.person, sign, handed: None }));
        if task.stage == Stage::UnderWay {
            task.worked(sign.person);
        }
        Some(Deed::AcceptedHandover)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn accept() -> AcceptHandover {
        AcceptHandover { task: TASK }
    }

    #[test]
    fn accepts() {
        let outcome = given(handed_over(BEN, CARA)).when(CARA, accept()).then(HandoverAccepted { task: TASK }).no_undo();
        let task = outcome.state().task(TASK).unwrap();
        assert_eq!(task.hold.as_ref().unwrap().handed, None);
        assert_eq!(task.workers.to_vec(), [number(BEN), number(CARA)]);
    }

    #[test]
    fn only_what_was_handed_to_oneself() {
        given(handed_over(BEN, CARA)).when(ANNA, accept()).then_rejected(Rejection::NotHanded {});
        given(handed_over(BEN, CARA)).when(BEN, accept()).then_rejected(Rejection::NotHanded {});
        given(claimed(BEN)).when(BEN, accept()).then_rejected(Rejection::NotHanded {});
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(accept());
        rejects_lost_tasks(accept(), |task| AcceptHandover { task }.into());
    }
}
