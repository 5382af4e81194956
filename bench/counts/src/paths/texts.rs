//! What is written and read: frames in both formats, and snapshots.

use super::Dimension::{Records, Tasks};
use super::{GROWING_RECORDS, Growth, May, Path, Size, TASKS, Work, work};
use crate::product::{State, Workspace};
use crate::yard::Yard;
use landfall_engine::Domain;
use landfall_engine::domain::encode_state;
use landfall_engine::protocol::{Downstream, Format};

pub fn paths() -> Vec<Path> {
    let records = |name, counts, prepare| Path {
        name,
        counts,
        size: Size::of(&[(Tasks, 500), (Records, 1)]),
        growths: vec![GROWING_RECORDS],
        prepare,
    };
    let snapshot = |name, counts, prepare| Path {
        name,
        counts,
        size: Size::of(&[(Tasks, TASKS)]),
        growths: vec![Growth { dimension: Tasks, counts: [500, 5_000, 50_000], may: May::Follow }],
        prepare,
    };
    vec![
        records("encode-postcard", "a frame of one record is written, postcard", |size| encode(size, Format::Postcard)),
        records("decode-postcard", "a frame of one record is read, postcard", |size| decode(size, Format::Postcard)),
        records("encode-json", "a frame of one record is written, JSON", |size| encode(size, Format::Json)),
        records("decode-json", "a frame of one record is read, JSON", |size| decode(size, Format::Json)),
        snapshot("encode-snapshot", "all chunks of a snapshot are written", encode_snapshot),
        snapshot("decode-snapshot", "all chunks of a snapshot are read, with all indexes", decode_snapshot),
    ]
}

fn frame(size: &Size) -> Downstream<Workspace> {
    Downstream::Records(Yard::of(size.get(Tasks)).records_of_others(0, size.get(Records)))
}

fn encode(size: &Size, format: Format) -> Work {
    let frame = frame(size);
    work(move || (format.encode(&frame), frame))
}

fn decode(size: &Size, format: Format) -> Work {
    let bytes = format.encode(&frame(size));
    work(move || format.decode::<Downstream<Workspace>>(&bytes).expect("it was just written"))
}

fn encode_snapshot(size: &Size) -> Work {
    let state = Yard::of(size.get(Tasks)).state;
    work(move || (encode_state::<Workspace>(&state), state))
}

fn decode_snapshot(size: &Size) -> Work {
    let chunks = encode_state::<Workspace>(&Yard::of(size.get(Tasks)).state);
    work(move || {
        let mut state = State::default();
        for (index, chunk) in chunks.iter().enumerate() {
            Workspace::decode_chunk(&mut state, index, chunk).expect("it was just written");
        }
        state
    })
}
