//! Inputs as large as a frame may be, made to hold as much as they can: lengths that are not there, nesting without end, the smallest items.

use landfall_domain::commands::workspace::WorkspaceRenamed;
use landfall_domain::{Event, Workspace};
use landfall_engine::protocol::{Downstream, FRAME_BYTES_MAX, Format, Submission, Upstream};
use landfall_engine::{ActorId, CommandId, DeviceId, Outcome, Record, TimeMs};
use landfall_fuzzing::{TARGETS, meter, targets};

#[global_allocator]
static METER: meter::Counting = meter::Counting;

/// The decoder is used directly: what follows from so many items is not what is bounded here.
fn decoded<T>(bytes: &[u8], decode: impl FnOnce(&[u8]) -> T) -> T {
    assert!(bytes.len() <= FRAME_BYTES_MAX);
    meter::within("a frame", targets::DECODED, bytes.len(), || decode(bytes))
}

#[test]
fn rule_21_a_length_that_is_not_there_takes_no_room() {
    for claimed in [&[0xff, 0xff, 0x3f][..], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]]
    {
        for target in TARGETS {
            for seed in (target.seeds)().iter().take(12) {
                for at in [0, 1, 2, seed.len() / 2, seed.len().saturating_sub(7)] {
                    let (start, rest) = seed.split_at(at.min(seed.len()));
                    (target.run)(&[start, claimed, rest.get(1..).unwrap_or_default()].concat());
                }
            }
        }
    }
}

#[test]
fn rule_21_nesting_without_end_is_no_way_to_the_end_of_the_stack() {
    let deep = |open: &str, close: &str, count: usize| format!("{}0{}", open.repeat(count), close.repeat(count));
    for target in TARGETS {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let alone = deep(open, close, FRAME_BYTES_MAX / 8);
            (target.run)(alone.as_bytes());
            (target.run)(open.repeat(FRAME_BYTES_MAX / open.len()).as_bytes());
            for kind in ["claim", "task_claimed", "claimed_by", "booked"] {
                for version in [1, 2] {
                    let inside = format!(r#"{{"type":"{kind}","version":{version},"body":{{"name":{alone}}}}}"#);
                    (target.run)(inside.as_bytes());
                }
            }
        }
    }
}

#[test]
fn rule_21_a_frame_of_the_smallest_items_is_held_within_its_bound() {
    let nothing = Submission { id: CommandId([1; 16]), after: None, issued: TimeMs(0), command: None };
    let frame = Format::Postcard.encode(&Upstream::Submit(vec![nothing; FRAME_BYTES_MAX / 20]));
    assert!(decoded(&frame, |bytes| Format::Postcard.decode::<Upstream>(bytes)).is_ok());

    let event = Event::from(WorkspaceRenamed { name: "".into() });
    let outcome = Outcome::Accepted(vec![event; FRAME_BYTES_MAX / 4]);
    let record = Record::<Workspace> {
        position: 1,
        command: CommandId([1; 16]),
        actor: ActorId([2; 16]),
        device: DeviceId([3; 16]),
        at: TimeMs(4),
        outcome,
    };
    let frame = Format::Postcard.encode(&Downstream::Records(vec![record]));
    assert!(decoded(&frame, |bytes| Format::Postcard.decode::<Downstream<Workspace>>(bytes)).is_ok());

    let labels = vec![r#""""#; 21_000].join(",");
    let text =
        format!(r#"{{"type":"label","version":1,"body":{{"task":"d0d0d0d0-d0d0-d0d0-d0d0-d0d0d0d0d000","add":[{labels}],"remove":[]}}}}"#);
    assert!(text.len() <= landfall_engine::protocol::COMMAND_BYTES_MAX);
    (targets::named("command").expect("a target").run)(text.as_bytes());
}
