//! `kill -9` under load, again and again: nothing that anybody was told is lost, nothing is doubled, and everything saved lands.

use crate::dice::{Dice, number, seed};
use crate::native::Native;
use crate::person::Person;
use crate::plain::{Phase, Plain};
use crate::poster::Poster;
use crate::program::{Folder, Place};
use crate::verdict::Kept;
use crate::work::{Board, Worker};
use landfall_engine::Outcome;
use landfall_engine::protocol::Format;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

/// Longest time that a server is given under load before it is killed, milliseconds.
const LIFE_MS_MAX: u64 = 700;
/// Longest time that a server is given when it is killed while it starts, milliseconds.
const BIRTH_MS_MAX: u64 = 60;

/// Rules 3, 6, 8, 9 and 17, on the real program, the real file and real sockets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_loses_doubles_and_reorders_nothing() {
    let (rounds, mut dice) = (number("LANDFALL_CRASH_ROUNDS", 20), Dice::new(seed()));
    let folder = Folder::new("crash");
    let place = Place::new(&folder);
    let mut server = Some(place.start().await);
    let edda = Person::founder(place.address).await;
    let board = Board::new(&mut dice);
    let begun = Instant::now();

    let (phase, phases) = watch::channel(Phase::Work);
    let (die, deaths) = watch::channel(0);
    let mut worker = || Worker::new(board.clone(), dice.split());
    let mut first = worker();
    let creator = Poster::new(edda.clone(), worker()).begin_with(board.create()).await;
    let mut plain = Vec::new();
    for (name, format) in [("Ivo", Format::Postcard), ("Mar", Format::Json), ("Ada", Format::Postcard)] {
        let client = Plain::new(edda.invite(name).await, format, worker());
        plain.push(tokio::spawn(client.run(phases.clone())));
    }
    let second_device = Plain::new(edda.clone(), Format::Json, worker());
    plain.push(tokio::spawn(second_device.run(phases.clone())));
    let posters = [creator, Poster::new(edda.invite("Pim").await, worker())].map(|poster| tokio::spawn(poster.run(phases.clone())));
    let mut native = Vec::new();
    for name in ["Nils", "Noor"] {
        let client = Native::new(&edda.invite(name).await, folder.path(name), worker()).await;
        native.push(tokio::spawn(client.run(phases.clone(), deaths.clone())));
    }

    let mut killed_while_starting = 0;
    for round in 1..=rounds {
        sleep(Duration::from_millis(first.dice().below(LIFE_MS_MAX))).await;
        server.take().expect("it runs").kill();
        while first.dice().one_in(3) {
            let newborn = place.spawn();
            sleep(Duration::from_millis(first.dice().below(BIRTH_MS_MAX))).await;
            newborn.kill();
            killed_while_starting += 1;
        }
        die.send_replace(round);
        server = Some(place.start().await);
        if round % 25 == 0 {
            println!("{round} of {rounds} rounds, {:.0} s", begun.elapsed().as_secs_f64());
        }
    }
    phase.send_replace(Phase::Finish);

    let mut issued = 0;
    let (mut plain_done, mut posters_done, mut native_done) = (Vec::new(), Vec::new(), Vec::new());
    for client in plain {
        plain_done.push(client.await.expect("a client that found nothing wrong"));
    }
    for client in posters {
        posters_done.push(client.await.expect("a client that found nothing wrong"));
    }
    for client in native {
        native_done.push(client.await.expect("a client that found nothing wrong"));
    }
    for client in &mut plain_done {
        client.catch_up().await;
    }
    let head = plain_done.iter().map(|client| client.told.len()).max().unwrap_or_default();
    for client in &mut native_done {
        client.catch_up(head as u64).await;
    }
    server.take().expect("it runs").kill();

    let kept = Kept::read(&place.data, edda.log).await;
    let mut told = 0;
    for client in &plain_done {
        assert_eq!(client.told.len(), kept.records.len(), "every client has read the whole log");
        kept.agrees_with(&client.told, client.person().actor);
        kept.has_all(&client.issued);
        assert!(client.closes.is_empty(), "nobody was turned away: {:?}", client.closes);
        (issued, told) = (issued + client.issued.len(), told + client.told.len());
    }
    for client in &posters_done {
        kept.agrees_with(&client.told, client.person().actor);
        kept.has_all(&client.issued);
        assert!(client.refusals.keys().all(|status| *status == 0), "answered, or not at all: {:?}", client.refusals);
        (issued, told) = (issued + client.issued.len(), told + client.told.len());
    }
    for client in &native_done {
        kept.has_all(&client.issued);
        assert!(*client.driver().client().confirmed() == kept.state, "the native client has the state of the log");
        issued += client.issued.len();
    }
    let known = 1 + 6; // the founding, and those who were let in
    assert_eq!(kept.records.len(), issued + known, "nothing but what was issued");
    let complaints = place.complaints();
    assert!(!complaints.contains("panicked"), "{complaints}");

    let rejected = kept.records.iter().filter(|record| matches!(record.outcome, Outcome::Rejected(_))).count();
    let connections: u64 = plain_done.iter().map(|client| client.connections).sum();
    let native_deaths: u64 = native_done.iter().map(|client| client.deaths).sum();
    println!(
        "{rounds} rounds in {:.0} s: killed {rounds} times under load and {killed_while_starting} times while starting, {native_deaths} native clients killed; \
         {issued} commands, {} records ({rejected} rejected), told {told} times over {connections} connections, none lost, doubled or reordered; \
         restored from a snapshot at {}",
        begun.elapsed().as_secs_f64(),
        kept.records.len(),
        kept.snapshot,
    );
}
