//! What is sent: two enums, their two encodings, their bounds, and the codes with which a connection ends.
//!
//! PROTOCOL.md says the same in prose, with byte-exact examples.

use crate::log::{Cursor, Epoch, Position, Record};
use crate::{ActorId, CommandId, DeviceId, Domain, LogId, Mark, Seal, TimeMs};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::sync::Arc;

/// Version of the two enums below.
pub const PROTOCOL_VERSION: u16 = 2;
/// The oldest version that a server still speaks with whoever does.
pub const PROTOCOL_VERSION_MIN: u16 = 1;
/// WebSocket subprotocol of postcard frames.
pub const SUBPROTOCOL_POSTCARD: &str = "landfall.postcard.1";
/// WebSocket subprotocol of JSON frames, for other programs.
pub const SUBPROTOCOL_JSON: &str = "landfall.json.1";
/// Largest frame in either direction, bytes.
pub const FRAME_BYTES_MAX: usize = 1 << 20;
/// Largest text of one command, bytes.
pub const COMMAND_BYTES_MAX: usize = 64 << 10;
/// Most commands in one `Submit`.
pub const SUBMIT_COMMANDS_MAX: usize = 256;
/// Most commands that a client has sent and not yet seen a record of.
pub const IN_FLIGHT_COMMANDS_MAX: usize = 1024;
/// Most records in one `Records`.
pub const PAGE_RECORDS_MAX: usize = 1024;
/// A `Records` is closed when it has reached this size, bytes; a single larger record goes alone.
pub const PAGE_BYTES_MAX: usize = 256 << 10;
/// Most marks that one connection says: the client's own, and one of a reader that it speaks for.
pub const MARKS_MAX: usize = 2;
/// A client that has not said `Hello` by then is closed, milliseconds.
pub const HELLO_TIMEOUT_MS: u64 = 10_000;
/// A client sends `Ping` when it has heard nothing, or said nothing, for this long, and reconnects when the answer takes as long again, milliseconds.
pub const KEEPALIVE_MS: u64 = 15_000;
/// A server closes a connection on which it has heard nothing for this long, milliseconds.
pub const SILENCE_MAX_MS: u64 = 60_000;

/// The JSON text of a command, with type and version (see [`crate::upcast`]). Embedded as an object in JSON frames, as a string in postcard.
///
/// Whatever the encoding, a text that is no JSON does not decode: it could be neither stored nor sent on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandText(pub String);

impl CommandText {
    /// What stands where a withdrawn command's text would.
    pub fn nothing() -> Self {
        Self("null".into())
    }
}

impl Serialize for CommandText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
            raw.serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for CommandText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Ok(Self(Box::<RawValue>::deserialize(deserializer)?.get().to_owned()))
        } else {
            let raw = RawValue::from_string(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)?;
            Ok(Self(Box::<str>::from(raw).into()))
        }
    }
}

/// One command on its way up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Its name, minted by the client that issued it.
    pub id: CommandId,
    /// The newest command in that client's outbox when this one was issued: decided only after it.
    pub after: Option<CommandId>,
    /// The device's clock when it was issued; for display only.
    pub issued: TimeMs,
    /// The command, or `None` when its author took it back: it leaves a rejected record, so that no chain waits for it.
    pub command: Option<CommandText>,
}

/// What `POST /api/logs/LOG/commands` brings, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commands {
    /// The device that they were issued on.
    pub device: DeviceId,
    /// In the order of their chain; at most [`SUBMIT_COMMANDS_MAX`].
    pub commands: Vec<Submission>,
}

/// From client to server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upstream {
    /// First, exactly once.
    Hello(Hello),
    /// Commands, in the order of their chain; at most [`SUBMIT_COMMANDS_MAX`].
    Submit(Vec<Submission>),
    /// Are you there?
    Ping,
    /// After `Hello`, since version 2: what the client has read last, and the seal that it was given for it; then, if it speaks for another
    /// reader who has read something else, what that one has read. Where the server has another one there, it has lost records without a word.
    Mark(Mark),
}

/// How a connection begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The newest version that the client speaks, which must be one between [`PROTOCOL_VERSION_MIN`] and [`PROTOCOL_VERSION`].
    pub protocol: u16,
    /// [`Domain::SCHEMA`] of the client, at least [`Domain::SCHEMA_MIN`] of the server; in JSON frames it may be 0, which means "I read JSON as
    /// it comes".
    pub schema: u32,
    /// Which log to follow. One connection follows one log.
    pub log: LogId,
    /// What the client has read; (0, 0) when nothing.
    pub cursor: Cursor,
    /// Which device it is.
    pub device: DeviceId,
}

