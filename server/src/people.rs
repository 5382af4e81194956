//! Who somebody is: people, the credentials by which they are recognised, and the invitations by which they come.
//!
//! Of everything secret only the SHA-256 is kept, so that a stolen database opens no door. The secrets have 16 random bytes
//! or more, so that a fast hash is enough; a password, which people choose, will need a slow one.

pub mod copy;

use crate::database::Database;
use crate::hex::hex;
use crate::host::{now, random};
use crate::postgres::Postgres;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use landfall_engine::{ActorId, LogId, TimeMs};
use sha2::{Digest, Sha256};
use tokio::sync::broadcast;
use tokio::task::JoinSet;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// How long a browser stays signed in; browsers keep no cookie longer than this.
pub const SESSION_LIFETIME_MS: u64 = 400 * DAY_MS;
/// How long a token for a program is good.
pub const TOKEN_LIFETIME_MS: u64 = 400 * DAY_MS;
/// How long an invitation is good.
pub const INVITATION_LIFETIME_MS: u64 = 14 * DAY_MS;
/// How many people may come by one invitation.
pub const INVITATION_USES_MAX: u32 = 50;
/// Most credentials of one person; the oldest makes room.
const CREDENTIALS_MAX: i64 = 100;
/// Sign-outs that a slow connection may have missed before it asks again itself.
const REVOCATIONS_KEPT: usize = 64;

/// The SHA-256 of a secret, in hexadecimal: what is stored in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretHash(String);

impl SecretHash {
    /// Of a secret as it was presented.
    pub fn of(secret: &str) -> Self {
        Self(hex(&Sha256::digest(secret.as_bytes())))
    }
}

/// Something only its holder knows. It is shown once and stored nowhere.
pub struct Secret(String);

impl Secret {
    fn new<const N: usize>(prefix: &str) -> Self {
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<N>())))
    }

    /// To hand it out.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

/// Who a credential stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The person.
    pub actor: ActorId,
    /// What people call them.
    pub name: String,
    /// A token opens this log only; a session opens all that its person may read.
    pub only: Option<LogId>,
    /// By what they were recognised.
    pub credential: SecretHash,
}

/// An invitation that is still good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// To which log.
    pub log: LogId,
    /// As what.
    pub role: String,
    /// By whom.
    pub invited_by: ActorId,
}

/// In which database the tables of people lie.
#[derive(Clone)]
pub enum Tables {
    /// In SQLite.
    Sqlite(Database),
    /// In PostgreSQL.
    Postgres(Postgres),
}

/// Both databases are asked in the same words: what is done with their connections that read, or the ones that write.
macro_rules! ask {
    ($tables:expr, $which:ident, |$connections:ident| $what:expr) => {
        match $tables {
            Tables::Sqlite(database) => {
                let $connections = database.$which();
                $what
            }
            Tables::Postgres(database) => {
                let $connections = database.pool();
                $what
            }
        }
    };
}

/// The same within one transaction, which is committed at its end.
macro_rules! in_transaction {
    ($tables:expr, |$transaction:ident| $what:expr) => {
        match $tables {
            Tables::Sqlite(database) => {
                // Never a deferred transaction: one that reads first and writes later can fail half way, whatever the busy timeout.
                let mut $transaction = database.writer().begin_with("BEGIN IMMEDIATE").await?;
                $what;
                $transaction.commit().await
            }
            Tables::Postgres(database) => {
                let mut $transaction = database.pool().begin().await?;
                $what;
                $transaction.commit().await
            }
        }
    };
}

pub(crate) use ask;
use in_transaction;

const ADMIT: &str = "INSERT INTO admission (actor, log) VALUES ($1, $2) ON CONFLICT (actor, log) DO NOTHING";
/// Two of one person are never made in the same millisecond, so that it is known which is older.
const INSERT_CREDENTIAL: &str = "INSERT INTO credential (secret_hash, kind, actor, log, label, created, expires) \
     SELECT $1, $2, $3, $4, $5, CASE WHEN MAX(created) >= $6 THEN MAX(created) + 1 ELSE $6 END, $7 FROM credential WHERE actor = $3";
const TRIM_CREDENTIALS: &str = "DELETE FROM credential WHERE actor = $1 AND (expires <= $2 OR secret_hash NOT IN \
     (SELECT secret_hash FROM credential WHERE actor = $1 ORDER BY created DESC LIMIT $3))";

