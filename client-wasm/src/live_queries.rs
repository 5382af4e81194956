//! Live queries: what each subscriber was told last, and the patch that tells what differs now.

use crate::product::State;
use crate::product::ids::TaskId;
use crate::product::queries::{Answer, Query, View, answer, answer_again, touched, touched_by_marks};
use crate::product::state::diff;
use std::collections::{BTreeMap, BTreeSet};

/// Names one subscription.
pub type Subscription = u32;

/// All subscriptions of one open log.
#[derive(Default)]
pub struct LiveQueries {
    /// What all subscribers were told about last.
    shown: State,
    subscribers: BTreeMap<Subscription, Subscriber>,
    last: Subscription,
}

/// What one subscriber knows.
struct Subscriber {
    query: Query,
    head: String,
    order: Vec<[u8; 16]>,
    stamps: BTreeMap<[u8; 16], u64>,
}

impl LiveQueries {
    /// Follows `query`. The first patch says everything.
    pub fn subscribe(&mut self, query: Query, view: &View<'_>) -> (Subscription, String) {
        if self.subscribers.is_empty() {
            self.shown = view.state.clone();
        }
        let answered = answer(view, &query, &BTreeMap::new());
        let mut subscriber = Subscriber { query, head: String::new(), order: Vec::new(), stamps: BTreeMap::new() };
        let patch = subscriber.learn(answered, true).unwrap_or_else(|| "{}".into());
        self.last += 1;
        self.subscribers.insert(self.last, subscriber);
        (self.last, patch)
    }

    /// Points a subscription at another query. Rows that the subscriber has already do not come again.
    pub fn resubscribe(&mut self, subscription: Subscription, query: Query, view: &View<'_>) -> Option<String> {
        let subscriber = self.subscribers.get_mut(&subscription)?;
        if std::mem::discriminant(&subscriber.query) != std::mem::discriminant(&query) {
            subscriber.stamps.clear();
        }
        subscriber.query = query;
        subscriber.learn(answer(view, &subscriber.query, &subscriber.stamps), false)
    }

    /// Ends a subscription.
    pub fn unsubscribe(&mut self, subscription: Subscription) {
        self.subscribers.remove(&subscription);
    }

    /// Patches for everybody whose query is touched by what differs since the last time: in the state, and in the marks of `remarked`.
    pub fn refresh(&mut self, view: &View<'_>, remarked: &BTreeSet<[u8; 16]>) -> Vec<(Subscription, String)> {
        if self.subscribers.is_empty() {
            return Vec::new();
        }
        let changes = diff(&self.shown, view.state);
        self.shown = view.state.clone();
        if changes.is_empty() && remarked.is_empty() {
            return Vec::new();
        }
        let is_touched = |query: &Query| {
            (!changes.is_empty() && touched(&changes, query)) || (!remarked.is_empty() && touched_by_marks(view.state, remarked, query))
        };
        let touched = self.subscribers.iter_mut().filter(|(_, subscriber)| is_touched(&subscriber.query));
        touched
            .filter_map(|(&number, subscriber)| {
                let answered = answer_again(view, &subscriber.query, &subscriber.stamps, &changes, remarked);
                Some((number, subscriber.learn(answered, false)?))
            })
            .collect()
    }

    /// Patches after something changed on which every row may depend: the local day.
    pub fn refresh_all(&mut self, view: &View<'_>) -> Vec<(Subscription, String)> {
        self.shown = view.state.clone();
        let all = self.subscribers.iter_mut();
        all.filter_map(|(&number, subscriber)| {
            Some((number, subscriber.learn(answer(view, &subscriber.query, &subscriber.stamps), false)?))
        })
        .collect()
    }
}

impl Subscriber {
    /// Takes in an answer; the patch that brings the subscriber there, if anything differs.
    fn learn(&mut self, answered: Answer, whole: bool) -> Option<String> {
        let same_order = answered.rows.iter().map(|row| &row.key).eq(&self.order);
        let mut parts = Vec::new();
        if whole || answered.head != self.head {
            parts.push(format!("\"head\":{}", answered.head));
        }
        if whole || !same_order {
            let keys: Vec<String> = answered.rows.iter().map(|row| format!("\"{}\"", TaskId(row.key))).collect();
            parts.push(format!("\"order\":[{}]", keys.join(",")));
        }
        let changed = answered.rows.iter().filter_map(|row| row.json.as_ref().map(|json| format!("\"{}\":{json}", TaskId(row.key))));
        let changed: Vec<String> = changed.collect();
        if whole || !changed.is_empty() {
            parts.push(format!("\"rows\":{{{}}}", changed.join(",")));
        }
        if same_order {
            self.stamps.extend(answered.rows.iter().filter(|row| row.json.is_some()).map(|row| (row.key, row.stamp)));
        } else {
            // What is no longer in the order is forgotten on both sides.
            self.stamps = answered.rows.iter().map(|row| (row.key, row.stamp)).collect();
            self.order = answered.rows.iter().map(|row| row.key).collect();
        }
        self.head = answered.head;
        (!parts.is_empty()).then(|| format!("{{{}}}", parts.join(",")))
    }
}
