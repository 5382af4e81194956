//! Two servers on one PostgreSQL: whoever works at one has what is done at the other.

use crate::private_postgres::PrivatePostgres;
use crate::world::{Person, World, patient, say};
use landfall_engine::protocol::*;
use landfall_engine::{CommandId, Cursor};
use landfall_server::config::{Config, Data, Placement};
use landfall_server::listeners::told;
use landfall_server::metrics::Histogram;
use landfall_server::people::Tables;
use landfall_server::postgres::Postgres;
use landfall_server::restore::begin_new_timelines;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Servers on one database.
struct Nodes {
    first: World,
    second: World,
    address: String,
    postgres: Arc<PrivatePostgres>,
}

impl Nodes {
    async fn start() -> Self {
        Self::on(PrivatePostgres::shared()).await
    }

    async fn on(postgres: Arc<PrivatePostgres>) -> Self {
        let address = postgres.new_database();
        let (first, second) = (node(&address).await, node(&address).await);
        Self { first, second, address, postgres }
    }

    /// Ada founds at the first node, Ben joins at the second.
    async fn people(&self) -> (Person, Person) {
        let ada = self.first.owner().await;
        let mut ben = self.second.stranger();
        let code = ada.invite().await;
        ben.enter("/api/join", serde_json::json!({ "code": code, "name": "Ben" })).await;
        (ada, ben)
    }
}

