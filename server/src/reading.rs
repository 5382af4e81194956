//! A database opened for reading only, beside servers that write: what backups, checks and lists need.

use anyhow::{Context, bail};
use futures::future::BoxFuture;
use sqlx::migrate::Migrator;
use sqlx::{Connection, Executor};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What reads see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Each read sees what is there by then.
    Each,
    /// All reads see what was there when it was opened, as in a photograph. What is written meanwhile cannot be tidied up until it is closed.
    One,
}

/// The version of the newest tables that were made.
pub(crate) const NEWEST: &str = "SELECT MAX(version) FROM _sqlx_migrations WHERE success";

/// Puts the one connection of a pool into a transaction that lasts as long as the connection, so that all reads see one moment. Should the
/// connection break, there is no second one: it would see another moment.
pub(crate) fn still<C>(begin: &'static str) -> impl Fn(&mut C) -> BoxFuture<'_, Result<(), sqlx::Error>> + Send + Sync + 'static
where
    C: Connection + Send,
    for<'c> &'c mut C: Executor<'c, Database = C::Database>,
{
    let has_begun = Arc::new(AtomicBool::new(false));
    move |connection| {
        let has_begun = has_begun.clone();
        Box::pin(async move {
            if has_begun.swap(true, Ordering::AcqRel) {
                return Err(sqlx::Error::Protocol("the connection was lost, and with it the moment that was read: begin again".into()));
            }
            connection.execute(begin).await?;
            Ok(())
        })
    }
}

/// Only tables of this program's own version are read: nothing is changed to make them so.
pub(crate) fn ensure_version_of_tables(found: Result<i64, sqlx::Error>, tables: &Migrator) -> anyhow::Result<()> {
    let found = found.context("there are no tables of landfall in it: start a server on it first")?;
    let ours = newest(tables);
    if found > ours {
        bail!("its tables were written by a newer landfall (version {found}, this one knows {ours}): use that one, or a newer one");
    }
    if found < ours {
        bail!(
            "its tables are of version {found}, and this landfall's are of {ours}: use the landfall that serves it, or start this one's server first"
        );
    }
    Ok(())
}

/// The version of this program's tables.
pub(crate) fn newest(tables: &Migrator) -> i64 {
    tables.iter().map(|table| table.version).max().unwrap_or(0)
}
