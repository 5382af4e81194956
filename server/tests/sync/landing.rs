//! What lands, what is pushed, what is refused, and what survives.

use crate::toy::{self, Command, Remove};
use crate::world::{World, patient, say, submission};
use landfall_engine::protocol::*;
use landfall_engine::{CommandId, Cursor, LogId, Outcome, Reason};
use landfall_server::config::Config;
use landfall_server::host::random;
use serde_json::json;

const BOTH: [Format; 2] = [Format::Postcard, Format::Json];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_lands_and_is_pushed_to_everybody_in_either_format() {
    let world = World::start().await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    for (mine, theirs) in [(Format::Postcard, Format::Json), (Format::Json, Format::Postcard)] {
        let mut a = ada.follow(mine, Cursor::default()).await;
        let mut b = ben.follow(theirs, Cursor::default()).await;
        assert_eq!(a.seen, b.seen, "both read the same log");
        let id = a.say(&format!("hello by {mine:?}")).await;
        let record = a.read_until(id).await;
        assert_eq!(record.actor, ada.actor);
        assert_eq!(record.device, a.device);
        assert!(matches!(&record.outcome, Outcome::Accepted(events) if events.len() == 1));
        assert_eq!(b.read_until(id).await, record, "pushed without asking");
    }
    let text = world.metrics().to_text();
    assert!(text.contains("landfall_commands_total{route=\"socket\"} 2"), "{text}");
    assert!(text.contains("landfall_records_total{outcome=\"accepted\"} 4"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_comes_back_to_where_it_was() {
    let world = World::start().await;
    let ada = world.owner().await;
    for format in BOTH {
        let mut first = ada.follow(format, Cursor::default()).await;
        let cursor = first.cursor;
        let mut last = CommandId::default();
        for n in 0..300 {
            last = first.say(&format!("{format:?} {n}")).await;
        }
        first.read_until(last).await;
        let mut second = ada.follow(format, cursor).await;
        assert_eq!(second.seen, first.seen[cursor.position as usize..], "only what came since");
        second.ping().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejection_is_told_to_its_author_only() {
    let world = World::start().await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    for format in BOTH {
        let mut a = ada.follow(format, Cursor::default()).await;
        let mut other_device = ada.follow(format, Cursor::default()).await;
        let mut b = ben.follow(format, Cursor::default()).await;
        let text = format!("once {format:?}");
        a.say(&text).await;
        let id = a.say(&text).await;
        let Outcome::Rejected(Some(refusal)) = a.read_until(id).await.outcome else { panic!("the author is told why") };
        assert!(matches!(&refusal.reason, Reason::Domain(toy::Rejection::SaidBefore(said)) if said.secret == text));
        assert!(refusal.command.0.contains(&text), "and what it was");
        assert!(matches!(other_device.read_until(id).await.outcome, Outcome::Rejected(Some(_))), "on all of their devices");
        assert_eq!(b.read_until(id).await.outcome, Outcome::Rejected(None), "others learn only that");
        let read_back = ben.get(&format!("/api/logs/{}/records?after=0&limit=1000", ben.log)).await;
        let rejected: Vec<_> = read_back.json()["records"].as_array().unwrap().iter().map(|r| r["outcome"]["rejected"].clone()).collect();
        assert!(rejected.iter().all(serde_json::Value::is_null), "nor by reading back: {rejected:?}");
    }
    assert_eq!(world.metrics().records_rejected.count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_sent_twice_has_one_record() {
    let mut world = World::start().await;
    let ada = world.owner().await;
    let command = say("only once");
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut b = ada.follow(Format::Json, Cursor::default()).await;
    // By two routes at once, and then again after both know the answer.
    a.submit(command.clone()).await;
    b.submit(command.clone()).await;
    let record = a.read_until(command.id).await;
    assert_eq!(b.read_until(command.id).await, record);
    a.submit(command.clone()).await;
    assert!(matches!(a.next().await, Downstream::Recorded(again) if again == record));
    let by_http = ada.post_commands(std::slice::from_ref(&command)).await;
    assert_eq!(by_http.json()["records"][0]["position"], record.position);
    // A server that has just started does not remember; its store does.
    drop((a, b));
    world.restart().await;
    let ada = world.again(&ada);
    let mut c = ada.follow(Format::Postcard, Cursor::default()).await;
    c.submit(command.clone()).await;
    assert!(matches!(c.next().await, Downstream::Recorded(again) if again == record));
    assert_eq!(c.cursor.position, record.position, "and nothing was added");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_misses_a_link_is_asked_for_it() {
    let world = World::start().await;
    let ada = world.owner().await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let first = say("first");
    let second = Submission { after: Some(first.id), ..say("second") };
    a.submit(second.clone()).await;
    assert_eq!(a.next().await, Downstream::Missing { command: first.id });
    a.submit(Submission { command: None, ..first.clone() }).await;
    assert!(matches!(a.read_until(first.id).await.outcome, Outcome::Rejected(Some(refusal)) if refusal.reason == Reason::Withdrawn));
    assert!(matches!(a.read_until(second.id).await.outcome, Outcome::Accepted(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_survives_a_restart_and_sessions_are_told_to_come_back() {
    let mut world = World::start().await;
    let ada = world.owner().await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut last = CommandId::default();
    for n in 0..1500 {
        last = a.say(&format!("{n}")).await;
    }
    a.read_until(last).await;
    let stopping = async {
        world.restart().await;
        world
    };
    let (world, code) = tokio::join!(stopping, a.close_code());
    assert_eq!(code, CloseCode::GoingAway.number());
    let ada = world.again(&ada);
    let mut b = ada.follow(Format::Json, a.cursor).await;
    assert!(b.seen.is_empty(), "nothing new");
    let id = b.say("afterwards").await;
    assert_eq!(b.read_until(id).await.position, a.cursor.position + 1);
    let c = ada.follow(Format::Postcard, Cursor::default()).await;
    assert_eq!(c.seen[..a.seen.len()], a.seen, "the same log from the beginning");
    let times: Vec<_> = c.seen.iter().map(|record| record.at).collect();
    assert!(times.is_sorted(), "time does not go back over a restart");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_is_served_from_the_store_and_delays_nobody() {
    let world = World::start().await;
    let ada = world.owner().await;
    let mut slow = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut quick = ada.follow(Format::Postcard, Cursor::default()).await;
    let filler = "x".repeat(8 << 10);
    let mut last = CommandId::default();
    for n in 0..2000 {
        last = quick.say(&format!("{n} {filler}")).await;
        if n % 100 == 0 {
            quick.read_until(last).await;
        }
    }
    quick.read_until(last).await;
    assert_eq!(slow.read_until(last).await.position, quick.cursor.position, "without a gap");
    assert!(world.metrics().pages_from_store.count() > 0, "the ring does not go back that far");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_is_served_compressed_and_only_under_its_key() {
    let world = World::start().await;
    let ada = world.owner().await;
    let path = |fold, schema| format!("/api/logs/{}/snapshot?fold={fold}&schema={schema}", ada.log);
    assert_eq!(ada.get(&path(5, 3)).await.error(), (404, "no_snapshot".into()));
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut last = CommandId::default();
    for n in 0..1200 {
        last = a.say(&format!("{n}")).await;
    }
    a.read_until(last).await;
    while world.metrics().snapshots.count() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let answer = ada.get(&path(5, 3)).await;
    assert_eq!((answer.status, answer.header("content-encoding")), (200, Some("gzip")));
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(answer.body.as_slice()), &mut bytes).unwrap();
    let (cursor, chunks): (Cursor, Vec<Vec<u8>>) = postcard::from_bytes(&bytes).unwrap();
    let state: toy::State = postcard::from_bytes(&chunks[0]).unwrap();
    assert_eq!(state.said.len() as u64 + 1, cursor.position);
    let tag = answer.header("etag").unwrap().to_owned();
    assert_eq!(ada.request("GET", &path(5, 3), &[("if-none-match", tag)], &[]).await.status, 304);
    assert_eq!(ada.get(&path(6, 3)).await.error(), (404, "no_snapshot".into()));
    assert_eq!(ada.get(&path(5, 4)).await.error(), (404, "no_snapshot".into()));
    assert_eq!(world.stranger().get(&path(5, 3)).await.error(), (401, "not_signed_in".into()));
    // The tail joins on without a gap.
    assert_eq!(ada.follow(Format::Postcard, cursor).await.cursor, a.cursor);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_come_by_http_too() {
    let world = World::start().await;
    let ada = world.owner().await;
    let mut a = ada.follow(Format::Json, Cursor::default()).await;
    let (one, two) = (say("one"), say("two"));
    let twice = Submission { id: CommandId(random()), ..one.clone() };
    let answer = ada.post_commands(&[one.clone(), two.clone(), twice.clone()]).await;
    let records = answer.json()["records"].as_array().unwrap().clone();
    let ids: Vec<_> = records.iter().map(|record| record["command"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, [one.id.to_string(), two.id.to_string(), twice.id.to_string()], "one record for each, in order");
    assert!(records[2]["outcome"]["rejected"]["reason"]["domain"]["type"] == "said_before", "{}", records[2]);
    a.read_until(twice.id).await;

    let stuck = Submission { after: Some(CommandId(random())), ..say("three") };
    let answer = ada.post_commands(std::slice::from_ref(&stuck)).await;
    assert_eq!(answer.error(), (409, "missing_predecessor".into()));
    assert_eq!(answer.json()["command"], stuck.after.unwrap().to_string());
    let reused = Submission { id: one.id, ..say("something else") };
    let answer = ada.post_commands(&[reused]).await;
    assert_eq!(answer.error(), (409, "id_reused".into()));
    let many: Vec<_> = (0..=SUBMIT_COMMANDS_MAX).map(|n| say(&n.to_string())).collect();
    let answer = ada.post_commands(&many).await;
    assert_eq!(answer.error(), (413, "too_large".into()));
    assert_eq!(world.metrics().commands_by_http.count(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_read_back_by_position_and_by_subject() {
    let world = World::start().await;
    let ada = world.owner().await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let about = landfall_engine::ActorId(random());
    let mut last = CommandId::default();
    for n in 0..5 {
        let about = if n % 2 == 0 { about } else { landfall_engine::ActorId::default() };
        last = a.submit(submission(&Command::Say(toy::Say { about, text: n.to_string() }))).await;
    }
    a.read_until(last).await;
    let positions = async |query: &str| {
        let answer = ada.get(&format!("/api/logs/{}/records?{query}", ada.log)).await.json();
        assert_eq!((answer["epoch"].as_u64(), answer["head"].as_u64()), (Some(1), Some(6)));
        answer["records"].as_array().unwrap().iter().map(|record| record["position"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(positions("after=2&limit=3").await, [3, 4, 5]);
    assert_eq!(positions("after=99999999999999").await, [0; 0]);
    assert_eq!(positions(&format!("subject={about}")).await, [6, 4, 2]);
    assert_eq!(positions(&format!("subject={about}&before=6&limit=1")).await, [4]);
    let answer = ada.get(&format!("/api/logs/{}/records?subject=nonsense", ada.log)).await;
    assert_eq!(answer.error(), (400, "bad_request".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_removed_is_shown_the_door_at_once() {
    let world = World::start().await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut b = ben.follow(Format::Postcard, Cursor::default()).await;
    let id = a.submit(submission(&Command::Remove(Remove { actor: ben.actor }))).await;
    a.read_until(id).await;
    assert_eq!(b.close_code().await, CloseCode::Forbidden.number());
    let mut again = ben.socket(Format::Postcard).await;
    again.hello(ben.log).await;
    assert_eq!(again.close_code().await, CloseCode::Forbidden.number());
    let me = ben.get("/api/me").await.json();
    assert_eq!((me["name"].as_str(), me["workspaces"].as_array().unwrap().len()), (Some("Ben"), 0));
    a.ping().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_keeps_nothing_serves_all_the_same() {
    let world = World::start_with(Config::default()).await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut b = ben.follow(Format::Json, Cursor::default()).await;
    let id = a.say("hello").await;
    assert_eq!(b.read_until(id).await, a.read_until(id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unused_logs_make_room_and_used_ones_do_not() {
    let world = World::start_with(Config { open_logs_max: 1, ..patient() }).await;
    let ada = world.owner().await;
    let second: LogId = {
        let answer = ada.post("/api/found", json!({ "workspace": "Hull 8" })).await;
        answer.json()["log"].as_str().expect("the first makes room").parse().unwrap()
    };
    let mut a = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut b = ada.socket(Format::Postcard).await;
    b.hello(second).await;
    assert_eq!(b.close_code().await, CloseCode::Busy.number(), "the only place is taken");
    a.ping().await;
    drop(a);
    while world.metrics().connections.level() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let mut b = ada.socket(Format::Postcard).await;
    b.hello(second).await;
    b.catch_up().await;
    assert_eq!(b.cursor.position, 1);
}
