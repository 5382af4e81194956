//! What is kept: one record for each command that reached the server.

use crate::domain::evolve_all;
use crate::protocol::{CommandText, Format};
use crate::upcast::{self, Unreadable};
use crate::{ActorId, CommandId, Context, DeviceId, Domain, TimeMs};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Place of a record in its log: 1, 2, 3 … without gaps. Zero means "before the first".
pub type Position = u64;

/// A log's timeline; one more after a restore or a lossy failover.
pub type Epoch = u64;

/// How far somebody has read: the timeline and the last position seen on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Cursor {
    /// The timeline.
    pub epoch: Epoch,
    /// The last position read; 0 when nothing was.
    pub position: Position,
}

/// What one command left in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<D: Domain> {
    /// Place in the log.
    pub position: Position,
    /// The command that left it.
    pub command: CommandId,
    /// Who issued the command, by authentication.
    pub actor: ActorId,
    /// Which device sent it.
    pub device: DeviceId,
    /// The server's time when it was decided.
    pub at: TimeMs,
    /// What came of it.
    pub outcome: Outcome<D>,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "snake_case")]
pub enum Outcome<D: Domain> {
    /// It holds, and these facts follow; possibly none.
    Accepted(Vec<D::Event>),
    /// It was rejected. The reason, and the command's own text so that the author's other devices can show what it was;
    /// `None` for everybody but the author.
    Rejected(Option<Box<Refusal<D>>>),
}

/// Why a command was rejected, and what it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Refusal<D: Domain> {
    /// Why.
    pub reason: Reason<D::Rejection>,
    /// The command as it was sent.
    pub command: CommandText,
}

/// Why a command was rejected: by the domain, or before the domain could be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub enum Reason<R> {
    /// The domain said no.
    Domain(R),
    /// Its author took it back, or the device that issued it no longer has it.
    Withdrawn,
    /// No version of the domain that the server knows can read it. The text says what is wrong with it.
    Unreadable(String),
    /// Its author may no longer open this log. Only ever told by the device, about commands that could not be sent.
    NoLongerMember,
}

/// Fingerprint of a command's text: FNV-1a, 64 bits (Fowler, Noll, Vo). Tells a resend from another payload under the same id; it is no protection against an attacker, who gains nothing by a collision but their own earlier record.
pub fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

impl<D: Domain> Record<D> {
    /// The context in which this record's events are folded.
    pub fn context(&self) -> Context {
        Context { command: self.command, actor: self.actor, device: self.device, at: self.at, position: Some(self.position) }
    }

    /// Folds this record into `state`. A rejected one changes nothing.
    pub fn fold_into(&self, state: &mut D::State) {
        if let Outcome::Accepted(events) = &self.outcome {
            evolve_all::<D>(state, events, &self.context());
        }
    }

    /// Does it carry a reason that only its author may see?
    pub fn is_refusal(&self) -> bool {
        matches!(self.outcome, Outcome::Rejected(Some(_)))
    }

    /// The oldest [`Domain::SCHEMA`] whose readers can read it.
    pub fn schema(&self) -> u32 {
        let newest = match &self.outcome {
            Outcome::Accepted(events) => events.iter().map(D::event_schema).max(),
            Outcome::Rejected(Some(refusal)) => match &refusal.reason {
                Reason::Domain(rejection) => Some(D::rejection_schema(rejection)),
                _ => None,
            },
            Outcome::Rejected(None) => None,
        };
        newest.unwrap_or(D::SCHEMA_MIN)
    }

    /// The record as everybody but its author sees it.
    #[must_use]
    pub fn blanked(mut self) -> Self {
        if let Outcome::Rejected(refusal) = &mut self.outcome {
            *refusal = None;
        }
        self
    }

    /// The record alone, as it stands inside a `Records` frame.
    pub fn encode(&self, format: Format) -> Vec<u8> {
        match format {
            Format::Postcard => format.encode(self),
            Format::Json => self.to_json().into_bytes(),
        }
    }

