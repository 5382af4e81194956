//! The real client of a yard, and whatever reaches it from outside: a server's frames, what its device has stored, other tabs, files.

use super::{DECODED, DECODED_STATE, USED, USED_STATE, record};
use crate::meter::within;
use crate::outbox_file as file;
use crate::random::people;
use crate::yard::{DEVICE, LOG, NOW, YARD, bear};
use landfall_domain::{State, Workspace, words};
use landfall_engine::client::{Client, Config, InboxRow, Loaded, Lock, News, OutboxRow, Output, SavedCommand, Servers};
use landfall_engine::domain::decode_state;
use landfall_engine::protocol::{Downstream, Format, PROTOCOL_VERSION, Sealed, Upstream, Welcome};
use landfall_engine::{CommandId, Cursor, Record, Seal, TimeMs};
use std::sync::Arc;

/// Outputs after which a client that was told one thing has to have come to rest.
const OUTPUTS_MAX: usize = 20_000;

/// Of two circumstances an input meets one, by its length, so that the same input always meets the same.
fn odd(input: &[u8]) -> bool {
    input.len() % 2 == 1
}

pub fn config() -> Config {
    Config { log: LOG, actor: people()[0], device: DEVICE, seed: 1, servers: Servers::default() }
}

fn replica(loaded: Loaded<Workspace>) -> Client<Workspace> {
    let mut client = Client::new(config(), loaded, NOW);
    settle(&mut client, NOW);
    client
}

fn in_the_yard() -> Loaded<Workspace> {
    let (cursor, state) = YARD.clone();
    Loaded { epoch: cursor.epoch, snapshot: Some((cursor, state)), ..Loaded::default() }
}

/// Does what the client wants done, as a browser would where everything works, until it wants nothing more.
fn settle(client: &mut Client<Workspace>, now: TimeMs) {
    for _ in 0..OUTPUTS_MAX {
        while client.work(now) {}
        let Some(output) = client.poll_output() else { return };
        match output {
            Output::Save(save) => {
                for row in &save.outbox_put {
                    let text = serde_json::to_string(&row.commands).expect("commands are plain data");
                    assert_eq!(
                        serde_json::from_str::<Vec<SavedCommand>>(&text).as_ref().ok(),
                        Some(&row.commands),
                        "an outbox that is saved is read"
                    );
                }
                client.handle_saved(save.token, Ok(()), now);
            }
            Output::Load { .. } => client.handle_loaded(Loaded::default(), now),
            Output::Snapshot => client.handle_snapshot_saved(),
            Output::Bootstrap { .. } => client.handle_no_snapshot(true, now),
            Output::Connect { .. } => client.handle_connected(now),
            Output::Send(frame) => {
                Format::Postcard.decode::<Upstream>(&frame).expect("a client's frame is one");
            }
            Output::Lock(Lock::Steal) => client.handle_lock(true, now),
            Output::Tell(news) => assert_eq!(News::decode(&news.encode()).as_ref(), Some(&news), "what is told is heard"),
            Output::Happened(record) => record::bear(&record),
            Output::Settled { rejected: Some(reason), .. } => {
                let _ = words::rejection(client.view(), &reason);
            }
            Output::Lock(Lock::Request)
            | Output::Disconnect
            | Output::Post { .. }
            | Output::LetGo(_)
            | Output::Show
            | Output::Kept { .. }
            | Output::Settled { rejected: None, .. } => {}
        }
    }
    panic!("the client does not come to rest");
}

/// Time passes, and everything that can be asked of a client is asked.
fn live_on(client: &mut Client<Workspace>) {
    for later_ms in [1_000, 40_000] {
        let now = NOW.plus(later_ms);
        client.handle_timeout(now);
        settle(client, now);
    }
    // Most hostile words change nothing, and the yard as it was has been looked at often enough.
    if *client.confirmed() != YARD.1 {
        bear(client.confirmed());
    }
    if client.view() != client.confirmed() {
        bear(client.view());
    }
    for rejected in client.rejections() {
        let _ = words::rejected(client.view(), &rejected.reason, rejected.command.as_ref(), rejected.at);
    }
    let _ = client.status();
    for pending in client.outbox() {
        let _ = pending.doubt();
    }
}

/// Makes it lead, connect and catch up.
fn online(client: &mut Client<Workspace>) {
    client.handle_lock(true, NOW);
    settle(client, NOW);
    let cursor = client.cursor();
    let welcome =
        Welcome { protocol: PROTOCOL_VERSION, epoch: cursor.epoch, head: cursor.position, server_time: NOW, actor: config().actor };
    for frame in [Downstream::<Workspace>::Welcome(welcome), Downstream::CaughtUp { head: cursor.position }] {
        client.handle_message(&Format::Postcard.encode(&frame), NOW);
        settle(client, NOW);
    }
}

pub fn postcard(bytes: &[u8]) {
    frame(bytes, Format::Postcard);
}

pub fn json(bytes: &[u8]) {
    frame(bytes, Format::Json);
}

fn frame(bytes: &[u8], format: Format) {
    let Ok(frame) = within("a frame from a server", DECODED, bytes.len(), || format.decode::<Downstream<Workspace>>(bytes)) else { return };
    within("what follows from a frame", USED, bytes.len(), || {
        let encoded = [Format::Postcard, Format::Json].map(|format| (format, format.encode(&frame)));
        for (format, encoded) in &encoded {
            assert_eq!(format.decode::<Downstream<Workspace>>(encoded).as_ref(), Ok(&frame), "a frame means the same in {format:?}");
        }
        if let Some(records) = frame.clone().into_records() {
            record::fold(&records);
        }
        let outbox = if odd(bytes) { waiting() } else { Vec::new() };
        let mut client = replica(Loaded { outbox, ..in_the_yard() });
        online(&mut client);
        client.handle_message(&encoded[0].1, NOW);
        settle(&mut client, NOW);
        live_on(&mut client);
    });
}

