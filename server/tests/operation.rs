//! What the person who runs the server has: its health, its way of stopping, its settings, its numbers and its log.

#[path = "operation/health.rs"]
mod health;
#[path = "operation/log.rs"]
mod log;
#[path = "operation/numbers.rs"]
mod numbers;
#[path = "operation/office.rs"]
mod office;
#[path = "store_contract/private_postgres.rs"]
#[allow(dead_code, reason = "the database of other tests too")]
mod private_postgres;
#[path = "sync/served.rs"]
#[allow(dead_code, reason = "the program of other tests too")]
mod served;
#[path = "operation/settings.rs"]
mod settings;
#[path = "operation/stopping.rs"]
mod stopping;
#[path = "operation/telemetry.rs"]
mod telemetry;
#[path = "sync/toy.rs"]
#[allow(dead_code, reason = "the product of other tests too")]
mod toy;
#[path = "sync/world.rs"]
#[allow(dead_code, reason = "the world of other tests too")]
mod world;
