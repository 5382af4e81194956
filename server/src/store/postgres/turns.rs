//! Fair turns among writers of one log: whoever has lost several races for the head in a row takes the next one for itself.
//!
//! A race is won by who is nearer to the database, again and again, and the loser's people wait. So the loser writes its name beside the
//! head, in the row that every append has to change anyway: for a moment nobody else may append, and its next append gives the turn back.
//! Who takes a turn and dies holds the log up for that moment only.

use super::asked::unavailable;
use super::{Postgres, StoreError};
use crate::hex::hex;
use crate::host::random;
use landfall_engine::LogId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Races lost in a row, after which a writer takes a turn.
const LOSSES_MAX: u32 = 3;
/// How long a turn lasts at most: some hundred times what reading the tail and an append take.
pub const TURN: Duration = Duration::from_millis(500);
/// Logs whose losses are counted, at most; each of them has a race going on.
const COUNTED_MAX: usize = 4_096;

const TAKE: &str = "UPDATE log_head SET turn_of = $2, turn_until = clock_timestamp() + make_interval(secs => $3) \
     WHERE log = $1 AND (turn_until IS NULL OR turn_until < clock_timestamp())";

/// See the module.
pub struct Turns {
    /// Another one for each store, and so for each process.
    writer: String,
    lasts: Duration,
    losses: Mutex<BTreeMap<LogId, u32>>,
}

impl Turns {
    /// Turns of a writer that has lost nothing yet, each as long as that.
    pub fn of(lasts: Duration) -> Self {
        Self { writer: hex(&random::<16>()), lasts, losses: Mutex::default() }
    }

    /// The name under which this store takes turns.
    pub fn writer(&self) -> &str {
        &self.writer
    }

    fn losses(&self) -> MutexGuard<'_, BTreeMap<LogId, u32>> {
        self.losses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An append to this log was taken.
    pub fn won(&self, log: LogId) {
        self.losses().remove(&log);
    }

    /// An append to this log was not taken, because somebody else was first. After several in a row the next turn is this writer's, unless
    /// somebody has it.
    pub async fn lost(&self, log: LogId, database: &Postgres) -> Result<(), StoreError> {
        let lost = {
            let mut losses = self.losses();
            if losses.len() >= COUNTED_MAX {
                losses.clear();
            }
            let lost = losses.entry(log).or_default();
            *lost += 1;
            *lost
        };
        if lost < LOSSES_MAX {
            return Ok(());
        }
        let query = sqlx::query(TAKE).bind(log.to_string()).bind(&self.writer).bind(self.lasts.as_secs_f64());
        let taken = query.execute(database.pool()).await.map_err(unavailable)?.rows_affected() > 0;
        tracing::debug!(%log, lost, taken, "lost one race after the other for the head, and takes a turn");
        Ok(())
    }
}
