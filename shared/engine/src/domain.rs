//! What a product brings: state, commands, events, rejections, and the two pure functions between them.

use crate::upcast::Shape;
use crate::{ActorId, CommandId, DeviceId, Position, TimeMs};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

/// Who did what, where and when: everything a decision or a fold may know besides state and payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The command that is being decided, or whose events are folded.
    pub command: CommandId,
    /// Its author, by authentication.
    pub actor: ActorId,
    /// The device that issued it.
    pub device: DeviceId,
    /// The record's time; for a prediction, the server's time as the device estimated it when the command was issued.
    pub at: TimeMs,
    /// The record's position; `None` for a prediction, which is how state tells what has landed from what has not.
    pub position: Option<Position>,
}

/// A product: a decider in the sense of Chassaing (`initial`, `decide`, `evolve`), with what is needed to ship it.
///
/// Everything here is pure, total and synchronous: the same arguments give the same answer on every device and in every year.
/// No function may depend on iteration order of unordered maps, on clocks or on randomness.
pub trait Domain: Clone + Debug + PartialEq + Sized + 'static {
    /// What the log says. Cheap to fork: `clone` is O(1) and copies share structure. `Default` is the state of an empty log.
    type State: Clone + Debug + Default + PartialEq;
    /// An intent. An enum whose variants each hold one struct, so that its JSON is `{"kind": {…}}`.
    type Command: Clone + Debug + PartialEq + Serialize + DeserializeOwned;
    /// A fact, past tense. An enum of the same form.
    type Event: Clone + Debug + PartialEq + Serialize + DeserializeOwned;
    /// Why not, in terms that a person understands.
    type Rejection: Clone + Debug + PartialEq + Serialize + DeserializeOwned;

    /// Version of the postcard form of events and rejections: one more whenever a kind of either is added, or a field. A reader of a newer
    /// number than ours is told that we are the ones to be updated.
    const SCHEMA: u32;
    /// The oldest version whose readers are still served, with every record that was possible then; a record of a newer kind asks them for
    /// the update. For that, kinds may only have been added since, at the end of their enums.
    const SCHEMA_MIN: u32 = Self::SCHEMA;
    /// Version of the reducer and of the state's encoding together. A snapshot under another number is a miss, never an error.
    const FOLD: u32;

    /// May it, and what would happen? An accepted command may cause no event at all.
    ///
    /// Must not depend on positions, or on the times and readable numbers that the log gave to *other* commands:
    /// those differ between a prediction and the record, and the fast path of the client relies on it.
    fn decide(state: &Self::State, command: &Self::Command, context: &Context) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// The reducer. Total: an event that was once accepted always folds.
    fn evolve(state: &mut Self::State, event: &Self::Event, context: &Context);

    /// `event` has landed exactly as it was predicted, and `view` shows the prediction: write what only the log knows
    /// (position, time, readable numbers) where `context.command` left its mark. Afterwards `view` must equal
    /// the confirmed state with the rest of the outbox replayed (rule 5).
    fn settle(view: &mut Self::State, event: &Self::Event, context: &Context);

    /// What the decision behind `event` rests on: told to `each` by the 16 bytes of an id. `false` when that is not known.
    /// What a command rests on that is accepted without an event is its [`subject`](Self::subject).
    ///
    /// When nothing that one command's events [change](Self::changes) is something that another's rest on, the other **must** be decided
    /// the same, with the same events, after it, and folding both in either order must leave the same state. So a record of others is
    /// shown without a replay, as long as it changes nothing that a waiting command rests on (rule 5).
    fn rests_on(_event: &Self::Event, _each: &mut impl FnMut([u8; 16])) -> bool {
        false
    }

    /// What `event` changes of that on which decisions rest, judged by the state before its command; told likewise.
    fn changes(_state: &Self::State, _event: &Self::Event, _each: &mut impl FnMut([u8; 16])) -> bool {
        false
    }

    /// May this actor open the log that has this state?
    fn may_read(state: &Self::State, actor: ActorId) -> bool;

    /// If this event is its author's decision about a rejected command of theirs (resubmitted, discarded), that command: it leaves the inbox,
    /// on all of the author's devices.
    fn acknowledges(event: &Self::Event) -> Option<CommandId>;

    /// What the command is about (a task, a board), by the 16 bytes of its id: the key of its history and of its mark on screen.
    fn subject(command: &Self::Command) -> Option<[u8; 16]>;

    /// Every kind of command ever released, with its current version and the steps from older ones.
    fn command_shapes() -> &'static [Shape];

    /// Every kind of event ever released, likewise.
    fn event_shapes() -> &'static [Shape];

    /// Every kind of rejection ever released, likewise.
    fn rejection_shapes() -> &'static [Shape];

    /// Takes up to `count` entities out of a state that nobody reads any more, and whose rest nobody will read: so that letting go of a
    /// large one can be sliced. `true` while more are left. Where states are small, all of it at once will do.
    fn dismantle(state: &mut Self::State, _count: usize) -> bool {
        *state = Self::State::default();
        false
    }

    /// Where a piece of a snapshot begins; the first one begins at its default.
    type Place: Default;

    /// The piece of a snapshot of `state` that begins at `place`, in postcard, and `place` moves to the next; `None` after the last.
    /// A head and pieces of about 1,000 entities: each call is bounded work, so that writing can be sliced.
    fn encode_chunk(state: &Self::State, place: &mut Self::Place) -> Option<Vec<u8>>;

    /// The oldest [`SCHEMA`](Self::SCHEMA) whose readers know this kind of event.
    fn event_schema(_event: &Self::Event) -> u32 {
        Self::SCHEMA_MIN
    }

    /// The oldest [`SCHEMA`](Self::SCHEMA) whose readers know this kind of rejection.
    fn rejection_schema(_rejection: &Self::Rejection) -> u32 {
        Self::SCHEMA_MIN
    }

    /// Adds piece `index` to `state`, which starts as `Default` and gets the pieces in order.
    fn decode_chunk(state: &mut Self::State, index: usize, bytes: &[u8]) -> Result<(), BadChunk>;
}

/// Bytes that are not a chunk of a snapshot of this version: a miss, never an error to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadChunk;

/// All pieces of a snapshot. Long work.
pub fn encode_state<D: Domain>(state: &D::State) -> Vec<Vec<u8>> {
    let mut place = D::Place::default();
    std::iter::from_fn(|| D::encode_chunk(state, &mut place)).collect()
}

/// The state that these pieces make. Long work.
pub fn decode_state<D: Domain>(chunks: &[Vec<u8>]) -> Result<D::State, BadChunk> {
    let mut state = D::State::default();
    for (index, chunk) in chunks.iter().enumerate() {
        D::decode_chunk(&mut state, index, chunk)?;
    }
    Ok(state)
}

/// Folds what a command caused into a state.
pub fn evolve_all<D: Domain>(state: &mut D::State, events: &[D::Event], context: &Context) {
    for event in events {
        D::evolve(state, event, context);
    }
}
