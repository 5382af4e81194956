//! Frames from clients: decoded, written again, and handed to the real session and the real sequencer of a yard.

use super::DECODED;
use crate::meter::within;
use crate::targets::record;
use crate::yard::{DEVICE, LOG, NOW, YARD, bear, somebody};
use landfall_domain::Workspace;
use landfall_engine::protocol::{COMMAND_BYTES_MAX, Format, Hello, PROTOCOL_VERSION, Submission, Upstream};
use landfall_engine::sequencer::{self, Sequencer};
use landfall_engine::session::{Output, Session};
use landfall_engine::{ActorId, CommandId, DeviceId, Domain, Seal, TimeMs};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The body of `POST …/commands`, as the server reads it.
#[derive(Deserialize)]
struct Posted {
    device: DeviceId,
    commands: Vec<Submission>,
}

pub fn postcard(bytes: &[u8]) {
    frame(bytes, Format::Postcard);
}

pub fn json(bytes: &[u8]) {
    frame(bytes, Format::Json);
    if let Ok(posted) = within("posted commands", DECODED, bytes.len(), || serde_json::from_slice::<Posted>(bytes)) {
        sequence(somebody(bytes), posted.device, posted.commands);
    }
}

fn frame(bytes: &[u8], format: Format) {
    if let Ok(frame) = within("a frame from a client", DECODED, bytes.len(), || format.decode::<Upstream>(bytes)) {
        for format in [Format::Postcard, Format::Json] {
            assert_eq!(format.decode::<Upstream>(&format.encode(&frame)).as_ref(), Ok(&frame), "a frame means the same in {format:?}");
        }
    }
    let actor = somebody(bytes);
    for output in converse(actor, format, bytes) {
        match output {
            Output::Submit { device, commands } => sequence(actor, device, commands),
            Output::Diverged { position } => assert!(position > YARD.0.position, "what the log has is not lost"),
            Output::Close(_, reason) => assert!(reason.len() <= 123, "a close frame holds no more (rule 21)"),
            _ => {}
        }
    }
}

/// A session that has caught up hears the frame; one that has heard nothing yet hears it too.
fn converse(actor: ActorId, format: Format, bytes: &[u8]) -> Vec<Output> {
    let (head, _) = &*YARD;
    let hello = Hello { protocol: PROTOCOL_VERSION, schema: Workspace::SCHEMA, log: LOG, cursor: *head, device: DEVICE };
    let mut outputs = Vec::new();
    for greeting in [Some(Upstream::Hello(hello)), None] {
        let mut session = Session::<Workspace>::new(actor, format, NOW);
        if let Some(greeting) = greeting {
            session.handle_message(&format.encode(&greeting), NOW);
            session.handle_head(*head, true, NOW);
            while session.poll_output().is_some() {}
        }
        session.handle_message(bytes, NOW);
        session.handle_head(*head, true, NOW);
        while let Some(output) = session.poll_output() {
            if matches!(output, Output::Seal { .. }) {
                session.handle_seal(None);
                outputs.extend(std::iter::from_fn(|| session.poll_output()).filter(|output| !matches!(output, Output::Diverged { .. })));
            }
            outputs.push(output);
        }
    }
    outputs
}

/// The commands go where every command goes. Each gets one record, or a word to its session, or waits (rules 3, 6 and 14).
fn sequence(actor: ActorId, device: DeviceId, commands: Vec<Submission>) {
    let (head, state) = &*YARD;
    let ids: BTreeSet<CommandId> = commands.iter().map(|command| command.id).collect();
    let input_bytes: usize = commands.iter().map(|command| 64 + command.command.as_ref().map_or(0, |text| text.0.len())).sum();
    if commands.iter().any(|command| command.command.as_ref().is_some_and(|text| text.0.len() > COMMAND_BYTES_MAX)) {
        return;
    }
    within("deciding what was submitted", super::USED, input_bytes, || {
        let mut sequencer = Sequencer::<Workspace>::new(LOG, state.clone(), *head, Seal::NONE, TimeMs(0));
        sequencer.poll_output(NOW);
        sequencer.handle_page(Some(Seal::NONE), Vec::new(), true);
        for command in commands {
            sequencer.handle_submit(1, actor, device, command);
        }
        let mut position = head.position;
        let mut recorded = BTreeSet::new();
        for now in [NOW, NOW.plus(sequencer::MISSING_PATIENCE_MS), NOW.plus(sequencer::MISSING_EXPIRY_MS * 2)] {
            sequencer.handle_timeout(now);
            while let Some(output) = sequencer.poll_output(now) {
                match output {
                    sequencer::Output::Find { .. } => sequencer.handle_found(Vec::new(), now),
                    sequencer::Output::Append { entries, .. } => {
                        for entry in &entries {
                            position += 1;
                            assert_eq!(entry.record.position, position, "positions have no gap (rule 3)");
                            assert!(
                                ids.contains(&entry.record.command) && recorded.insert(entry.record.command),
                                "one record a command (rule 6)"
                            );
                            record::bear(&entry.record);
                        }
                        sequencer.handle_appended(Ok(vec![Seal::NONE; entries.len()]));
                    }
                    sequencer::Output::Read { .. } | sequencer::Output::Diverged => panic!("nothing was written by another"),
                    sequencer::Output::Publish { .. } | sequencer::Output::Tell { .. } => {}
                }
            }
        }
        assert!(sequencer.is_idle(), "no chain waits for ever (rule 14)");
        bear(sequencer.state());
    });
}
