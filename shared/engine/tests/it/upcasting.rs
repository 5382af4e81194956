//! Old texts are read as current types, in every read path; newer ones fail closed.

use landfall_engine::upcast::{self, Shape, Unreadable};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Renamed(Renamed),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Renamed {
    title: String,
    by: String,
}

/// Version 1 called the title a name; version 2 did not say who.
const SHAPES: &[Shape] = &[Shape { kind: "renamed", version: 3, steps: &[name_became_title, nobody_was_named] }];

fn name_became_title(mut body: Value) -> Value {
    body["title"] = body["name"].take();
    body
}

fn nobody_was_named(mut body: Value) -> Value {
    body["by"] = json!("somebody");
    body
}

fn read(text: &str) -> Result<Event, Unreadable> {
    upcast::decode(text, SHAPES)
}

fn renamed(title: &str, by: &str) -> Event {
    Event::Renamed(Renamed { title: title.into(), by: by.into() })
}

#[test]
fn rule_23_every_version_ever_released_is_read() {
    assert_eq!(read(r#"{"type":"renamed","version":1,"body":{"name":"A"}}"#), Ok(renamed("A", "somebody")));
    assert_eq!(read(r#"{"type":"renamed","version":2,"body":{"title":"A"}}"#), Ok(renamed("A", "somebody")));
    assert_eq!(read(r#"{"version":3,"body":{"title":"A","by":"Ann"},"type":"renamed"}"#), Ok(renamed("A", "Ann")));
}

#[test]
fn rule_23_what_is_written_names_its_version() {
    let text = upcast::encode(&renamed("A \"b\": {", "Ann"), SHAPES);
    assert_eq!(text, r#"{"type":"renamed","version":3,"body":{"title":"A \"b\": {","by":"Ann"}}"#);
    assert_eq!(read(&text), Ok(renamed("A \"b\": {", "Ann")));
}

#[test]
fn rule_23_a_future_version_fails_closed() {
    let future = |kind: &str, version| Err(Unreadable::Future { kind: kind.into(), version });
    assert_eq!(read(r#"{"type":"renamed","version":4,"body":{}}"#), future("renamed", 4));
    assert_eq!(read(r#"{"type":"teleported","version":1,"body":{}}"#), future("teleported", 1));
}

#[test]
fn nonsense_is_malformed_and_never_panics() {
    let bad =
        ["", "null", "{}", "[1]", r#"{"type":"renamed","version":0,"body":{}}"#, r#"{"type":"renamed","version":3,"body":{"title":1}}"#];
    for text in bad.into_iter().chain([r#"{"type":"renamed","version":1,"body":7}"#, r#"{"type":"renamed","version":1,"body":[]}"#]) {
        assert!(matches!(std::panic::catch_unwind(|| read(text)), Ok(Err(Unreadable::Malformed(_)))), "{text}");
    }
}
