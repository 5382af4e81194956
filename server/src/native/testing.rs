//! For tests: a folder that goes away, and a product as small as can be.

use crate::founding::{Founding, Standing};
use landfall_engine::domain::BadChunk;
use landfall_engine::upcast::Shape;
use landfall_engine::{ActorId, CommandId, Context, Domain, Reason};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A folder of one test's own.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("landfall-native-{name}-{}", std::process::id()));
        // Left by a run that was killed.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A number that people add to, and that never falls below zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counter;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Add {
    pub amount: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    Add(Add),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Added(Add),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Is {
    pub count: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    BelowZero(Is),
}

impl Domain for Counter {
    type State = i64;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const SCHEMA: u32 = 1;
    const FOLD: u32 = 1;

    fn decide(state: &i64, Command::Add(add): &Command, _: &Context) -> Result<Vec<Event>, Rejection> {
        if state + add.amount < 0 { Err(Rejection::BelowZero(Is { count: *state })) } else { Ok(vec![Event::Added(add.clone())]) }
    }

    fn evolve(state: &mut i64, Event::Added(add): &Event, _: &Context) {
        *state += add.amount;
    }

    fn settle(_: &mut i64, _: &Event, _: &Context) {}

    fn may_read(_: &i64, _: ActorId) -> bool {
        true
    }

    fn acknowledges(_: &Event) -> Option<CommandId> {
        None
    }

    fn subject(_: &Command) -> Option<[u8; 16]> {
        None
    }

    fn command_shapes() -> &'static [Shape] {
        &[Shape { kind: "add", version: 1, steps: &[] }]
    }

    fn event_shapes() -> &'static [Shape] {
        &[Shape { kind: "added", version: 1, steps: &[] }]
    }

    fn rejection_shapes() -> &'static [Shape] {
        &[Shape { kind: "below_zero", version: 1, steps: &[] }]
    }

    type Place = bool;

    fn encode_chunk(state: &i64, is_written: &mut bool) -> Option<Vec<u8>> {
        (!std::mem::replace(is_written, true)).then(|| postcard::to_stdvec(state).unwrap())
    }

    fn decode_chunk(state: &mut i64, _: usize, bytes: &[u8]) -> Result<(), BadChunk> {
        *state = postcard::from_bytes(bytes).map_err(|_| BadChunk)?;
        Ok(())
    }
}

impl Founding<Counter> for Counter {
    fn found(&self, _: &str, _: ActorId, _: &str) -> Command {
        Command::Add(Add { amount: 0 })
    }

    fn admit(&self, _: ActorId, _: &str, _: &str, _: ActorId) -> Option<Command> {
        Some(Command::Add(Add { amount: 0 }))
    }

    fn standing(&self, _: &i64, _: ActorId) -> Option<Standing> {
        Some(Standing { name: "Edda".into(), role: "owner".into(), may_invite: true })
    }

    fn workspace_name(&self, _: &i64) -> String {
        "Count".into()
    }

    fn explain(&self, _: &i64, reason: &Reason<Rejection>) -> String {
        format!("{reason:?}")
    }
}