/// A row of commands that wait, with the ids that hostile records are likely to name.
fn waiting() -> Vec<OutboxRow> {
    let texts = crate::seeds::commands();
    let commands: Vec<SavedCommand> = texts
        .into_iter()
        .take(4)
        .zip(1_u8..)
        .map(|(text, number)| {
            let command = String::from_utf8(text).expect("seeds of commands are texts");
            SavedCommand {
                id: CommandId([number; 16]),
                after: None,
                issued: NOW,
                at: NOW,
                command: Some(landfall_engine::protocol::CommandText(command)),
            }
        })
        .collect();
    vec![OutboxRow { key: commands[0].id, commands }]
}

/// What stands in a device's storage, one piece after the other: a tag, a length in two bytes, and so many bytes.
struct Pieces<'b>(&'b [u8]);

impl<'b> Iterator for Pieces<'b> {
    type Item = (u8, &'b [u8]);
    fn next(&mut self) -> Option<Self::Item> {
        let (&[tag, low, high], rest) = self.0.split_first_chunk::<3>()?;
        let (piece, rest) = rest.split_at(usize::from(u16::from_le_bytes([low, high])).min(rest.len()));
        self.0 = rest;
        Some((tag, piece))
    }
}

/// Tags of the pieces of a device's storage.
pub mod tag {
    pub const CURSOR: u8 = 0;
    pub const CHUNK: u8 = 1;
    pub const PAGE: u8 = 2;
    pub const OUTBOX: u8 = 3;
    pub const INBOX: u8 = 4;
}

pub fn device(bytes: &[u8]) {
    let loaded = within("what a device has stored", DECODED_STATE, bytes.len(), || stored(bytes));
    within("life on a device", USED_STATE, bytes.len(), || {
        let mut client = replica(loaded);
        if odd(bytes) {
            online(&mut client);
        }
        live_on(&mut client);
    });
}

/// As the browser's storage and the native client's hand it over.
fn stored(bytes: &[u8]) -> Loaded<Workspace> {
    let mut cursor = Cursor::default();
    let mut chunks = Vec::new();
    let mut loaded = Loaded::default();
    for ((tag, piece), number) in Pieces(bytes).zip(1_u8..) {
        match tag {
            tag::CURSOR => cursor = postcard::from_bytes(piece).unwrap_or_default(),
            tag::CHUNK => chunks.push(piece.to_vec()),
            tag::PAGE => {
                // Where a page begins is read without reading the page.
                let _ = postcard::take_from_bytes::<(u32, usize, u64)>(piece);
                loaded.tail.push(piece.to_vec());
            }
            tag::OUTBOX => {
                if let Ok(commands) = serde_json::from_slice::<Vec<SavedCommand>>(piece) {
                    let again = serde_json::to_vec(&commands).expect("commands are plain data");
                    assert_eq!(
                        serde_json::from_slice::<Vec<SavedCommand>>(&again).ok().as_ref(),
                        Some(&commands),
                        "an outbox means the same when read again"
                    );
                    loaded.outbox.push(OutboxRow { key: CommandId([number; 16]), commands });
                }
            }
            _ => loaded.inbox.push(InboxRow { id: CommandId([number; 16]), text: String::from_utf8_lossy(piece).into_owned() }),
        }
    }
    loaded.epoch = cursor.epoch;
    loaded.snapshot = decode_state::<Workspace>(&chunks).ok().filter(|_| !chunks.is_empty()).map(|state: State| (cursor, state));
    loaded
}

/// The outbox as a file, as the page writes it.
pub fn written_file(commands: &[SavedCommand]) -> String {
    let mut text = file::head(config(), NOW);
    commands.iter().enumerate().for_each(|(index, command)| file::add(&mut text, command, index == 0));
    text + file::END
}

/// The commands in it and what cannot be read, as the page reads it; or why it is not for here.
fn read_file(text: Arc<String>) -> Result<(Vec<SavedCommand>, Vec<String>), String> {
    let mut reader = file::Reader::new(config(), text);
    let mut commands = Vec::new();
    while reader.step(&mut commands)? {}
    Ok((commands, reader.problems))
}

pub fn outbox_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let text = Arc::new(text.to_owned());
    let Ok((commands, _)) = within("an outbox as a file", DECODED, bytes.len(), || read_file(text)) else { return };
    let written = Arc::new(written_file(&commands));
    assert_eq!(read_file(written), Ok((commands.clone(), Vec::new())), "an outbox means the same in another file");
    within("bringing in an outbox", USED, bytes.len(), || {
        let mut client = replica(in_the_yard());
        online(&mut client);
        let count = commands.len();
        assert!(client.import(commands, NOW) <= count);
        settle(&mut client, NOW);
        live_on(&mut client);
    });
}

pub fn news(bytes: &[u8]) {
    let Some(news) = within("news of another tab", DECODED, bytes.len(), || News::decode(bytes)) else { return };
    assert_eq!(News::decode(&news.encode()).as_ref(), Some(&news), "news means the same when told again");
    within("what follows from news", USED, bytes.len(), || {
        let mut client = replica(in_the_yard());
        if odd(bytes) {
            online(&mut client);
        }
        client.handle_news(news, NOW);
        settle(&mut client, NOW);
        live_on(&mut client);
    });
}

/// A page of records, as a server sends it.
pub fn page_of(records: Vec<Record<Workspace>>, format: Format) -> Vec<u8> {
    let sealed = |record| Sealed { seal: Seal([5; 16]), record };
    format.encode(&Downstream::Sealed { before: Seal([5; 16]), records: records.into_iter().map(sealed).collect() })
}
