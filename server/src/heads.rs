//! Heads that other processes have moved: told by hints, and looked at every second, so that a lost hint costs no more than that.

use crate::Served;
use crate::app::App;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval};

/// How often the heads of open logs are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Runs for as long as the server does; ends at once where only this process writes.
pub async fn follow<D: Served>(app: Arc<App<D>>) {
    let Some(mut hints) = app.logs.store().hints() else { return };
    let mut ticks = interval(LOOK_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            hint = hints.recv() => match hint {
                Ok((log, head)) => {
                    app.metrics.hints.add_one();
                    app.logs.note_head(log, head);
                }
                Err(RecvError::Lagged(_)) => look(&app).await,
                Err(RecvError::Closed) => return,
            },
            _ = ticks.tick() => look(&app).await,
        }
    }
}

async fn look<D: Served>(app: &App<D>) {
    let open = app.logs.open_ids();
    if open.is_empty() {
        return;
    }
    app.metrics.heads_looked_at.add(open.len() as u64);
    match app.logs.store().heads(open).await {
        Ok(heads) => heads.into_iter().for_each(|(log, head)| app.logs.note_head(log, head)),
        Err(error) => tracing::warn!(%error, "the heads of open logs cannot be looked at"),
    }
}
