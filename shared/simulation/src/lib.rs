//! The whole system in one thread from one seed: several people, devices, tabs, servers, logs and stores, and everything that may befall them.
//!
//! Reading order: [`world`] says what there is and how it moves, [`device`], [`network`] and [`node`] are its parts around the engine's
//! three machines, [`step`] lists what may happen, [`rules`] what must hold, [`run`] puts a run together. Messages between machines
//! are always bytes. Nothing here knows a clock: the same seed is the same run, on every machine.

pub mod device;
pub mod dice;
mod future;
pub mod ledger;
pub mod network;
pub mod node;
pub mod rules;
pub mod run;
pub mod second_route;
pub mod shrink;
pub mod step;
pub mod storage;
pub mod store;
#[allow(missing_docs)]
pub mod toy;
pub mod trace;
#[cfg(feature = "wasm")]
pub mod wasm;
pub mod workload;
pub mod world;
