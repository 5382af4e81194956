//! Where everything is kept, as options name it, and how it is opened: to write, or to read beside servers that run.

use crate::config::{Data, Placement};
use crate::database::Database;
use crate::options::placement::LogDatabases;
use crate::options::secret;
use crate::people::Tables;
use crate::reading::Moment;
use crate::store::LogStore;
use crate::store::placed::PlacedStore;
use crate::store::sqlite::SqliteStore;
use clap::Args;
use landfall_engine::{Cursor, LogId};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Logs that are listed at a time.
const LOGS_PER_PAGE: usize = 1_000;

/// The place that a command works on.
#[derive(Args, Debug)]
pub struct Place {
    /// Folder of data
    #[arg(long, env = "LANDFALL_DATA", value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// The PostgreSQL that everything is kept in, instead of a folder; a password belongs into the variable, PGPASSWORD or ~/.pgpass
    #[arg(long, env = "LANDFALL_DATABASE", value_name = "ADDRESS", hide_env_values = true)]
    database: Option<String>,
    /// File that holds the address of the PostgreSQL
    #[arg(long, env = "LANDFALL_DATABASE_FILE", value_name = "FILE", conflicts_with = "database")]
    database_file: Option<PathBuf>,
    #[command(flatten)]
    beside: LogDatabases,
}

/// A place that was opened.
pub struct Opened {
    /// The logs.
    pub store: Arc<dyn LogStore>,
    /// The people.
    pub tables: Tables,
    /// The logs again, where they may be on several databases.
    pub placed: Option<Arc<PlacedStore>>,
}

impl Place {
    /// Where that is.
    pub fn data(&self) -> anyhow::Result<Data> {
        let is_visible = self.database.as_deref().is_some_and(secret::is_on_command_line);
        let address = secret::address(self.database.as_deref(), self.database_file.as_deref(), is_visible)?;
        Ok(address.map_or_else(|| Data::Folder(self.data.clone()), Data::Postgres))
    }

    /// The databases beside it.
    pub fn placement(&self) -> anyhow::Result<Placement> {
        Ok(Placement { beside: self.beside.databases(secret::is_on_command_line)?, new_logs_on: Vec::new() })
    }

    /// In words, without what a stranger should not read.
    pub fn name(&self) -> String {
        if self.database.is_some() || self.database_file.is_some() { "PostgreSQL".into() } else { self.data.display().to_string() }
    }

    /// Opens it to write; it is made where it is missing. A folder must not be served meanwhile.
    pub async fn write(&self) -> anyhow::Result<Opened> {
        Opened::to_write(&self.data()?, &self.placement()?).await
    }

    /// The same, where new logs are kept on the databases of these names.
    pub async fn write_on(&self, new_logs_on: &[String]) -> anyhow::Result<Opened> {
        Opened::to_write(&self.data()?, &Placement { new_logs_on: new_logs_on.to_vec(), ..self.placement()? }).await
    }

    /// Opens it to write beside servers that run: for what they do not mind.
    pub async fn write_beside(&self) -> anyhow::Result<Opened> {
        match self.data()? {
            Data::Folder(folder) => Ok(Opened::of_sqlite(Database::beside(&folder).await?)),
            data => Opened::to_write(&data, &self.placement()?).await,
        }
    }

    /// Opens it to read only, whoever else works on it.
    pub async fn read(&self, moment: Moment) -> anyhow::Result<Opened> {
        match self.data()? {
            Data::Postgres(address) => Ok(Opened::of_postgres(PlacedStore::read(&address, &self.placement()?, moment).await?)),
            Data::Folder(folder) => Ok(Opened::of_sqlite(Database::read(&folder, moment).await?)),
            Data::Memory => Ok(Opened::of_sqlite(Database::in_memory().await?)),
        }
    }
}

impl Opened {
    /// Opens a place to write.
    pub async fn to_write(data: &Data, placement: &Placement) -> anyhow::Result<Self> {
        match data {
            Data::Memory => Ok(Self::of_sqlite(Database::in_memory().await?)),
            Data::Folder(folder) => Ok(Self::of_sqlite(Database::open(folder).await?)),
            Data::Postgres(address) => Ok(Self::of_postgres(PlacedStore::open(address, placement).await?)),
        }
    }

    fn of_sqlite(database: Database) -> Self {
        Self { store: Arc::new(SqliteStore::new(database.clone())), tables: Tables::Sqlite(database), placed: None }
    }

    fn of_postgres(placed: PlacedStore) -> Self {
        let placed = Arc::new(placed);
        Self { store: placed.clone(), tables: Tables::Postgres(placed.main()), placed: Some(placed) }
    }

    /// On which of several databases each of these logs is; nothing where there is one.
    pub async fn databases_of(&self, heads: &[(LogId, Cursor)]) -> anyhow::Result<BTreeMap<LogId, String>> {
        let Some(placed) = self.placed.as_ref().filter(|placed| placed.names().count() > 1) else { return Ok(BTreeMap::new()) };
        Ok(placed.names_of(&heads.iter().map(|(log, _)| *log).collect::<Vec<_>>()).await?)
    }

    /// How many databases it has.
    pub fn databases(&self) -> u64 {
        self.placed.as_ref().map_or(1, |placed| placed.names().count() as u64)
    }

    /// Every log and its head, in the order of their ids.
    pub async fn heads(&self) -> anyhow::Result<Vec<(LogId, Cursor)>> {
        let mut heads: Vec<(LogId, Cursor)> = Vec::new();
        loop {
            let page = self.store.logs(heads.last().map(|(log, _)| *log), LOGS_PER_PAGE).await?;
            if page.is_empty() {
                return Ok(heads);
            }
            heads.extend(page);
        }
    }

    /// Lets go of it.
    pub async fn close(self) {
        self.store.close().await;
        self.tables.close().await;
    }
}
