//! What all answers need at hand: the view, the reader, people as rows, and what the one who asks knows.

use super::card;
use super::rows::Person;
use super::{Row, View, to_json};
use crate::ids::{MemberNumber, Sign, TaskId};
use crate::queries::rows::SignView;
use crate::state::{Member, State, Task};
use crate::words::{Phrase, Span, initials, is_crew};
use landfall_engine::ActorId;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(super) struct Desk<'v> {
    pub view: &'v View<'v>,
    pub state: &'v State,
    /// The reader's number; `None` when the workspace does not know them.
    pub me: Option<MemberNumber>,
    known: &'v BTreeMap<[u8; 16], u64>,
    /// Tasks that may differ from what is known; `None` when any may.
    changed: Option<&'v BTreeSet<[u8; 16]>>,
    people: RefCell<BTreeMap<MemberNumber, Rc<Person>>>,
}

impl<'v> Desk<'v> {
    pub fn new(view: &'v View<'v>, known: &'v BTreeMap<[u8; 16], u64>, changed: Option<&'v BTreeSet<[u8; 16]>>) -> Self {
        let me = view.state.number_of(view.me);
        Self { view, state: view.state, me, known, changed, people: RefCell::default() }
    }

    /// The reader as a member.
    pub fn member(&self) -> Option<&'v Member> {
        self.state.member(self.me?).map(|member| &**member)
    }

    /// May the reader work?
    pub fn may_work(&self) -> bool {
        self.member().is_some_and(Member::may_work)
    }

    /// A person as a row, made once per answer.
    pub fn person(&self, number: MemberNumber) -> Rc<Person> {
        let mut people = self.people.borrow_mut();
        let person = people.entry(number).or_insert_with(|| {
            let who = self.state.who(number);
            Rc::new(person(who.actor, &who.name, self.view.me))
        });
        Rc::clone(person)
    }

    /// A sign as a row.
    pub fn sign(&self, sign: &Sign) -> SignView {
        SignView {
            by: self.person(sign.person),
            at: sign.at,
            device: format!("{:08x}", sign.device),
            landed: sign.landed(),
            mark: sign.mark,
        }
    }

    /// The row of a task: its JSON only when who asked does not know it. One that cannot have changed is not even looked up.
    pub fn row(&self, id: TaskId) -> Option<Row> {
        let key = id.0;
        let known = self.known.get(&key).copied();
        if let (Some(stamp), Some(changed)) = (known, self.changed)
            && !changed.contains(&key)
        {
            return Some(Row { key, stamp, json: None });
        }
        let card = card::card(self, self.state.task(id)?);
        let stamp = card.stamp();
        let json = if known == Some(stamp) { None } else { Some(to_json(&card)) };
        Some(Row { key, stamp, json })
    }

    /// Does this task wait for the reader's sign-off?
    pub fn waits_for_reader(&self, task: &Task) -> bool {
        let Some(me) = self.me else { return false };
        task.stage == crate::state::Stage::InReview && task.is_live() && !task.workers.contains(&me) && self.may_work()
    }

    /// Was this task handed to the reader, and not answered?
    pub fn handed_to_reader(&self, task: &Task) -> bool {
        self.me.is_some() && task.is_live() && task.hold.as_ref().is_some_and(|hold| hold.handed.is_some() && Some(hold.holder) == self.me)
    }

    /// A sentence for the reader, who is "you" in it.
    pub fn told(&self, phrase: Phrase) -> Phrase {
        for_reader(phrase, self.view.me)
    }
}

pub(super) fn person(actor: ActorId, name: &str, me: ActorId) -> Person {
    Person { actor, name: name.to_owned(), initials: initials(name), you: actor == me, crew: is_crew(name) }
}

/// The sentence as `reader` reads it: their own name is "you", or "You" where a sentence begins.
pub fn for_reader(mut phrase: Phrase, reader: ActorId) -> Phrase {
    let mut begins = true;
    for span in &mut phrase {
        if let Span::Person { actor, name } = span
            && *actor == reader
        {
            *name = if begins { "You" } else { "you" }.to_owned();
        }
        begins = matches!(span, Span::Text(text) if text.trim_end().ends_with(['.', '!', '?']));
    }
    phrase
}
