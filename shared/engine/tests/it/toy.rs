//! A domain small enough to be obviously right: seats in rooms. The engine is proved without the product.

use landfall_engine::domain::BadChunk;
use landfall_engine::upcast::Shape;
use landfall_engine::{ActorId, CommandId, Context, Domain, TimeMs};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub struct Toy;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    Book(Book),
    Cancel(Cancel),
    Expel(Expel),
    Decide(Decide),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Book {
    pub room: u8,
    pub guest: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cancel {
    pub guest: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expel {
    pub actor: ActorId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decide {
    pub rejected: CommandId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Booked(Book),
    Cancelled(Cancel),
    Expelled(Expel),
    Decided(Decide),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    Full { room: u8 },
    HasSeat { guest: String },
    NoSeat { guest: String },
}

/// A seat; its number is given by the log, so a predicted one has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seat {
    pub room: u8,
    pub number: Option<u64>,
    pub at: TimeMs,
    pub by: CommandId,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub seats: BTreeMap<String, Seat>,
    pub next_number: u64,
    pub expelled: Vec<ActorId>,
}

pub const SEATS_MAX: usize = 3;

impl Domain for Toy {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;
    const SCHEMA: u32 = 7;
    const SCHEMA_MIN: u32 = 6;
    const FOLD: u32 = 1;

    fn decide(state: &State, command: &Command, _: &Context) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Book(book) if state.seats.contains_key(&book.guest) => Err(Rejection::HasSeat { guest: book.guest.clone() }),
            Command::Book(book) if state.seats.values().filter(|seat| seat.room == book.room).count() >= SEATS_MAX => {
                Err(Rejection::Full { room: book.room })
            }
            Command::Book(book) => Ok(vec![Event::Booked(book.clone())]),
            Command::Cancel(cancel) if !state.seats.contains_key(&cancel.guest) => Err(Rejection::NoSeat { guest: cancel.guest.clone() }),
            Command::Cancel(cancel) => Ok(vec![Event::Cancelled(cancel.clone())]),
            Command::Expel(expel) => Ok(vec![Event::Expelled(expel.clone())]),
            Command::Decide(decide) => Ok(vec![Event::Decided(decide.clone())]),
        }
    }

    fn evolve(state: &mut State, event: &Event, context: &Context) {
        match event {
            Event::Booked(book) => {
                let number = context.position.map(|_| {
                    state.next_number += 1;
                    state.next_number
                });
                state.seats.insert(book.guest.clone(), Seat { room: book.room, number, at: context.at, by: context.command });
            }
            Event::Cancelled(cancel) => {
                state.seats.remove(&cancel.guest);
            }
            Event::Expelled(expel) => state.expelled.push(expel.actor),
            Event::Decided(_) => {}
        }
    }

    fn settle(view: &mut State, event: &Event, context: &Context) {
        if let Event::Booked(book) = event {
            view.next_number += 1;
            let number = view.next_number;
            if let Some(seat) = view.seats.get_mut(&book.guest).filter(|seat| seat.by == context.command) {
                seat.number = Some(number);
                seat.at = context.at;
            }
        }
    }

    /// Who books rests on their seat and on the room, who cancels on their seat.
    fn rests_on(event: &Event, each: &mut impl FnMut([u8; 16])) -> bool {
        match event {
            Event::Booked(book) => [guest_id(&book.guest), [book.room; 16]].into_iter().for_each(each),
            Event::Cancelled(cancel) => each(guest_id(&cancel.guest)),
            Event::Decided(_) => {}
            Event::Expelled(_) => return false,
        }
        true
    }

    fn changes(state: &State, event: &Event, each: &mut impl FnMut([u8; 16])) -> bool {
        if let Event::Cancelled(cancel) = event
            && let Some(seat) = state.seats.get(&cancel.guest)
        {
            each([seat.room; 16]);
        }
        Self::rests_on(event, each)
    }

    fn may_read(state: &State, actor: ActorId) -> bool {
        !state.expelled.contains(&actor)
    }

    fn acknowledges(event: &Event) -> Option<CommandId> {
        if let Event::Decided(decide) = event { Some(decide.rejected) } else { None }
    }

    fn subject(command: &Command) -> Option<[u8; 16]> {
        match command {
            Command::Book(book) => Some([book.room; 16]),
            Command::Expel(expel) => Some(expel.actor.0),
            Command::Cancel(_) | Command::Decide(_) => None,
        }
    }

    fn command_shapes() -> &'static [Shape] {
        const { &[shape("book"), shape("cancel"), shape("expel"), shape("decide")] }
    }

    fn event_shapes() -> &'static [Shape] {
        const { &[shape("booked"), shape("cancelled"), shape("expelled"), shape("decided")] }
    }

    fn rejection_shapes() -> &'static [Shape] {
        const { &[shape("full"), shape("has_seat"), shape("no_seat")] }
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

/// A guest by 16 bytes: no room has such a name.
fn guest_id(guest: &str) -> [u8; 16] {
    let mut id = [b'.'; 16];
    id.iter_mut().zip(guest.bytes()).for_each(|(to, byte)| *to = byte);
    id
}

const fn shape(kind: &'static str) -> Shape {
    Shape { kind, version: 1, steps: &[] }
}

pub fn book(room: u8, guest: &str) -> Command {
    Command::Book(Book { room, guest: guest.into() })
}

pub fn cancel(guest: &str) -> Command {
    Command::Cancel(Cancel { guest: guest.into() })
}

/// The n-th id of its kind.
pub fn id(n: u64) -> CommandId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    CommandId(bytes)
}

pub fn actor(n: u8) -> ActorId {
    ActorId([n + 1; 16])
}