    /// The record as JSON text: what stands in the database, in exports and in JSON frames. Events and reasons carry type and version.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("records are plain data")
    }

    /// Reads JSON text of any version ever released.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        let text: RecordText = serde_json::from_str(text).map_err(|error| Unreadable::Malformed(error.to_string()))?;
        text.read()
    }
}

/// A record in JSON: events and reasons as they are, not yet upcast.
#[derive(Serialize, Deserialize)]
struct RecordText {
    position: Position,
    command: CommandId,
    actor: ActorId,
    device: DeviceId,
    at: TimeMs,
    outcome: OutcomeText,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutcomeText {
    Accepted(Vec<Box<RawValue>>),
    Rejected(Option<RefusalText>),
}

#[derive(Serialize, Deserialize)]
struct RefusalText {
    reason: Reason<Box<RawValue>>,
    command: CommandText,
}

fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text).expect("the encoder wrote JSON")
}

impl RecordText {
    fn of<D: Domain>(record: &Record<D>) -> Self {
        let outcome = match &record.outcome {
            Outcome::Accepted(events) => {
                OutcomeText::Accepted(events.iter().map(|event| raw(upcast::encode(event, D::event_shapes()))).collect())
            }
            Outcome::Rejected(None) => OutcomeText::Rejected(None),
            Outcome::Rejected(Some(refusal)) => OutcomeText::Rejected(Some(RefusalText {
                reason: refusal.reason.map(|rejection| raw(upcast::encode(rejection, D::rejection_shapes()))),
                command: refusal.command.clone(),
            })),
        };
        Self { position: record.position, command: record.command, actor: record.actor, device: record.device, at: record.at, outcome }
    }

    fn read<D: Domain>(self) -> Result<Record<D>, Unreadable> {
        let outcome = match self.outcome {
            OutcomeText::Accepted(events) => {
                let events: Result<_, _> = events.iter().map(|event| upcast::decode(event.get(), D::event_shapes())).collect();
                Outcome::Accepted(events?)
            }
            OutcomeText::Rejected(None) => Outcome::Rejected(None),
            OutcomeText::Rejected(Some(refusal)) => {
                let reason = match refusal.reason {
                    Reason::Domain(rejection) => Reason::Domain(upcast::decode(rejection.get(), D::rejection_shapes())?),
                    Reason::Withdrawn => Reason::Withdrawn,
                    Reason::Unreadable(why) => Reason::Unreadable(why),
                    Reason::NoLongerMember => Reason::NoLongerMember,
                };
                Outcome::Rejected(Some(Box::new(Refusal { reason, command: refusal.command })))
            }
        };
        Ok(Record { position: self.position, command: self.command, actor: self.actor, device: self.device, at: self.at, outcome })
    }
}

/// A record in postcard: fields in this order.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = ""))]
struct RecordFields<'a, D: Domain>(Position, CommandId, ActorId, DeviceId, TimeMs, std::borrow::Cow<'a, Outcome<D>>);

impl<D: Domain> Serialize for Record<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            RecordText::of(self).serialize(serializer)
        } else {
            let outcome = std::borrow::Cow::Borrowed(&self.outcome);
            RecordFields(self.position, self.command, self.actor, self.device, self.at, outcome).serialize(serializer)
        }
    }
}

impl<'de, D: Domain> Deserialize<'de> for Record<D> {
    fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
        if deserializer.is_human_readable() {
            RecordText::deserialize(deserializer)?.read().map_err(serde::de::Error::custom)
        } else {
            let RecordFields(position, command, actor, device, at, outcome) = RecordFields::deserialize(deserializer)?;
            Ok(Self { position, command, actor, device, at, outcome: outcome.into_owned() })
        }
    }
}

impl<R> Reason<R> {
    /// The same reason with the domain's part seen through `f`.
    pub fn map<'a, T>(&'a self, f: impl FnOnce(&'a R) -> T) -> Reason<T> {
        match self {
            Self::Domain(rejection) => Reason::Domain(f(rejection)),
            Self::Withdrawn => Reason::Withdrawn,
            Self::Unreadable(why) => Reason::Unreadable(why.clone()),
            Self::NoLongerMember => Reason::NoLongerMember,
        }
    }
}
