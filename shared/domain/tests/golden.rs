//! Every shape ever released keeps a file here, and still reads. What the files say was once stored or sent by somebody.
//!
//! `UPDATE_GOLDEN=1 cargo test -p landfall-domain --test golden` writes files that are missing, and what follows from them.

#[path = "history/random.rs"]
mod random;

use landfall_domain::{Command, Event, Rejection, State, Workspace};
use landfall_engine::domain::encode_state;
use landfall_engine::upcast::{self, Shape, Unreadable};
use landfall_engine::{Domain, log::fingerprint};
use random::{Dice, context, first_day, intent, people, perform};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[expect(clippy::disallowed_methods, reason = "a test is asked by its environment whether it may write")]
fn updating() -> bool {
    std::env::var("UPDATE_GOLDEN").is_ok()
}

/// What a random week in the yard leaves: one command, event and rejection of each kind that came up, and the state after it.
struct Week {
    commands: BTreeMap<String, Value>,
    events: BTreeMap<String, Value>,
    rejections: BTreeMap<String, Value>,
    state: State,
}

fn week() -> Week {
    let mut week = Week { commands: BTreeMap::new(), events: BTreeMap::new(), rejections: BTreeMap::new(), state: State::default() };
    let mut dice = Dice::new(2026);
    let mut first_day = first_day().into_iter();
    for position in 1..=3_000 {
        let (actor, command) = first_day.next().unwrap_or_else(|| (people()[dice.below(4) as usize], intent(&mut dice, &week.state)));
        let context = context(actor, position, position * 1_000, Some(position));
        note(&mut week.commands, &command, Workspace::command_shapes());
        match perform(&mut week.state, &command, &context) {
            Ok(events) => events.iter().for_each(|event| note(&mut week.events, event, Workspace::event_shapes())),
            Err(rejection) => note(&mut week.rejections, &rejection, Workspace::rejection_shapes()),
        }
    }
    week
}

fn note<T: Serialize>(seen: &mut BTreeMap<String, Value>, value: &T, shapes: &[Shape]) {
    let text: Value = serde_json::from_str(&upcast::encode(value, shapes)).unwrap();
    seen.entry(text["type"].as_str().unwrap().to_owned()).or_insert(text);
}

/// Reads the files of one sort; each must decode, and encode to itself when it is of the current version. No kind may lack a file.
fn check<T: Serialize + DeserializeOwned>(sort: &str, shapes: &[Shape], seen: &BTreeMap<String, Value>) -> BTreeMap<String, T> {
    let folder = folder().join(sort);
    if updating() {
        for shape in shapes {
            let file = folder.join(format!("{}.v{}.json", shape.kind, shape.version));
            if let (false, Some(value)) = (file.exists(), seen.get(shape.kind)) {
                std::fs::write(&file, serde_json::to_string_pretty(value).unwrap() + "\n").unwrap();
            }
        }
    }
    let mut current = BTreeMap::new();
    let mut covered = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let value: T = upcast::decode(&text, shapes).unwrap_or_else(|why| panic!("{sort}/{name} reads no more: {why}"));
        let stored: Value = serde_json::from_str(&text).unwrap();
        let (kind, version) = (stored["type"].as_str().unwrap().to_owned(), stored["version"].as_u64().unwrap());
        assert_eq!(name, format!("{kind}.v{version}.json"));
        let again: Value = serde_json::from_str(&upcast::encode(&value, shapes)).unwrap();
        if again["version"] == stored["version"] {
            assert_eq!(again, stored, "{sort}/{name} encodes differently: give the kind another version, and a step from this one");
            current.insert(kind.clone(), value);
        }
        covered.insert((kind, version));
    }
    for shape in shapes {
        for version in 1..=shape.version {
            let file = format!("{sort}/{}.v{version}.json", shape.kind);
            assert!(covered.contains(&(shape.kind.to_owned(), version.into())), "{file} is missing: write it, or run with UPDATE_GOLDEN=1");
        }
        assert_eq!(shape.steps.len(), usize::from(shape.version) - 1, "{}: one step from each old version", shape.kind);
    }
    current
}

/// Compares a derived file, or writes it.
fn compare(name: &str, now: &str, advice: &str) {
    let file = folder().join(name);
    if updating() {
        std::fs::write(&file, now).unwrap();
    }
    let then = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(then == now, "{name} says\n{then}\nand now it is\n{now}\n{advice}, then run with UPDATE_GOLDEN=1");
}

