//! Given a real server and a durable folder, when either goes away at a bad moment, then every command has one record.

mod two_routes;

use super::super::testing::{Add, Command, Counter, Folder as Temporary, Is, Rejection};
use super::*;
use crate::config::{Config as ServerConfig, Data, Placement};
use crate::native::follow;
use crate::restore::begin_new_timelines;
use crate::server::Server;
use landfall_engine::{ActorId, LogId};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;

/// A server that is stopped and started, and a person who works with it from a terminal.
struct World {
    temporary: Temporary,
    server: Option<Server<Counter>>,
    place: Place,
    token: String,
}

#[derive(serde::Deserialize)]
struct Entered {
    log: LogId,
    actor: ActorId,
}

impl World {
    async fn start(name: &str) -> Self {
        let temporary = Temporary::new(name);
        let server = serve(&temporary).await;
        let address = address_of(&server);
        let founding = json!({ "workspace": "Count", "name": "Edda" });
        let founded = http::post(&address, "/api/found", Credential::Nobody, &founding).await.unwrap();
        let cookie = founded.cookie().unwrap();
        let Entered { log, actor } = founded.json().unwrap();
        let wanted = json!({ "log": log, "label": "test" });
        let made = http::post(&address, "/api/tokens", Credential::Session(&cookie), &wanted).await.unwrap();
        let token = made.json::<serde_json::Value>().unwrap()["token"].as_str().unwrap().to_owned();
        let place = Place {
            server: address,
            others: Vec::new(),
            two_routes: false,
            log,
            workspace: "Count".into(),
            actor,
            name: "Edda".into(),
            token: None,
        };
        Self { temporary, server: Some(server), place, token }
    }

    async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    async fn start_again(&mut self) {
        let server = serve(&self.temporary).await;
        self.place.server = address_of(&server);
        self.server = Some(server);
    }

    fn driver(&self, device: u8) -> Driver<Counter> {
        let folder = self.temporary.path().join(format!("device-{device}"));
        Driver::open(&folder, self.place.clone(), self.token.clone(), DeviceId([device; 16])).unwrap()
    }

    async fn head(&self) -> u64 {
        follow::extent(&self.place, &self.token).await.unwrap().position
    }
}

async fn serve(temporary: &Temporary) -> Server<Counter> {
    let config = ServerConfig { data: Data::Folder(temporary.path().join("server")), ..ServerConfig::default() };
    Server::start(SocketAddr::from(([127, 0, 0, 1], 0)), config, Arc::new(Counter)).await.unwrap()
}

fn address_of(server: &Server<Counter>) -> super::super::wire::Address {
    format!("http://{}", server.address()).parse().unwrap()
}

fn imported() -> Imported {
    Imported { fingerprint: 1, at: now(), commands: 0 }
}

fn keep(driver: &mut Driver<Counter>, amounts: impl IntoIterator<Item = i64>) -> Vec<RefusedAtOnce<Counter>> {
    let commands = amounts.into_iter().map(|amount| (driver.mint(), Command::Add(Add { amount }))).collect();
    driver.keep(commands, imported()).unwrap()
}

