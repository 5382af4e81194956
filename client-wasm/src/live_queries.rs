//! Live queries: what each subscriber was told last, and the patch that tells what differs now.

use crate::product::State;
use crate::product::ids::TaskId;
use crate::product::queries::{
    Answer, Query, Selection, View, answer_again, answer_from, changed_rows, tasks_among, touched, touched_by_marks,
};
use crate::product::state::diff_up_to;
use std::collections::{BTreeMap, BTreeSet};

/// Tasks looked at between two looks at the clock.
const STEP_TASKS: usize = 128;
/// After more changes than this at once everybody is answered anew, which takes as long as what they show, however much has changed.
const CHANGES_MAX: usize = 256;

/// Names one subscription.
pub type Subscription = u32;
/// Is the time used up that a slice has?
pub type IsOver<'a> = &'a dyn Fn() -> bool;

/// All subscriptions of one open log.
#[derive(Default)]
pub struct LiveQueries {
    /// What all subscribers were told about last.
    shown: State,
    subscribers: BTreeMap<Subscription, Subscriber>,
    last: Subscription,
    /// What is gathered for queries that need a look at each task; one for all that need the same.
    selections: Vec<Selection>,
}

/// What one subscriber knows.
struct Subscriber {
    query: Query,
    head: String,
    order: Vec<[u8; 16]>,
    stamps: BTreeMap<[u8; 16], u64>,
    is_partial: bool,
}

/// Asks once. What needs a look at more tasks than there is time for is answered in part.
pub fn answer_once(view: &View<'_>, query: &Query, is_over: IsOver<'_>) -> Answer {
    let mut selection = Selection::new(query, view.state);
    if let Some(selection) = &mut selection {
        gather(selection, view, is_over);
    }
    answer_from(view, query, &BTreeMap::new(), selection.as_ref())
}

fn gather(selection: &mut Selection, view: &View<'_>, is_over: IsOver<'_>) {
    while selection.step(view, STEP_TASKS) && !is_over() {}
}

fn serving<'s>(selections: &'s [Selection], query: &Query, view: &View<'_>) -> Option<&'s Selection> {
    selections.iter().find(|selection| selection.serves(query, view.state))
}

impl LiveQueries {
    /// Follows `query`. The first patch says everything that there is time for; the rest comes from [`Self::go_on`].
    pub fn subscribe(&mut self, query: Query, view: &View<'_>, is_over: IsOver<'_>) -> (Subscription, String) {
        if self.subscribers.is_empty() {
            self.shown = view.state.clone();
        }
        self.select(&query, view, is_over);
        let answered = answer_from(view, &query, &BTreeMap::new(), serving(&self.selections, &query, view));
        let mut subscriber = Subscriber { query, head: String::new(), order: Vec::new(), stamps: BTreeMap::new(), is_partial: false };
        let patch = subscriber.learn(answered, true).unwrap_or_else(|| "{}".into());
        self.last += 1;
        self.subscribers.insert(self.last, subscriber);
        (self.last, patch)
    }

    /// Points a subscription at another query. Rows that the subscriber has already do not come again.
    pub fn resubscribe(&mut self, subscription: Subscription, query: Query, view: &View<'_>, is_over: IsOver<'_>) -> Option<String> {
        self.select(&query, view, is_over);
        let subscriber = self.subscribers.get_mut(&subscription)?;
        if std::mem::discriminant(&subscriber.query) != std::mem::discriminant(&query) {
            subscriber.stamps.clear();
        }
        subscriber.query = query;
        let selection = serving(&self.selections, &subscriber.query, view);
        let patch = subscriber.learn(answer_from(view, &subscriber.query, &subscriber.stamps, selection), false);
        self.forget_selections();
        patch
    }

    /// Ends a subscription.
    pub fn unsubscribe(&mut self, subscription: Subscription) {
        self.subscribers.remove(&subscription);
        self.forget_selections();
    }

    /// Patches for everybody whose query is touched by what differs since the last time: in the state, and in the marks of `remarked`.
    pub fn refresh(&mut self, view: &View<'_>, remarked: &BTreeSet<[u8; 16]>) -> Vec<(Subscription, String)> {
        if self.subscribers.is_empty() {
            return Vec::new();
        }
        let few = (remarked.len() <= CHANGES_MAX).then(|| diff_up_to(CHANGES_MAX, &self.shown, view.state)).flatten();
        let Some(changes) = few else { return self.refresh_all(view) };
        self.shown = view.state.clone();
        if changes.is_empty() && remarked.is_empty() {
            return Vec::new();
        }
        for selection in &mut self.selections {
            selection.follow(view);
        }
        let changed = changed_rows(&changes, remarked);
        let marked = tasks_among(view.state, remarked);
        let is_touched = |query: &Query| (!changes.is_empty() && touched(&changes, query)) || touched_by_marks(view.state, &marked, query);
        let touched = self.subscribers.iter_mut().filter(|(_, subscriber)| is_touched(&subscriber.query));
        touched
            .filter_map(|(&number, subscriber)| {
                let selection = serving(&self.selections, &subscriber.query, view);
                if selection.is_some_and(Selection::is_anew) {
                    return None;
                }
                let answered = answer_again(view, &subscriber.query, &subscriber.stamps, changed.as_ref(), selection);
                Some((number, subscriber.learn(answered, false)?))
            })
            .collect()
    }

