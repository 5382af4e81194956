//! What every request and every connection shares.

use crate::Served;
use crate::config::Config;
use crate::divergence::Claims;
use crate::founding::Founding;
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::people::People;
use crate::rates::Rates;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Mutex, Semaphore, watch};

/// Whether people can be served here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Serving,
    /// Not now: what is written elsewhere cannot be read, so that whoever follows a log here would not hear of it.
    DatabaseAway,
    /// No more.
    Stopping,
}

/// See the module.
pub struct App<D: Served> {
    /// How the server is run.
    pub config: Config,
    /// Who is who.
    pub people: People,
    /// The logs.
    pub logs: Logs<D>,
    /// The product's part in founding and joining.
    pub founding: Arc<dyn Founding<D>>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Who asks how fast.
    pub rates: Rates,
    /// Which logs clients have said to be other ones than they had read.
    pub claims: Claims,
    /// One permit for each connection.
    pub connections: Arc<Semaphore>,
    /// Whether people can be served, told to all that are connected.
    pub standing: watch::Sender<Standing>,
    /// Held while somebody founds, so that of two first visitors one is the first.
    pub founding_now: Mutex<()>,
    sessions: AtomicU64,
}

impl<D: Served> App<D> {
    /// Puts the parts together.
    pub fn new(config: Config, people: People, logs: Logs<D>, founding: Arc<dyn Founding<D>>, metrics: Arc<Metrics>) -> Self {
        Self {
            connections: Arc::new(Semaphore::new(config.connections_max)),
            rates: Rates::new(&config.limits),
            claims: Claims::default(),
            config,
            people,
            logs,
            founding,
            metrics,
            standing: watch::Sender::new(Standing::Serving),
            founding_now: Mutex::default(),
            sessions: AtomicU64::new(1),
        }
    }

    /// The database has answered, or has not for too long.
    pub fn note_database(&self, answers: bool) {
        let (from, to) = if answers { (Standing::DatabaseAway, Standing::Serving) } else { (Standing::Serving, Standing::DatabaseAway) };
        self.standing.send_if_modified(|standing| {
            let changes = *standing == from;
            if changes {
                *standing = to;
            }
            changes
        });
    }

    /// Nothing new is begun any more.
    pub fn is_stopping(&self) -> bool {
        *self.standing.borrow() == Standing::Stopping
    }

    /// A number that no other session of this process has.
    pub fn new_session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }
}
