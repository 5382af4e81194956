//! The engine: clients send commands up, the server sends records down, and everything else follows from reading the log.
//!
//! Reading order: [`domain`] says what a product brings, [`log`] what is kept, [`protocol`] what is sent;
//! [`client`], [`session`] and [`sequencer`] are the three machines. Each machine has `handle_*` methods for what
//! the world tells it and `poll_output` for what it wants done; time and seeds are arguments, outputs are performed in order.

pub mod client;
pub mod domain;
pub mod id;
pub mod log;
pub mod protocol;
pub mod seal;
pub mod sequencer;
pub mod session;
pub mod time;
pub mod upcast;

pub use domain::{Context, Domain};
pub use id::{ActorId, CommandId, DeviceId, LogId};
pub use log::{Cursor, Epoch, Outcome, Position, Reason, Record};
pub use seal::{Mark, Seal};
pub use time::TimeMs;
