//! Whoever is too fast is slowed, never shut out; and one address does not knock without end.

use crate::toy::Toy;
use crate::world::{Answer, Person, World, patient, say};
use landfall_engine::protocol::*;
use landfall_engine::{CommandId, Cursor, Domain};
use landfall_server::config::{Config, Limits, Rate};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::sleep;

fn limited(limit: impl FnOnce(&mut Limits)) -> Config {
    let mut config = patient();
    limit(&mut config.limits);
    config
}

fn retry_after(answer: &Answer) -> Duration {
    assert_eq!(answer.error(), (429, "busy".into()));
    Duration::from_millis(answer.json()["retry_after_ms"].as_u64().expect("a time"))
}

/// A long outbox, from a client that does as it is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_outbox_lands_at_a_steady_pace_in_order_and_once() {
    const RATE: Rate = Rate { per_second: 128, burst: 512 };
    let world = World::start_with(limited(|limits| limits.commands_per_actor = RATE)).await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    let outbox: Vec<Submission> = (0..1_024).map(|n| say(&format!("offline {n}"))).collect();
    let since = Instant::now();
    let mut turned_away = 0;
    for batch in outbox.chunks(SUBMIT_COMMANDS_MAX) {
        loop {
            let answer = ada.post_commands(batch).await;
            if answer.status == 200 {
                break;
            }
            turned_away += 1;
            let mut other = ben.follow(Format::Postcard, Cursor::default()).await;
            let id = other.say(&format!("not slowed by that, {turned_away}")).await;
            other.read_until(id).await;
            sleep(retry_after(&answer)).await;
        }
    }
    assert!(turned_away > 0 && turned_away < 32, "{turned_away}");
    assert!(since.elapsed() >= Duration::from_millis(3_900), "1,024 at 128 a second with 512 at once: {:?}", since.elapsed());
    let mut everything = ada.follow(Format::Postcard, Cursor::default()).await;
    everything.read_until(outbox[1_023].id).await;
    let ids: Vec<CommandId> = outbox.iter().map(|command| command.id).collect();
    let landed = everything.seen.iter().map(|record| record.command).filter(|id| ids.contains(id));
    assert!(landed.eq(ids.iter().copied()), "each once and in order");
    assert!(world.metrics().to_text().contains("landfall_submits_turned_away_total{why=\"rate\"}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_fast_by_socket_is_slowed_and_hears_of_others_meanwhile() {
    const RATE: Rate = Rate { per_second: 64, burst: 256 };
    let world = World::start_with(limited(|limits| limits.commands_per_actor = RATE)).await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    let mut other = ben.follow(Format::Json, Cursor::default()).await;
    let outbox: Vec<Submission> = (0..512).map(|n| say(&format!("{n}"))).collect();
    let mut socket = ada.follow(Format::Postcard, Cursor::default()).await;
    let since = Instant::now();
    for batch in outbox.chunks(SUBMIT_COMMANDS_MAX) {
        socket.send(&Upstream::Submit(batch.to_vec())).await;
    }
    socket.read_until(outbox[0].id).await;
    let meanwhile = other.say("not slowed by that").await;
    socket.read_until(meanwhile).await;
    socket.read_until(outbox[511].id).await;
    assert!(since.elapsed() >= Duration::from_millis(3_900), "512 at 64 a second with 256 at once: {:?}", since.elapsed());
    let recorded: Vec<CommandId> = socket.seen.iter().map(|record| record.command).filter(|id| *id != meanwhile).collect();
    let ids: Vec<CommandId> = outbox.iter().map(|command| command.id).collect();
    assert!(recorded.ends_with(&ids), "each once and in order");
    let place = |id: CommandId| socket.seen.iter().position(|record| record.command == id);
    assert!(place(meanwhile) < place(outbox[256].id), "whoever waits for their turn hears of others");
    assert_eq!((world.metrics().submits_slowed.count(), world.metrics().closes(CloseCode::Busy)), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_turn_would_come_too_late_is_told_and_what_they_sent_lands_later() {
    const RATE: Rate = Rate { per_second: 4, burst: 256 };
    let world = World::start_with(limited(|limits| limits.commands_per_actor = RATE)).await;
    let ada = world.owner().await;
    let outbox: Vec<Submission> = (0..512).map(|n| say(&format!("{n}"))).collect();
    let mut socket = ada.follow(Format::Postcard, Cursor::default()).await;
    for batch in outbox.chunks(SUBMIT_COMMANDS_MAX) {
        socket.send(&Upstream::Submit(batch.to_vec())).await;
    }
    let retry_after_ms = loop {
        if let Downstream::Busy { command, retry_after_ms } = socket.next().await {
            assert_eq!(command, outbox[256].id, "rule 25: the first that was not taken");
            break retry_after_ms;
        }
    };
    assert!((10_000..=30_000).contains(&retry_after_ms), "64 s is more than anybody is asked to wait at once: {retry_after_ms}");
    assert!(world.metrics().to_text().contains("landfall_submits_turned_away_total{why=\"rate\"} 1\n"));
    socket.read_until(outbox[255].id).await;
    // Sent a few at a time, what was turned away lands on the same connection.
    socket.submit(outbox[256].clone()).await;
    socket.read_until(outbox[256].id).await;

    // A client of version 1 cannot be told, and is closed.
    let mut older = ada.socket(Format::Postcard).await;
    older.hello_as(1, Toy::SCHEMA, ada.log).await;
    older.catch_up().await;
    older.send(&Upstream::Submit(outbox[257..].to_vec())).await;
    assert_eq!(older.close_code().await, CloseCode::Busy.number());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_does_not_guess_codes_without_end_and_another_is_not_kept_out() {
    let mut config = limited(|limits| limits.entries_per_address = Rate { per_second: 1, burst: 5 });
    config.trust_proxy = true;
    let world = World::start_with(config).await;
    let ada = world.owner().await;
    let stranger = world.stranger();
    let guess = async |from: &str| {
        let headers = [("content-type", "application/json".to_owned()), ("x-forwarded-for", format!("203.0.113.9, {from}"))];
        stranger.request("POST", "/api/join", &headers, json!({ "code": "guess", "name": "Eve" }).to_string().as_bytes()).await
    };
    for _ in 0..5 {
        assert_eq!(guess("198.51.100.1").await.error(), (404, "no_invitation".into()));
    }
    assert!(retry_after(&guess("198.51.100.1").await) <= Duration::from_millis(1_500));
    assert_eq!(guess("198.51.100.2").await.status, 404, "another address");
    assert_eq!(ada.get("/api/me").await.status, 200, "and nothing else is slowed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_opens_so_many_connections_at_once() {
    let config = limited(|limits| limits.connections_per_address = Rate { per_second: 1, burst: 3 });
    let world = World::start_with(config).await;
    let ada = world.owner().await;
    let connect = async |person: &Person| person.connect(SUBPROTOCOL_POSTCARD, &format!("http://{}", person.address)).await;
    let mut opened = Vec::new();
    let refused = loop {
        match connect(&ada).await {
            Ok(socket) => opened.push(socket),
            Err(status) => break status,
        }
        assert!(opened.len() < 100, "it is never enough");
    };
    assert_eq!(refused, 429);
    assert!(opened.len() >= 3, "{}", opened.len());
}
