//! The built server on trial, with the real product: killed under load, out of room, lied to by its disk, beset by hostile clients.
//!
//! `cargo test` runs each trial for a few seconds; `cargo xtask crash` and `cargo xtask soak` run two of them for as long as wanted.

#[path = "trials/crash.rs"]
mod crash;
#[path = "trials/damage.rs"]
mod damage;
#[path = "trials/dice.rs"]
mod dice;
#[path = "trials/full.rs"]
mod full;
#[path = "trials/gate.rs"]
mod gate;
#[path = "trials/hostile.rs"]
mod hostile;
#[path = "trials/live.rs"]
mod live;
#[path = "trials/native.rs"]
mod native;
#[path = "trials/nodes.rs"]
mod nodes;
#[path = "trials/person.rs"]
mod person;
#[path = "trials/plain.rs"]
mod plain;
#[path = "trials/plot.rs"]
mod plot;
#[path = "trials/poster.rs"]
mod poster;
#[path = "store_contract/private_postgres.rs"]
#[allow(dead_code, reason = "what other tests need of it")]
mod private_postgres;
#[path = "trials/program.rs"]
mod program;
#[path = "trials/room.rs"]
mod room;
#[path = "trials/soak.rs"]
mod soak;
#[path = "trials/verdict.rs"]
mod verdict;
#[path = "trials/work.rs"]
mod work;
