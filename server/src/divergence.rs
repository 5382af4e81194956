//! A log that has lost records without a word: told loudly, and begun anew, so that everybody reads what there is (rules 20 and 24).

use crate::metrics::Metrics;
use crate::restore;
use crate::store::{LogStore, StoreError};
use landfall_engine::{ActorId, Epoch, LogId, Position};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A client alone says that a log is another one; it may be wrong, or lie. So a log is begun anew for that no more often than this.
const BETWEEN_CLAIMS: Duration = Duration::from_secs(60);

/// Begins a new timeline of a log that is not what was read on `epoch`, unless one was begun since.
pub async fn begin_new_timeline(store: &dyn LogStore, log: LogId, epoch: Epoch, metrics: &Metrics) -> Result<(), StoreError> {
    let head = store.head(log).await?.ok_or(StoreError::NoSuchLog)?;
    if head.epoch != epoch {
        return Ok(());
    }
    let begun = restore::begin_new_timeline(store, log, epoch).await?;
    metrics.timelines_after_loss.add_one();
    tracing::error!(
        %log, epoch, begun, head = head.position,
        "records that were on disk are there no more; a new timeline was begun, and everybody reads the log again. See OPERATIONS.md"
    );
    Ok(())
}

/// When logs were begun anew because a client said so.
#[derive(Default)]
pub struct Claims {
    taken: Mutex<BTreeMap<LogId, Instant>>,
}

impl Claims {
    /// Somebody has read what this log does not have. `false` when that was said a short while ago already.
    pub fn take(&self, log: LogId, actor: ActorId, position: Position, now: Instant) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|_, at| now.saturating_duration_since(*at) < BETWEEN_CLAIMS);
        let is_first = !taken.contains_key(&log);
        tracing::warn!(%log, %actor, position, is_first, "a client has read what the log does not have");
        if is_first {
            taken.insert(log, now);
        }
        is_first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_begun_anew_for_what_clients_say_once_a_minute() {
        let (claims, now, [one, other]) = (Claims::default(), Instant::now(), [LogId([1; 16]), LogId([2; 16])]);
        let says = |log, after_s| claims.take(log, ActorId([7; 16]), 3, now + Duration::from_secs(after_s));
        assert_eq!([says(one, 0), says(one, 59), says(other, 59), says(one, 60)], [true, false, true, true]);
    }
}
