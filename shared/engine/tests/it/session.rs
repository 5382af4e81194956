//! The session alone: what a connection may do, and with which code it ends when it does something else.

use crate::toy::{Toy, actor, book, id};
use landfall_engine::protocol::*;
use landfall_engine::sequencer::Notice;
use landfall_engine::session::{Output, Session};
use landfall_engine::{Cursor, DeviceId, Domain, LogId, Outcome, Reason, Record, TimeMs, log::Refusal, upcast};

const NOW: TimeMs = TimeMs(5_000);
const LOG: LogId = LogId([9; 16]);

fn hello(position: u64) -> Hello {
    Hello { protocol: PROTOCOL_VERSION, schema: Toy::SCHEMA, log: LOG, cursor: Cursor { epoch: 1, position }, device: DeviceId([1; 16]) }
}

fn given_a_connection() -> Session<Toy> {
    Session::new(actor(0), Format::Postcard, NOW)
}

fn given_a_follower(position: u64, head: u64) -> Session<Toy> {
    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(hello(position)));
    assert_eq!(session.poll_output(), Some(Output::Open(LOG)));
    session.handle_head(Cursor { epoch: 1, position: head }, true, NOW);
    assert!(matches!(sent(&mut session), Downstream::Welcome(_)));
    session
}

fn says(session: &mut Session<Toy>, frame: &Upstream) {
    session.handle_message(&Format::Postcard.encode(frame), NOW);
}

fn sent(session: &mut Session<Toy>) -> Downstream<Toy> {
    match session.poll_output() {
        Some(Output::Send(frame)) => Format::Postcard.decode(&frame).expect("a frame"),
        other => panic!("expected a frame, got {other:?}"),
    }
}

fn closes_with(session: &mut Session<Toy>, code: CloseCode) {
    match session.poll_output() {
        Some(Output::Close(with, reason)) => {
            assert_eq!(with, code);
            assert!(!reason.is_empty() && reason.len() <= 123);
        }
        other => panic!("expected a close, got {other:?}"),
    }
    assert_eq!(session.poll_output(), None);
    assert_eq!(session.poll_timeout(), None);
}

fn record(position: u64, rejected: bool) -> Record<Toy> {
    let text = CommandText(upcast::encode(&book(1, "A"), Toy::command_shapes()));
    let outcome = if rejected {
        Outcome::Rejected(Some(Box::new(Refusal { reason: Reason::Domain(crate::toy::Rejection::Full { room: 1 }), command: text })))
    } else {
        Outcome::Accepted(Vec::new())
    };
    Record { position, command: id(position), actor: actor(0), device: DeviceId([1; 16]), at: NOW, outcome }
}

#[test]
fn rule_18_listen_before_you_speak() {
    let mut session = given_a_follower(0, 2);
    assert_eq!(session.poll_output(), Some(Output::Read { after: 0 }));
    session.handle_page(&[Piece::of(&record(1, false), Format::Postcard)]);
    assert_eq!(sent(&mut session), Downstream::Records(vec![record(1, false)]));
    assert_eq!(session.poll_output(), Some(Output::Read { after: 1 }));
    session.handle_page(&[Piece::of(&record(2, false), Format::Postcard)]);
    assert_eq!(sent(&mut session), Downstream::Records(vec![record(2, false)]));
    assert_eq!(sent(&mut session), Downstream::CaughtUp { head: 2 });
    let commands = vec![Submission { id: id(1), after: None, issued: NOW, command: None }];
    says(&mut session, &Upstream::Submit(commands.clone()));
    assert_eq!(session.poll_output(), Some(Output::Submit { device: DeviceId([1; 16]), commands }));
}

#[test]
fn a_head_that_promises_more_than_can_be_read_does_not_spin() {
    let mut session = given_a_follower(0, 0);
    assert!(matches!(sent(&mut session), Downstream::CaughtUp { .. }));
    session.handle_head(Cursor { epoch: 1, position: 5 }, true, NOW);
    assert_eq!(session.poll_output(), Some(Output::Read { after: 0 }));
    session.handle_page(&[]);
    assert_eq!(session.poll_output(), None);
    session.handle_head(Cursor { epoch: 1, position: 5 }, true, NOW);
    assert_eq!(session.poll_output(), Some(Output::Read { after: 0 }), "the next hint reads again");
}

#[test]
fn rule_19_a_rejection_is_told_to_its_author_only() {
    for (reader, reason_seen) in [(actor(0), true), (actor(1), false)] {
        for format in [Format::Postcard, Format::Json] {
            let pieces = [Piece::of(&record(1, false), format), Piece::of(&record(2, true), format)];
            let Ok(Downstream::<Toy>::Records(records)) = format.decode(&records_frame(&pieces, reader, format)) else { panic!("a page") };
            assert_eq!(records[0], record(1, false));
            assert_eq!(records[1].is_refusal(), reason_seen);
            assert!(matches!(records[1].outcome, Outcome::Rejected(_)));
        }
    }
}

