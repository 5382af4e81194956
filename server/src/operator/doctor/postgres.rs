//! A PostgreSQL: what it promises, how many servers it has room for, and how fast it commits.

use super::folder::of_tables;
use super::{Finding, clock, ok, speed, warning, wrong};
use crate::postgres::{CONNECTIONS_MAX, Postgres, TABLES, VERSION_MIN, tables_of};
use crate::reading::newest;
use landfall_engine::TimeMs;

/// Commits by which its speed is measured.
const COMMITS: usize = 100;
/// Besides those of its pool, a server has one for hints.
const CONNECTIONS_PER_SERVER: u32 = CONNECTIONS_MAX + 1;

pub async fn look(address: &str) -> anyhow::Result<Vec<Finding>> {
    let database = Postgres::look(address).await?;
    let mut findings = vec![version(&database).await?];
    findings.push(of_tables(database.version_of_tables().await.ok(), newest(&TABLES)));
    findings.push(programs(&database).await?);
    for expected in SETTINGS {
        let found = database.setting(expected.name).await?;
        findings.push(expected.judge(&found));
    }
    findings.push(connections(&database).await?);
    findings.push(ok(
        "time zone",
        format!("it is {}, and does not matter: times are kept as milliseconds since 1970", database.setting("TimeZone").await?),
    ));
    if let Ok(theirs) = u64::try_from(database.now_ms().await?) {
        findings.push(clock::against(TimeMs(theirs), "the database's"));
    }
    if database.is_standby().await? {
        findings.push(wrong("standby", "it is a standby, where nobody can write: give servers the address of the primary"));
    } else {
        match database.commit_times(COMMITS).await {
            Ok(times) => findings.extend(speed::judge("commit", "one commit, with the way there and back,", times)),
            Err(error) => findings.push(wrong("commit", format!("nothing can be committed: {error}"))),
        }
    }
    database.close().await;
    Ok(findings)
}

/// What a setting must be, or else.
struct Expected {
    name: &'static str,
    value: &'static str,
    judge: fn(&'static str, String) -> Finding,
    otherwise: &'static str,
}

const SETTINGS: [Expected; 8] = [
    Expected { name: "fsync", value: "on", judge: wrong, otherwise: "a power cut loses what was said to be kept: set it on" },
    Expected {
        name: "full_page_writes",
        value: "on",
        judge: wrong,
        otherwise: "a power cut can damage pages that were half written: set it on",
    },
    Expected {
        name: "synchronous_commit",
        value: "on",
        judge: wrong,
        otherwise: "something between forbids that sessions set it on, and a power cut loses what was said to be kept: ask whoever runs the pooler",
    },
    Expected {
        name: "server_encoding",
        value: "UTF8",
        judge: wrong,
        otherwise: "texts would not come back as they were: create the database with ENCODING 'UTF8'",
    },
    Expected {
        name: "default_transaction_read_only",
        value: "off",
        judge: wrong,
        otherwise: "nothing can be written: set it off for this database and role",
    },
    Expected {
        name: "default_transaction_isolation",
        value: "read committed",
        judge: wrong,
        otherwise: "appends that meet would fail instead of waiting: set it to read committed for this database and role",
    },
    Expected {
        name: "autovacuum",
        value: "on",
        judge: warning,
        otherwise: "heads move with every append, and what they leave is never cleared: set it on",
    },
    Expected {
        name: "data_checksums",
        value: "on",
        judge: warning,
        otherwise: "damage on the disk is noticed only by chance: pg_checksums --enable, while PostgreSQL is stopped",
    },
];

impl Expected {
    fn judge(&self, found: &str) -> Finding {
        if found == self.value {
            return ok(self.name, found);
        }
        (self.judge)(self.name, format!("it is {found}: {}", self.otherwise))
    }
}

async fn version(database: &Postgres) -> Result<Finding, sqlx::Error> {
    const CHECK: &str = "version";
    let number: u32 = database.setting("server_version_num").await?.parse().unwrap_or(0);
    let told = format!("PostgreSQL {}.{}", number / 10_000, number % 10_000);
    Ok(if number >= VERSION_MIN {
        ok(CHECK, told)
    } else {
        wrong(CHECK, format!("{told} is too old: update it to {} or later", VERSION_MIN / 10_000))
    })
}

/// Servers and commands that are connected, by what they know: while some are of a release before, what only this one knows is not begun.
async fn programs(database: &Postgres) -> Result<Finding, sqlx::Error> {
    const CHECK: &str = "programs";
    let connected = database.programs().await?;
    let is_older = |program: &&String| tables_of(program).is_none_or(|tables| tables < newest(&TABLES));
    let older: Vec<&str> = connected.iter().filter(is_older).map(String::as_str).collect();
    Ok(match (connected.is_empty(), older.is_empty()) {
        (true, _) => ok(CHECK, "no landfall is connected"),
        (_, true) => ok(CHECK, format!("connected: {}", connected.join(", "))),
        _ => warning(
            CHECK,
            format!(
                "of a release before, and connected: {}; replace the servers that are, and archive and move nothing until they are gone",
                older.join(", ")
            ),
        ),
    })
}

async fn connections(database: &Postgres) -> Result<Finding, sqlx::Error> {
    const CHECK: &str = "connections";
    let number = async |name| Ok::<u32, sqlx::Error>(database.setting(name).await?.parse().unwrap_or(0));
    let free = number("max_connections").await?.saturating_sub(number("superuser_reserved_connections").await?);
    let servers = free / CONNECTIONS_PER_SERVER;
    let told = format!("it takes {free}, and each server up to {CONNECTIONS_PER_SERVER}: room for {servers} servers");
    Ok(match servers {
        0 => wrong(CHECK, format!("{told}; raise max_connections")),
        1 => warning(CHECK, format!("{told}, so that an old and a new one do not fit beside each other; raise max_connections")),
        _ => ok(CHECK, told),
    })
}
