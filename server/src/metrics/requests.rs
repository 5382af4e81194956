//! HTTP requests by route: how many were answered how, and how long they took.

use super::kinds::{Counter, Histogram};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Kinds of answers by the first digit of their status.
pub const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What is counted of one route. Whoever answers holds it, so that none is looked for.
#[derive(Default)]
pub struct Route {
    /// As it stands in the list of routes, never as it was asked for: what stands in its place may be secret.
    pub pattern: &'static str,
    /// How long it took to begin an answer.
    pub seconds: Histogram,
    /// Answers of each class.
    pub classes: [Counter; CLASSES.len()],
}

impl Route {
    /// A request was answered.
    pub fn answered(&self, status: u16, took: Duration) {
        self.seconds.observe(took);
        if let Some(class) = usize::from(status / 100).checked_sub(1).and_then(|class| self.classes.get(class)) {
            class.add_one();
        }
    }
}

/// All routes. Locked while routes are made, and while they are shown.
#[derive(Default)]
pub struct Requests(Mutex<Vec<Arc<Route>>>);

impl Requests {
    /// A route that is counted from now on.
    pub fn route(&self, pattern: &'static str) -> Arc<Route> {
        let route = Arc::new(Route { pattern, ..Route::default() });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(route.clone());
        route
    }

    /// Those that there are.
    pub fn routes(&self) -> Vec<Arc<Route>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
