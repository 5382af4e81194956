//! The session alone: what a connection may do, and with which code it ends when it does something else.

use crate::toy::{Toy, actor, book, id};
use landfall_engine::protocol::*;
use landfall_engine::sequencer::Notice;
use landfall_engine::session::{Output, Session};
use landfall_engine::{Cursor, DeviceId, Domain, LogId, Mark, Outcome, Reason, Record, Seal, TimeMs, log::Refusal, upcast};

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

/// The seal behind the record at this position, in these tests.
fn seal(position: u64) -> Seal {
    Seal([position as u8; 16])
}

fn page(before: Seal, position: u64) -> Downstream<Toy> {
    Downstream::Sealed { before, records: vec![Sealed { seal: seal(position), record: record(position, false) }] }
}

fn piece(position: u64) -> Piece {
    Piece::of(&record(position, false), seal(position), Format::Postcard)
}

#[test]
fn rule_18_listen_before_you_speak() {
    let mut session = given_a_follower(0, 2);
    assert_eq!(session.poll_output(), Some(Output::Read { after: 0 }));
    session.handle_page(Some(Seal::NONE), &[piece(1)]);
    assert_eq!(sent(&mut session), page(Seal::NONE, 1));
    assert_eq!(session.poll_output(), Some(Output::Read { after: 1 }));
    session.handle_page(Some(seal(1)), &[piece(2)]);
    assert_eq!(sent(&mut session), page(seal(1), 2));
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
    session.handle_page(Some(Seal::NONE), &[]);
    assert_eq!(session.poll_output(), None);
    session.handle_head(Cursor { epoch: 1, position: 5 }, true, NOW);
    assert_eq!(session.poll_output(), Some(Output::Read { after: 0 }), "the next hint reads again");
}

#[test]
fn rule_19_a_rejection_is_told_to_its_author_only() {
    for (reader, reason_seen) in [(actor(0), true), (actor(1), false)] {
        for format in [Format::Postcard, Format::Json] {
            let pieces = [Piece::of(&record(1, false), seal(1), format), Piece::of(&record(2, true), seal(2), format)];
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
        let frame = recorded_frame(&Piece::of(&record(2, true), seal(2), format), actor(0), format);
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
    says(&mut session, &Upstream::Hello(Hello { protocol: 1, ..hello(7) }));
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

#[test]
fn a_client_of_version_1_gets_records_without_seals_and_is_closed_when_too_much_waits() {
    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(Hello { protocol: 1, ..hello(0) }));
    session.poll_output();
    session.handle_head(Cursor { epoch: 1, position: 1 }, true, NOW);
    assert!(matches!(sent(&mut session), Downstream::Welcome(Welcome { protocol: 1, .. })));
    session.poll_output();
    session.handle_page(Some(Seal::NONE), &[piece(1)]);
    assert_eq!(sent(&mut session), Downstream::Records(vec![record(1, false)]));
    session.poll_output();
    session.handle_busy(id(1), 300);
    closes_with(&mut session, CloseCode::Busy);
}

#[test]
fn rule_25_who_speaks_version_2_is_told_when_to_come_again_and_stays() {
    let mut session = given_a_follower(0, 0);
    session.poll_output();
    session.handle_busy(id(1), 300);
    assert_eq!(sent(&mut session), Downstream::Busy { command: id(1), retry_after_ms: 300 });
    assert_eq!(session.poll_output(), None);
}

#[test]
fn rule_24_a_mark_that_is_the_logs_is_followed_and_another_begins_a_new_timeline() {
    let mark = Mark { position: 3, seal: seal(3) };
    for (found, is_the_logs) in [(Some(seal(3)), true), (Some(seal(4)), false), (None, false)] {
        let mut session = given_a_follower(3, 3);
        assert_eq!(sent(&mut session), Downstream::CaughtUp { head: 3 });
        says(&mut session, &Upstream::Mark(mark));
        assert_eq!(session.poll_output(), Some(Output::Seal { position: 3 }));
        session.handle_seal(found);
        if !is_the_logs {
            assert_eq!(session.poll_output(), Some(Output::Diverged { position: 3 }));
            closes_with(&mut session, CloseCode::Diverged);
        }
        assert_eq!(session.poll_output(), None);
    }
}

#[test]
fn rule_24_a_mark_or_a_cursor_beyond_the_head_is_a_loss() {
    let mut session = given_a_follower(2, 3);
    session.poll_output();
    says(&mut session, &Upstream::Mark(Mark { position: 4, seal: seal(4) }));
    assert_eq!(session.poll_output(), Some(Output::Diverged { position: 4 }));
    closes_with(&mut session, CloseCode::Diverged);
    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(hello(7)));
    session.poll_output();
    session.handle_head(Cursor { epoch: 1, position: 3 }, true, NOW);
    assert_eq!(session.poll_output(), None, "a cursor alone is no proof");
    says(&mut session, &Upstream::Mark(Mark { position: 7, seal: seal(7) }));
    assert_eq!(session.poll_output(), Some(Output::Diverged { position: 7 }));
    closes_with(&mut session, CloseCode::Diverged);
    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(hello(7)));
    session.poll_output();
    session.handle_head(Cursor { epoch: 1, position: 3 }, true, NOW);
    session.handle_timeout(NOW.plus(HELLO_TIMEOUT_MS));
    closes_with(&mut session, CloseCode::TooSlow);
}

