//! Records: read from the server's database, written to it, sent in both encodings.

use super::{DECODED, USED};
use crate::meter::within;
use crate::yard::{self, YARD};
use landfall_domain::{Workspace, words};
use landfall_engine::protocol::{Format, Piece};
use landfall_engine::{Outcome, Record, Seal};

pub fn json(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(record) = within("a record", DECODED, bytes.len(), || Record::<Workspace>::from_json(text)) else { return };
    within("what follows from a record", USED, bytes.len(), || {
        bear(&record);
        fold(&[record]);
    });
}

/// What holds for every record, whoever made it: it can be stored and sent, and means the same afterwards.
pub fn bear(record: &Record<Workspace>) {
    let stored = record.to_json();
    assert_eq!(Record::from_json(&stored).as_ref(), Ok(record), "what is stored is read (rule 23)");
    for format in [Format::Postcard, Format::Json] {
        let piece = Piece::of(record, Seal::NONE, format);
        assert_eq!(format.decode::<Record<Workspace>>(&piece.whole).as_ref(), Ok(record), "what is sent is read");
        if let Some(blank) = &piece.blank {
            let blank = format.decode::<Record<Workspace>>(blank).expect("a record without its reason is one");
            assert_eq!(blank.outcome, Outcome::Rejected(None), "the reason is its author's (rule 19)");
        }
    }
}

/// Folds records into the yard, whatever they say, and asks what screens ask.
pub fn fold(records: &[Record<Workspace>]) {
    let mut state = YARD.1.clone();
    for record in records {
        let before = state.clone();
        record.fold_into(&mut state);
        match &record.outcome {
            Outcome::Accepted(events) => {
                let mut view = before.clone();
                for event in events {
                    let _ = words::happened(&state, event, &record.context());
                    let _ = words::noticed(&before, event, &record.context());
                    <Workspace as landfall_engine::Domain>::settle(&mut view, event, &record.context());
                }
                let _ = landfall_domain::state::diff(&before, &state);
            }
            Outcome::Rejected(Some(refusal)) => {
                let _ = words::rejected(&state, &refusal.reason, None, record.at);
            }
            Outcome::Rejected(None) => {}
        }
    }
    yard::bear(&state);
}
