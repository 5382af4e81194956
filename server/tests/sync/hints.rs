//! Servers on one PostgreSQL that tell one another over NATS which heads have moved: it only saves time, and nothing that is said there is believed.

use crate::private_nats::PrivateNats;
use crate::private_postgres::PrivatePostgres;
use crate::served::{Program, command};
use crate::world::{Folder, Person, Socket, World, patient};
use landfall_engine::protocol::*;
use landfall_engine::{Cursor, LogId};
use landfall_server::config::{Config, Data};
use landfall_server::host::random;
use landfall_server::metrics::Metrics;
use landfall_server::postgres::Postgres;
use sqlx::postgres::PgListener;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_secs(30);
/// Of servers that look at no head by themselves while a test lasts: what they learn of others, they were told.
const NEVER: Duration = Duration::from_hours(1);

/// Two servers on one database.
struct Nodes {
    first: World,
    second: World,
    address: String,
    /// Runs for as long as somebody has it.
    _postgres: Arc<PrivatePostgres>,
}

impl Nodes {
    async fn start(nats: &PrivateNats, look_every: Duration) -> Self {
        let postgres = PrivatePostgres::shared();
        let address = postgres.new_database();
        let config =
            || Config { data: Data::Postgres(address.clone()), hints: Some(nats.address("").parse().unwrap()), look_every, ..patient() };
        let (first, second) = (World::start_with(config()).await, World::start_with(config()).await);
        Self { first, second, address, _postgres: postgres }
    }

    /// Until there is a line to NATS at both, or at neither.
    async fn are_connected(&self, connected: bool) {
        for metrics in [self.first.metrics(), self.second.metrics()] {
            until("the lines to NATS", || (metrics.nats_connected.level() == 1) == connected).await;
        }
    }

    /// Ada founds at the first and follows there, Ben joins at the second and follows there.
    async fn people(&self) -> (Person, Socket, Socket) {
        let ada = self.first.owner().await;
        let ben = self.second.again(&self.first.member(&ada, "Ben").await);
        let b = ben.follow(Format::Json, Cursor::default()).await;
        (ada.clone(), ada.follow(Format::Postcard, Cursor::default()).await, b)
    }

    /// What either says is read at the other.
    async fn exchange(&self, a: &mut Socket, b: &mut Socket, text: &str) {
        let id = a.say(&format!("{text}, from the first")).await;
        assert_eq!(b.read_until(id).await, a.read_until(id).await);
        let id = b.say(&format!("{text}, from the second")).await;
        assert_eq!(a.read_until(id).await, b.read_until(id).await);
    }

    /// Where these servers hint.
    async fn subject(&self) -> String {
        let database = Postgres::open(&self.address).await.unwrap();
        let installation: String = sqlx::query_scalar("SELECT installation FROM place").fetch_one(database.pool()).await.unwrap();
        database.close().await;
        format!("landfall.hints.{installation}")
    }