/// Puts a credential in, and takes out what is expired or one too many.
macro_rules! insert {
    ($credential:ident, $transaction:ident) => {{
        let Credential { secret_hash, kind, actor, log, label, created, expires } = &$credential;
        let query = sqlx::query(INSERT_CREDENTIAL).bind(&secret_hash.0).bind(*kind).bind(actor.to_string());
        let query = query.bind(log.map(|log| log.to_string())).bind(*label).bind(*created).bind(*expires);
        query.execute(&mut *$transaction).await?;
        let query = sqlx::query(TRIM_CREDENTIALS).bind(actor.to_string()).bind(*created).bind(CREDENTIALS_MAX);
        query.execute(&mut *$transaction).await?;
    }};
}

/// What an open connection hears of sign-outs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// This credential is good no more.
    Of(SecretHash),
    /// Another process may have revoked some while it was not heard.
    Unheard,
}

/// On which processes tell each other of credentials that are good no more. The notice is part of the revocation, so that none is lost.
const REVOKED: &str = "landfall_revoked";

/// See the module.
pub struct People {
    tables: Tables,
    revocations: broadcast::Sender<Revocation>,
    _hearing: JoinSet<()>,
}

impl People {
    /// Kept in this database.
    pub fn new(tables: Tables) -> Self {
        let revocations = broadcast::Sender::new(REVOCATIONS_KEPT);
        let mut hearing = JoinSet::new();
        if let Tables::Postgres(database) = &tables {
            let revoked = revocations.clone();
            hearing.spawn(database.clone().hear(REVOKED, move |told| {
                let _ = revoked.send(told.map_or(Revocation::Unheard, |hash| Revocation::Of(SecretHash(hash.to_owned()))));
            }));
        }
        Self { tables, revocations, _hearing: hearing }
    }

    /// Nobody was ever admitted anywhere: the first visitor founds.
    pub async fn is_setup_needed(&self) -> Result<bool, sqlx::Error> {
        let statement = "SELECT NOT EXISTS (SELECT 1 FROM admission)";
        ask!(&self.tables, readers, |connections| sqlx::query_scalar(statement).fetch_one(connections).await)
    }

    /// Connections to the database: those that work, and those that rest.
    pub fn connections(&self) -> (u64, u64) {
        let (size, idle) = match &self.tables {
            Tables::Sqlite(database) => {
                let (writer, readers) = (database.writer(), database.readers());
                (writer.size() + readers.size(), writer.num_idle() + readers.num_idle())
            }
            Tables::Postgres(database) => (database.pool().size(), database.pool().num_idle()),
        };
        (u64::from(size).saturating_sub(idle as u64), idle as u64)
    }

    /// Who holds this secret; `None` when it is unknown, expired or signed out.
    pub async fn identify(&self, secret: &str) -> Result<Option<Identity>, sqlx::Error> {
        let credential = SecretHash::of(secret);
        let statement = "SELECT credential.actor, person.name, credential.log FROM credential JOIN person ON person.actor = credential.actor \
                         WHERE secret_hash = $1 AND expires > $2";
        let row: Option<(String, String, Option<String>)> = ask!(&self.tables, readers, |connections| {
            sqlx::query_as(statement).bind(&credential.0).bind(bigint(now())).fetch_optional(connections).await?
        });
        let Some((actor, name, only)) = row else { return Ok(None) };
        let only = only.map(|log| parse(&log)).transpose()?;
        Ok(Some(Identity { actor: parse(&actor)?, name, only, credential }))
    }

    /// A new person's first admission: makes them known and signs them in.
    pub async fn welcome(&self, actor: ActorId, name: &str, log: LogId) -> Result<Secret, sqlx::Error> {
        let secret = Secret::new::<32>("");
        let credential = Credential::of(&secret, "session", actor, None, "", SESSION_LIFETIME_MS);
        in_transaction!(&self.tables, |transaction| {
            let person = sqlx::query("INSERT INTO person (actor, name, created) VALUES ($1, $2, $3) ON CONFLICT (actor) DO NOTHING");
            person.bind(actor.to_string()).bind(name).bind(credential.created).execute(&mut *transaction).await?;
            sqlx::query(ADMIT).bind(actor.to_string()).bind(log.to_string()).execute(&mut *transaction).await?;
            insert!(credential, transaction)
        })?;
        Ok(secret)
    }

    /// Another log for somebody who is known already.
    pub async fn admit(&self, actor: ActorId, log: LogId) -> Result<(), sqlx::Error> {
        ask!(&self.tables, writer, |connections| {
            sqlx::query(ADMIT).bind(actor.to_string()).bind(log.to_string()).execute(connections).await?;
        });
        Ok(())
    }

