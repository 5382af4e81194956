//! What every request and every connection shares.

use crate::Served;
use crate::config::Config;
use crate::founding::Founding;
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::people::People;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Mutex, Semaphore, watch};

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
    /// One permit for each connection.
    pub connections: Arc<Semaphore>,
    /// Becomes true when the server stops.
    pub stopping: watch::Receiver<bool>,
    /// Held while somebody founds, so that of two first visitors one is the first.
    pub founding_now: Mutex<()>,
    sessions: AtomicU64,
}

impl<D: Served> App<D> {
    /// Puts the parts together.
    pub fn new(
        config: Config,
        people: People,
        logs: Logs<D>,
        founding: Arc<dyn Founding<D>>,
        metrics: Arc<Metrics>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let connections = Arc::new(Semaphore::new(config.connections_max));
        Self { config, people, logs, founding, metrics, connections, stopping, founding_now: Mutex::default(), sessions: AtomicU64::new(1) }
    }

    /// Nothing new is begun any more.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// A number that no other session of this process has.
    pub fn new_session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }
}
