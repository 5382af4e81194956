//! Bad input: each kind is answered with its own code, is counted, and disturbs nobody else.

use crate::toy::{PANICS, Toy};
use crate::world::{Person, Socket, World, patient, say};
use landfall_engine::protocol::*;
use landfall_engine::sequencer::WAITING_COMMANDS_MAX;
use landfall_engine::{CommandId, Cursor, Domain, LogId, Outcome, Reason};
use landfall_server::config::Config;
use landfall_server::host::random;
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;

const BOTH: [Format; 2] = [Format::Postcard, Format::Json];

/// Someone does something bad on a connection of their own, in either format, while another person goes on working.
async fn bad<F: AsyncFn(&World, &Person, Format) -> Socket>(code: CloseCode, what: F) {
    let world = World::start().await;
    let ada = world.owner().await;
    let mut witness = ada.follow(Format::Postcard, Cursor::default()).await;
    for (times, format) in BOTH.into_iter().enumerate() {
        let mut socket = what(&world, &ada, format).await;
        assert_eq!(socket.close_code().await, code.number(), "{format:?}");
        assert_eq!(world.metrics().closes(code), times as u64 + 1, "counted");
        let id = witness.say(&format!("still working, {format:?}")).await;
        witness.read_until(id).await;
    }
    let line = format!("landfall_closes_total{{code=\"{}\"", code.number());
    assert!(world.stranger().get("/metrics").await.body.windows(line.len()).any(|window| window == line.as_bytes()));
}