    /// The logs somebody was ever admitted to.
    pub async fn admissions(&self, actor: ActorId) -> Result<Vec<LogId>, sqlx::Error> {
        let statement = "SELECT log FROM admission WHERE actor = $1 ORDER BY log";
        let logs: Vec<String> = ask!(&self.tables, readers, |connections| {
            sqlx::query_scalar(statement).bind(actor.to_string()).fetch_all(connections).await?
        });
        logs.iter().map(|log| parse(log)).collect()
    }

    /// The name somebody gave when they came.
    pub async fn name(&self, actor: ActorId) -> Result<Option<String>, sqlx::Error> {
        let statement = "SELECT name FROM person WHERE actor = $1";
        ask!(&self.tables, readers, |connections| sqlx::query_scalar(statement).bind(actor.to_string()).fetch_optional(connections).await)
    }

    /// A secret by which a program acts for somebody, in one log.
    pub async fn make_token(&self, actor: ActorId, log: LogId, label: &str) -> Result<Secret, sqlx::Error> {
        let secret = Secret::new::<32>("landfall_");
        let credential = Credential::of(&secret, "token", actor, Some(log), label, TOKEN_LIFETIME_MS);
        in_transaction!(&self.tables, |transaction| insert!(credential, transaction))?;
        Ok(secret)
    }

    /// The credential is good no more; connections that were opened with it hear of it.
    pub async fn revoke(&self, credential: &SecretHash) -> Result<(), sqlx::Error> {
        let statement = "DELETE FROM credential WHERE secret_hash = $1";
        match &self.tables {
            Tables::Sqlite(database) => {
                sqlx::query(statement).bind(&credential.0).execute(database.writer()).await?;
            }
            Tables::Postgres(database) => {
                let mut transaction = database.pool().begin().await?;
                sqlx::query(statement).bind(&credential.0).execute(&mut *transaction).await?;
                sqlx::query("SELECT pg_notify($1, $2)").bind(REVOKED).bind(&credential.0).execute(&mut *transaction).await?;
                transaction.commit().await?;
            }
        }
        // Nobody listens when no connection is open.
        let _ = self.revocations.send(Revocation::Of(credential.clone()));
        Ok(())
    }

    /// Credentials as they are revoked.
    pub fn revocations(&self) -> broadcast::Receiver<Revocation> {
        self.revocations.subscribe()
    }

    /// Is this credential still good? For those who may have missed a revocation.
    pub async fn is_good(&self, credential: &SecretHash) -> Result<bool, sqlx::Error> {
        let statement = "SELECT EXISTS (SELECT 1 FROM credential WHERE secret_hash = $1 AND expires > $2)";
        ask!(&self.tables, readers, |connections| {
            sqlx::query_scalar(statement).bind(&credential.0).bind(bigint(now())).fetch_one(connections).await
        })
    }

    /// A code by which others come in, and until when.
    pub async fn invite(&self, log: LogId, role: &str, invited_by: ActorId) -> Result<(Secret, TimeMs), sqlx::Error> {
        let secret = Secret::new::<16>("");
        let created = now();
        let expires = created.plus(INVITATION_LIFETIME_MS);
        let statement =
            "INSERT INTO invitation (code_hash, log, role, invited_by, created, expires, uses_max) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        ask!(&self.tables, writer, |connections| {
            let query = sqlx::query(statement).bind(secret.hash().0).bind(log.to_string()).bind(role).bind(invited_by.to_string());
            let query = query.bind(bigint(created)).bind(bigint(expires)).bind(i64::from(INVITATION_USES_MAX));
            query.execute(connections).await?;
        });
        Ok((secret, expires))
    }

    /// What a code invites to; `None` when it is unknown, expired or used up.
    pub async fn invitation(&self, code: &str) -> Result<Option<Invitation>, sqlx::Error> {
        let statement = "SELECT log, role, invited_by FROM invitation WHERE code_hash = $1 AND expires > $2 AND uses < uses_max";
        let row = ask!(&self.tables, readers, |connections| {
            sqlx::query_as(statement).bind(SecretHash::of(code).0).bind(bigint(now())).fetch_optional(connections).await?
        });
        row.map(invitation).transpose()
    }

    /// Takes one of the places of an invitation; `None` when there is none left.
    pub async fn take_place(&self, code: &str) -> Result<Option<Invitation>, sqlx::Error> {
        let statement = "UPDATE invitation SET uses = uses + 1 WHERE code_hash = $1 AND expires > $2 AND uses < uses_max \
                         RETURNING log, role, invited_by";
        let row = ask!(&self.tables, writer, |connections| {
            sqlx::query_as(statement).bind(SecretHash::of(code).0).bind(bigint(now())).fetch_optional(connections).await?
        });
        row.map(invitation).transpose()
    }

    /// Gives a place back that was taken for nothing.
    pub async fn give_place_back(&self, code: &str) -> Result<(), sqlx::Error> {
        let statement = "UPDATE invitation SET uses = uses - 1 WHERE code_hash = $1 AND uses > 0";
        ask!(&self.tables, writer, |connections| {
            sqlx::query(statement).bind(SecretHash::of(code).0).execute(connections).await?;
        });
        Ok(())
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.tables.close().await;
    }
}

