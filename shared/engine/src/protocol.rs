//! What is sent: two enums, their two encodings, their bounds, and the codes with which a connection ends.
//!
//! PROTOCOL.md says the same in prose, with byte-exact examples.

use crate::log::{Cursor, Epoch, Position, Record};
use crate::{ActorId, CommandId, DeviceId, Domain, LogId, TimeMs};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::sync::Arc;

/// Version of the two enums below.
pub const PROTOCOL_VERSION: u16 = 1;
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
}

/// How a connection begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL_VERSION`] of the client.
    pub protocol: u16,
    /// [`Domain::SCHEMA`] of the client; in JSON frames it may be 0, which means "I read JSON as it comes".
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
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// [`PROTOCOL_VERSION`] of the server.
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
}

impl Piece {
    /// Encodes a record in both of its forms.
    pub fn of<D: Domain>(record: &Record<D>, format: Format) -> Self {
        let blank = record.is_refusal().then(|| record.clone().blanked().encode(format).into());
        Self { position: record.position, author: record.actor, whole: record.encode(format).into(), blank }
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
    let size: usize = pieces.iter().map(|piece| piece.for_reader(reader).len() + 1).sum();
    let mut frame = Vec::with_capacity(size + 16);
    match format {
        Format::Postcard => {
            frame.push(1); // the variant's index in `Downstream`
            frame.extend_from_slice(&postcard::to_stdvec(&pieces.len()).expect("a number"));
            for piece in pieces {
                frame.extend_from_slice(piece.for_reader(reader));
            }
        }
        Format::Json => {
            frame.extend_from_slice(br#"{"records":["#);
            for (index, piece) in pieces.iter().enumerate() {
                if index > 0 {
                    frame.push(b',');
                }
                frame.extend_from_slice(piece.for_reader(reader));
            }
            frame.extend_from_slice(b"]}");
        }
    }
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
    pub const ALL: [Self; 13] = [
        Self::Undecodable,
        Self::NotSignedIn,
        Self::Forbidden,
        Self::NoSuchLog,
        Self::TooSlow,
        Self::OutOfOrder,
        Self::IdReused,
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