#[test]
fn rule_24_whoever_speaks_for_another_reader_says_two_marks_and_both_are_compared() {
    let said = [Mark { position: 3, seal: seal(3) }, Mark { position: 2, seal: seal(9) }];
    let mut session = given_a_follower(3, 3);
    session.poll_output();
    for mark in said {
        says(&mut session, &Upstream::Mark(mark));
        assert_eq!(session.poll_output(), Some(Output::Seal { position: mark.position }));
    }
    session.handle_seal(Some(seal(3)));
    assert_eq!(session.poll_output(), None, "the first is the log's");
    session.handle_seal(Some(seal(2)));
    assert_eq!(session.poll_output(), Some(Output::Diverged { position: 2 }));
    closes_with(&mut session, CloseCode::Diverged);

    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(hello(7)));
    says(&mut session, &Upstream::Mark(Mark { position: 7, seal: seal(7) }));
    says(&mut session, &Upstream::Mark(said[1]));
    session.poll_output();
    session.handle_head(Cursor { epoch: 1, position: 3 }, true, NOW);
    assert_eq!(session.poll_output(), Some(Output::Diverged { position: 7 }), "the first speaks for the cursor");
    closes_with(&mut session, CloseCode::Diverged);
    assert_eq!(session.poll_output(), None);

    let mut session = given_a_follower(3, 3);
    session.poll_output();
    for _ in 0..MARKS_MAX {
        says(&mut session, &Upstream::Mark(said[0]));
        session.poll_output();
    }
    says(&mut session, &Upstream::Mark(said[0]));
    closes_with(&mut session, CloseCode::OutOfOrder);
}

#[test]
fn rule_24_a_page_that_does_not_follow_the_last_one_is_not_sent() {
    for before in [Some(seal(9)), None] {
        let mut session = given_a_follower(0, 2);
        session.poll_output();
        session.handle_page(Some(Seal::NONE), &[piece(1)]);
        sent(&mut session);
        assert_eq!(session.poll_output(), Some(Output::Read { after: 1 }));
        session.handle_page(before, &[piece(2)]);
        assert_eq!(session.poll_output(), Some(Output::Diverged { position: 1 }));
        closes_with(&mut session, CloseCode::Diverged);
    }
}

#[test]
fn a_mark_of_another_timeline_says_nothing_and_one_out_of_place_is_a_misdeed() {
    let mark = Upstream::Mark(Mark { position: 50, seal: seal(50) });
    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(hello(50)));
    says(&mut session, &mark);
    session.poll_output();
    session.handle_head(Cursor { epoch: 2, position: 3 }, true, NOW);
    assert!(matches!(sent(&mut session), Downstream::Welcome(Welcome { epoch: 2, .. })));
    assert_eq!(session.poll_output(), Some(Output::Read { after: 0 }));
    let mut session = given_a_connection();
    says(&mut session, &mark);
    closes_with(&mut session, CloseCode::OutOfOrder);
}

#[test]
fn rule_23_a_reader_of_an_older_schema_is_served_until_there_is_something_newer() {
    let mut session = given_a_connection();
    says(&mut session, &Upstream::Hello(Hello { schema: Toy::SCHEMA_MIN, ..hello(0) }));
    session.poll_output();
    session.handle_head(Cursor { epoch: 1, position: 2 }, true, NOW);
    assert!(matches!(sent(&mut session), Downstream::Welcome(_)));
    session.poll_output();
    session.handle_page(Some(Seal::NONE), &[Piece { schema: Toy::SCHEMA_MIN, ..piece(1) }]);
    assert!(matches!(sent(&mut session), Downstream::Sealed { .. }));
    session.poll_output();
    session.handle_page(Some(seal(1)), &[Piece { schema: Toy::SCHEMA_MIN + 1, ..piece(2) }]);
    closes_with(&mut session, CloseCode::Version);
}
