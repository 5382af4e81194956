//! Heads that other processes have moved: told by hints, and looked at every second, so that a lost hint costs no more than that.

use crate::Served;
use crate::app::{App, Standing};
use crate::open_log::Noted;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often the heads of open logs are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// When the heads could not be looked at for so long, everybody who follows a log is sent elsewhere: one line that breaks means nothing.
const AWAY_AFTER: Duration = Duration::from_secs(3);

/// Runs for as long as the server does; ends at once where only this process writes.
pub async fn follow<D: Served>(app: Arc<App<D>>) {
    let Some(mut hints) = app.logs.store().hints() else { return };
    let mut seen_last = Instant::now();
    let mut ticks = interval(LOOK_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            hint = hints.recv() => match hint {
                Ok((log, head)) => {
                    app.metrics.hints.add_one();
                    app.logs.note_head(log, Noted { head, seal: None });
                }
                Err(RecvError::Lagged(_)) => look(&app, &mut seen_last).await,
                Err(RecvError::Closed) => return,
            },
            _ = ticks.tick() => look(&app, &mut seen_last).await,
        }
    }
}

async fn look<D: Served>(app: &App<D>, seen_last: &mut Instant) {
    let open = app.logs.open_ids();
    let is_away = *app.standing.borrow() == Standing::DatabaseAway;
    if open.is_empty() && !is_away {
        *seen_last = Instant::now();
        return;
    }
    app.metrics.heads_looked_at.add(open.len() as u64);
    match app.logs.store().heads(open).await {
        Ok(heads) => {
            heads.into_iter().for_each(|(log, head, seal)| app.logs.note_head(log, Noted { head, seal: Some(seal) }));
            *seen_last = Instant::now();
            app.note_database(true);
        }
        Err(error) => {
            tracing::warn!(%error, "the heads of open logs cannot be looked at");
            if seen_last.elapsed() >= AWAY_AFTER {
                app.note_database(false);
            }
        }
    }
}
