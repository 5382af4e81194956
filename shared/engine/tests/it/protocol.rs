//! The bytes on the wire, as PROTOCOL.md prints them. A test that fails here means: bump `PROTOCOL_VERSION`, and say so there.

use crate::toy::{Toy, actor, book, id};
use landfall_engine::protocol::*;
use landfall_engine::{Cursor, DeviceId, Domain, LogId, Mark, Outcome, Record, Seal, TimeMs, upcast};

const BEFORE: Seal = Seal([0xAB; 16]);
const SEAL: Seal = Seal([0xCD; 16]);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hello() -> Upstream {
    Upstream::Hello(Hello {
        protocol: 1,
        schema: 7,
        log: LogId([9; 16]),
        cursor: Cursor { epoch: 1, position: 300 },
        device: DeviceId([3; 16]),
    })
}

fn submit() -> Upstream {
    let text = CommandText(upcast::encode(&book(1, "Ann"), Toy::command_shapes()));
    Upstream::Submit(vec![
        Submission { id: id(2), after: Some(id(1)), issued: TimeMs(1_000), command: Some(text) },
        Submission { id: id(3), after: None, issued: TimeMs(1_000), command: None },
    ])
}

fn records() -> Downstream<Toy> {
    let crate::toy::Command::Book(seat) = book(1, "Ann") else { unreachable!() };
    let outcome = Outcome::Accepted(vec![crate::toy::Event::Booked(seat)]);
    let accepted = Record { position: 1, command: id(2), actor: actor(0), device: DeviceId([3; 16]), at: TimeMs(1_000), outcome };
    let rejected = Record { position: 2, command: id(3), outcome: Outcome::Rejected(None), ..accepted.clone() };
    Downstream::Records(vec![accepted, rejected])
}

#[test]
fn rule_22_the_wire_does_not_change_without_a_new_version() {
    let upstream = [
        (hello(), include_str!("wire/hello.txt")),
        (submit(), include_str!("wire/submit.txt")),
        (Upstream::Ping, include_str!("wire/ping.txt")),
        (Upstream::Mark(Mark { position: 300, seal: SEAL }), include_str!("wire/mark.txt")),
    ];
    for (frame, golden) in upstream {
        let seen = format!("{}\n{}\n", hex(&Format::Postcard.encode(&frame)), String::from_utf8(Format::Json.encode(&frame)).unwrap());
        assert_eq!(seen, golden);
        for format in [Format::Postcard, Format::Json] {
            assert_eq!(format.decode::<Upstream>(&format.encode(&frame)), Ok(frame.clone()));
        }
    }
    let welcome = Welcome { protocol: 1, epoch: 1, head: 2, server_time: TimeMs(2_000), actor: actor(0) };
    let Downstream::Records(two) = records() else { unreachable!() };
    let sealed = Downstream::Sealed { before: BEFORE, records: vec![Sealed { seal: SEAL, record: two[1].clone() }] };
    let downstream: [(Downstream<Toy>, &str); 8] = [
        (Downstream::Welcome(welcome), include_str!("wire/welcome.txt")),
        (records(), include_str!("wire/records.txt")),
        (Downstream::CaughtUp { head: 2 }, include_str!("wire/caught_up.txt")),
        (Downstream::Missing { command: id(2) }, include_str!("wire/missing.txt")),
        (Downstream::Reused { command: id(2) }, include_str!("wire/reused.txt")),
        (Downstream::Pong { server_time: TimeMs(2_000) }, include_str!("wire/pong.txt")),
        (sealed, include_str!("wire/sealed.txt")),
        (Downstream::Busy { command: id(2), retry_after_ms: 700 }, include_str!("wire/busy.txt")),
    ];
    for (frame, golden) in downstream {
        let seen = format!("{}\n{}\n", hex(&Format::Postcard.encode(&frame)), String::from_utf8(Format::Json.encode(&frame)).unwrap());
        assert_eq!(seen, golden);
        for format in [Format::Postcard, Format::Json] {
            assert_eq!(format.decode::<Downstream<Toy>>(&format.encode(&frame)), Ok(frame.clone()));
        }
    }
}

#[test]
fn a_page_put_together_from_pieces_is_the_page_encoded_whole() {
    let Downstream::Records(records) = records() else { unreachable!() };
    for format in [Format::Postcard, Format::Json] {
        let pieces: Vec<Piece> = records.iter().map(|record| Piece::of(record, SEAL, format)).collect();
        assert_eq!(records_frame(&pieces, actor(0), format), format.encode(&Downstream::<Toy>::Records(records.clone())));
        let sealed = records.iter().map(|record| Sealed { seal: SEAL, record: record.clone() }).collect();
        let whole = Downstream::<Toy>::Sealed { before: BEFORE, records: sealed };
        assert_eq!(sealed_frame(BEFORE, &pieces, actor(0), format), format.encode(&whole));
    }
}

#[test]
fn close_codes_read_back() {
    for code in CloseCode::ALL {
        assert_eq!(CloseCode::from_number(code.number()), Some(code));
    }
    assert_eq!(CloseCode::from_number(1006), None);
}

#[test]
fn rule_21_a_command_whose_text_is_no_json_is_no_frame() {
    let frame = |text: &str| {
        let submission = Submission { id: id(2), after: None, issued: TimeMs(1_000), command: Some(CommandText(text.into())) };
        Format::Postcard.decode::<Upstream>(&Format::Postcard.encode(&Upstream::Submit(vec![submission])))
    };
    for text in ["x", "", "{", "{} {}", "\"\u{7}\"", "{\"a\":1,}"] {
        assert!(frame(text).is_err(), "{text}");
    }
    let Ok(Upstream::Submit(read)) = frame(" {\"type\": 1}\n") else { panic!("JSON is a text") };
    assert_eq!(read[0].command, Some(CommandText("{\"type\": 1}".into())), "as it would be read from a JSON frame");
}
