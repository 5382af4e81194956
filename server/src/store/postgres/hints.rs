//! Hints between processes on one database: which heads have moved. They only save time, and any of them may be lost.
//!
//! They go by `NOTIFY`, many in one, from a connection of their own and never within an append: a `NOTIFY` makes the commits of a whole
//! cluster wait for one another.

use crate::postgres::Postgres;
use landfall_engine::{Cursor, LogId};
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use tokio::time::sleep;

const CHANNEL: &str = "landfall_heads";
/// Heads that moved and were not told yet, at most.
const UNTOLD_MAX: usize = 1_024;
/// Heads that were heard and that nobody has looked at yet, at most.
const UNSEEN_MAX: usize = 1_024;
/// Between two notifications.
const INTERVAL: Duration = Duration::from_millis(5);
/// A notification holds less than 8,000 bytes; a head takes at most 78.
const HEADS_PER_NOTIFICATION_MAX: usize = 100;
/// Before a line that broke is tried again. Meanwhile the others look at heads every second.
const RETRY: Duration = Duration::from_secs(1);

/// See the module.
pub struct Hints {
    moved: mpsc::Sender<(LogId, Cursor)>,
    heard: broadcast::Sender<(LogId, Cursor)>,
    _tasks: JoinSet<()>,
}

impl Hints {
    /// Tells and hears from now on, until it is dropped.
    pub fn through(database: &Postgres) -> Self {
        let (moved, untold) = mpsc::channel(UNTOLD_MAX);
        let heard = broadcast::channel(UNSEEN_MAX).0;
        let mut tasks = JoinSet::new();
        tasks.spawn(tell(database.clone(), untold));
        let hears = heard.clone();
        tasks.spawn(database.clone().hear(CHANNEL, move |told| {
            for head in told.into_iter().flat_map(|heads| heads.split(',')).filter_map(parse) {
                // Nobody listens while no log is open.
                let _ = hears.send(head);
            }
        }));
        Self { moved, heard, _tasks: tasks }
    }

    /// This process has moved a head.
    pub fn tell(&self, log: LogId, head: Cursor) {
        // When there are too many, the others look for themselves.
        let _ = self.moved.try_send((log, head));
    }

    /// Heads that any process has moved, this one too.
    pub fn heard(&self) -> broadcast::Receiver<(LogId, Cursor)> {
        self.heard.subscribe()
    }
}

async fn tell(database: Postgres, mut untold: mpsc::Receiver<(LogId, Cursor)>) {
    let mut connection: Option<PgConnection> = None;
    let mut moved = Vec::new();
    while untold.recv_many(&mut moved, UNTOLD_MAX).await > 0 {
        // Of one log only the last head matters.
        let heads: BTreeMap<LogId, Cursor> = moved.drain(..).collect();
        let heads: Vec<(LogId, Cursor)> = heads.into_iter().collect();
        for heads in heads.chunks(HEADS_PER_NOTIFICATION_MAX) {
            if let Err(error) = notify(&database, &mut connection, heads).await {
                tracing::debug!(%error, "other processes are not told of heads");
                connection = None;
                sleep(RETRY).await;
            }
        }
        sleep(INTERVAL).await;
    }
}

/// Tells of these heads, on a connection that is made where there is none.
pub(super) async fn notify(
    database: &Postgres,
    connection: &mut Option<PgConnection>,
    heads: &[(LogId, Cursor)],
) -> Result<(), sqlx::Error> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(PgConnection::connect_with(&database.hasty()).await?),
    };
    let text: Vec<String> = heads.iter().map(|(log, head)| format!("{log}:{}:{}", head.epoch, head.position)).collect();
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(text.join(",")).execute(connection).await?;
    Ok(())
}

/// `None` for what another version may have said.
fn parse(text: &str) -> Option<(LogId, Cursor)> {
    let mut parts = text.split(':');
    let (log, epoch, position) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((log, Cursor { epoch, position }))
}
