//! The product behind a wall: a command on which it panics is refused, and nobody else notices.
//!
//! A product's functions are total by contract. Should one of them panic all the same, the command's record says that this version fails on it:
//! it is rejected as unreadable, its chain goes on, and its author has it in the inbox. States are persistent, and a decision works on a fork,
//! so that what was half done is dropped with the fork.

use crate::Served;
use landfall_engine::domain::{BadChunk, evolve_all};
use landfall_engine::log::Refusal;
use landfall_engine::sequencer::Entry;
use landfall_engine::upcast::Shape;
use landfall_engine::{ActorId, CommandId, Context, Domain, Outcome, Reason, Record};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What an author reads about a command on which the product panicked. Where it did stands in the server's log, by the panic itself.
const FAILED: &str = "its version fails on it";

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Contained<D>(PhantomData<D>);

/// Why not: in the product's words, or because it panicked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Rejection<R> {
    /// The product said no.
    Said(R),
    /// It had no words.
    Panicked,
}

/// What `f` returns; `None` when it panicked.
pub(crate) fn contain<T>(f: impl FnOnce() -> T) -> Option<T> {
    // Nothing is seen again of what a panic may have left half done: `f` works on forks of its own.
    catch_unwind(AssertUnwindSafe(f)).ok()
}

impl<D: Served> Domain for Contained<D> {
    type State = D::State;
    type Command = D::Command;
    type Event = D::Event;
    type Rejection = Rejection<D::Rejection>;

    const SCHEMA: u32 = D::SCHEMA;
    const SCHEMA_MIN: u32 = D::SCHEMA_MIN;
    const FOLD: u32 = D::FOLD;

    /// Folds what would happen as well: events that cannot be folded must not be recorded, since everybody would fail on them for ever.
    fn decide(state: &D::State, command: &D::Command, context: &Context) -> Result<Vec<D::Event>, Self::Rejection> {
        let decided = contain(|| {
            let events = D::decide(state, command, context)?;
            evolve_all::<D>(&mut state.clone(), &events, context);
            Ok(events)
        });
        decided.map_or(Err(Rejection::Panicked), |decided| decided.map_err(Rejection::Said))
    }

    fn evolve(state: &mut D::State, event: &D::Event, context: &Context) {
        D::evolve(state, event, context);
    }

    fn settle(view: &mut D::State, event: &D::Event, context: &Context) {
        D::settle(view, event, context);
    }

    fn may_read(state: &D::State, actor: ActorId) -> bool {
        D::may_read(state, actor)
    }

    fn acknowledges(event: &D::Event) -> Option<CommandId> {
        D::acknowledges(event)
    }

    fn subject(command: &D::Command) -> Option<[u8; 16]> {
        contain(|| D::subject(command)).flatten()
    }

    fn command_shapes() -> &'static [Shape] {
        D::command_shapes()
    }

    fn event_shapes() -> &'static [Shape] {
        D::event_shapes()
    }

    fn rejection_shapes() -> &'static [Shape] {
        D::rejection_shapes()
    }

    type Place = D::Place;

    fn encode_chunk(state: &D::State, place: &mut D::Place) -> Option<Vec<u8>> {
        D::encode_chunk(state, place)
    }

    fn decode_chunk(state: &mut D::State, index: usize, bytes: &[u8]) -> Result<(), BadChunk> {
        D::decode_chunk(state, index, bytes)
    }
}

/// As it is kept and sent.
pub fn released<D: Served>(entry: Entry<Contained<D>>) -> Entry<D> {
    let Entry { record, command, fingerprint, subject, seal } = entry;
    let record = with_reasons(record, |reason| match reason {
        Reason::Domain(Rejection::Said(rejection)) => Reason::Domain(rejection),
        Reason::Domain(Rejection::Panicked) => Reason::Unreadable(FAILED.into()),
        Reason::Withdrawn => Reason::Withdrawn,
        Reason::Unreadable(why) => Reason::Unreadable(why),
        Reason::NoLongerMember => Reason::NoLongerMember,
    });
    Entry { record, command, fingerprint, subject, seal }
}

/// A record that was kept, for the sequencer.
pub fn contained<D: Served>(record: Record<D>) -> Record<Contained<D>> {
    with_reasons(record, |reason| reason.map(|rejection| Rejection::Said(rejection.clone())))
}

/// The same record of a product that differs in its rejections only.
fn with_reasons<A, B>(record: Record<A>, map: impl FnOnce(Reason<A::Rejection>) -> Reason<B::Rejection>) -> Record<B>
where
    A: Domain,
    B: Domain<Event = A::Event>,
{
    let Record { position, command, actor, device, at, outcome } = record;
    let outcome = match outcome {
        Outcome::Accepted(events) => Outcome::Accepted(events),
        Outcome::Rejected(refusal) => Outcome::Rejected(refusal.map(|refusal| {
            let Refusal { reason, command } = *refusal;
            Box::new(Refusal { reason: map(reason), command })
        })),
    };
    Record { position, command, actor, device, at, outcome }
}