    /// Patches after something changed on which every row may depend, such as the local day, or after very much did.
    pub fn refresh_all(&mut self, view: &View<'_>) -> Vec<(Subscription, String)> {
        self.shown = view.state.clone();
        for selection in &mut self.selections {
            selection.follow(view);
        }
        self.learn_all(view, |_| true)
    }

    /// Is there more to be gathered for somebody?
    pub fn has_more(&self) -> bool {
        self.selections.iter().any(|selection| !selection.is_complete())
    }

    /// Goes on gathering; patches for those for whom there is more, or who have all of it now.
    pub fn go_on(&mut self, view: &View<'_>, is_over: IsOver<'_>) -> Vec<(Subscription, String)> {
        let waiting: Vec<bool> = self.selections.iter().map(|selection| !selection.is_complete()).collect();
        for selection in self.selections.iter_mut().filter(|selection| !selection.is_complete()) {
            selection.follow(view);
            gather(selection, view, is_over);
            if is_over() {
                break;
            }
        }
        self.learn_all(view, |place| place.is_some_and(|place| waiting[place]))
    }

    /// Everybody's answers anew, of whom the place of the selection passes.
    fn learn_all(&mut self, view: &View<'_>, passes: impl Fn(Option<usize>) -> bool) -> Vec<(Subscription, String)> {
        let selections = &self.selections;
        let learn = |(&number, subscriber): (&Subscription, &mut Subscriber)| {
            let place = selections.iter().position(|selection| selection.serves(&subscriber.query, view.state));
            let selection = place.map(|place| &selections[place]);
            if !passes(place) || selection.is_some_and(Selection::is_anew) {
                return None;
            }
            let answered = answer_from(view, &subscriber.query, &subscriber.stamps, selection);
            Some((number, subscriber.learn(answered, false)?))
        };
        self.subscribers.iter_mut().filter_map(learn).collect()
    }

    /// Sees to it that what `query` needs is gathered, as far as there is time.
    fn select(&mut self, query: &Query, view: &View<'_>, is_over: IsOver<'_>) {
        let known = self.selections.iter_mut().find(|selection| selection.serves(query, view.state));
        if let Some(selection) = known {
            selection.follow(view);
        } else if let Some(mut selection) = Selection::new(query, view.state) {
            gather(&mut selection, view, is_over);
            self.selections.push(selection);
        }
    }

    fn forget_selections(&mut self) {
        let (subscribers, state) = (&self.subscribers, &self.shown);
        self.selections.retain(|selection| subscribers.values().any(|subscriber| selection.serves(&subscriber.query, state)));
    }
}

impl Subscriber {
    /// Takes in an answer; the patch that brings the subscriber there, if anything differs.
    fn learn(&mut self, answered: Answer, whole: bool) -> Option<String> {
        let same_order = answered.rows.iter().map(|row| &row.key).eq(&self.order);
        let mut patch = Patch::default();
        if whole || answered.head != self.head {
            patch.part("head").push_str(&answered.head);
        }
        if whole || !same_order {
            patch.list("order", "[", answered.rows.iter(), "]", |row, patch| quote(row.key, patch));
        }
        let mut changed = answered.rows.iter().filter_map(|row| Some((row.key, row.json.as_ref()?))).peekable();
        if whole || changed.peek().is_some() {
            patch.list("rows", "{", changed, "}", |(key, json), patch| {
                quote(key, patch);
                patch.push(':');
                patch.push_str(json);
            });
        }
        if whole || answered.is_partial != self.is_partial {
            patch.part("partial").push_str(if answered.is_partial { "true" } else { "false" });
        }
        self.is_partial = answered.is_partial;
        if same_order {
            self.stamps.extend(answered.rows.iter().filter(|row| row.json.is_some()).map(|row| (row.key, row.stamp)));
        } else {
            // What is no longer in the order is forgotten on both sides.
            self.stamps.clear();
            self.stamps.extend(answered.rows.iter().map(|row| (row.key, row.stamp)));
            self.order = answered.rows.iter().map(|row| row.key).collect();
        }
        self.head = answered.head;
        patch.finish()
    }
}

/// A patch that is being written: JSON, without an allocation for each of its parts.
#[derive(Default)]
struct Patch(String);

impl Patch {
    /// Begins a part; what is pushed is its value.
    fn part(&mut self, name: &str) -> &mut String {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.extend(["\"", name, "\":"]);
        &mut self.0
    }

    fn list<T>(&mut self, name: &str, open: &str, items: impl Iterator<Item = T>, close: &str, mut write: impl FnMut(T, &mut String)) {
        let patch = self.part(name);
        patch.push_str(open);
        for (place, item) in items.enumerate() {
            if place > 0 {
                patch.push(',');
            }
            write(item, patch);
        }
        patch.push_str(close);
    }

    /// The whole of it, unless there is no part.
    fn finish(mut self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        self.0.push('}');
        Some(self.0)
    }
}

fn quote(key: [u8; 16], patch: &mut String) {
    patch.push('"');
    TaskId(key).write(patch);
    patch.push('"');
}
