//! Hints by `NOTIFY`, many in one, from a connection of their own and never within an append: a `NOTIFY` makes the commits of a whole cluster
//! wait for one another.

use super::{HEADS_PER_MESSAGE_MAX, INTERVAL, Moved, UNTOLD_MAX, newest, read, worded};
use crate::postgres::Postgres;
use sqlx::{Connection, PgConnection};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio::time::sleep;

const CHANNEL: &str = "landfall_heads";
/// Before a line that broke is tried again. Meanwhile the others look at heads every second.
const RETRY: Duration = Duration::from_secs(1);

pub(super) async fn tell(database: Postgres, mut untold: mpsc::Receiver<Moved>) {
    let mut connection: Option<PgConnection> = None;
    let mut moved = Vec::new();
    while untold.recv_many(&mut moved, UNTOLD_MAX).await > 0 {
        for heads in newest(&mut moved).chunks(HEADS_PER_MESSAGE_MAX) {
            if let Err(error) = notify(&database, &mut connection, heads).await {
                tracing::debug!(%error, "other processes are not told of heads");
                connection = None;
                sleep(RETRY).await;
            }
        }
        sleep(INTERVAL).await;
    }
}

pub(super) async fn hear(database: Postgres, heard: broadcast::Sender<Moved>) {
    let hear = |said: Option<&str>| {
        for head in said.into_iter().flat_map(read) {
            // Nobody listens while no log is open.
            let _ = heard.send(head);
        }
    };
    database.hear(CHANNEL, hear).await;
}

/// Tells every server on a database of one head, and waits until that is done: for those who end afterwards.
pub async fn announce(database: &Postgres, moved: Moved) -> Result<(), sqlx::Error> {
    notify(database, &mut None, &[moved]).await
}

/// Tells of these heads, on a connection that is made where there is none.
async fn notify(database: &Postgres, connection: &mut Option<PgConnection>, heads: &[Moved]) -> Result<(), sqlx::Error> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(PgConnection::connect_with(&database.hasty()).await?),
    };
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(worded(heads)).execute(connection).await?;
    Ok(())
}
