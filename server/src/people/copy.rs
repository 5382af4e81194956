//! The tables of people row by row: for backups, and for putting them back.

use super::{Tables, ask, in_transaction, parse};
use futures::stream::TryStreamExt;
use landfall_engine::{ActorId, LogId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A row of one of the tables. As JSON it is a line of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeopleRow {
    /// Somebody.
    Person(Person),
    /// By what somebody is recognised.
    Credential(Credential),
    /// Where somebody was ever admitted.
    Admission(Admission),
    /// By what others come.
    Invitation(Invitation),
}

/// A row of the table of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Person {
    actor: String,
    name: String,
    created: i64,
}

/// A row of the table of credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Credential {
    secret_hash: String,
    kind: String,
    actor: String,
    log: Option<String>,
    label: String,
    created: i64,
    expires: i64,
}

/// A row of the table of admissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Admission {
    actor: String,
    log: String,
}

/// A row of the table of invitations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Invitation {
    code_hash: String,
    log: String,
    role: String,
    invited_by: String,
    created: i64,
    expires: i64,
    uses: i64,
    uses_max: i64,
}

const PERSONS: &str = "SELECT actor, name, created FROM person ORDER BY actor";
const CREDENTIALS: &str = "SELECT secret_hash, kind, actor, log, label, created, expires FROM credential ORDER BY secret_hash";
const ADMISSIONS: &str = "SELECT actor, log FROM admission ORDER BY actor, log";
const INVITATIONS: &str = "SELECT code_hash, log, role, invited_by, created, expires, uses, uses_max FROM invitation ORDER BY code_hash";

const PUT_PERSON: &str = "INSERT INTO person (actor, name, created) VALUES ($1, $2, $3)";
const PUT_CREDENTIAL: &str =
    "INSERT INTO credential (secret_hash, kind, actor, log, label, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const PUT_ADMISSION: &str = "INSERT INTO admission (actor, log) VALUES ($1, $2)";
const PUT_INVITATION: &str = "INSERT INTO invitation (code_hash, log, role, invited_by, created, expires, uses, uses_max) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Hands every row of a table on, as it comes.
macro_rules! hand_on {
    ($tables:expr, $statement:expr, $kind:path, $each:expr) => {
        ask!($tables, readers, |connections| {
            let mut rows = sqlx::query_as($statement).fetch(connections);
            while let Some(row) = rows.try_next().await? {
                $each($kind(row))?;
            }
        })
    };
}

impl Tables {
    /// Nobody is known here, and nobody was ever invited.
    pub async fn is_empty(&self) -> Result<bool, sqlx::Error> {
        let statement = "SELECT NOT EXISTS (SELECT 1 FROM person)";
        ask!(self, readers, |connections| sqlx::query_scalar(statement).fetch_one(connections).await)
    }

    /// Every row, those first on which others rest.
    pub async fn each(&self, mut each: impl FnMut(PeopleRow) -> anyhow::Result<()>) -> anyhow::Result<()> {
        hand_on!(self, PERSONS, PeopleRow::Person, each);
        hand_on!(self, CREDENTIALS, PeopleRow::Credential, each);
        hand_on!(self, ADMISSIONS, PeopleRow::Admission, each);
        hand_on!(self, INVITATIONS, PeopleRow::Invitation, each);
        Ok(())
    }

    /// Who was ever admitted to which log.
    pub async fn admitted(&self) -> Result<BTreeMap<LogId, Vec<ActorId>>, sqlx::Error> {
        let rows: Vec<Admission> = ask!(self, readers, |connections| sqlx::query_as(ADMISSIONS).fetch_all(connections).await?);
        let mut admitted: BTreeMap<LogId, Vec<ActorId>> = BTreeMap::new();
        for Admission { actor, log } in rows {
            admitted.entry(parse(&log)?).or_default().push(parse(&actor)?);
        }
        Ok(admitted)
    }

    /// Puts rows into empty tables: all of them, or none.
    pub async fn put(&self, rows: impl Iterator<Item = anyhow::Result<PeopleRow>>) -> anyhow::Result<()> {
        in_transaction!(self, |transaction| {
            for row in rows {
                match row? {
                    PeopleRow::Person(Person { actor, name, created }) => {
                        sqlx::query(PUT_PERSON).bind(actor).bind(name).bind(created).execute(&mut *transaction).await?;
                    }
                    PeopleRow::Credential(Credential { secret_hash, kind, actor, log, label, created, expires }) => {
                        let query = sqlx::query(PUT_CREDENTIAL).bind(secret_hash).bind(kind).bind(actor).bind(log).bind(label);
                        query.bind(created).bind(expires).execute(&mut *transaction).await?;
                    }
                    PeopleRow::Admission(Admission { actor, log }) => {
                        sqlx::query(PUT_ADMISSION).bind(actor).bind(log).execute(&mut *transaction).await?;
                    }
                    PeopleRow::Invitation(Invitation { code_hash, log, role, invited_by, created, expires, uses, uses_max }) => {
                        let query = sqlx::query(PUT_INVITATION).bind(code_hash).bind(log).bind(role).bind(invited_by);
                        query.bind(created).bind(expires).bind(uses).bind(uses_max).execute(&mut *transaction).await?;
                    }
                }
            }
        })?;
        Ok(())
    }

    /// Closes the database.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(database) => database.close().await,
            Self::Postgres(database) => database.close().await,
        }
    }
}