#[test]
fn every_command_ever_released_still_reads() {
    check::<Command>("commands", Workspace::command_shapes(), &week().commands);
}

#[test]
fn every_event_and_rejection_ever_released_still_reads_and_has_the_same_bytes() {
    let week = week();
    let mut bytes = format!("schema {}\n", Workspace::SCHEMA);
    let mut add = |kind: &str, encoded: Vec<u8>| {
        let hex: String = encoded.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(bytes, "{kind} {hex}").unwrap();
    };
    for (kind, event) in check::<Event>("events", Workspace::event_shapes(), &week.events) {
        add(&kind, postcard::to_stdvec(&event).unwrap());
    }
    for (kind, rejection) in check::<Rejection>("rejections", Workspace::rejection_shapes(), &week.rejections) {
        add(&kind, postcard::to_stdvec(&rejection).unwrap());
    }
    compare("postcard.txt", &bytes, "The bytes of records changed. Older peers cannot read them: bump SCHEMA");
}

#[test]
fn a_fixed_week_folds_to_the_same_bytes() {
    let state = week().state;
    let mut bytes = format!("fold {}\n", Workspace::FOLD);
    for (index, chunk) in encode_state::<Workspace>(&state).iter().enumerate() {
        let chunk: String = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(bytes, "chunk {index} {:016x}", fingerprint(&chunk)).unwrap();
    }
    compare("fold.txt", &bytes, "The reducer or the form of a snapshot changed. Stored snapshots would be wrong: bump FOLD");
}

#[test]
fn an_old_shape_is_read_step_by_step() {
    // As it would be if `estimate` had counted hours at first, and had then named its field differently.
    fn hours_to_minutes(mut body: Value) -> Value {
        let hours = body["hours"].as_u64();
        body.as_object_mut().unwrap().remove("hours");
        body["duration"] = hours.map(|hours| hours * 60).into();
        body
    }
    fn duration_is_called_minutes(mut body: Value) -> Value {
        body["minutes"] = body["duration"].take();
        body.as_object_mut().unwrap().remove("duration");
        body
    }
    let shapes = [Shape { kind: "estimate", version: 3, steps: &[hours_to_minutes, duration_is_called_minutes] }];
    let read = |version: u16, field: &str| {
        let task = "0190f5c4-7a3b-7d2e-9c41-030000000001";
        let text = format!(r#"{{"type":"estimate","version":{version},"body":{{"task":"{task}",{field},"based_on":null}}}}"#);
        upcast::decode::<Command>(&text, &shapes)
    };
    let current = read(3, r#""minutes":120"#).unwrap();
    assert_eq!(read(1, r#""hours":2"#), Ok(current.clone()));
    assert_eq!(read(2, r#""duration":120"#), Ok(current));
    assert_eq!(read(4, r#""minutes":120"#), Err(Unreadable::Future { kind: "estimate".into(), version: 4 }));
    assert!(matches!(read(3, r#""hours":2"#), Err(Unreadable::Malformed(_))));
}

#[test]
fn what_a_newer_program_wrote_fails_closed() {
    let task = "0190f5c4-7a3b-7d2e-9c41-030000000001";
    let text = format!(r#"{{"type":"teleport","version":1,"body":{{"task":"{task}"}}}}"#);
    let future = Unreadable::Future { kind: "teleport".into(), version: 1 };
    assert_eq!(upcast::decode::<Command>(&text, Workspace::command_shapes()), Err(future));
    let unknown_field = format!(r#"{{"type":"claim","version":1,"body":{{"task":"{task}","too":null}}}}"#);
    assert!(upcast::decode::<Command>(&unknown_field, Workspace::command_shapes()).is_err(), "a misspelt field is not passed over");
    let optional = format!(r#"{{"type":"claim","version":1,"body":{{"task":"{task}"}}}}"#);
    assert!(upcast::decode::<Command>(&optional, Workspace::command_shapes()).is_ok(), "what is optional may be left out");
}

#[test]
fn numbers_are_exact_in_javascript() {
    fn largest(value: &Value) -> u64 {
        match value {
            Value::Number(number) => number.as_u64().unwrap_or(u64::MAX),
            Value::Array(items) => items.iter().map(largest).max().unwrap_or(0),
            Value::Object(fields) => fields.values().map(largest).max().unwrap_or(0),
            _ => 0,
        }
    }
    let week = week();
    for (kind, value) in week.commands.iter().chain(&week.events).chain(&week.rejections) {
        assert!(largest(value) < 1 << 53, "{kind}: {value}");
    }
}
