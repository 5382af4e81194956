//! What is looked at in each record by itself: one list, and a function for each line of it.

use crate::Served;
use crate::contained::Contained;
use crate::store::StoredRow;
use landfall_engine::log::fingerprint;
use landfall_engine::protocol::CommandText;
use landfall_engine::upcast::{self, Unreadable};
use landfall_engine::{Domain, Outcome, Record, Seal};

/// A record as its row stands, its body read, and what came before it.
pub struct Seen<'a, D: Served> {
    /// The row.
    pub row: &'a StoredRow,
    /// What its body says.
    pub body: &'a Result<Record<D>, Unreadable>,
    /// The record before it.
    pub before: Before,
}

/// What of a record the next one is compared with; nothing, before the first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Before {
    /// Its position.
    pub position: i64,
    /// Its time.
    pub at: i64,
    /// The seal behind it; `None` where it has none that can be read.
    pub seal: Option<Seal>,
}

impl From<&StoredRow> for Before {
    fn from(row: &StoredRow) -> Self {
        Self { position: row.position, at: row.at, seal: row.seal().ok().flatten() }
    }
}

/// Says what is wrong, or nothing.
type Check<D> = fn(&Seen<'_, D>) -> Option<String>;

/// Every check of a record. A further one (of a column that is added, say) is a line here, its function below, and what is to be done about
/// it in [`advice`].
fn checks<D: Served>() -> [(&'static str, Check<D>); 8] {
    [
        ("position", position),
        ("body", body),
        ("columns", columns),
        ("fingerprint", fingerprint_of_command),
        ("subject", subject),
        ("refusal", refusal),
        ("time", time),
        ("seal", seal),
    ]
}

/// What is wrong with a record: which check found it, and what.
pub fn wrong<'a, D: Served>(seen: &'a Seen<'a, D>) -> impl Iterator<Item = (&'static str, String)> + 'a {
    checks::<D>().into_iter().filter_map(|(name, check)| Some((name, check(seen)?)))
}

/// How to go on after a check found something.
pub fn advice(check: &str) -> &'static str {
    match check {
        "body" => {
            "if it is of a newer version, use the landfall that wrote it; if not, restore the newest backup of which `landfall verify` finds nothing wrong"
        }
        "snapshot" => "a snapshot is a cache: write it anew with `landfall snapshot LOG`",
        "index" => "build the index record_command anew (REINDEX) while no server runs, and verify again",
        "fold" => "keep a backup of it as it is, go back to the version that ran before, and report the record",
        "archive" => {
            "nothing of that piece can be read any more: keep the place as it is, see what the system's log says of the disk, and restore the newest backup of which `landfall verify` finds nothing wrong"
        }
        "reading" => {
            "see what the system's log says of the disk, and restore the newest backup of which `landfall verify` finds nothing wrong"
        }
        _ => {
            "somebody or something changed the database past landfall: keep it as it is, find out what did, and restore the newest backup of which `landfall verify` finds nothing wrong"
        }
    }
}

fn position<D: Served>(seen: &Seen<'_, D>) -> Option<String> {
    let expected = seen.before.position + 1;
    if seen.row.position == expected {
        return None;
    }
    Some(if seen.row.position == expected + 1 {
        format!("record {expected} is missing")
    } else {
        format!("records {expected} to {} are missing", seen.row.position - 1)
    })
}

fn body<D: Served>(seen: &Seen<'_, D>) -> Option<String> {
    seen.body.as_ref().err().map(|error| format!("its body cannot be read: {error}"))
}

fn columns<D: Served>(seen: &Seen<'_, D>) -> Option<String> {
    let (row, body) = (seen.row, seen.body.as_ref().ok()?);
    let differs = |column: &str, here: &dyn std::fmt::Display, there: &dyn std::fmt::Display| {
        let (here, there) = (here.to_string(), there.to_string());
        (here != there).then(|| format!("the column {column} says {here}, and the body {there}"))
    };
    differs("position", &row.position, &body.position)
        .or_else(|| differs("command", &row.command, &body.command))
        .or_else(|| differs("actor", &row.actor, &body.actor))
        .or_else(|| differs("device", &row.device, &body.device))
        .or_else(|| differs("at", &row.at, &body.at.0))
}

fn fingerprint_of_command<D: Served>(seen: &Seen<'_, D>) -> Option<String> {
    let expected = seen.row.command_text.as_deref().map_or(0, fingerprint);
    (seen.row.fingerprint.cast_unsigned() != expected).then(|| "the fingerprint is not that of the command's text".into())
}

fn subject<D: Served>(seen: &Seen<'_, D>) -> Option<String> {
    let told = match seen.row.subject.as_deref() {
        Some(text) => match text.parse::<uuid::Uuid>() {
            Ok(id) => Some(id.into_bytes()),
            Err(_) => return Some(format!("“{text}” in the column subject is not an id")),
        },
        None => None,
    };
    // A command that cannot be read, or was withdrawn, is about nothing in particular.
    let command = seen.row.command_text.as_deref().and_then(|text| upcast::decode::<D::Command>(text, D::command_shapes()).ok());
    let expected = command.and_then(|command| Contained::<D>::subject(&command));
    (told != expected).then(|| "the column subject does not say what the command is about".into())
}

/// A refusal carries the command itself, for its author's other devices.
fn refusal<D: Served>(seen: &Seen<'_, D>) -> Option<String> {
    let Outcome::Rejected(refusal) = &seen.body.as_ref().ok()?.outcome else { return None };
    let Some(refusal) = refusal else { return Some("it was rejected, and does not say why".into()) };
    let nothing = CommandText::nothing();
    let sent = seen.row.command_text.as_deref().unwrap_or(&nothing.0);
    (refusal.command.0.trim() != sent.trim()).then(|| "the command in the body is not the one that was sent".into())
}

/// Beyond a hole nobody knows which seal came before: the hole is told of by itself.
fn seal<D: Served>(seen: &Seen<'_, D>) -> Option<String> {
    let found = match seen.row.seal() {
        Ok(found) => found,
        Err(what) => return Some(what),
    };
    match (found, seen.before.seal) {
        (None, None) => None,
        (None, Some(_)) => Some("it has no seal, and the record before it has one".into()),
        (Some(_), _) if seen.row.position != seen.before.position + 1 => None,
        (Some(found), before) => {
            let expected = before.unwrap_or(Seal::NONE).then(&seen.row.body);
            (found != expected)
                .then(|| format!("its seal is {found}, and should be {expected}: it, or a record before it, is not what was kept"))
        }
    }
}

fn time<D: Served>(seen: &Seen<'_, D>) -> Option<String> {
    (seen.row.at < seen.before.at).then(|| format!("its time is earlier than that of record {}", seen.before.position))
}
