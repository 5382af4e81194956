//! What the server does: with one command, and with its record for everybody who follows the log.

use super::Dimension::{Records, Subscribers, Tasks};
use super::{GROWING_RECORDS, GROWING_TASKS, Growth, May, Path, Size, TASKS, Work, work};
use crate::product::Workspace;
use crate::yard::{DEVICE, LOG, NOW, OTHER, Yard, command_id};
use landfall_engine::protocol::{CommandText, Downstream, Format, Hello, PROTOCOL_VERSION, Piece, Submission, Upstream};
use landfall_engine::sequencer::{self, Sequencer};
use landfall_engine::session::{self, Session};
use landfall_engine::{CommandId, Cursor, Domain, Seal, upcast};

pub fn paths() -> Vec<Path> {
    let clients = Growth { dimension: Subscribers, counts: [10, 100, 1_000], may: May::Follow };
    vec![
        Path {
            name: "accept",
            counts: "a frame with one command comes: read, decide, record, JSON for the disk, postcard for sessions",
            size: Size::of(&[(Tasks, TASKS), (Records, 1)]),
            growths: vec![GROWING_TASKS, GROWING_RECORDS],
            prepare: accept,
        },
        Path {
            name: "fan-out",
            counts: "a record that was encoded once becomes the frames of 100 sessions",
            size: Size::of(&[(Tasks, 500), (Subscribers, 100)]),
            growths: vec![clients],
            prepare: fan_out,
        },
    ]
}

/// A connection that has caught up.
fn following(cursor: Cursor) -> Session<Workspace> {
    let mut session = Session::new(OTHER, Format::Postcard, NOW);
    let hello = Hello { protocol: PROTOCOL_VERSION, schema: Workspace::SCHEMA, log: LOG, cursor, device: DEVICE };
    session.handle_message(&Format::Postcard.encode(&Upstream::Hello(hello)), NOW);
    session.handle_head(cursor, true, NOW);
    let mut caught_up = false;
    while let Some(output) = session.poll_output() {
        if let session::Output::Send(frame) = output {
            caught_up |= matches!(Format::Postcard.decode(&frame), Ok(Downstream::<Workspace>::CaughtUp { .. }));
        }
    }
    assert!(caught_up, "the session follows the log");
    session
}

/// So many commands of one chain, as they are submitted.
pub fn submissions(yard: &Yard, count: u32) -> Vec<Submission> {
    let one = |number: u32| {
        let id = |number: u32| -> CommandId { command_id(OTHER, u64::from(number)) };
        let text = CommandText(upcast::encode(&yard.intent(number), Workspace::command_shapes()));
        Submission { id: id(number), after: number.checked_sub(1).map(id), issued: NOW, command: Some(text) }
    };
    (0..count).map(one).collect()
}

fn accept(size: &Size) -> Work {
    let Yard { state, cursor, tasks } = Yard::of(size.get(Tasks));
    let commands = submissions(&Yard { state: state.clone(), cursor, tasks }, size.get(Records));
    let frames: Vec<Vec<u8>> = commands.chunks(256).map(|batch| Format::Postcard.encode(&Upstream::Submit(batch.to_vec()))).collect();
    let mut session = following(cursor);
    let mut sequencer = Sequencer::<Workspace>::new(LOG, state, cursor, Seal::NONE, NOW);
    while sequencer.poll_output(NOW).is_some() {}
    sequencer.handle_page(Some(Seal::NONE), Vec::new(), true);
    work(move || {
        for frame in &frames {
            session.handle_message(frame, NOW);
            while let Some(output) = session.poll_output() {
                let session::Output::Submit { device, commands } = output else { panic!("the frame holds commands") };
                commands.into_iter().for_each(|command| sequencer.handle_submit(1, OTHER, device, command));
            }
        }
        let (mut rows, mut pieces) = (Vec::new(), Vec::new());
        while let Some(output) = sequencer.poll_output(NOW) {
            match output {
                sequencer::Output::Append { mut before, entries, .. } => {
                    let bodies: Vec<String> = entries.iter().map(|entry| entry.record.to_json()).collect();
                    let next = |body: &String| {
                        before = before.then(body);
                        before
                    };
                    sequencer.handle_appended(Ok(bodies.iter().map(next).collect()));
                    rows.extend(bodies);
                }
                sequencer::Output::Publish { entries } => {
                    pieces.extend(entries.iter().map(|entry| Piece::of(&entry.record, entry.seal, Format::Postcard)));
                }
                _ => {}
            }
        }
        assert_eq!((rows.len(), pieces.len()), (commands.len(), commands.len()), "every command leaves its record");
        (session, sequencer, rows, pieces)
    })
}

fn fan_out(size: &Size) -> Work {
    let mut yard = Yard::of(size.get(Tasks));
    let mut sessions: Vec<_> = (0..size.get(Subscribers)).map(|_| following(yard.cursor)).collect();
    let record = yard.records_of_others(0, 1).remove(0);
    let piece = Piece::of(&record, Seal::NONE, Format::Postcard);
    work(move || {
        let mut frames = Vec::new();
        for session in &mut sessions {
            session.handle_head(yard.cursor, true, NOW);
            while let Some(output) = session.poll_output() {
                match output {
                    session::Output::Read { .. } => session.handle_page(Some(Seal::NONE), std::slice::from_ref(&piece)),
                    session::Output::Send(frame) => frames.push(frame),
                    _ => {}
                }
            }
        }
        assert_eq!(frames.len(), sessions.len(), "every session is told");
        (sessions, frames)
    })
}
