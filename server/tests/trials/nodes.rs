//! Three servers on one PostgreSQL behind a proxy, killed, rolled over and cut off from it under load: clients go on elsewhere, and nothing is
//! lost or doubled.

use crate::dice::{Dice, number, seed};
use crate::gate::Gate;
use crate::live::Audience;
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
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

const NODES: usize = 3;
/// Longest time under load before something happens to a node, milliseconds.
const CALM_MS_MAX: u64 = 700;
/// Commands without a record of one client, at most. More would show how three servers wait for two processors.
const WINDOW: usize = 24;
/// How soon everybody should be live again. It is printed and not insisted on: this machine may have other work. What is insisted on is that they
/// are, see [`Audience`].
const AIM: Duration = Duration::from_secs(3);

/// What happens, one after the other, to a node that the dice choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Disturbance {
    /// `kill -9`.
    Killed,
    /// Told to stop, as by a service manager.
    RolledOver,
    /// Nothing comes from or goes to the database any more, and nobody is told.
    CutOff,
    /// The database itself is killed and started again.
    DatabaseKilled,
}

impl Disturbance {
    const ALL: [Self; 4] = [Self::Killed, Self::RolledOver, Self::CutOff, Self::DatabaseKilled];
}

/// Rules 3, 6, 8, 9 and 17, with several servers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_are_killed_rolled_over_and_cut_off_lose_double_and_reorder_nothing() {
    let (rounds, mut dice) = (number("LANDFALL_NODES_ROUNDS", 4), Dice::new(seed()));
    let folder = Folder::new("nodes");
    let postgres = Arc::new(PrivatePostgres::start());
    let database = postgres.new_database();
    let (mut gates, mut places) = (Vec::new(), Vec::new());
    for number in 0..NODES {
        let (gate, through) = Gate::to(&database).await;
        places.push(Place::node(&folder, number, &through));
        gates.push(gate);
    }
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
        let client = Plain::new(edda.invite(name).await, format, worker()).with_window(WINDOW);
        plain.push(tokio::spawn(client.run(phases.clone())));
    }
    let posters = [creator, Poster::new(edda.invite("Pim").await, worker())].map(|poster| tokio::spawn(poster.run(phases.clone())));
    let native = Native::new(&edda.invite("Nils").await, folder.path("Nils"), worker()).await;
    let native = tokio::spawn(native.run(phases.clone(), deaths));

    let addresses = places.iter().map(|place| place.address).collect();
    let mut audience = Audience::new(edda.invite("Olga").await, addresses, &folder, board.clone(), dice.split()).await;
    let mut live_again: BTreeMap<Disturbance, Vec<Duration>> = BTreeMap::new();
    for round in 0..rounds {
        sleep(Duration::from_millis(first.dice().below(CALM_MS_MAX))).await;
        let disturbance = Disturbance::ALL[round as usize % Disturbance::ALL.len()];
        let chosen = first.dice().below(NODES as u64) as usize;
        let elsewhere = (chosen + 1) % NODES;
        let took = match disturbance {
            Disturbance::Killed | Disturbance::RolledOver => {
                let node = nodes[chosen].take().expect("it runs");
                let end = move || if disturbance == Disturbance::Killed { node.kill() } else { node.stop() };
                let ending = async { (spawn_blocking(end).await.expect("it ends"), None) };
                let ((), took) = audience.live_again(elsewhere, ending).await;
                nodes[chosen] = Some(places[chosen].start().await);
                took
            }
            Disturbance::CutOff => {
                let ((), took) = audience.live_again(elsewhere, async { (gates[chosen].cut(), None) }).await;
                gates[chosen].mend();
                until_ready(&edda, places[chosen].address).await;
                took
            }
            Disturbance::DatabaseKilled => {
                let postgres = postgres.clone();
                let restart = move || {
                    let killed = Instant::now();
                    postgres.kill();
                    postgres.start_again();
                    (killed.elapsed(), Instant::now())
                };
                let restarting = async {
                    let (away, back) = spawn_blocking(restart).await.expect("PostgreSQL starts again");
                    (away, Some(back))
                };
                let (away, took) = audience.live_again(elsewhere, restarting).await;
                println!("PostgreSQL was away for {:.2} s", away.as_secs_f64());
                took
            }
        };
        live_again.entry(disturbance).or_default().push(took);
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
    let mut issued = native.issued.len() + audience.issued;
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
    let known = 1 + 6; // the founding, and those who were let in
    assert_eq!(kept.records.len(), issued + known, "nothing but what was issued");
    for place in &places {
        assert!(!place.complaints().contains("panicked"), "{}", place.complaints());
    }
    let connections: u64 = plain_done.iter().map(|client| client.connections).sum();
    println!(
        "{rounds} rounds in {:.0} s: {issued} commands, {} records over {connections} connections, none lost, doubled or reordered",
        begun.elapsed().as_secs_f64(),
        kept.records.len(),
    );
    for (disturbance, took) in live_again {
        let seconds: Vec<String> = took.iter().map(|took| format!("{:.2}", took.as_secs_f64())).collect();
        let within = took.iter().filter(|took| **took <= AIM).count();
        println!("{disturbance:?}: everybody live again after {} s; within 3 s {within} of {}", seconds.join(", "), took.len());
    }
}

/// Waits until a node serves people again.
async fn until_ready(person: &Person, address: SocketAddr) {
    let person = Person { address, ..person.clone() };
    while !person.request("GET", "/health/ready", &[]).await.is_ok_and(|answer| answer.status == 200) {
        sleep(Duration::from_millis(20)).await;
    }
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
