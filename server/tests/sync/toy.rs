//! A product of three commands, so that the server is tested without the real one.

use landfall_engine::domain::BadChunk;
use landfall_engine::upcast::Shape;
use landfall_engine::{ActorId, CommandId, Context, Domain, Reason};
use landfall_server::founding::{Founding, Standing};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whoever says one of these finds a bug in the product: in `decide`, in `evolve`, in `subject`.
pub const PANICS: [&str; 3] = ["panic", "panic later", "panic aside"];

/// People, and a list of what they said. The first person owns it.
#[derive(Clone, Debug, PartialEq)]
pub struct Toy;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub name: String,
    pub people: BTreeMap<ActorId, Person>,
    pub said: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub role: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// The server's: begins it, or lets somebody in.
    Admit(Admit),
    /// Refused when it was said before.
    Say(Say),
    /// Somebody may no longer read.
    Remove(Remove),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Admit {
    pub workspace: Option<String>,
    pub actor: ActorId,
    pub name: String,
    pub role: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Say {
    pub about: ActorId,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remove {
    pub actor: ActorId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    NotTheServer(Empty),
    SaidBefore(Said),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Empty {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub secret: String,
}

const SHAPES: &[Shape] = &[
    Shape { kind: "admit", version: 1, steps: &[] },
    Shape { kind: "say", version: 1, steps: &[] },
    Shape { kind: "remove", version: 1, steps: &[] },
];
const REJECTIONS: &[Shape] =
    &[Shape { kind: "not_the_server", version: 1, steps: &[] }, Shape { kind: "said_before", version: 1, steps: &[] }];

impl Domain for Toy {
    type State = State;
    type Command = Command;
    type Event = Command;
    type Rejection = Rejection;

    /// With the third, people can be removed.
    const SCHEMA: u32 = 3;
    const SCHEMA_MIN: u32 = 2;
    const FOLD: u32 = 5;

    fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Command>, Rejection> {
        match command {
            Command::Say(say) if say.text == PANICS[0] => panic!("as was asked"),
            Command::Admit(_) if context.actor != ActorId::SERVER => Err(Rejection::NotTheServer(Empty {})),
            Command::Say(say) if state.said.contains(&say.text) => Err(Rejection::SaidBefore(Said { secret: say.text.clone() })),
            accepted => Ok(vec![accepted.clone()]),
        }
    }

    fn evolve(state: &mut State, event: &Command, _: &Context) {
        match event.clone() {
            Command::Admit(admit) => {
                state.name = admit.workspace.unwrap_or_else(|| state.name.clone());
                state.people.insert(admit.actor, Person { name: admit.name, role: admit.role });
            }
            Command::Say(say) => {
                state.said.push(say.text);
                assert!(!state.said.iter().any(|text| text == PANICS[1]), "as was asked");
            }
            Command::Remove(remove) => {
                state.people.remove(&remove.actor);
            }
        }
    }

    fn event_schema(event: &Command) -> u32 {
        if matches!(event, Command::Remove(_)) { 3 } else { Self::SCHEMA_MIN }
    }

    fn settle(_: &mut State, _: &Command, _: &Context) {}

    fn may_read(state: &State, actor: ActorId) -> bool {
        state.people.contains_key(&actor)
    }

    fn acknowledges(_: &Command) -> Option<CommandId> {
        None
    }

    fn subject(command: &Command) -> Option<[u8; 16]> {
        match command {
            Command::Say(say) if say.text == PANICS[2] => panic!("as was asked"),
            Command::Say(say) => Some(say.about.0),
            _ => None,
        }
    }

    fn command_shapes() -> &'static [Shape] {
        SHAPES
    }

    fn event_shapes() -> &'static [Shape] {
        SHAPES
    }

    fn rejection_shapes() -> &'static [Shape] {
        REJECTIONS
    }

    type Place = bool;

    fn encode_chunk(state: &State, is_written: &mut bool) -> Option<Vec<u8>> {
        (!std::mem::replace(is_written, true)).then(|| postcard::to_stdvec(state).expect("plain data"))
    }

    fn decode_chunk(state: &mut State, _: usize, bytes: &[u8]) -> Result<(), BadChunk> {
        *state = postcard::from_bytes(bytes).map_err(|_| BadChunk)?;
        Ok(())
    }
}

impl Founding<Toy> for Toy {
    fn found(&self, workspace: &str, owner: ActorId, owner_name: &str) -> Command {
        Command::Admit(Admit { workspace: Some(workspace.into()), actor: owner, name: owner_name.into(), role: "owner".into() })
    }

    fn admit(&self, actor: ActorId, name: &str, role: &str, _: ActorId) -> Option<Command> {
        let known = ["owner", "member"].contains(&role);
        known.then(|| Command::Admit(Admit { workspace: None, actor, name: name.into(), role: role.into() }))
    }

    fn standing(&self, state: &State, actor: ActorId) -> Option<Standing> {
        let person = state.people.get(&actor)?;
        Some(Standing { name: person.name.clone(), role: person.role.clone(), may_invite: person.role == "owner" })
    }

    fn workspace_name(&self, state: &State) -> String {
        state.name.clone()
    }

    fn explain(&self, _: &State, reason: &Reason<Rejection>) -> String {
        format!("{reason:?}")
    }
}
