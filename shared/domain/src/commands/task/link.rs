//! `link`: links a task to another, or to a page. A link that was taken away can be made anew.

use super::Unlink;
use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{LinkId, Sign, TaskId};
use crate::rejection::{Problem, Standing, Thing};
use crate::state::{Link, LinkKind, LinkTarget, Task};
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Links a task to another, or to a page. A link that was taken away can be made anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct AddLink {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub link: LinkId,
    /// Where it leads.
    pub to: LinkTarget,
    /// What it says.
    pub kind: LinkKind,
}

/// A task was linked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Linked {
    /// The task.
    pub task: TaskId,
    /// Its id.
    pub link: LinkId,
    /// Where it leads.
    pub to: LinkTarget,
    /// What it says.
    pub kind: LinkKind,
}

impl Intent for AddLink {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.worker()?;
        let task = case.task(self.task)?;
        match &self.to {
            LinkTarget::Task(other) if *other == self.task => return Err(bounds::invalid("to", Problem::BadValue)),
            LinkTarget::Task(other) => {
                case.state.task(*other).ok_or(Rejection::NoSuch { what: Thing::Task })?;
            }
            LinkTarget::Page { url, title } => {
                bounds::line("url", url, bounds::ADDRESS_CHARS)?;
                bounds::line_or_empty("title", title, bounds::TITLE_CHARS)?;
                if !url.starts_with("https://") && !url.starts_with("http://") {
                    return Err(bounds::invalid("url", Problem::BadValue));
                }
            }
        }
        match task.link(self.link) {
            Some(link) if link.unlinked.is_none() => return Err(case.already(Standing::Exists, &link.sign)),
            Some(_) => {}
            None => case.one_more(Thing::Link, task.links.len(), bounds::LINKS_PER_TASK)?,
        }
        Ok(vec![Linked { task: self.task, link: self.link, to: self.to.clone(), kind: self.kind }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(Unlink { task: self.task, link: self.link }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for Linked {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        let link = Arc::new(Link { id: self.link, to: self.to.clone(), kind: self.kind, sign, unlinked: None });
        task.links.edit(|links| match links.iter().position(|known| known.id == self.link) {
            Some(place) => links[place] = link,
            None => links.push(link),
        });
        Some(Deed::Linked { link: self.link })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn link_to(to: LinkTarget) -> AddLink {
        AddLink { task: TASK, link: LINK, to, kind: LinkKind::Reference }
    }

    fn page(url: &str) -> AddLink {
        link_to(LinkTarget::Page { url: url.into(), title: "Pump manual".into() })
    }

    #[test]
    fn to_a_page_or_to_a_task() {
        given([]).when(BEN, page("https://example.org/pump")).then_happens().undo_restores();
        let expected = Linked { task: TASK, link: LINK, to: LinkTarget::Task(id(50)), kind: LinkKind::Reference };
        given([(ANNA, added_in(READY, 50))]).when(BEN, link_to(LinkTarget::Task(id(50)))).then(expected).undo_restores();
    }

    #[test]
    fn only_to_what_there_is() {
        given([]).when(BEN, link_to(LinkTarget::Task(id(99)))).then_rejected(Rejection::NoSuch { what: Thing::Task });
        given([]).when(BEN, link_to(LinkTarget::Task(TASK))).then_rejected(invalid("to", Problem::BadValue));
    }

    #[test]
    fn only_to_an_address_that_a_browser_opens() {
        given([]).when(BEN, page("javascript:alert(1)")).then_rejected(invalid("url", Problem::BadValue));
        given([]).when(BEN, page("")).then_rejected(invalid("url", Problem::Empty));
    }

    #[test]
    fn its_id_is_new_and_there_are_not_too_many() {
        given([link(CARA)]).when(BEN, page("https://example.org")).then_rejected(already(Standing::Exists, CARA, at(0)));
        let full = (0..100).map(|number| (BEN, AddLink { link: id(number), ..page("https://example.org") }.into()));
        let one_more = AddLink { link: id(101), ..page("https://example.org") };
        given(full).when(BEN, one_more).then_rejected(Rejection::LimitReached { what: Thing::Link, max: 100 });
    }

    #[test]
    fn only_by_members_on_a_live_task() {
        rejects_outsiders(page("https://example.org"));
        rejects_lost_tasks(page("https://example.org"), |task| AddLink { task, ..page("https://example.org") }.into());
    }
}
