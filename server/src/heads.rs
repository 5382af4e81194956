//! Heads that other processes have moved: told by hints, and looked at every second, so that a lost hint costs no more than that.
//!
//! A hint is a reason to look and is never believed. Records are read up to where the store has them, whatever it says; and a new timeline, by
//! which everybody would have to read the log again, is one that the store has.

use crate::Served;
use crate::app::{App, Standing};
use crate::open_log::Noted;
use crate::store::SealedHead;
use landfall_engine::LogId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

/// How soon after a look the next one is taken, when a hint tells of a new timeline or hints were missed.
const LOOK_SOON: Duration = Duration::from_millis(100);
/// How soon after they could not be looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// When the heads could not be looked at for so long, everybody who follows a log is sent elsewhere: one line that breaks means nothing, and
/// whoever is sent is to be at work again within three seconds.
const AWAY_AFTER: Duration = Duration::from_secs(2);

/// Runs for as long as the server does; ends at once where only this process writes.
pub async fn follow<D: Served>(app: Arc<App<D>>) {
    let Some(mut hints) = app.logs.store().hints() else { return };
    let mut seen = Seen { any: Instant::now(), each: BTreeMap::new() };
    let (mut due, mut looked) = (Instant::now(), Instant::now());
    loop {
        tokio::select! {
            hint = hints.recv() => match hint {
                Ok((log, head)) => {
                    app.metrics.hints.add_one();
                    if !app.logs.note_hint(log, head) {
                        due = due.min(looked + LOOK_SOON);
                    }
                }
                Err(RecvError::Lagged(_)) => due = due.min(looked + LOOK_SOON),
                Err(RecvError::Closed) => return,
            },
            () = sleep_until(due) => {
                due = look(&app, &mut seen).await;
                looked = Instant::now();
            }
        }
    }
}

/// When heads were seen last: of any log, and of each that is open.
struct Seen {
    any: Instant,
    each: BTreeMap<LogId, Instant>,
}

impl Seen {
    /// Of several databases some answered. Returns the logs whose heads were not seen for too long.
    fn note(&mut self, open: &[LogId], heads: &[SealedHead]) -> Vec<LogId> {
        self.any = Instant::now();
        self.each.retain(|log, _| open.contains(log));
        self.each.extend(heads.iter().map(|(log, ..)| (*log, self.any)));
        let unseen = |log: &&LogId| self.any - *self.each.entry(**log).or_insert(self.any) >= AWAY_AFTER;
        open.iter().filter(unseen).copied().collect()
    }
}

/// Looks at them, and says when to look again.
async fn look<D: Served>(app: &App<D>, seen: &mut Seen) -> Instant {
    let open = app.logs.open_ids();
    let is_away = *app.standing.borrow() == Standing::DatabaseAway;
    if open.is_empty() && !is_away {
        seen.any = Instant::now();
        return seen.any + app.config.look_every;
    }
    app.metrics.heads_looked_at.add(open.len() as u64);
    match app.logs.store().heads(open.clone()).await {
        Ok(heads) => {
            for log in seen.note(&open, &heads) {
                tracing::warn!(%log, "the database of this log does not answer, and whoever follows it is sent away");
                app.logs.let_go(log);
            }
            heads.into_iter().for_each(|(log, head, seal)| app.logs.note_head(log, Noted { head, seal: Some(seal) }));
            app.note_database(true);
            seen.any + app.config.look_every
        }
        Err(error) => {
            tracing::warn!(%error, "the heads of open logs cannot be looked at");
            if seen.any.elapsed() >= AWAY_AFTER {
                app.note_database(false);
            }
            Instant::now() + LOOK_AGAIN
        }
    }
}