/// From server to client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "snake_case")]
pub enum Downstream<D: Domain> {
    /// Answer to `Hello`.
    Welcome(Welcome),
    /// The next records after the cursor, without gaps.
    Records(Vec<Record<D>>),
    /// Everything up to this position has been sent; from now on records come as they are made. The client may now submit.
    CaughtUp {
        /// The head at that moment.
        head: Position,
    },
    /// A command names this one as its predecessor and it has no record: submit it, or submit it as withdrawn.
    Missing {
        /// The predecessor.
        command: CommandId,
    },
    /// This id already has a record with another payload. The connection closes after this.
    Reused {
        /// The id.
        command: CommandId,
    },
    /// I am here.
    Pong {
        /// The server's clock.
        server_time: TimeMs,
    },
    /// Answer to a command that was sent again although the client has read past its record: that record.
    Recorded(Record<D>),
    /// In place of `Records`, since version 2: records between two seals.
    Sealed {
        /// The seal behind the record before the first of these.
        before: Seal,
        /// The next records after the cursor, without gaps.
        records: Vec<Sealed<D>>,
    },
    /// Since version 2: nothing that was submitted from this command on in the same frame was taken. Come again after so many milliseconds;
    /// the connection stays.
    Busy {
        /// The first of the commands that were not taken.
        command: CommandId,
        /// When to come again, milliseconds from now.
        retry_after_ms: u64,
    },
}

impl<D: Domain> Downstream<D> {
    /// The records of a page, with seals or without; `None` of another frame.
    pub fn into_records(self) -> Option<Vec<Record<D>>> {
        match self {
            Self::Records(records) => Some(records),
            Self::Sealed { records, .. } => Some(records.into_iter().map(|sealed| sealed.record).collect()),
            _ => None,
        }
    }
}

/// A record and the seal behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Sealed<D: Domain> {
    /// The seal.
    pub seal: Seal,
    /// The record.
    pub record: Record<D>,
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The version that is spoken on this connection: the client's.
    pub protocol: u16,
    /// The log's timeline. Another than the client's cursor names: forget the confirmed state and read again from zero.
    pub epoch: Epoch,
    /// The log's head.
    pub head: Position,
    /// The server's clock.
    pub server_time: TimeMs,
    /// Who the server takes the client for.
    pub actor: ActorId,
}

/// How frames are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Binary frames, postcard.
    Postcard,
    /// Text frames, JSON.
    Json,
}

impl Format {
    /// Writes a frame.
    pub fn encode<T: Serialize>(self, frame: &T) -> Vec<u8> {
        match self {
            Self::Postcard => postcard::to_stdvec(frame).expect("frames are plain data"),
            Self::Json => serde_json::to_vec(frame).expect("frames are plain data"),
        }
    }

    /// Reads a frame. Trailing bytes are an error.
    pub fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, Undecodable> {
        match self {
            Self::Postcard => match postcard::take_from_bytes(bytes) {
                Ok((frame, [])) => Ok(frame),
                Ok(_) => Err(Undecodable("bytes are left over after the frame".into())),
                Err(error) => Err(Undecodable(error.to_string())),
            },
            Self::Json => serde_json::from_slice(bytes).map_err(|error| Undecodable(error.to_string())),
        }
    }
}

/// A state as a server hands it to a new device: postcard, over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The last record in it.
    pub cursor: Cursor,
    /// The pieces of the state, as the domain wrote them.
    pub chunks: Vec<Vec<u8>>,
    /// The seal behind that record.
    pub seal: Seal,
}

impl Snapshot {
    /// The mark with which whoever begins here goes on.
    pub fn mark(&self) -> Mark {
        Mark { position: self.cursor.position, seal: self.seal }
    }
}

/// Bytes that are no frame, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable(pub String);

/// A record encoded once, for everybody who reads it in the same [`Format`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its place in the log.
    pub position: Position,
    /// Whose command it was.
    pub author: ActorId,
    /// For the author.
    pub whole: Arc<[u8]>,
    /// For everybody else, where that differs: a rejection without its reason.
    pub blank: Option<Arc<[u8]>>,
    /// The seal behind it.
    pub seal: Seal,
    /// The oldest [`Domain::SCHEMA`] whose readers can read it.
    pub schema: u32,
}

impl Piece {
    /// Encodes a record in both of its forms.
    pub fn of<D: Domain>(record: &Record<D>, seal: Seal, format: Format) -> Self {
        let blank = record.is_refusal().then(|| record.clone().blanked().encode(format).into());
        let whole = record.encode(format).into();
        Self { position: record.position, author: record.actor, whole, blank, seal, schema: record.schema() }
    }

    /// The bytes that `reader` gets.
    pub fn for_reader(&self, reader: ActorId) -> &[u8] {
        match &self.blank {
            Some(blank) if reader != self.author => blank,
            _ => &self.whole,
        }
    }
}

