//! Texts with a type and a version: commands, events and rejections of any version, and what follows from one that is accepted.

use super::{DECODED, USED};
use crate::meter::within;
use crate::yard::{YARD, act, bear, next_context, somebody};
use landfall_domain::{Command, Event, Rejection, Workspace, words};
use landfall_engine::protocol::CommandText;
use landfall_engine::upcast::{self, Shape, Unreadable};
use landfall_engine::{ActorId, Domain, Outcome, Reason, Record};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::fmt::Debug;

/// Reads a text and, when that works, writes it and reads it again.
fn read<T: Serialize + DeserializeOwned + PartialEq + Debug>(what: &str, bytes: &[u8], shapes: &[Shape]) -> Option<T> {
    let text = std::str::from_utf8(bytes).ok()?;
    match within(what, DECODED, bytes.len(), || upcast::decode::<T>(text, shapes)) {
        Ok(value) => {
            assert_eq!(
                upcast::decode(&upcast::encode(&value, shapes), shapes).as_ref(),
                Ok(&value),
                "{what} means the same when read again (rule 23)"
            );
            Some(value)
        }
        Err(Unreadable::Future { kind, version }) => {
            let known = shapes.iter().find(|shape| shape.kind == kind);
            assert!(known.is_none_or(|shape| version > shape.version), "what is known is not called newer (rule 23)");
            None
        }
        Err(Unreadable::Malformed(_)) => None,
    }
}

pub fn command(bytes: &[u8]) {
    let Some(command) = read::<Command>("a command", bytes, Workspace::command_shapes()) else { return };
    within("what follows from a command", USED, bytes.len(), || {
        let mut state = YARD.1.clone();
        for actor in [somebody(bytes), ActorId::SERVER, ActorId([0xFF; 16])] {
            let context = next_context(actor);
            let decided = act(&mut state, &command, &context);
            let outcome = match decided {
                Ok(events) => Outcome::Accepted(events),
                Err(rejection) => {
                    let command = CommandText(upcast::encode(&command, Workspace::command_shapes()));
                    Outcome::Rejected(Some(Box::new(landfall_engine::log::Refusal { reason: Reason::Domain(rejection), command })))
                }
            };
            let landfall_engine::Context { command, device, at, .. } = context;
            super::record::bear(&Record { position: 1, command, actor, device, at, outcome });
        }
        bear(&state);
    });
}

pub fn event(bytes: &[u8]) {
    let Some(event) = read::<Event>("an event", bytes, Workspace::event_shapes()) else { return };
    within("what follows from an event", USED, bytes.len(), || {
        let landfall_engine::Context { command, actor, device, at, .. } = next_context(somebody(bytes));
        let outcome = Outcome::Accepted(vec![event.clone(), event]);
        let record = Record { position: YARD.0.position + 1, command, actor, device, at, outcome };
        super::record::bear(&record);
        super::record::fold(&[record]);
    });
}

pub fn rejection(bytes: &[u8]) {
    let Some(rejection) = read::<Rejection>("a rejection", bytes, Workspace::rejection_shapes()) else { return };
    let state = &YARD.1;
    let _ = words::rule(&rejection, None);
    let reason = Reason::Domain(rejection);
    let _ = words::rejection(state, &reason);
    let _ = words::rejected(state, &reason, None, crate::yard::NOW);
}

/// A toy whose only kind has been through three versions: the body was a text, then an object with one field, then one with two.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Toy {
    Booked(Booked),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Booked {
    guest: String,
    nights: u32,
}

const TOY_SHAPES: &[Shape] = &[Shape { kind: "booked", version: 3, steps: &[guest_was_called_name, nights_were_one] }];

fn guest_was_called_name(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut()
        && let Some(name) = fields.remove("name")
    {
        fields.insert("guest".into(), name);
    }
    body
}

fn nights_were_one(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.entry("nights").or_insert(1.into());
    }
    body
}

pub fn upcast(bytes: &[u8]) {
    read::<Toy>("an old text", bytes, TOY_SHAPES);
}
