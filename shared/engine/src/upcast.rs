//! Old shapes of commands and events, read as the current ones: raw JSON in, current type out, in every read path.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use std::borrow::Cow;
use std::fmt;

/// One kind of command or event: its name, its current version, and how older versions are read.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The kind, as in the JSON `type`.
    pub kind: &'static str,
    /// The current version, from 1.
    pub version: u16,
    /// `steps[n]` turns the body of version n + 1, a JSON object, into version n + 2; so there are `version - 1` of them.
    pub steps: &'static [fn(Value) -> Value],
}

/// The JSON of a command or event wherever it waits: `{"type": …, "version": …, "body": {…}}`.
#[derive(Deserialize)]
struct Versioned<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    version: u16,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// Why a stored or received text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It was written by a newer version of the product. Update; nothing is lost meanwhile.
    Future {
        /// The kind, as named in the text.
        kind: String,
        /// Its version there.
        version: u16,
    },
    /// It is not what it claims to be.
    Malformed(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Future { kind, version } => write!(f, "“{kind}” in version {version} is newer than this program: please update"),
            Self::Malformed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Writes `value` (an enum of one-struct variants) with its type and current version.
///
/// # Panics
/// When the kind is missing from `shapes`: the list that names them all is then not complete.
pub fn encode<T: Serialize>(value: &T, shapes: &[Shape]) -> String {
    let tagged = serde_json::to_string(value).expect("commands and events are plain data");
    let (kind, body) = split_tagged(&tagged).expect("commands and events are enums whose variants hold one struct");
    let shape = find(shapes, kind).unwrap_or_else(|| panic!("“{kind}” is not in the list of shapes"));
    format!(r#"{{"type":"{kind}","version":{},"body":{body}}}"#, shape.version)
}

/// Reads a text of any version ever released as the current type.
pub fn decode<T: DeserializeOwned>(text: &str, shapes: &[Shape]) -> Result<T, Unreadable> {
    let raw: Versioned<'_> = serde_json::from_str(text).map_err(malformed)?;
    let Some(shape) = find(shapes, &raw.kind) else {
        return Err(Unreadable::Future { kind: raw.kind.into_owned(), version: raw.version });
    };
    if raw.version > shape.version {
        return Err(Unreadable::Future { kind: raw.kind.into_owned(), version: raw.version });
    }
    if raw.version == 0 {
        return Err(Unreadable::Malformed(format!("“{}” has version 0; versions begin with 1", shape.kind)));
    }
    let body = if raw.version == shape.version {
        Cow::Borrowed(raw.body.get())
    } else {
        let old: Value = serde_json::from_str(raw.body.get()).map_err(malformed)?;
        if !old.is_object() {
            return Err(Unreadable::Malformed(format!("the body of “{}” is not an object", shape.kind)));
        }
        let steps = &shape.steps[usize::from(raw.version) - 1..];
        Cow::Owned(steps.iter().fold(old, |body, step| step(body)).to_string())
    };
    serde_json::from_str(&format!(r#"{{"{}":{body}}}"#, shape.kind)).map_err(malformed)
}

fn find<'s>(shapes: &'s [Shape], kind: &str) -> Option<&'s Shape> {
    shapes.iter().find(|shape| shape.kind == kind)
}

/// Splits serde's `{"kind":body}` without parsing the body.
fn split_tagged(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("{\"")?.strip_suffix('}')?.split_once("\":")
}

fn malformed(error: serde_json::Error) -> Unreadable {
    Unreadable::Malformed(error.to_string())
}