/// The frame `Records` for one reader, put together from records that were encoded once.
pub fn records_frame(pieces: &[Piece], reader: ActorId, format: Format) -> Vec<u8> {
    match format {
        Format::Postcard => binary_frame(&[1], pieces, |frame, piece| frame.extend_from_slice(piece.for_reader(reader))), // the variant's index
        Format::Json => text_frame(r#"{"records":["#, pieces, "]}", |frame, piece| frame.extend_from_slice(piece.for_reader(reader))),
    }
}

/// The frame `Sealed` for one reader, likewise; `before` is the seal behind the record before the first.
pub fn sealed_frame(before: Seal, pieces: &[Piece], reader: ActorId, format: Format) -> Vec<u8> {
    match format {
        Format::Postcard => binary_frame(&[&[7], before.0.as_slice()].concat(), pieces, |frame, piece| {
            frame.extend_from_slice(&piece.seal.0);
            frame.extend_from_slice(piece.for_reader(reader));
        }),
        Format::Json => text_frame(&format!(r#"{{"sealed":{{"before":"{before}","records":["#), pieces, "]}}", |frame, piece| {
            frame.extend_from_slice(format!(r#"{{"seal":"{}","record":"#, piece.seal).as_bytes());
            frame.extend_from_slice(piece.for_reader(reader));
            frame.push(b'}');
        }),
    }
}

/// A sequence in postcard after these bytes.
fn binary_frame(head: &[u8], pieces: &[Piece], write: impl Fn(&mut Vec<u8>, &Piece)) -> Vec<u8> {
    let size: usize = pieces.iter().map(|piece| piece.whole.len() + piece.seal.0.len()).sum();
    let mut frame = Vec::with_capacity(head.len() + size + 8);
    frame.extend_from_slice(head);
    frame.extend_from_slice(&postcard::to_stdvec(&pieces.len()).expect("a number"));
    pieces.iter().for_each(|piece| write(&mut frame, piece));
    frame
}

/// A list in JSON between these texts.
fn text_frame(head: &str, pieces: &[Piece], tail: &str, write: impl Fn(&mut Vec<u8>, &Piece)) -> Vec<u8> {
    let mut frame = head.as_bytes().to_vec();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            frame.push(b',');
        }
        write(&mut frame, piece);
    }
    frame.extend_from_slice(tail.as_bytes());
    frame
}

/// The frame `Recorded` for one reader.
pub fn recorded_frame(piece: &Piece, reader: ActorId, format: Format) -> Vec<u8> {
    let bytes = piece.for_reader(reader);
    match format {
        Format::Postcard => [&[6], bytes].concat(), // the variant's index in `Downstream`
        Format::Json => [br#"{"recorded":"#, bytes, b"}"].concat(),
    }
}

/// Why a connection ended: the WebSocket close code. PROTOCOL.md lists what a client does about each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum CloseCode {
    /// A frame does not decode.
    Undecodable = 4400,
    /// No session, or one that is no longer good: sign in again. The outbox is kept.
    NotSignedIn = 4401,
    /// This person may not read this log (any more).
    Forbidden = 4403,
    /// There is no such log.
    NoSuchLog = 4404,
    /// No `Hello`, or silence, or no progress in reading, for too long.
    TooSlow = 4408,
    /// A frame that is not allowed at this moment: a second `Hello`, `Submit` before `CaughtUp`.
    OutOfOrder = 4409,
    /// A command id that already has a record with another payload.
    IdReused = 4410,
    /// The log is not the one that was read: records were lost. A new timeline has begun, which is to be read from zero.
    Diverged = 4411,
    /// A cursor beyond the log's head.
    CursorAhead = 4412,
    /// A frame, a command or a batch over its bound.
    TooLarge = 4413,
    /// The two ends do not speak the same version: the older one must be updated.
    Version = 4426,
    /// Too much waits already: come back later.
    Busy = 4429,
    /// Something broke on the server; it says no more than that.
    Internal = 4500,
    /// The server is stopping: reconnect.
    GoingAway = 1001,
}

impl CloseCode {
    /// Every code, for lists and tests.
    pub const ALL: [Self; 14] = [
        Self::Undecodable,
        Self::NotSignedIn,
        Self::Forbidden,
        Self::NoSuchLog,
        Self::TooSlow,
        Self::OutOfOrder,
        Self::IdReused,
        Self::Diverged,
        Self::CursorAhead,
        Self::TooLarge,
        Self::Version,
        Self::Busy,
        Self::Internal,
        Self::GoingAway,
    ];

    /// The number on the wire.
    pub fn number(self) -> u16 {
        self as u16
    }

    /// The code with this number; `None` for numbers that are not ours (1006, say: the line dropped).
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }
}
