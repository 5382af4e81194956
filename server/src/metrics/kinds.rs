//! Numbers that many threads change at once without waiting for one another: counters, gauges, histograms.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that only grows.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add_one(&self) {
        self.add(1);
    }

    /// `n` more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// Sets it.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// What it is now.
    pub fn level(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// One more until the guard is dropped.
    pub fn hold(&self) -> Held<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Held(self)
    }
}

/// See [`Gauge::hold`].
pub struct Held<'a>(&'a Gauge);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What one of many adds to a gauge; nothing any more when it is dropped.
pub struct Part {
    whole: Arc<Gauge>,
    level: u64,
}

impl Part {
    /// Adds nothing yet.
    pub fn of(whole: Arc<Gauge>) -> Self {
        Self { whole, level: 0 }
    }

    /// Sets what it adds.
    pub fn set(&mut self, level: u64) {
        if level != self.level {
            self.whole.0.fetch_add(level.wrapping_sub(self.level), Ordering::Relaxed);
            self.level = level;
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// Durations, counted by how long they are.
#[derive(Default)]
pub struct Histogram {
    /// How many are within each bound and not within the one before, and how many are beyond all.
    counts: [Counter; BOUNDS.len() + 1],
    nanoseconds: Counter,
}

/// From what a processor does alone to what a person gives up on.
pub const BOUNDS: [Duration; 16] = [
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

impl Histogram {
    /// Something took this long.
    pub fn observe(&self, took: Duration) {
        self.counts[BOUNDS.partition_point(|bound| *bound < took)].add_one();
        self.nanoseconds.add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    /// How many were at most as long as each bound, and how many there are at all.
    pub fn cumulative(&self) -> [u64; BOUNDS.len() + 1] {
        let mut sum = 0;
        std::array::from_fn(|index| {
            sum += self.counts[index].count();
            sum
        })
    }

    /// All of them together, seconds.
    pub fn sum_seconds(&self) -> f64 {
        Duration::from_nanos(self.nanoseconds.count()).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_within_the_first_bound_that_is_not_shorter() {
        let histogram = Histogram::default();
        for millis in [0, 1, 2, 60_000] {
            histogram.observe(Duration::from_millis(millis));
        }
        let counts = histogram.cumulative();
        assert_eq!((counts[0], counts[3], counts[4]), (1, 2, 3), "0 ms, then 1 ms, then 2 ms");
        assert_eq!((counts[BOUNDS.len() - 1], counts[BOUNDS.len()]), (3, 4), "a minute is beyond all bounds");
        assert!((histogram.sum_seconds() - 60.003).abs() < 1e-9);
        assert!(BOUNDS.is_sorted());
    }

    #[test]
    fn parts_of_a_gauge_leave_nothing_behind() {
        let whole = Arc::new(Gauge::default());
        let (mut first, mut second) = (Part::of(whole.clone()), Part::of(whole.clone()));
        first.set(5);
        second.set(3);
        first.set(1);
        assert_eq!(whole.level(), 4);
        drop(first);
        assert_eq!(whole.level(), 3);
    }
}
