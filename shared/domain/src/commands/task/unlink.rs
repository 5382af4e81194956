//! `unlink`: takes a link away.

use super::AddLink;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{LinkId, Sign, TaskId};
use crate::rejection::Thing;
use crate::state::Task;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Takes a link away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Unlink {
    /// The task.
    pub task: TaskId,
    /// The link.
    pub link: LinkId,
}

/// A link was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Unlinked {
    /// The task.
    pub task: TaskId,
    /// The link.
    pub link: LinkId,
}

impl Intent for Unlink {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        let link = task.link(self.link).ok_or(Rejection::NoSuch { what: Thing::Link })?;
        if let Some(sign) = &link.unlinked {
            return Err(Rejection::Discarded { what: Thing::Link, by: case.state.who(sign.person), at: sign.at });
        }
        Ok(vec![Unlinked { task: self.task, link: self.link }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        let link = before.task(self.task)?.link(self.link)?;
        Some(AddLink { task: self.task, link: self.link, to: link.to.clone(), kind: link.kind }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for Unlinked {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.links.edit(|links| {
            if let Some(link) = links.iter_mut().find(|link| link.id == self.link) {
                Arc::make_mut(link).unlinked = Some(sign);
            }
        });
        Some(Deed::Unlinked { link: self.link })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn unlink() -> Unlink {
        Unlink { task: TASK, link: LINK }
    }

    #[test]
    fn takes_a_link_away() {
        given([link(CARA)]).when(BEN, unlink()).then(Unlinked { task: TASK, link: LINK }).undo_restores();
    }

    #[test]
    fn only_a_link_that_there_is() {
        given([]).when(BEN, unlink()).then_rejected(Rejection::NoSuch { what: Thing::Link });
        given([link(CARA), (CARA, unlink().into())]).when(BEN, unlink()).then_rejected(discarded(Thing::Link, CARA, at(1)));
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(unlink());
        rejects_lost_tasks(unlink(), |task| Unlink { task, link: LINK }.into());
    }
}
