//! The whole server over real sockets on a random port, with a product of three commands.

#[path = "sync/addresses.rs"]
mod addresses;
#[path = "sync/bad_input.rs"]
mod bad_input;
#[path = "sync/busy.rs"]
mod busy;
#[path = "sync/downloads.rs"]
mod downloads;
#[path = "sync/failing_store.rs"]
mod failing_store;
#[path = "sync/hints.rs"]
mod hints;
#[path = "sync/landing.rs"]
mod landing;
#[path = "sync/nodes.rs"]
mod nodes;
#[path = "sync/people.rs"]
mod people;
#[path = "sync/placement.rs"]
mod placement;
#[path = "sync/private_nats.rs"]
mod private_nats;
#[path = "store_contract/private_postgres.rs"]
mod private_postgres;
#[path = "sync/program.rs"]
mod program;
#[path = "sync/rates.rs"]
mod rates;
#[path = "sync/seals.rs"]
mod seals;
#[path = "sync/served.rs"]
mod served;
#[path = "sync/slow.rs"]
mod slow;
#[path = "sync/toy.rs"]
mod toy;
#[path = "sync/unavailable.rs"]
mod unavailable;
#[path = "sync/unused.rs"]
mod unused;
#[path = "sync/versions.rs"]
mod versions;
#[path = "sync/world.rs"]
mod world;
