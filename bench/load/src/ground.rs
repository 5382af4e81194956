//! What a server and the raw store loop beside it stand on: each on a database of its own, of the same kind.

use crate::private_postgres::PrivatePostgres;
use crate::stage::{Folder, Server};
use anyhow::Result;
use landfall_server::database::Database;
use landfall_server::postgres::Postgres;
use landfall_server::store::LogStore;
use landfall_server::store::postgres::PostgresStore;
use landfall_server::store::sqlite::SqliteStore;
use std::path::Path;
use std::sync::Arc;

/// See the module.
pub enum Ground {
    Sqlite,
    Postgres(PrivatePostgres),
}

impl Ground {
    /// A PostgreSQL of Debian's with a folder of its own, set as for the tests: every commit is synced.
    pub fn postgres() -> Self {
        Self::Postgres(PrivatePostgres::start())
    }

    /// A server with nothing in it, that turns nobody away.
    pub fn server(&self, program: &Path, folder: &Folder) -> Result<Server> {
        match self {
            Self::Sqlite => Server::start(program, folder.path()),
            Self::Postgres(postgres) => {
                Server::start_with(program, folder.path(), &["--no-limits", "--database", &postgres.new_database()])
            }
        }
    }

    /// A store with nothing in it.
    pub async fn store(&self, folder: &Folder) -> Result<Arc<dyn LogStore>> {
        Ok(match self {
            Self::Sqlite => Arc::new(SqliteStore::new(Database::open(folder.path()).await?)),
            Self::Postgres(postgres) => Arc::new(PostgresStore::new(Postgres::open(&postgres.new_database()).await?)),
        })
    }
}
