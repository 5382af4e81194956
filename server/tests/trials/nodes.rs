//! Three servers on one PostgreSQL behind a proxy, killed and rolled over under load: clients go on elsewhere, and nothing is lost or doubled.

use crate::dice::{Dice, number, seed};
use crate::native::Native;
use crate::person::Person;
use crate::plain::{Phase, Plain};
use crate::poster::Poster;
use crate::private_postgres::PrivatePostgres;
use crate::program::{Folder, Place, Program};
use crate::verdict::Kept;
use crate::work::{Board, Worker};
use landfall_engine::protocol::{CloseCode, Format};
use landfall_server::postgres::Postgres;
use landfall_server::store::postgres::PostgresStore;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

const NODES: usize = 3;
/// Longest time under load before something happens to a node, milliseconds.
const CALM_MS_MAX: u64 = 700;

/// Rules 3, 6, 8, 9 and 17, with several servers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_are_killed_and_rolled_over_lose_double_and_reorder_nothing() {
    let (rounds, mut dice) = (number("LANDFALL_NODES_ROUNDS", 12), Dice::new(seed()));
    let folder = Folder::new("nodes");
    let postgres = Arc::new(PrivatePostgres::start());
    let database = postgres.new_database();
    let places: Vec<Place> = (0..NODES).map(|number| Place::node(&folder, number, &database)).collect();
    let mut nodes: Vec<Option<Program>> = Vec::new();
    for place in &places {
        nodes.push(Some(place.start().await));
    }
    let proxy = proxy(places.iter().map(|place| place.address).collect()).await;
    let edda = Person::founder(proxy).await;
    let board = Board::new(&mut dice);
    let begun = Instant::now();

    let (phase, phases) = watch::channel(Phase::Work);
    let (_die, deaths) = watch::channel(0);
    let mut worker = || Worker::new(board.clone(), dice.split());
    let mut first = worker();
    let creator = Poster::new(edda.clone(), worker()).begin_with(board.create()).await;
    let mut plain = Vec::new();
    for (name, format) in [("Ivo", Format::Postcard), ("Mar", Format::Json), ("Ada", Format::Postcard)] {
        let client = Plain::new(edda.invite(name).await, format, worker());
        plain.push(tokio::spawn(client.run(phases.clone())));
    }
    let posters = [creator, Poster::new(edda.invite("Pim").await, worker())].map(|poster| tokio::spawn(poster.run(phases.clone())));
    let native = Native::new(&edda.invite("Nils").await, folder.path("Nils"), worker()).await;
    let native = tokio::spawn(native.run(phases.clone(), deaths));

    let (mut killed, mut rolled, mut databases) = (0, 0, 0);
    for round in 0..rounds {
        sleep(Duration::from_millis(first.dice().below(CALM_MS_MAX))).await;
        let chosen = first.dice().below(NODES as u64) as usize;
        let node = nodes[chosen].take().expect("it runs");
        if round % 6 == 5 {
            let postgres = postgres.clone();
            let restart = move || {
                postgres.kill();
                postgres.start_again();
            };
            tokio::task::spawn_blocking(restart).await.expect("PostgreSQL starts again");
            nodes[chosen] = Some(node);
            databases += 1;
            continue;
        }
        if first.dice().one_in(2) {
            node.kill();
            killed += 1;
        } else {
            tokio::task::spawn_blocking(|| node.stop()).await.expect("it stops as asked");
            rolled += 1;
        }
        nodes[chosen] = Some(places[chosen].start().await);
    }
    phase.send_replace(Phase::Finish);

    let (mut plain_done, mut posters_done) = (Vec::new(), Vec::new());
    for client in plain {
        plain_done.push(client.await.expect("a client that found nothing wrong"));
    }
    for client in posters {
        posters_done.push(client.await.expect("a client that found nothing wrong"));
    }
    let mut native = native.await.expect("a client that found nothing wrong");
    for client in &mut plain_done {
        client.catch_up().await;
    }
    native.catch_up(plain_done.iter().map(|client| client.told.len()).max().unwrap_or_default() as u64).await;
    nodes.into_iter().flatten().for_each(Program::kill);

    let store = PostgresStore::new(Postgres::open(&database).await.expect("the database opens"));
    let kept = Kept::of(Arc::new(store), edda.log).await;
    let mut issued = native.issued.len();
    kept.has_all(&native.issued);
    assert!(*native.driver().client().confirmed() == kept.state, "the native client has the state of the log");
    for client in &plain_done {
        assert_eq!(client.told.len(), kept.records.len(), "every client has read the whole log");
        kept.agrees_with(&client.told, client.person().actor);
        kept.has_all(&client.issued);
        let passing = [CloseCode::Busy, CloseCode::Internal, CloseCode::GoingAway].map(|code| code as u16);
        assert!(client.closes.keys().all(|code| passing.contains(code)), "nobody was turned away for good: {:?}", client.closes);
        issued += client.issued.len();
    }
    for client in &posters_done {
        kept.agrees_with(&client.told, client.person().actor);
        kept.has_all(&client.issued);
        assert!(client.refusals.keys().all(|status| [0, 429, 500, 503, 504].contains(status)), "nor here: {:?}", client.refusals);
        issued += client.issued.len();
    }
    let known = 1 + 5; // the founding, and those who were let in
    assert_eq!(kept.records.len(), issued + known, "nothing but what was issued");
    for place in &places {
        assert!(!place.complaints().contains("panicked"), "{}", place.complaints());
    }
    let connections: u64 = plain_done.iter().map(|client| client.connections).sum();
    println!(
        "{rounds} rounds in {:.0} s: {killed} nodes killed and {rolled} rolled over under load, PostgreSQL killed {databases} times; \
         {issued} commands, {} records over {connections} connections, none lost, doubled or reordered",
        begun.elapsed().as_secs_f64(),
        kept.records.len(),
    );
}

/// Hands each connection to the next node that takes it. While none does, it is closed.
async fn proxy(nodes: Vec<SocketAddr>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let next = AtomicUsize::new(0);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let first = next.fetch_add(1, Ordering::Relaxed);
            let nodes: Vec<SocketAddr> = (0..nodes.len()).map(|step| nodes[(first + step) % nodes.len()]).collect();
            tokio::spawn(async move {
                for node in nodes {
                    if let Ok(mut far) = TcpStream::connect(node).await {
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                        return;
                    }
                }
            });
        }
    });
    address
}
