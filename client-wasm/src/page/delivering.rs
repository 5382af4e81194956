//! What is told to whom and when: in order, a slice for each frame, or at once where somebody waits for it.

use super::{Callback, Page};
use crate::host::{Slice, after_frame};
use crate::live_queries::Subscription;
use std::collections::VecDeque;

/// Whom a delivery is for. A subscriber that is gone by then gets nothing.
pub(super) enum Addressee {
    Subscriber(Subscription),
    Listener(Callback),
}

impl Page {
    pub(super) fn address(&self, patches: Vec<(Subscription, String)>) {
        let addressed = patches.into_iter().map(|(number, patch)| (Addressee::Subscriber(number), patch));
        self.deliveries.borrow_mut().extend(addressed);
    }

    /// Delivers what is to be told to one subscriber, ahead of what others wait for, unless a callback is running.
    pub(super) fn deliver_to(&self, subscription: Subscription) {
        if self.is_delivering.replace(true) {
            return;
        }
        let is_its = |addressee: &Addressee| matches!(addressee, Addressee::Subscriber(number) if *number == subscription);
        let (its, others): (VecDeque<_>, VecDeque<_>) = self.deliveries.take().into_iter().partition(|(addressee, _)| is_its(addressee));
        self.deliveries.replace(others);
        let callback = self.subscribers.borrow().get(&subscription).cloned();
        if let Some(callback) = callback {
            its.iter().for_each(|(_, text)| callback(text));
        }
        self.is_delivering.set(false);
        // What a callback has done meanwhile, or made wait.
        if self.is_hurried.get() {
            self.empty_deliveries();
        } else {
            self.keep_delivering();
        }
    }

    /// Delivers everything before this returns, unless a callback is running: then before that one's delivery ends.
    pub(super) fn empty_deliveries(&self) {
        self.is_hurried.set(true);
        self.deliver_until(&|| false);
    }

    /// Delivers until a slice is used up; drawing takes its time too. The rest follows, in order, in slices of its own.
    pub(super) fn keep_delivering(&self) {
        self.deliver_within(&Slice::begin(&**self.driver.host()));
    }

    /// The same, where some of the slice, or all of it, has been used up by what made the patches.
    pub(super) fn deliver_within(&self, slice: &Slice<'_>) {
        if !slice.is_over() {
            self.deliver_until(&|| slice.is_over());
        }
        if self.deliveries.borrow().is_empty() || self.is_delivering.get() || self.delivers_later.replace(true) {
            return;
        }
        let me = self.me.clone();
        let go_on = move || {
            let Some(page) = me.upgrade().filter(|page| !page.driver.is_closed()) else { return };
            page.delivers_later.set(false);
            page.keep_delivering();
            page.show_what_waited();
        };
        // After the next frame, in which the browser lays out and paints what was drawn so far: all at once would be one long task.
        after_frame(self.driver.host(), Box::new(go_on));
    }

    fn deliver_until(&self, is_over: &dyn Fn() -> bool) {
        if self.is_delivering.replace(true) {
            return;
        }
        loop {
            let next = self.deliveries.borrow_mut().pop_front();
            let Some((addressee, text)) = next else {
                self.is_hurried.set(false);
                break;
            };
            let callback = match addressee {
                Addressee::Subscriber(number) => self.subscribers.borrow().get(&number).cloned(),
                Addressee::Listener(callback) => Some(callback),
            };
            if let Some(callback) = callback {
                callback(&text);
                if !self.is_hurried.get() && is_over() {
                    break;
                }
            }
        }
        self.is_delivering.set(false);
    }
}
