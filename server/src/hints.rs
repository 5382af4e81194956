//! Hints between servers: which heads have moved. They only save time: any of them may be lost, and what they say is looked up.
//!
//! They are told by a channel of each database, or over NATS. What the databases tell is heard either way, since operators' commands tell there.

mod over_nats;
pub mod through_database;

use crate::metrics::Gauge;
use crate::nats::Address;
use crate::postgres::Postgres;
use landfall_engine::{Cursor, LogId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;

/// A log, and where its head is by now.
pub type Moved = (LogId, Cursor);

/// Heads that moved and were not told yet, at most, on each way.
const UNTOLD_MAX: usize = 1_024;
/// Heads that were heard and that nobody has looked at yet, at most.
const UNSEEN_MAX: usize = 1_024;
/// Between two messages.
const INTERVAL: Duration = Duration::from_millis(5);
/// A notification of PostgreSQL holds less than 8,000 bytes; a head takes at most 78.
const HEADS_PER_MESSAGE_MAX: usize = 100;

/// See the module.
pub struct Hints {
    /// Of each database, where its heads are to be told.
    told: Vec<mpsc::Sender<Moved>>,
    heard: broadcast::Sender<Moved>,
    tasks: JoinSet<()>,
}

impl Hints {
    /// Tells and hears by these databases, in this order, until it is dropped.
    pub fn through<'a>(databases: impl IntoIterator<Item = &'a Postgres>) -> Self {
        let mut hints = Self { told: Vec::new(), heard: broadcast::channel(UNSEEN_MAX).0, tasks: JoinSet::new() };
        for database in databases {
            let (told, untold) = mpsc::channel(UNTOLD_MAX);
            hints.told.push(told);
            hints.tasks.spawn(through_database::tell(database.clone(), untold));
            hints.tasks.spawn(through_database::hear(database.clone(), hints.heard.clone()));
        }
        hints
    }

    /// Tells over NATS from now on, on a subject that only servers on these databases know, and hears there too. `connected` is 1 while that can be.
    pub fn go_over(&mut self, server: Address, subject: String, connected: Arc<Gauge>) {
        let (told, untold) = mpsc::channel(UNTOLD_MAX);
        self.told.fill(told);
        let heard = self.heard.clone();
        self.tasks.spawn(async move { over_nats::exchange(&server, &subject, untold, &heard, &connected).await });
    }

    /// This process has moved a head on one of the databases, by its place in their order.
    pub fn tell(&self, database: usize, log: LogId, head: Cursor) {
        // When there are too many, the others look for themselves.
        let _ = self.told[database].try_send((log, head));
    }

    /// This process itself has learned of a head.
    pub fn note(&self, log: LogId, head: Cursor) {
        // Nobody listens while no log is open.
        let _ = self.heard.send((log, head));
    }

    /// Heads that other processes have moved, and perhaps this one.
    pub fn heard(&self) -> broadcast::Receiver<Moved> {
        self.heard.subscribe()
    }
}

/// Of one log only the last head matters.
fn newest(moved: &mut Vec<Moved>) -> Vec<Moved> {
    moved.drain(..).collect::<BTreeMap<_, _>>().into_iter().collect()
}

/// Heads as they are said, at most [`HEADS_PER_MESSAGE_MAX`].
fn worded(heads: &[Moved]) -> String {
    let heads: Vec<String> = heads.iter().map(|(log, head)| format!("{log}:{}:{}", head.epoch, head.position)).collect();
    heads.join(",")
}

/// Heads out of what was said, without what another version, or nobody of us, may have said.
fn read(said: &str) -> impl Iterator<Item = Moved> {
    said.split(',').filter_map(|head| {
        let mut parts = head.split(':');
        let (log, epoch, position) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((log, Cursor { epoch, position }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::random;

    #[test]
    fn the_newest_head_of_each_log_is_said_and_read_and_everything_else_is_passed_over() {
        let (one, other) = (LogId(random()), LogId(random()));
        let at = |epoch, position| Cursor { epoch, position };
        let mut moved = vec![(one, at(1, 1)), (other, at(7, 1)), (one, at(1, 2))];
        let heads = newest(&mut moved);
        assert_eq!((heads.len(), moved.len()), (2, 0));
        assert!(heads.contains(&(one, at(1, 2))));
        let said = worded(&heads);
        assert_eq!(read(&format!("{said},{one}:1,::,{one}:-1:5,{one}:1:x,, ,{one}:99999999999999999999:1")).collect::<Vec<_>>(), heads);
        let longest = worded(&vec![(one, at(u64::MAX, u64::MAX)); HEADS_PER_MESSAGE_MAX]);
        assert!(longest.len() < 8_000, "{}", longest.len());
    }
}
