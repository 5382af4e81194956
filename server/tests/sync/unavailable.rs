//! PostgreSQL stops under two servers and starts again: everybody is told to come back later, and everything lands once.

use crate::private_postgres::PrivatePostgres;
use crate::world::{Answer, Person, World, patient, say};
use landfall_engine::Cursor;
use landfall_engine::protocol::*;
use landfall_server::config::{Config, Data};
use serde_json::json;
use std::sync::Arc;

fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.error(), (503, "unavailable".into()));
    let after_ms = answer.json()["retry_after_ms"].as_u64().expect("a time");
    assert_eq!(answer.header("retry-after"), Some(after_ms.div_ceil(1_000).to_string().as_str()));
}

async fn close_code_of_newcomer(person: &Person) -> u16 {
    person.socket(Format::Json).await.close_code().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_everybody_is_told_and_afterwards_everything_lands_once() {
    let postgres = Arc::new(PrivatePostgres::start());
    let address = postgres.new_database();
    let node = async || World::start_with(Config { data: Data::Postgres(address.clone()), ..patient() }).await;
    let (first, second) = (node().await, node().await);
    let ada = first.owner().await;
    let mut ben = second.stranger();
    ben.enter("/api/join", json!({ "code": ada.invite().await, "name": "Ben" })).await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut b = ben.follow(Format::Json, Cursor::default()).await;
    let before = a.say("before").await;
    b.read_until(before).await;

    let stopped = postgres.clone();
    tokio::task::spawn_blocking(move || stopped.kill()).await.unwrap();
    let (by_socket, by_post) = (say("by socket"), say("by post"));
    a.submit(by_socket.clone()).await;
    let commands = [by_post.clone()];
    let (posted, me, joined, health, newcomer, speaking, listening) = tokio::join!(
        ben.post_commands(&commands),
        ada.get("/api/me"),
        ada.post("/api/tokens", json!({ "log": ada.log, "label": "import" })),
        ben.get("/health"),
        close_code_of_newcomer(&ada),
        a.close_code(),
        b.close_code(),
    );
    for answer in [&posted, &me, &joined, &health] {
        assert_unavailable(answer);
    }
    assert_eq!((newcomer, speaking, listening), (CloseCode::Busy.number(), CloseCode::Busy.number(), CloseCode::Busy.number()));
    let internal = |world: &World| world.metrics().closes(CloseCode::Internal);
    assert_eq!((internal(&first), internal(&second)), (0, 0));

    let started = postgres.clone();
    tokio::task::spawn_blocking(move || started.start_again()).await.unwrap();
    // Each goes to the other server, and sends again what has no record there.
    for (person, world, command) in [(&ada, &second, &by_socket), (&ben, &first, &by_post)] {
        let person = world.again(person);
        while person.try_post_commands(std::slice::from_ref(command)).await.is_none() {}
    }
    let mut everything = first.again(&ben).follow(Format::Postcard, Cursor::default()).await;
    for id in [before, by_socket.id, by_post.id] {
        everything.read_until(id).await;
        assert_eq!(everything.seen.iter().filter(|record| record.command == id).count(), 1, "once");
    }
}