async fn node(address: &str) -> World {
    World::start_with(Config { data: Data::Postgres(address.into()), ..patient() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lands_at_one_node_is_pushed_at_the_other() {
    let nodes = Nodes::start().await;
    let (ada, ben) = nodes.people().await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut b = ben.follow(Format::Json, Cursor::default()).await;
    for turn in 0..5 {
        let id = a.say(&format!("from the first, {turn}")).await;
        assert_eq!(b.read_until(id).await, a.read_until(id).await);
        let id = b.say(&format!("from the second, {turn}")).await;
        assert_eq!(a.read_until(id).await, b.read_until(id).await);
    }
    assert_eq!(a.seen, b.seen, "one order for all");
    for metrics in [nodes.first.metrics(), nodes.second.metrics()] {
        let count = |histogram: &Histogram| *histogram.cumulative().last().unwrap();
        assert!(metrics.hints.count() > 0, "both were told");
        assert!(count(&metrics.catch_up) > 0, "what was written elsewhere was read, and how late is counted");
        assert!(count(&metrics.record_durable) >= 5, "what came here was recorded");
        assert!(count(&metrics.record_sent) > 0 && count(&metrics.fan_out) >= count(&metrics.record_sent), "and sent");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_nodes_take_commands_for_one_log_at_once_and_each_has_one_record() {
    let nodes = Nodes::start().await;
    let (ada, ben) = nodes.people().await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut b = ben.follow(Format::Postcard, Cursor::default()).await;
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..150 {
        mine.push(a.say(&format!("a {turn}")).await);
        theirs.push(b.say(&format!("b {turn}")).await);
    }
    let ids: Vec<CommandId> = mine.iter().chain(&theirs).copied().collect();
    for socket in [&mut a, &mut b] {
        for id in &ids {
            socket.read_until(*id).await;
        }
        let recorded = |id: &CommandId| socket.seen.iter().filter(|record| record.command == *id).count();
        assert!(ids.iter().all(|id| recorded(id) == 1), "each has one record");
    }
    assert_eq!(a.seen, b.seen, "one order for all, without a gap");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_again_to_another_node_has_one_effect() {
    let nodes = Nodes::start().await;
    let (ada, _) = nodes.people().await;
    let command = say("twice");
    let first = ada.try_post_commands(std::slice::from_ref(&command)).await.expect("it lands");
    let again = nodes.second.again(&ada).try_post_commands(&[command]).await.expect("it is known");
    assert_eq!(again, first, "the answer is the record, wherever it is asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_out_at_one_node_is_signed_out_at_the_other() {
    let nodes = Nodes::start().await;
    let (ada, ben) = nodes.people().await;
    let mut b = ben.follow(Format::Postcard, Cursor::default()).await;
    let signed_out = nodes.first.again(&ben).post("/api/sign-out", serde_json::json!({})).await;
    assert_eq!(signed_out.status, 200, "{}", signed_out.head);
    assert_eq!(b.close_code().await, CloseCode::NotSignedIn as u16);
    ada.follow(Format::Postcard, Cursor::default()).await.ping().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_many_follow_a_log_is_told_of_all_nodes_together_and_of_none_that_has_stopped() {
    let postgres = PrivatePostgres::shared();
    let address = postgres.new_database();
    let config = Config { data: Data::Postgres(address.clone()), listeners_interval: Duration::from_millis(200), ..patient() };
    let (first, mut second) = (World::start_with(config.clone()).await, World::start_with(config).await);
    let ada = first.owner().await;
    let tables = Tables::Postgres(Postgres::open(&address).await.unwrap());
    let until_told = async |expected: u64| {
        let is_told = async { while told(&tables).await.unwrap().get(&ada.log).copied().unwrap_or(0) != expected {} };
        timeout(Duration::from_secs(10), is_told).await.unwrap_or_else(|_| panic!("{expected} were not told of"));
    };
    assert_eq!(told(&tables).await.unwrap().len(), 0, "who only asks by HTTP does not follow");
    let _here = ada.follow(Format::Postcard, Cursor::default()).await;
    let elsewhere = second.again(&ada);
    let there = [elsewhere.follow(Format::Postcard, Cursor::default()).await, elsewhere.follow(Format::Json, Cursor::default()).await];
    until_told(3).await;
    drop(there);
    until_told(1).await;
    let _there = elsewhere.follow(Format::Postcard, Cursor::default()).await;
    until_told(2).await;
    second.stop().await;
    until_told(1).await;
    tables.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_hints_are_lost_the_other_node_looks_for_itself() {
    let nodes = Nodes::start().await;
    let (ada, ben) = nodes.people().await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut b = ben.follow(Format::Postcard, Cursor::default()).await;
    let first = a.say("before").await;
    b.read_until(first).await;

    let database = landfall_server::postgres::Postgres::open(&nodes.address).await.unwrap();
    let ended: Vec<bool> = sqlx::query_scalar("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%landfall_heads%' AND datname = current_database() AND pid <> pg_backend_pid()")
        .fetch_all(database.pool())
        .await
        .unwrap();
    assert!(ended.len() >= 2, "the connections that listen were ended");
    let second = a.say("after").await;
    assert_eq!(b.read_until(second).await, a.read_until(second).await);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeline_that_is_begun_while_servers_run_is_noticed_by_them() {
    let nodes = Nodes::start().await;
    let (ada, ben) = nodes.people().await;
    let mut b = ben.follow(Format::Postcard, Cursor::default()).await;
    assert_eq!(b.cursor.epoch, 1);
    assert_eq!(begin_new_timelines(&Data::Postgres(nodes.address.clone()), &Placement::default()).await.unwrap(), 1);
    assert_eq!(b.close_code().await, CloseCode::GoingAway as u16, "whoever was connected comes again");
    let mut b = ben.follow(Format::Postcard, b.cursor).await;
    assert!(b.cursor.epoch > 1);
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let id = a.say("on the new timeline").await;
    b.read_until(id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_dies_and_comes_back_loses_nothing_and_both_nodes_go_on() {
    let nodes = Nodes::on(Arc::new(PrivatePostgres::start())).await;
    let (ada, ben) = nodes.people().await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let id = a.say("before").await;
    a.read_until(id).await;
    let postgres = nodes.postgres.clone();
    tokio::task::spawn_blocking(move || {
        postgres.kill();
        postgres.start_again();
    })
    .await
    .unwrap();
    let command = say("after");
    let landed = loop {
        // The same command, until somebody answers: it has one effect all the same.
        if let Some(landed) = nodes.second.again(&ben).try_post_commands(std::slice::from_ref(&command)).await {
            break landed;
        }
    };
    assert_eq!(landed["records"].as_array().map(Vec::len), Some(1), "{landed}");
    let mut everything = ada.follow(Format::Postcard, Cursor::default()).await;
    everything.read_until(id).await;
    everything.read_until(command.id).await;
    assert_eq!(everything.seen.iter().filter(|record| record.command == command.id).count(), 1);
}