#[test]
fn a_record_that_was_read_long_ago_is_sent_again_on_request() {
    let mut session = given_a_follower(3, 3);
    assert!(matches!(sent(&mut session), Downstream::CaughtUp { .. }));
    session.handle_notice(Notice::Recorded(id(2), 2));
    assert_eq!(session.poll_output(), Some(Output::Fetch { position: 2 }));
    for format in [Format::Postcard, Format::Json] {
        let frame = recorded_frame(&Piece::of(&record(2, true), format), actor(0), format);
        assert_eq!(format.decode::<Downstream<Toy>>(&frame), Ok(Downstream::Recorded(record(2, true))));
    }
    session.handle_notice(Notice::Recorded(id(9), 9));
    assert_eq!(session.poll_output(), None, "what is ahead comes with the stream");
}

#[test]
fn rule_20_another_epoch_is_read_from_the_start() {
    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(hello(50)));
    session.poll_output();
    session.handle_head(Cursor { epoch: 2, position: 3 }, true, NOW);
    assert!(matches!(sent(&mut session), Downstream::Welcome(Welcome { epoch: 2, head: 3, .. })));
    assert_eq!(session.poll_output(), Some(Output::Read { after: 0 }));
}

#[test]
fn rule_21_each_misdeed_has_its_code() {
    let mut session = given_a_connection();
    session.handle_message(&[250, 1, 2], NOW);
    closes_with(&mut session, CloseCode::Undecodable);

    let mut session = given_a_connection();
    let trailing = [Format::Postcard.encode(&Upstream::Ping), vec![0]].concat();
    session.handle_message(&trailing, NOW);
    closes_with(&mut session, CloseCode::Undecodable);

    let mut session = given_a_connection();
    session.handle_message(&vec![0; FRAME_BYTES_MAX + 1], NOW);
    closes_with(&mut session, CloseCode::TooLarge);

    let mut session = given_a_connection();
    says(&mut session, &Upstream::Submit(Vec::new()));
    closes_with(&mut session, CloseCode::OutOfOrder);

    let mut session = given_a_follower(0, 0);
    sent(&mut session);
    says(&mut session, &Upstream::Hello(hello(0)));
    closes_with(&mut session, CloseCode::OutOfOrder);

    for (protocol, schema) in [(PROTOCOL_VERSION + 1, Toy::SCHEMA), (PROTOCOL_VERSION, Toy::SCHEMA + 1), (PROTOCOL_VERSION, 0)] {
        let mut session = given_a_connection();
        says(&mut session, &Upstream::Hello(Hello { protocol, schema, ..hello(0) }));
        closes_with(&mut session, CloseCode::Version);
    }

    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(hello(0)));
    session.poll_output();
    session.handle_no_such_log();
    closes_with(&mut session, CloseCode::NoSuchLog);

    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(hello(0)));
    session.poll_output();
    session.handle_head(Cursor { epoch: 1, position: 0 }, false, NOW);
    closes_with(&mut session, CloseCode::Forbidden);

    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(hello(7)));
    session.poll_output();
    session.handle_head(Cursor { epoch: 1, position: 3 }, true, NOW);
    closes_with(&mut session, CloseCode::CursorAhead);

    let mut session = given_a_follower(0, 0);
    sent(&mut session);
    let many = vec![Submission { id: id(1), after: None, issued: NOW, command: None }; SUBMIT_COMMANDS_MAX + 1];
    says(&mut session, &Upstream::Submit(many));
    closes_with(&mut session, CloseCode::TooLarge);

    let mut session = given_a_follower(0, 0);
    sent(&mut session);
    let long = CommandText(format!("\"{}\"", "x".repeat(COMMAND_BYTES_MAX)));
    says(&mut session, &Upstream::Submit(vec![Submission { id: id(1), after: None, issued: NOW, command: Some(long) }]));
    closes_with(&mut session, CloseCode::TooLarge);

    let mut session = given_a_follower(0, 0);
    sent(&mut session);
    session.handle_notice(Notice::Reused(id(4)));
    assert_eq!(sent(&mut session), Downstream::Reused { command: id(4) });
    closes_with(&mut session, CloseCode::IdReused);

    for (notice, code) in [(Notice::Busy, CloseCode::Busy), (Notice::Future, CloseCode::Version)] {
        let mut session = given_a_follower(0, 0);
        sent(&mut session);
        session.handle_notice(notice);
        closes_with(&mut session, code);
    }

    let mut session = given_a_connection();
    session.handle_timeout(NOW.plus(HELLO_TIMEOUT_MS));
    closes_with(&mut session, CloseCode::TooSlow);

    let mut session = given_a_follower(0, 0);
    sent(&mut session);
    session.handle_timeout(NOW.plus(SILENCE_MAX_MS));
    closes_with(&mut session, CloseCode::TooSlow);

    let mut session = given_a_follower(0, 0);
    sent(&mut session);
    session.handle_shutdown();
    closes_with(&mut session, CloseCode::GoingAway);

    let mut session = given_a_follower(0, 0);
    sent(&mut session);
    session.handle_signed_out();
    closes_with(&mut session, CloseCode::NotSignedIn);
}

#[test]
fn on_revocation_an_open_session_ends() {
    let mut session = given_a_follower(0, 0);
    sent(&mut session);
    session.handle_head(Cursor { epoch: 1, position: 4 }, false, NOW);
    closes_with(&mut session, CloseCode::Forbidden);
    says(&mut session, &Upstream::Ping);
    assert_eq!(session.poll_output(), None, "a closed session says nothing more");
}
