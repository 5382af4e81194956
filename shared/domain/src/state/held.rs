//! An entity that copies of a state hold together, and that is compared by whether it is the very same one.

use super::State;
use std::ops::Deref;
use std::sync::Arc;

/// An entity in a map of the state. Equal means shared: whoever looks for what differs between two states pays for what differs or was
/// made anew, and never for reading two large entities that turn out to say the same.
#[derive(Debug)]
pub struct Held<T>(Arc<T>);

impl<T> Held<T> {
    pub(super) fn new(entity: T) -> Self {
        Self(Arc::new(entity))
    }
}

impl<T: Clone> Held<T> {
    /// The entity for changing; copies of the state keep it as it is.
    pub(super) fn edit(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Held<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Eq for Held<T> {}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Takes up to `count` tasks out of a state that is no longer wanted, and leaves its indexes as they are: they are small.
pub(crate) fn dismantle(state: &mut State, count: usize) -> bool {
    for _ in 0..count {
        let Some(&id) = state.tasks.get_min().map(|(id, _)| id) else { return false };
        state.tasks.remove(&id);
    }
    true
}
