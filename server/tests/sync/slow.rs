//! Readers that are slow and not dead: they are served from the store when the ring has gone on without them, and are not closed.

use crate::world::{Person, World, patient, say};
use landfall_engine::protocol::*;
use landfall_engine::{CommandId, Cursor};
use landfall_server::config::Config;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Commands of 60 KiB in one request.
const AT_ONCE: usize = 14;

/// So many requests full of long commands.
async fn say_much(person: &Person, requests: usize) -> Vec<CommandId> {
    let filler = "x".repeat(60 << 10);
    let mut ids = Vec::new();
    for request in 0..requests {
        let commands: Vec<Submission> = (0..AT_ONCE).map(|n| say(&format!("{request} {n} {filler}"))).collect();
        assert_eq!(person.post_commands(&commands).await.status, 200);
        ids.extend(commands.iter().map(|command| command.id));
    }
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_behind_the_ring_reads_on_from_the_store_without_a_gap() {
    let world = World::start_with(Config { send_patience: Duration::from_secs(60), ..patient() }).await;
    let ada = world.owner().await;
    let mut sleeper = ada.follow(Format::Postcard, Cursor::default()).await;
    let from_store = world.metrics().pages_from_store.count();
    // More than the ring and what the kernel keeps for a socket together.
    let ids = say_much(&ada, 16).await;
    for id in &ids {
        sleeper.read_until(*id).await;
    }
    let read: Vec<CommandId> = sleeper.seen.iter().map(|record| record.command).filter(|id| ids.contains(id)).collect();
    assert_eq!(read, ids, "each once and in order");
    assert!(world.metrics().pages_from_store.count() > from_store, "the ring has gone on without it");
    sleeper.ping().await;
    assert_eq!(world.metrics().closes(CloseCode::TooSlow), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_takes_something_now_and_then_is_not_closed() {
    let patience = Duration::from_secs(1);
    let world = World::start_with(Config { send_patience: patience, ..patient() }).await;
    let ada = world.owner().await;
    let mut slow = ada.follow(Format::Postcard, Cursor::default()).await;
    let since = Instant::now();
    let count = slow.seen.len() + 16 * AT_ONCE;
    let reading = async {
        while slow.seen.len() < count {
            slow.next().await;
            // It is this slow: that is what is tried here.
            sleep(patience / 20).await;
        }
    };
    let (_, ids) = tokio::join!(reading, say_much(&ada, 16));
    assert!(slow.seen.iter().rev().zip(ids.iter().rev()).all(|(record, id)| record.command == *id), "each once and in order");
    assert!(since.elapsed() > 2 * patience, "it took longer than one may do nothing: {:?}", since.elapsed());
    slow.ping().await;
    assert_eq!(world.metrics().closes(CloseCode::TooSlow), 0);
}
