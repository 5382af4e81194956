//! Names of things inside a workspace, and the sign that each part carries.

use landfall_engine::{CommandId, Context, Position, TimeMs, id};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

id! {
    /// A board.
    BoardId
}
id! {
    /// A column of a board.
    ColumnId
}
id! {
    /// A task.
    TaskId
}
id! {
    /// A step of a task's checklist.
    StepId
}
id! {
    /// A comment on a task.
    CommentId
}
id! {
    /// A link from a task to another task or to a page.
    LinkId
}

/// A person within one workspace: small, given in the order of admission, never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MemberNumber(pub u32);

/// The command that made a part: the last eight bytes of its id. In JSON, 16 hex digits.
///
/// It is the same in a prediction and after landing, so `based_on` can name a part that has not landed yet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "String"))]
pub struct Mark(pub [u8; 8]);

impl Mark {
    /// The mark that `command` leaves.
    pub fn of(command: CommandId) -> Self {
        let mut mark = [0; 8];
        mark.copy_from_slice(&command.0[8..]);
        Self(mark)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is no mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAMark;

impl fmt::Display for NotAMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a mark: expected 16 hex digits")
    }
}

impl FromStr for Mark {
    type Err = NotAMark;
    fn from_str(text: &str) -> Result<Self, NotAMark> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAMark);
        }
        u64::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| NotAMark)
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
            text.parse().map_err(D::Error::custom)
        } else {
            Deserialize::deserialize(deserializer).map(Self)
        }
    }
}

/// Who made a part, on which device, when, by which command, and where in the log it landed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// Who.
    pub person: MemberNumber,
    /// The first four random bytes of the device's id: enough to tell a person's devices apart on screen.
    pub device: u32,
    /// When: the record's time once it has landed, the device's estimate of the server's time before.
    pub at: TimeMs,
    /// Where in the log; `None` until it has landed.
    pub position: Option<NonZeroU64>,
    /// By which command.
    pub mark: Mark,
}

impl Sign {
    /// The sign that `person` leaves in `context`.
    pub fn new(person: MemberNumber, context: &Context) -> Self {
        let random = &context.device.0;
        Self {
            person,
            device: u32::from_be_bytes([random[9], random[10], random[11], random[12]]),
            at: context.at,
            position: context.position.and_then(NonZeroU64::new),
            mark: Mark::of(context.command),
        }
    }

    /// Has it landed?
    pub fn landed(&self) -> bool {
        self.position.is_some()
    }

    /// Where in the log it landed.
    pub fn position(&self) -> Option<Position> {
        self.position.map(NonZeroU64::get)
    }

    /// Writes what only the log knows, if this sign is the one that `context`'s command left.
    pub(crate) fn settle(&mut self, context: &Context) {
        if self.mark == Mark::of(context.command) {
            self.at = context.at;
            self.position = context.position.and_then(NonZeroU64::new);
        }
    }
}
