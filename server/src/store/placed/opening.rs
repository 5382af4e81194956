//! The databases are opened together, and each must be the one that it is called: with two that were mixed up, logs would seem to be gone.

use super::place::Place;
use super::{MAIN, PlacedStore};
use crate::config::Placement;
use crate::host::random;
use crate::metrics::Gauge;
use crate::nats::Address;
use crate::postgres::Postgres;
use crate::reading::Moment;
use crate::store::postgres::PostgresStore;
use anyhow::{Context, bail, ensure};
use std::sync::Arc;

/// To name where to keep new logs: the one of all databases that has the fewest.
pub const SPREAD: &str = "spread";

/// What a database says of itself.
struct Identity {
    name: String,
    /// The same in all databases that belong together.
    installation: String,
}

impl PlacedStore {
    /// Opens the main database, at its address, and those beside it, and brings their tables to this program's version.
    pub async fn open(main: &str, placement: &Placement) -> anyhow::Result<Self> {
        let main = Postgres::open(main).await?;
        let own = introduced(&main, MAIN, &uuid::Uuid::from_bytes(random()).to_string()).await?;
        let mut places = vec![Place { name: MAIN.into(), store: PostgresStore::new(main.clone()), database: main }];
        for beside in &placement.beside {
            let name = &beside.name;
            let database = Postgres::open(&beside.address).await.with_context(|| told(name))?;
            introduced(&database, name, &own.installation).await.with_context(|| told(name))?;
            places.push(Place { name: name.clone(), store: PostgresStore::new(database.clone()), database });
        }
        Self::of(places, placement, true).await
    }

    /// Opens them to read only, whoever else works on them. Of several moments that of the main one comes first: a log that moves in
    /// between is found whole at the place that the directory names.
    pub async fn read(main: &str, placement: &Placement, moment: Moment) -> anyhow::Result<Self> {
        let main = Postgres::read(main, moment).await?;
        let own = identity(&main).await?;
        if let Some(own) = &own {
            ensure_called(own, MAIN)?;
        }
        let mut places = vec![Place { name: MAIN.into(), store: PostgresStore::new(main.clone()), database: main }];
        for beside in &placement.beside {
            let name = &beside.name;
            let database = Postgres::read(&beside.address, moment).await.with_context(|| told(name))?;
            let found = identity(&database).await?.with_context(|| format!("{}: no server has used it yet", told(name)))?;
            ensure_called(&found, name).with_context(|| told(name))?;
            ensure!(own.as_ref().is_none_or(|own| own.installation == found.installation), "{}", of_another_installation(name));
            places.push(Place { name: name.clone(), store: PostgresStore::new(database.clone()), database });
        }
        Self::of(places, placement, false).await
    }

    /// Hints go over NATS from now on, between servers of the installation that the main database belongs to. `connected` is 1 while they can.
    pub async fn hint_over(&mut self, server: Address, connected: Arc<Gauge>) -> anyhow::Result<()> {
        let own = identity(&self.main()).await?.context("the main database does not say what it is called")?;
        if let Some(hints) = &mut self.hints {
            hints.go_over(server, format!("landfall.hints.{}", own.installation), connected);
        }
        Ok(())
    }

    /// The main database.
    pub fn main(&self) -> Postgres {
        self.places[super::AT_MAIN].database.clone()
    }

    /// Nothing is left out because nobody named its database.
    async fn of(places: Vec<Place>, placement: &Placement, hears: bool) -> anyhow::Result<Self> {
        let index = |name: &String| {
            let known = || places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join(", ");
            places.iter().position(|place| place.name == *name).with_context(|| {
                format!(
                    "new logs are to be kept on {name}, and there is no such database: there are {}. Name it with --log-database",
                    known()
                )
            })
        };
        let new_logs_on = match placement.new_logs_on.as_slice() {
            [] => vec![super::AT_MAIN],
            [word] if word == SPREAD => (0..places.len()).collect(),
            names => names.iter().map(index).collect::<anyhow::Result<_>>()?,
        };
        let store = Self::new(places, new_logs_on, hears);
        for name in store.directory.names().await? {
            ensure!(
                store.index(&name).is_some(),
                "logs are kept on the database {name}, which was not named: give its address too, with --log-database or --log-database-file"
            );
        }
        Ok(store)
    }
}

fn told(name: &str) -> String {
    format!("the database {name} of --log-database")
}

fn of_another_installation(name: &str) -> String {
    format!("the database {name} belongs to another main database than the one of --database: see whether addresses were mixed up")
}

async fn identity(database: &Postgres) -> Result<Option<Identity>, sqlx::Error> {
    let query = sqlx::query_as("SELECT name, installation FROM place");
    let row: Option<(String, String)> = query.fetch_optional(database.pool()).await?;
    Ok(row.map(|(name, installation)| Identity { name, installation }))
}

fn ensure_called(found: &Identity, name: &str) -> anyhow::Result<()> {
    let Identity { name: found, .. } = found;
    ensure!(found == name, "it is the database {found}, and not {name}: see whether addresses were mixed up");
    Ok(())
}

/// A database that is used for the first time learns what it is called; one that was used already must be called so.
async fn introduced(database: &Postgres, name: &str, installation: &str) -> anyhow::Result<Identity> {
    if identity(database).await?.is_none() {
        let is_used = "SELECT EXISTS (SELECT 1 FROM log_head) OR EXISTS (SELECT 1 FROM person)";
        if name != MAIN && sqlx::query_scalar(is_used).fetch_one(database.pool()).await? {
            bail!("it has workspaces or people of its own, which nobody would find any more: name an empty database");
        }
        // Several servers may start at once; whichever was first has said it.
        let statement = "INSERT INTO place (name, installation) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        sqlx::query(statement).bind(name).bind(installation).execute(database.pool()).await?;
    }
    let found = identity(database).await?.context("it does not say what it is called")?;
    ensure_called(&found, name)?;
    ensure!(name == MAIN || found.installation == installation, "{}", of_another_installation(name));
    Ok(found)
}
