//! The schedule of an open loop: commands fall due at random times at an offered rate, whether or not the server keeps up.

use crate::dice::Dice;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Commands that are due at one client and that it has not issued yet; more of them, and the schedule is given up.
pub const DUE_MAX: usize = 16_384;
/// A schedule is given up when the server is behind by so much of it: nothing more can be learnt from it.
const BEHIND_MAX: Duration = Duration::from_secs(1);
/// At low rates a second's worth is nearly nothing.
const BEHIND_COMMANDS_MIN: u64 = 256;

/// What came of a schedule.
#[derive(Clone, Copy, Debug)]
pub struct Paced {
    pub due: u64,
    /// It was given up, as the server fell too far behind.
    pub given_up: bool,
}

/// Tells clients at random, in the sum `rate` times a second, that a command is due. Runs on a thread of its own, which sleeps more exactly than a task.
pub fn pace(
    rate: f64,
    duration: Duration,
    clients: Vec<mpsc::Sender<Instant>>,
    landed: Arc<AtomicU64>,
    mut dice: Dice,
) -> thread::JoinHandle<Paced> {
    let behind_max = BEHIND_COMMANDS_MIN.max((rate * BEHIND_MAX.as_secs_f64()) as u64);
    thread::spawn(move || {
        let start = Instant::now();
        let mut at_seconds = 0.0;
        let mut due = 0;
        loop {
            at_seconds += dice.gap_seconds(rate);
            let at = start + Duration::from_secs_f64(at_seconds);
            if at >= start + duration {
                return Paced { due, given_up: false };
            }
            if let Some(early) = at.checked_duration_since(Instant::now()) {
                thread::sleep(early);
            }
            let client = &clients[dice.below(clients.len())];
            if due - landed.load(Ordering::Relaxed) > behind_max || client.try_send(at).is_err() {
                return Paced { due, given_up: true };
            }
            due += 1;
        }
    })
}
