//! Settings of several databases: each for logs, under a name, and where new logs are kept.

use super::secret;
use crate::config::LogDatabase;
use crate::store::placed::MAIN;
use crate::store::placed::opening::SPREAD;
use anyhow::{Context, ensure};
use clap::Args;
use std::path::{Path, PathBuf};

/// Longest name of a database, letters.
const NAME_LETTERS_MAX: usize = 40;

/// Databases beside that of people.
#[derive(Args, Debug, Default)]
pub struct LogDatabases {
    /// Another PostgreSQL that logs are kept on, under a name: west=postgres://user@host/name; may be repeated. A password belongs into the
    /// variable, into --log-database-file, or into ~/.pgpass
    #[arg(
        long = "log-database",
        env = "LANDFALL_LOG_DATABASE",
        value_name = "NAME=ADDRESS",
        value_delimiter = ',',
        hide_env_values = true,
        value_parser = |text: &str| named(text).map(|_| text.to_owned())
    )]
    log_databases: Vec<String>,
    /// File that holds such lines, one for each of these databases, and that nobody but its owner should be able to read
    #[arg(long, env = "LANDFALL_LOG_DATABASE_FILE", value_name = "FILE")]
    log_database_file: Option<PathBuf>,
}

/// Where new logs are kept.
#[derive(Args, Debug, Default)]
pub struct NewLogs {
    /// Name of the database that new logs are kept on, main being the one of --database; of several, separated by commas, each goes to the
    /// one that has the fewest, and "spread" is all of them [default: main]
    #[arg(long, env = "LANDFALL_PLACE_NEW_LOGS_ON", value_name = "NAME", value_delimiter = ',')]
    pub place_new_logs_on: Vec<String>,
}

impl LogDatabases {
    /// All of them. `is_visible`: does this address stand on the command line, which everybody on the machine sees?
    pub fn databases(&self, is_visible: impl Fn(&str) -> bool) -> anyhow::Result<Vec<LogDatabase>> {
        let mut databases: Vec<LogDatabase> = Vec::new();
        let given = self.log_databases.iter().map(|text| named(text).map_err(anyhow::Error::msg));
        for database in given.chain(self.log_database_file.as_deref().map(in_file).transpose()?.into_iter().flatten().map(Ok)) {
            let LogDatabase { name, address } = database?;
            ensure!(databases.iter().all(|other| other.name != name), "two databases of --log-database are called {name}");
            databases.push(LogDatabase { name, address });
        }
        for database in &databases {
            ensure!(
                !secret::has_password(&database.address) || !is_visible(&database.address),
                "the password in --log-database would be seen by everybody on this machine: give it in LANDFALL_LOG_DATABASE or --log-database-file, or leave it to ~/.pgpass"
            );
        }
        Ok(databases)
    }
}

fn named(text: &str) -> Result<LogDatabase, String> {
    let (name, address) =
        text.split_once('=').ok_or("a database for logs is a name and an address, such as west=postgres://user@host/name")?;
    let (name, address) = (name.trim(), address.trim());
    let is_good = (1..=NAME_LETTERS_MAX).contains(&name.len())
        && name.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, b'-' | b'_'));
    if !is_good {
        return Err(format!("“{name}” is no name for a database: up to {NAME_LETTERS_MAX} small letters, digits, - and _"));
    }
    if name == MAIN || name == SPREAD {
        return Err(format!("no database for logs can be called {name}: main is the one of --database, and spread is all of them"));
    }
    if !address.contains("://") {
        return Err(format!("the database {name} has no address such as postgres://user@host/name"));
    }
    Ok(LogDatabase { name: name.into(), address: address.into() })
}

fn in_file(path: &Path) -> anyhow::Result<Vec<LogDatabase>> {
    let text = secret::text_of(path, "the addresses of databases")?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| named(line).map_err(anyhow::Error::msg).with_context(|| format!("{}", path.display()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_and_its_name_is_its_own() {
        let database = named("west = postgres://landfall@db/west?sslmode=require").unwrap();
        assert_eq!((database.name.as_str(), database.address.as_str()), ("west", "postgres://landfall@db/west?sslmode=require"));
        for (text, why) in [
            ("postgres://landfall@db/west", "is a name and an address"),
            ("postgres://landfall@db/west?password=x", "no name for a database"),
            ("West=postgres://db/west", "no name for a database"),
            ("main=postgres://db/west", "can be called main"),
            ("spread=postgres://db/west", "can be called spread"),
            ("west=db", "no address"),
            ("west", "is a name and an address"),
        ] {
            let found = named(text).map(|_| ()).unwrap_err();
            assert!(found.contains(why), "{text}: {found}");
        }
        let twice = LogDatabases { log_databases: vec!["a=postgres://db/a".into(), "a=postgres://db/b".into()], log_database_file: None };
        assert!(twice.databases(|_| false).unwrap_err().to_string().contains("are called a"));
        let secret = LogDatabases { log_databases: vec!["a=postgres://me:s3cret@db/a".into()], log_database_file: None };
        assert!(secret.databases(|_| true).unwrap_err().to_string().contains("--log-database-file"));
        assert_eq!(secret.databases(|_| false).unwrap().len(), 1);
    }
}
