//! An installation that is reached at several addresses: pages of one node speak to another, and nobody else's pages do.

use crate::world::{Person, World, patient, say};
use landfall_engine::Cursor;
use landfall_engine::protocol::*;
use landfall_server::config::Config;

const HERE: &str = "https://one.board.example.org";
const THERE: &str = "https://two.board.example.org";

async fn given_a_node() -> (World, Person) {
    let addresses = vec![HERE.to_owned(), THERE.to_owned()];
    let world = World::start_with(Config { addresses, cookie_domain: Some("board.example.org".into()), ..patient() }).await;
    let ada = world.owner().await;
    (world, ada)
}

#[tokio::test]
async fn who_is_signed_in_is_told_all_addresses_and_has_a_session_at_each() {
    let (_world, ada) = given_a_node().await;
    let me = ada.get("/api/me").await;
    assert_eq!(me.json()["addresses"], serde_json::json!([HERE, THERE]));
    let cookie = me.header("set-cookie").expect("a session from before there was a domain becomes good at each");
    let secret = ada.cookie.clone().unwrap();
    assert!(cookie.starts_with(&format!("landfall_session={secret};")) && cookie.contains("; Domain=board.example.org"), "{cookie}");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let left = ada.post("/api/sign-out", serde_json::json!({})).await;
    let forgotten = left.head.lines().filter(|line| line.starts_with("set-cookie: landfall_session=;")).count();
    assert_eq!(forgotten, 2, "both cookies go: {}", left.head);
}

#[tokio::test]
async fn a_page_of_another_node_reads_and_submits_and_a_stranger_s_does_not() {
    let (_world, ada) = given_a_node().await;
    let path = format!("/api/logs/{}/commands", ada.log);
    let asking = |origin: &str| {
        let wanted = [("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")];
        let headers = wanted.map(|(name, value)| (name, value.to_owned()));
        (headers, ("origin", origin.to_owned()))
    };
    let (wanted, origin) = asking(THERE);
    let asked = ada.request("OPTIONS", &path, &[&wanted[..], &[origin]].concat(), &[]).await;
    assert_eq!(asked.status, 204);
    assert_eq!(asked.header("access-control-allow-origin"), Some(THERE));
    assert_eq!(asked.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(asked.header("access-control-allow-headers"), Some("content-type, range, if-range"));

    let command = say("from the page of another node");
    let body = serde_json::json!({ "device": "01930000-0000-7000-8000-000000000001", "commands": [command] }).to_string();
    let from = |origin: &str| [("content-type", "application/json".to_owned()), ("origin", origin.to_owned())];
    let posted = ada.request("POST", &path, &from(THERE), body.as_bytes()).await;
    assert_eq!((posted.status, posted.header("access-control-allow-origin")), (200, Some(THERE)));
    assert!(ada.connect(SUBPROTOCOL_JSON, THERE).await.is_ok(), "and follows by socket");
    let mut everything = ada.follow(Format::Postcard, Cursor::default()).await;
    everything.read_until(command.id).await;

    let stranger = "https://evil.example";
    let (wanted, origin) = asking(stranger);
    let asked = ada.request("OPTIONS", &path, &[&wanted[..], &[origin]].concat(), &[]).await;
    assert_eq!(asked.header("access-control-allow-origin"), None);
    let posted = ada.request("POST", &path, &from(stranger), body.as_bytes()).await;
    assert_eq!(posted.error(), (403, "wrong_origin".into()));
    let founding = ada.request("OPTIONS", "/api/found", &from(THERE), &[]).await;
    assert_eq!(founding.header("access-control-allow-origin"), None, "people are asked about at the node that the page came from");
}

#[tokio::test]
async fn a_page_may_speak_to_all_nodes_and_to_nobody_else() {
    let (_world, ada) = given_a_node().await;
    let page = ada.get("/").await;
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains(&format!("connect-src 'self' ws: wss: {HERE} {THERE};")), "{policy}");
}
