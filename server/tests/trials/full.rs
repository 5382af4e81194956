//! A disk that is full while people work: they are told to come back, nothing is half written, and everything lands when there is room again.

use crate::dice::{Dice, seed};
use crate::native::Native;
use crate::person::Person;
use crate::plain::{Phase, Plain};
use crate::poster::Poster;
use crate::program::{Folder, Place};
use crate::room::Room;
use crate::verdict::Kept;
use crate::work::{Board, Worker};
use landfall_engine::protocol::{CloseCode, Format};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_sends_everybody_away_and_takes_everything_later() {
    let mut dice = Dice::new(seed());
    let folder = Folder::new("full");
    let mut place = Place::new(&folder);
    let room = Room::new(&place.data, 48);
    place.under = room.enter();
    let server = place.start().await;
    let edda = Person::founder(place.address).await;
    let board = Board::new(&mut dice);
    let (phase, phases) = watch::channel(Phase::Work);
    let mut worker = || Worker::new(board.clone(), dice.split());
    let poster = Poster::new(edda.clone(), worker()).begin_with(board.create()).await;
    let poster = tokio::spawn(poster.run(phases.clone()));
    let plain = [Format::Postcard, Format::Json].map(|format| tokio::spawn(Plain::new(edda.clone(), format, worker()).run(phases.clone())));
    let native = Native::new(&edda, folder.path("native"), worker()).await;
    let native = tokio::spawn(native.run(phases.clone(), watch::channel(0).1));

    let mut reader = Plain::new(edda.clone(), Format::Json, worker());
    // It goes on by itself when there is room.
    room.fill("ballast", 1 << 20);
    until_busy(&place, &edda).await;
    reader.catch_up().await;
    let landed = reader.told.len();
    std::fs::remove_file(room.path("ballast")).expect("the ballast goes");
    let begun = Instant::now();
    while reader.told.len() == landed {
        assert!(begun.elapsed() < PATIENCE, "nothing lands though there is room: {}", place.complaints());
        reader.catch_up().await;
    }
    // A server that dies on a full disk finds everything when it comes back, and the disk is still full.
    room.fill("ballast", 1 << 19);
    until_busy(&place, &edda).await;
    server.kill();
    let server = place.start().await;
    reader.catch_up().await;
    phase.send_replace(Phase::Finish);
    std::fs::remove_file(room.path("ballast")).expect("the ballast goes");

    let (poster, native) = (poster.await.expect("a poster"), native.await.expect("a native client"));
    let mut done = Vec::new();
    for client in plain {
        done.push(client.await.expect("a client"));
    }
    server.kill();
    let copy = folder.path("copy");
    room.copy_to(&copy);
    let kept = Kept::read(&copy, edda.log).await;
    for client in done.iter().chain([&reader]) {
        kept.agrees_with(&client.told, client.person().actor);
        kept.has_all(&client.issued);
        assert!(client.closes.keys().all(|code| *code == CloseCode::Busy.number()), "told to come back: {:?}", client.closes);
    }
    assert!(done.iter().all(|client| !client.closes.is_empty()), "each was told");
    kept.agrees_with(&poster.told, poster.person().actor);
    kept.has_all(&poster.issued);
    assert!(poster.refusals.keys().all(|status| [0, 429, 503].contains(status)), "{:?}", poster.refusals);
    kept.has_all(&native.issued);
    let issued = poster.issued.len() + native.issued.len() + done.iter().map(|client| client.issued.len()).sum::<usize>();
    assert_eq!(kept.records.len(), issued + 1, "nothing but what was issued, and the founding");
    let complaints = place.complaints();
    assert!(complaints.contains("full") && !complaints.contains("panicked"), "{complaints}");
}

/// Waits until a few more sessions were told to come back later.
async fn until_busy(place: &Place, person: &Person) {
    let (begun, before) = (Instant::now(), busy(person).await);
    while busy(person).await < before + 6 {
        assert!(begun.elapsed() < PATIENCE, "nobody is told that the disk is full: {}", place.complaints());
        sleep(Duration::from_millis(50)).await;
    }
}

/// How many sessions were told so.
async fn busy(person: &Person) -> u64 {
    let answer = person.request("GET", "/metrics", &[]).await.expect("metrics");
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let line = text.lines().find(|line| line.starts_with("landfall_closes_total{code=\"4429\""));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}
