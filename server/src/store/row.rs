//! A record as its row has it: for checks, which believe nothing, and for copies, which change nothing.

use super::{Link, StoredRecord, Subject};
use landfall_engine::{Seal, TimeMs};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A row of the table of records, as it stands there. As JSON it is a line of a backup and of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct StoredRow {
    /// Place in the log.
    pub position: i64,
    /// The command that left it.
    pub command: String,
    /// Who issued the command.
    pub actor: String,
    /// Which device sent it.
    pub device: String,
    /// The server's time when it was decided, milliseconds since 1970.
    pub at: i64,
    /// Of the command's text: 64 bits, which databases keep with a sign.
    pub fingerprint: i64,
    /// What the command is about.
    pub subject: Option<String>,
    /// The record as JSON.
    pub body: String,
    /// The command as it was sent; `None` when it was withdrawn.
    pub command_text: Option<String>,
    /// The seal behind it; `None` of a record from before there were seals.
    #[serde(default, with = "digits", skip_serializing_if = "Option::is_none")]
    pub seal: Option<Vec<u8>>,
}

impl StoredRow {
    /// The size of its texts, bytes.
    pub fn text_bytes(&self) -> usize {
        self.body.len() + self.command_text.as_deref().map_or(0, str::len)
    }

    /// The seal behind it, if there is one.
    pub fn seal(&self) -> Result<Option<Seal>, String> {
        let of =
            |bytes: &Vec<u8>| bytes.as_slice().try_into().map(Seal).map_err(|_| format!("a seal has 16 bytes, and not {}", bytes.len()));
        self.seal.as_ref().map(of).transpose()
    }

    /// What the columns say, after a record behind which this seal stands. An error names the first one that says nothing.
    pub fn read(self, before: Seal) -> Result<StoredRecord, String> {
        let link = self.seal()?.map(|seal| Link { before, seal });
        Ok(StoredRecord {
            link,
            position: unsigned("position", self.position)?,
            command: id("command", &self.command)?,
            actor: id("actor", &self.actor)?,
            device: id("device", &self.device)?,
            at: TimeMs(unsigned("at", self.at)?),
            fingerprint: self.fingerprint.cast_unsigned(),
            subject: self.subject.map(|subject| id::<uuid::Uuid>("subject", &subject)).transpose()?.map(uuid::Uuid::into_bytes),
            body: self.body,
            command_text: self.command_text,
        })
    }
}

impl From<&StoredRecord> for StoredRow {
    fn from(record: &StoredRecord) -> Self {
        let subject = |subject: Subject| uuid::Uuid::from_bytes(subject).to_string();
        Self {
            position: record.position.cast_signed(),
            command: record.command.to_string(),
            actor: record.actor.to_string(),
            device: record.device.to_string(),
            at: record.at.0.cast_signed(),
            fingerprint: record.fingerprint.cast_signed(),
            subject: record.subject.map(subject),
            body: record.body.clone(),
            command_text: record.command_text.clone(),
            seal: record.link.map(|link| link.seal.0.to_vec()),
        }
    }
}

/// A seal as digits, in lines of JSON.
mod digits {
    use landfall_engine::Seal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(seal: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        let of = |bytes: &Vec<u8>| bytes.as_slice().try_into().map(Seal).map_err(|_| serde::ser::Error::custom("a seal has 16 bytes"));
        seal.as_ref().map(of).transpose()?.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        Ok(Option::<Seal>::deserialize(deserializer)?.map(|seal| seal.0.to_vec()))
    }
}

fn id<T: FromStr>(column: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("“{text}” in the column {column} is not an id"))
}

fn unsigned(column: &str, number: i64) -> Result<u64, String> {
    u64::try_from(number).map_err(|_| format!("{number} in the column {column} should not be negative"))
}
