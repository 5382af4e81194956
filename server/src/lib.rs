//! The server: it authenticates people, orders their commands, keeps the log, and sends it to everybody who may read it.
//!
//! Its only job is to be the world of the engine's machines: sockets, disks, clocks. What a command means, the domain says.
//! A command comes down this list, and its record goes back up:
//!
//! - [`http`]: every route; [`auth`] says who asks, [`people`] keeps what it needs to know, [`rates`] how fast each may ask
//! - [`connection`]: one task per WebSocket, around an engine `Session`
//! - [`logs`], [`open_log`]: which logs are open, and what everybody sees of one
//! - [`writer`]: one task per open log, around an engine `Sequencer`; [`contained`] keeps the product's panics in, [`held`] nobody's flood out of bounds, [`backlog`] the wait short; [`ring`] holds what was just recorded
//! - [`store`]: where records are kept; [`archive`] packs old ones; [`database`] is the SQLite file
//!
//! [`native`] is the other end of all that: the same program as a client in a terminal. [`operator`] is for whoever runs it: backups, checks,
//! and the day after a bad day; it reads beside a running server ([`reading`]).
//!
//! [`server`] puts it together. The product is a parameter, and is named in `main.rs` only.

pub mod app;
pub mod archive;
pub mod auth;
pub mod backlog;
pub mod config;
pub mod connection;
pub mod contained;
pub mod database;
pub mod divergence;
pub mod founding;
pub mod heads;
pub mod held;
mod hex;
pub mod hints;
pub mod host;
pub mod http;
pub mod listeners;
pub mod logging;
pub mod logs;
pub mod metrics;
pub mod native;
pub mod nats;
pub mod open_log;
pub mod operator;
pub mod options;
pub mod outage;
pub mod people;
pub mod postgres;
pub mod progress;
pub mod progress_line;
pub mod rates;
pub mod reading;
pub mod restore;
pub mod ring;
pub mod server;
pub mod snapshot;
pub mod store;
pub mod tls;
pub mod writer;

use landfall_engine::Domain;

/// A domain that a server with many threads can serve.
pub trait Served: Domain<State: Send + Sync, Command: Send + Sync, Event: Send + Sync, Rejection: Send + Sync> + Send + Sync {}

impl<D> Served for D where D: Domain<State: Send + Sync, Command: Send + Sync, Event: Send + Sync, Rejection: Send + Sync> + Send + Sync {}