async fn greeted(ada: &Person, format: Format) -> Socket {
    ada.follow(format, Cursor::default()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_that_does_not_decode() {
    bad(CloseCode::Undecodable, async |_, ada, format| {
        let mut socket = ada.socket(format).await;
        socket.send_bytes(b"\x7fnonsense".to_vec()).await;
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_with_something_left_over() {
    bad(CloseCode::Undecodable, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        socket.send_bytes([format.encode(&Upstream::Ping), b"1".to_vec()].concat()).await;
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_text_is_no_json() {
    bad(CloseCode::Undecodable, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        let words = Submission { command: Some(CommandText("not JSON".into())), ..say("replaced") };
        let frame = match format {
            Format::Postcard => format.encode(&Upstream::Submit(vec![words])),
            Format::Json => {
                br#"{"submit":[{"id":"0190f5c4-7a3b-7d2e-9c41-000000000001","after":null,"issued":1,"command":not JSON}]}"#.to_vec()
            }
        };
        socket.send_bytes(frame).await;
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_of_the_other_kind() {
    bad(CloseCode::Undecodable, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        socket.format = if format == Format::Json { Format::Postcard } else { Format::Json };
        // Postcard would not be UTF-8, which a text frame must be.
        socket.send_bytes(b"{}".to_vec()).await;
        socket.format = format;
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_that_is_not_utf_8() {
    bad(CloseCode::Undecodable, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        // A whole text frame, masked with zeros, whose one byte is not UTF-8.
        socket.stream.get_mut().write_all(&[0x81, 0x81, 0, 0, 0, 0, 0xff]).await.unwrap();
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_that_is_too_large() {
    bad(CloseCode::TooLarge, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        socket.send_bytes(vec![b' '; FRAME_BYTES_MAX + 1]).await;
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_that_claims_to_be_enormous() {
    bad(CloseCode::TooLarge, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        // The head of a frame of 2^40 bytes: nobody waits for the rest.
        socket.stream.get_mut().write_all(&[0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await.unwrap();
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_is_too_large() {
    bad(CloseCode::TooLarge, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        socket.say(&"x".repeat(COMMAND_BYTES_MAX)).await;
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_commands_at_a_time() {
    bad(CloseCode::TooLarge, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        let commands = (0..=SUBMIT_COMMANDS_MAX).map(|n| say(&n.to_string())).collect();
        socket.send(&Upstream::Submit(commands)).await;
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_out_of_order() {
    bad(CloseCode::OutOfOrder, async |_, ada, format| {
        let mut socket = ada.socket(format).await;
        socket.say("before hello").await;
        socket
    })
    .await;
    bad(CloseCode::OutOfOrder, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        socket.hello(ada.log).await;
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_version_of_the_protocol_the_schema_or_a_command() {
    let hello = |ada: &Person, protocol, schema| Hello {
        protocol,
        schema,
        log: ada.log,
        cursor: Cursor::default(),
        device: landfall_engine::DeviceId(random()),
    };
    bad(CloseCode::Version, async |_, ada, format| {
        let mut socket = ada.socket(format).await;
        socket.send(&Upstream::Hello(hello(ada, PROTOCOL_VERSION + 1, Toy::SCHEMA))).await;
        socket
    })
    .await;
    bad(CloseCode::Version, async |_, ada, format| {
        let mut socket = ada.socket(format).await;
        socket.send(&Upstream::Hello(hello(ada, PROTOCOL_VERSION, Toy::SCHEMA + 1))).await;
        socket
    })
    .await;
    bad(CloseCode::Version, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        let newer = CommandText(r#"{"type":"say","version":2,"body":{}}"#.into());
        socket.submit(Submission { command: Some(newer), ..say("") }).await;
        socket
    })
    .await;
    bad(CloseCode::Version, async |_, ada, _| ada.connect("landfall.postcard.9", &format!("http://{}", ada.address)).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_one_may_not_read_or_that_is_not_there() {
    bad(CloseCode::NoSuchLog, async |_, ada, format| {
        let mut socket = ada.socket(format).await;
        socket.hello(LogId(random())).await;
        socket
    })
    .await;
    bad(CloseCode::Forbidden, async |world, ada, format| {
        let other = ada.post("/api/found", json!({ "workspace": "Hull 8" })).await.json()["log"].as_str().unwrap().parse().unwrap();
        let ben = world.member(ada, "Ben").await;
        let mut socket = ben.socket(format).await;
        socket.hello(other).await;
        assert_eq!(ben.get(&format!("/api/logs/{other}/records")).await.error(), (403, "forbidden".into()));
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_is_used_again() {
    bad(CloseCode::IdReused, async |_, ada, format| {
        let mut socket = greeted(ada, format).await;
        let id = socket.say(&format!("one thing, {format:?}")).await;
        socket.read_until(id).await;
        socket.submit(Submission { id, ..say("another thing") }).await;
        assert_eq!(socket.next().await, Downstream::Reused { command: id });
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_beyond_the_head() {
    bad(CloseCode::CursorAhead, async |_, ada, format| {
        let mut socket = ada.socket(format).await;
        socket.cursor = Cursor { epoch: 1, position: 1_000 };
        socket.hello_as(1, Toy::SCHEMA, ada.log).await;
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_that_is_no_longer_good() {
    bad(CloseCode::NotSignedIn, async |_, ada, format| {
        let forged = Person { cookie: Some("forged".into()), ..ada.clone() };
        forged.socket(format).await
    })
    .await;
    bad(CloseCode::NotSignedIn, async |world, _, format| world.stranger().socket(format).await).await;
    bad(CloseCode::NotSignedIn, async |world, ada, format| {
        // Signed out in one tab, while another is connected.
        let ben = world.member(ada, "Ben").await;
        let socket = ben.follow(format, Cursor::default()).await;
        let answer = ben.post("/api/sign-out", json!({})).await;
        assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
        assert_eq!(ben.get(&format!("/api/logs/{}/records", ben.log)).await.error(), (401, "not_signed_in".into()));
        socket
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_origin() {
    let world = World::start().await;
    let ada = world.owner().await;
    assert_eq!(ada.connect(SUBPROTOCOL_POSTCARD, "https://evil.example").await.err(), Some(403));
    let headers = [("content-type", "application/json".to_owned()), ("origin", "https://evil.example".to_owned())];
    for path in ["/api/found", "/api/invitations", "/api/join", "/api/tokens", "/api/sign-out"] {
        let body = json!({ "workspace": "x", "name": "x", "log": ada.log, "role": "member", "code": "x", "label": "x" }).to_string();
        let answer = ada.request("POST", path, &headers, body.as_bytes()).await;
        assert_eq!(answer.error(), (403, "wrong_origin".into()), "{path}");
    }
    let commands = json!({ "device": LogId(random()), "commands": [] }).to_string();
    let answer = ada.request("POST", &format!("/api/logs/{}/commands", ada.log), &headers, commands.as_bytes()).await;
    assert_eq!(answer.error(), (403, "wrong_origin".into()));
    assert!(world.metrics().to_text().contains("landfall_http_refusals_total{code=\"wrong_origin\"} 7"));
    assert_eq!(ada.get("/api/me").await.json()["name"], "Ada", "and nothing was signed out");
}

/// More commands than a log holds for everybody together, each after one that nobody has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_one_person_is_turned_away_and_leaves_room_for_others() {
    let world = World::start().await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    let mut witness = ada.follow(Format::Json, Cursor::default()).await;
    let mut sent = 0;
    while sent < 2 * WAITING_COMMANDS_MAX {
        let mut flooder = greeted(&ben, Format::Postcard).await;
        for _ in 0..32 {
            let orphan = |n| Submission { after: Some(CommandId(random())), ..say(&format!("{sent} {n}")) };
            flooder.send(&Upstream::Submit((0..SUBMIT_COMMANDS_MAX).map(orphan).collect())).await;
            sent += SUBMIT_COMMANDS_MAX;
        }
        assert_eq!(flooder.close_code().await, CloseCode::Busy.number());
        let id = witness.say(&format!("still working after {sent}")).await;
        witness.read_until(id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_reads_nothing_is_let_go_and_nobody_waits_for_it() {
    let patience = Duration::from_millis(300);
    let world = World::start_with(Config { send_patience: patience, ..patient() }).await;
    let ada = world.owner().await;
    let stuck = ada.follow(Format::Postcard, Cursor::default()).await;
    let mut quick = ada.follow(Format::Postcard, Cursor::default()).await;
    let filler = "x".repeat(60 << 10);
    let mut n = 0;
    while world.metrics().closes(CloseCode::TooSlow) == 0 {
        n += 1;
        assert!(n < 2_000, "the server keeps sending to somebody who does not read");
        let id = quick.say(&format!("{n} {filler}")).await;
        quick.read_until(id).await;
    }
    drop(stuck);
    quick.ping().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_house() {
    let world = World::start_with(Config { connections_max: 1, ..Config::default() }).await;
    let ada = world.owner().await;
    let mut first = ada.follow(Format::Postcard, Cursor::default()).await;
    assert_eq!(ada.connect(SUBPROTOCOL_POSTCARD, &format!("http://{}", ada.address)).await.err(), Some(429));
    first.ping().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_are_no_frames_do_no_harm() {
    let world = World::start().await;
    let ada = world.owner().await;
    let mut socket = greeted(&ada, Format::Postcard).await;
    for message in [Message::Ping(vec![1, 2].into()), Message::Pong(vec![].into())] {
        futures::SinkExt::send(&mut socket.stream, message).await.unwrap();
    }
    assert!(matches!(socket.message().await, Message::Pong(bytes) if bytes.as_ref() == [1, 2]));
    socket.ping().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_says_nothing() {
    let world = World::start().await;
    let ada = world.owner().await;
    let silent = async |format| ada.socket(format).await.close_code().await;
    let codes = tokio::join!(silent(Format::Postcard), silent(Format::Json));
    assert_eq!(codes, (CloseCode::TooSlow.number(), CloseCode::TooSlow.number()));
    assert_eq!(world.metrics().closes(CloseCode::TooSlow), 2);
}

/// Rules 6 and 14: it has its record, the chain goes on, and the log's other sessions notice nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_on_which_the_product_panics_is_rejected_and_disturbs_nobody() {
    let mut world = World::start().await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    let mut witness = ben.follow(Format::Postcard, Cursor::default()).await;
    for format in BOTH {
        let mut poisoner = greeted(&ada, format).await;
        for text in PANICS {
            let poison = say(text);
            let next = Submission { after: Some(poison.id), ..say(&format!("after {text}, {format:?}")) };
            poisoner.send(&Upstream::Submit(vec![poison.clone(), next.clone()])).await;
            let outcome = poisoner.read_until(poison.id).await.outcome;
            if text == PANICS[2] {
                let said = matches!(&outcome, Outcome::Accepted(_)) || format!("{outcome:?}").contains("SaidBefore");
                assert!(said, "what it is about is for lists only: {outcome:?}");
            } else {
                let Outcome::Rejected(Some(refusal)) = outcome else { panic!("{outcome:?}") };
                assert!(matches!(&refusal.reason, Reason::Unreadable(why) if why.contains("fails on it")), "{refusal:?}");
                assert_eq!(Some(refusal.command), poison.command, "the author has it back");
                assert_eq!(witness.read_until(poison.id).await.outcome, Outcome::Rejected(None));
            }
            assert!(matches!(poisoner.read_until(next.id).await.outcome, Outcome::Accepted(_)), "the chain goes on");
            witness.read_until(next.id).await;
            poisoner.submit(poison.clone()).await;
            assert!(
                matches!(poisoner.next().await, Downstream::Recorded(record) if record.command == poison.id),
                "sent again, answered again"
            );
        }
    }
    let id = witness.say("still working").await;
    witness.read_until(id).await;
    assert_eq!(world.metrics().closes(CloseCode::Internal), 0);
    let before = ada.follow(Format::Postcard, Cursor::default()).await.seen;
    world.restart().await;
    let again = world.again(&ada).follow(Format::Postcard, Cursor::default()).await.seen;
    assert_eq!(again, before, "and the log opens as it was");
}
