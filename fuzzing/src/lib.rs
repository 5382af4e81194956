//! Hostile input: one target for each decoder that faces the outside, a meter for what it allocates, and the corpus that is kept.
//!
//! A target takes any bytes. It panics when what it drives breaks one of three promises: nothing panics, nothing allocates beyond
//! its bound, and what is accepted means the same when it is written and read again. `cargo xtask fuzz` drives the targets with
//! libFuzzer, which follows coverage; `tests/corpus.rs` drives them with what was kept, in every run of the usual suite.

#![allow(unexpected_cfgs, reason = "the module of the browser's crate below names a feature of that crate")]

#[path = "../../client-wasm/src/outbox_file.rs"]
#[allow(dead_code, reason = "a module of the browser's crate, compiled in without the browser's bindings")]
mod outbox_file;
#[path = "../../shared/domain/tests/history/random.rs"]
#[allow(dead_code, missing_docs, reason = "the domain's own source of random work, of which seeds are made")]
mod random;

// What that module knows the domain by.
use landfall_domain as product;

pub mod corpus;
pub mod meter;
pub mod seeds;
pub mod targets;
mod yard;

pub use targets::{TARGETS, Target};