/// A row of the table of credentials.
struct Credential<'a> {
    secret_hash: SecretHash,
    kind: &'static str,
    actor: ActorId,
    log: Option<LogId>,
    label: &'a str,
    created: i64,
    expires: i64,
}

impl<'a> Credential<'a> {
    fn of(secret: &Secret, kind: &'static str, actor: ActorId, log: Option<LogId>, label: &'a str, lifetime_ms: u64) -> Self {
        let created = now();
        let expires = bigint(created.plus(lifetime_ms));
        Self { secret_hash: secret.hash(), kind, actor, log, label, created: bigint(created), expires }
    }
}

fn invitation((log, role, invited_by): (String, String, String)) -> Result<Invitation, sqlx::Error> {
    Ok(Invitation { log: parse(&log)?, role, invited_by: parse(&invited_by)? })
}

fn parse<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(text: &str) -> Result<T, sqlx::Error> {
    text.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

fn bigint(time: TimeMs) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn people() -> People {
        People::new(Tables::Sqlite(Database::in_memory().await.expect("a database in memory")))
    }

    impl People {
        fn sqlite(&self) -> &sqlx::SqlitePool {
            let Tables::Sqlite(database) = &self.tables else { panic!("these tests use SQLite") };
            database.writer()
        }
    }

    #[tokio::test]
    async fn a_credential_is_good_until_it_is_revoked_and_its_secret_is_not_kept() {
        let people = people().await;
        let (actor, log) = (ActorId(random()), LogId(random()));
        assert!(people.is_setup_needed().await.unwrap());
        let secret = people.welcome(actor, "Ada", log).await.unwrap();
        assert!(!people.is_setup_needed().await.unwrap());
        let identity = people.identify(secret.reveal()).await.unwrap().expect("known");
        assert_eq!((identity.actor, identity.name.as_str(), identity.only), (actor, "Ada", None));
        let kept: String = sqlx::query_scalar("SELECT secret_hash FROM credential").fetch_one(people.sqlite()).await.unwrap();
        assert_ne!(kept, secret.reveal());

        let mut revocations = people.revocations();
        people.revoke(&identity.credential).await.unwrap();
        assert_eq!(people.identify(secret.reveal()).await.unwrap(), None);
        assert_eq!(revocations.recv().await.unwrap(), Revocation::Of(identity.credential.clone()));
        assert!(!people.is_good(&identity.credential).await.unwrap());
    }

    #[tokio::test]
    async fn an_expired_credential_is_no_credential() {
        let people = people().await;
        let secret = people.welcome(ActorId(random()), "Ada", LogId(random())).await.unwrap();
        sqlx::query("UPDATE credential SET expires = 1").execute(people.sqlite()).await.unwrap();
        assert_eq!(people.identify(secret.reveal()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_invitation_has_so_many_places_and_no_more() {
        let people = people().await;
        let (actor, log) = (ActorId(random()), LogId(random()));
        people.welcome(actor, "Ada", log).await.unwrap();
        let (code, _) = people.invite(log, "member", actor).await.unwrap();
        for _ in 0..INVITATION_USES_MAX {
            assert!(people.take_place(code.reveal()).await.unwrap().is_some());
        }
        assert_eq!(people.take_place(code.reveal()).await.unwrap(), None);
        assert_eq!(people.invitation(code.reveal()).await.unwrap(), None);
        people.give_place_back(code.reveal()).await.unwrap();
        assert_eq!(people.invitation(code.reveal()).await.unwrap(), Some(Invitation { log, role: "member".into(), invited_by: actor }));
        assert_eq!(people.invitation("no such code").await.unwrap(), None);
    }

    #[tokio::test]
    async fn the_newest_credentials_push_out_the_oldest() {
        let people = people().await;
        let (actor, log) = (ActorId(random()), LogId(random()));
        let first = people.welcome(actor, "Ada", log).await.unwrap();
        for _ in 0..CREDENTIALS_MAX {
            people.make_token(actor, log, "import").await.unwrap();
        }
        assert_eq!(people.identify(first.reveal()).await.unwrap(), None);
    }
}