    fn hints(&self) -> [u64; 2] {
        [self.first.metrics(), self.second.metrics()].map(|metrics| metrics.hints.count())
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "{what}: it takes too long");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Until a server has heard so many hints in all.
async fn heard(metrics: &Metrics, hints: u64) {
    until("hints are heard", || metrics.hints.count() >= hints).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_nats_a_server_hears_at_once_what_another_has_written_and_the_database_is_not_asked_to_tell() {
    let nats = PrivateNats::start(&[]);
    let nodes = Nodes::start(&nats, NEVER).await;
    nodes.are_connected(true).await;
    let database = Postgres::open(&nodes.address).await.unwrap();
    let mut told = PgListener::connect_with(database.pool()).await.unwrap();
    told.listen("landfall_heads").await.unwrap();

    let (_, mut a, mut b) = nodes.people().await;
    for turn in 0..5 {
        nodes.exchange(&mut a, &mut b, &format!("turn {turn}")).await;
    }
    assert!(nodes.hints().iter().all(|hints| *hints > 0), "both were told");

    // What somebody tells by the database is heard all the same: whoever moves logs tells there.
    let before = nodes.hints();
    sqlx::query("SELECT pg_notify('landfall_heads', $1)").bind(format!("{}:1:1", LogId(random()))).execute(database.pool()).await.unwrap();
    heard(nodes.first.metrics(), before[0] + 1).await;
    heard(nodes.second.metrics(), before[1] + 1).await;
    assert!(told.recv().await.unwrap().payload().ends_with(":1:1"), "it is the first that the database has told");
    drop(told);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_nats_server_is_away_servers_look_for_themselves_and_when_it_is_back_they_are_told_again() {
    let nats = PrivateNats::start(&[]);
    nats.kill();
    let nodes = Nodes::start(&nats, Duration::from_millis(100)).await;
    let (_, mut a, mut b) = nodes.people().await;
    for turn in 0..2 {
        let before = nodes.hints();
        nodes.exchange(&mut a, &mut b, &format!("without a line, {turn}")).await;
        assert_eq!(nodes.hints(), before, "nobody was told");

        nats.start_again();
        nodes.are_connected(true).await;
        nodes.exchange(&mut a, &mut b, &format!("over the line, {turn}")).await;
        heard(nodes.first.metrics(), before[0] + 1).await;
        heard(nodes.second.metrics(), before[1] + 1).await;
        nats.kill();
        nodes.are_connected(false).await;
    }
    assert_eq!(a.seen, b.seen, "one order for all");
}

#[test]
fn that_the_nats_server_is_away_is_said_once_and_once_that_it_is_back() {
    let nats = PrivateNats::start(&[]);
    nats.kill();
    let (postgres, folder) = (PrivatePostgres::shared(), Folder::new());
    let mut serve = command(&["serve", "--listen", "127.0.0.1:0"], &folder);
    serve
        .env("LANDFALL_DATABASE", postgres.new_database())
        .env("LANDFALL_HINTS", nats.address("s3cret@"))
        .env("LANDFALL_LOG_FORMAT", "json")
        .env_remove("RUST_LOG");
    let mut program = Program::by(&mut serve);
    let mut said = BufReader::new(program.child.stderr.take().unwrap()).lines().map(|line| line.unwrap());
    let shown = format!("nats://127.0.0.1:{}", nats.port);
    let mut next = || said.find(|line| line.contains("NATS")).unwrap();
    let is_away = |line: String| {
        assert!(
            line.contains("WARN") && line.contains("no hints go over NATS") && line.contains(&shown) && !line.contains("s3cret"),
            "{line}"
        );
    };
    is_away(next());
    // It tries again and again, and says nothing of it.
    let nobody = TcpListener::bind(("127.0.0.1", nats.port)).unwrap();
    for _ in 0..2 {
        drop(nobody.accept().unwrap());
    }
    drop(nobody);
    nats.start_again();
    let line = next();
    assert!(line.contains("INFO") && line.contains("hints go over NATS again"), "{line}");
    nats.kill();
    is_away(next());
    program.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_installations_on_one_nats_server_do_not_hear_each_other() {
    let nats = PrivateNats::start(&[]);
    let (ours, theirs) = (Nodes::start(&nats, NEVER).await, Nodes::start(&nats, NEVER).await);
    ours.are_connected(true).await;
    theirs.are_connected(true).await;
    let (_, mut a, mut b) = ours.people().await;
    for turn in 0..3 {
        ours.exchange(&mut a, &mut b, &format!("turn {turn}")).await;
    }
    assert!(ours.hints().iter().all(|hints| *hints > 0), "these were told");
    // All of it has been passed on by now, so that anything of it would come before this.
    nats.publish(&theirs.subject().await, format!("{}:1:1", LogId(random())).as_bytes());
    heard(theirs.first.metrics(), 1).await;
    heard(theirs.second.metrics(), 1).await;
    assert_eq!(theirs.hints(), [1, 1], "and those heard nothing of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_stranger_says_on_the_subject_nothing_is_believed_and_nobody_is_sent_away() {
    let nats = PrivateNats::start(&[]);
    let nodes = Nodes::start(&nats, NEVER).await;
    nodes.are_connected(true).await;
    let (ada, mut a, mut b) = nodes.people().await;
    nodes.exchange(&mut a, &mut b, "before").await;
    let head = a.cursor;
    let subject = nodes.subject().await;
    let (before, looked) = (nodes.hints(), nodes.second.metrics().heads_looked_at.count());

    let far = format!("{}:{}:{}", ada.log, head.epoch, u64::MAX);
    let many = vec![far.as_str(); 200].join(",");
    for nonsense in [b"".as_slice(), b"\xff\xfe\0", b"\r\nMSG x 1 1\r\nPING\r\n-ERR 'x'\r\n", b":::,,::", &[b'x'; 100_000], many.as_bytes()]
    {
        nats.publish(&subject, nonsense);
    }
    let another_timeline = format!("{}:{}:0", ada.log, u64::MAX);
    let hearsay = [far, another_timeline, format!("{}:7:7", LogId(random()))];
    nats.publish(&subject, hearsay.join(",").as_bytes());
    for (metrics, before) in [nodes.first.metrics(), nodes.second.metrics()].into_iter().zip(before) {
        heard(metrics, before + hearsay.len() as u64).await;
    }
    until("the log is looked at", || nodes.second.metrics().heads_looked_at.count() > looked).await;

    let (since, late) = (Instant::now(), nodes.second.metrics().catch_up.sum_seconds());
    for turn in 0..3 {
        nodes.exchange(&mut a, &mut b, &format!("after, {turn}")).await;
    }
    assert!(nodes.second.metrics().catch_up.sum_seconds() - late <= since.elapsed().as_secs_f64(), "no server takes itself for late");
    assert_eq!((a.cursor.epoch, &a.seen), (head.epoch, &b.seen), "on the lines and on the timeline that there were");
}
