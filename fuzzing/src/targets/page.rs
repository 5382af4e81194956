//! What the page hands over as JSON: questions and commands, without their versions.

use super::{DECODED, USED};
use crate::meter::within;
use crate::yard::{YARD, act, answer, bear, next_context, somebody};
use landfall_domain::Command;
use landfall_domain::queries::Query;

pub fn json(bytes: &[u8]) {
    let state = &YARD.1;
    if let Ok(query) = within("a question", DECODED, bytes.len(), || serde_json::from_slice::<Query>(bytes)) {
        let again = serde_json::to_vec(&query).expect("a question is plain data");
        assert_eq!(serde_json::from_slice::<Query>(&again).ok().as_ref(), Some(&query), "a question means the same when read again");
        within("an answer", USED, bytes.len(), || answer(state, somebody(bytes), &query));
    }
    if let Ok(command) = within("a command", DECODED, bytes.len(), || serde_json::from_slice::<Command>(bytes)) {
        let again = serde_json::to_vec(&command).expect("a command is plain data");
        assert_eq!(serde_json::from_slice::<Command>(&again).ok().as_ref(), Some(&command), "a command means the same when read again");
        let mut state = state.clone();
        let _ = act(&mut state, &command, &next_context(somebody(bytes)));
        bear(&state);
    }
}