async fn until_driver(driver: &mut Driver<Counter>, is_so: impl Fn(&Driver<Counter>) -> bool) {
    let waiting = async {
        while !is_so(driver) {
            driver.step().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("it happens in time");
}

fn is_synced(driver: &Driver<Counter>) -> bool {
    driver.client().status().synced
}

#[tokio::test]
async fn what_is_kept_without_a_server_lands_later() {
    let mut world = World::start("driver-offline").await;
    let mut driver = world.driver(1);
    until_driver(&mut driver, is_synced).await;
    drop(driver);
    world.stop().await;

    let mut driver = world.driver(1);
    until_driver(&mut driver, |driver| driver.failures() > 0).await;
    assert!(driver.trouble().contains("does not answer"), "{}", driver.trouble());
    assert!(keep(&mut driver, 1..=500).is_empty());
    assert_eq!(*driver.client().view(), 125_250);
    drop(driver);

    world.start_again().await;
    let mut driver = world.driver(1);
    assert_eq!(driver.client().outbox().count(), 500);
    until_driver(&mut driver, is_synced).await;
    assert_eq!((*driver.client().confirmed(), world.head().await), (125_250, 501));
    drop(driver);
    assert_eq!(world.driver(1).client().outbox().count(), 0);
}

#[tokio::test]
async fn a_program_that_is_killed_while_landing_goes_on_and_nothing_counts_twice() {
    let world = World::start("driver-killed").await;
    let mut driver = world.driver(1);
    until_driver(&mut driver, is_synced).await;
    assert!(keep(&mut driver, std::iter::repeat_n(1, 5_000)).is_empty());
    // A driver that is dropped writes nothing more, as if it had been killed.
    for settled_min in [1, 500, 1_200] {
        let before = driver.client().cursor().position;
        until_driver(&mut driver, |driver| driver.client().cursor().position >= before + settled_min).await;
        assert!(driver.client().outbox().next().is_some());
        drop(driver);
        driver = world.driver(1);
    }
    until_driver(&mut driver, is_synced).await;
    assert_eq!((*driver.client().confirmed(), world.head().await), (5_000, 5_001));
    assert!(driver.client().rejections().next().is_none());
}

#[tokio::test]
async fn what_was_read_is_known_without_the_server() {
    let mut world = World::start("driver-cache").await;
    let mut driver = world.driver(1);
    until_driver(&mut driver, is_synced).await;
    keep(&mut driver, [7]);
    until_driver(&mut driver, is_synced).await;
    drop(driver);
    world.stop().await;
    let driver = world.driver(1);
    assert_eq!((*driver.client().confirmed(), driver.client().cursor().position), (7, 2));
}

#[tokio::test]
async fn a_command_is_refused_at_once_or_rejected_when_it_lands() {
    let mut world = World::start("driver-rejected").await;
    let (mut one, mut other) = (world.driver(1), world.driver(2));
    until_driver(&mut one, is_synced).await;
    let refused = keep(&mut one, [5, -6]);
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].why, Refused::Domain(Rejection::BelowZero(Is { count: 5 })));
    until_driver(&mut one, is_synced).await;
    until_driver(&mut other, |driver| *driver.client().confirmed() == 5).await;
    drop(one);
    drop(other);

    world.stop().await;
    let (mut one, mut other) = (world.driver(1), world.driver(2));
    assert!(keep(&mut one, [-4, 10]).is_empty() && keep(&mut other, [-4]).is_empty());
    drop(one);
    drop(other);
    world.start_again().await;
    let (mut one, mut other) = (world.driver(1), world.driver(2));
    until_driver(&mut other, is_synced).await;
    until_driver(&mut one, is_synced).await;
    let settled: Vec<_> = std::iter::from_fn(|| one.take_settled()).collect();
    assert_eq!(settled.len(), 2);
    assert_eq!(settled[0].1, Some(Reason::Domain(Rejection::BelowZero(Is { count: 1 }))));
    assert_eq!(settled[1].1, None);
    let kept = one.client().rejections().map(|rejected| rejected.id).collect::<Vec<_>>();
    assert_eq!(kept, [settled[0].0]);
    assert_eq!(*one.client().confirmed(), 11);
}

#[tokio::test]
async fn a_token_that_is_not_good_costs_nothing() {
    let world = World::start("driver-token").await;
    let mut driver = world.driver(1);
    until_driver(&mut driver, is_synced).await;
    drop(driver);
    let folder = world.temporary.path().join("device-1");
    let mut driver = Driver::<Counter>::open(&folder, world.place.clone(), "wrong".into(), DeviceId([1; 16])).unwrap();
    keep(&mut driver, [1]);
    until_driver(&mut driver, Driver::is_refused).await;
    assert_eq!(driver.client().status().connection, Connection::SignedOut);
    drop(driver);
    let mut driver = world.driver(1);
    assert_eq!(driver.client().outbox().count(), 1);
    until_driver(&mut driver, is_synced).await;
    assert_eq!(*driver.client().confirmed(), 1);
}

#[tokio::test]
async fn a_server_that_was_put_back_from_a_backup_is_read_anew_and_what_waits_lands_there() {
    let mut world = World::start("driver-restored").await;
    let mut driver = world.driver(1);
    keep(&mut driver, [5]);
    until_driver(&mut driver, is_synced).await;
    world.stop().await;
    let (data, backup) = (world.temporary.path().join("server"), world.temporary.path().join("backup"));
    copy(&data, &backup);

    world.start_again().await;
    drop(driver);
    let mut driver = world.driver(1);
    keep(&mut driver, [100, 100]);
    until_driver(&mut driver, is_synced).await;
    world.stop().await;
    until_driver(&mut driver, |driver| driver.failures() > 0).await;
    keep(&mut driver, [10]);
    drop(driver);
    std::fs::remove_dir_all(&data).unwrap();
    copy(&backup, &data);
    assert_eq!(begin_new_timelines(&Data::Folder(data.clone()), &Placement::default()).await.unwrap(), 1);

    world.start_again().await;
    let mut driver = world.driver(1);
    assert_eq!(*driver.client().view(), 215);
    until_driver(&mut driver, is_synced).await;
    assert_eq!((*driver.client().confirmed(), world.head().await), (15, 3));
    drop(driver);
    assert_eq!(*world.driver(1).client().confirmed(), 15);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
