//! Clients that know the protocol and mean no good, beside people at work who must not notice.

use crate::dice::{Dice, number, seed};
use crate::native::Native;
use crate::person::Person;
use crate::plain::{Phase, Plain, Socket, connect, send};
use crate::poster::{Body, Poster};
use crate::program::{Folder, Place};
use crate::verdict::Kept;
use crate::work::{Board, Worker};
use futures::{SinkExt, StreamExt};
use landfall_domain::Workspace;
use landfall_engine::protocol::*;
use landfall_engine::{CommandId, Cursor, DeviceId, Domain, LogId, TimeMs};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// Hostile clients at a time.
const GANG: u64 = 6;
/// Connections that each of them keeps open without ever reading.
const STUCK_MAX: usize = 12;
/// Memory that the server may take for all this, MiB.
const MEMORY_MIB_MAX: u64 = 512;

/// Rules 6, 11, 15, 16, 19 and 21 under a generator of frames that are well-formed and wrong. More with `LANDFALL_HOSTILE_SESSIONS`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_at_work_do_not_notice_hostile_clients() {
    let (sessions, mut dice) = (number("LANDFALL_HOSTILE_SESSIONS", 90), Dice::new(seed()));
    let folder = Folder::new("hostile");
    let place = Place::new(&folder);
    let server = place.start().await;
    let edda = Person::founder(place.address).await;
    let board = Board::new(&mut dice);
    let (phase, phases) = watch::channel(Phase::Work);
    let mut worker = || Worker::new(board.clone(), dice.split());
    let poster = Poster::new(edda.clone(), worker()).begin_with(board.create()).await;
    let poster = tokio::spawn(poster.run(phases.clone()));
    let mut plain = Vec::new();
    for (name, format) in [("Ivo", Format::Postcard), ("Mar", Format::Json)] {
        plain.push(tokio::spawn(Plain::new(edda.invite(name).await, format, worker()).run(phases.clone())));
    }
    let native = Native::new(&edda.invite("Nils").await, folder.path("native"), worker()).await;
    let native = tokio::spawn(native.run(phases.clone(), watch::channel(0).1));

    let begun = Instant::now();
    let mut gang = Vec::new();
    for n in 0..GANG {
        let person = edda.invite(&format!("Mallory {n}")).await;
        let mut hostile =
            Hostile { person, worker: worker(), seen: Vec::new(), stuck: Vec::new(), deeds: BTreeMap::new(), closes: BTreeMap::new() };
        gang.push(tokio::spawn(async move {
            for _ in 0..sessions / GANG {
                hostile.session().await;
            }
            hostile
        }));
    }
    let (mut deeds, mut closes) = (BTreeMap::new(), BTreeMap::new());
    let mut done = Vec::new();
    for hostile in gang {
        let hostile = hostile.await.expect("a hostile client that found nothing wrong");
        hostile.deeds.iter().for_each(|(deed, count)| *deeds.entry(*deed).or_insert(0) += count);
        hostile.closes.iter().for_each(|(code, count)| *closes.entry(*code).or_insert(0) += count);
        done.push(hostile);
    }
    phase.send_replace(Phase::Finish);
    let (poster, native) = (poster.await.expect("a poster"), native.await.expect("a native client"));
    let mut at_work = Vec::new();
    for client in plain {
        at_work.push(client.await.expect("a client"));
    }
    let memory_mib = peak_mib(server.id());
    drop(done);
    server.kill();

    let kept = Kept::read(&place.data, edda.log).await;
    kept.is_decided_rightly(&place.data, edda.log).await;
    let mut issued = poster.issued.len() + native.issued.len();
    for client in &at_work {
        assert!(client.closes.is_empty() && client.connections == 1, "nobody was disturbed: {:?}, {}", client.closes, client.connections);
        kept.agrees_with(&client.told, client.person().actor);
        kept.has_all(&client.issued);
        issued += client.issued.len();
    }
    kept.agrees_with(&poster.told, poster.person().actor);
    kept.has_all(&poster.issued);
    assert!(poster.refusals.is_empty(), "{:?}", poster.refusals);
    kept.has_all(&native.issued);
    assert_eq!(native.driver().failures(), 0, "{}", native.driver().trouble());
    let complaints = place.complaints();
    assert!(!complaints.contains("panicked"), "{complaints}");
    assert!(memory_mib < MEMORY_MIB_MAX, "{memory_mib} MiB");
    println!(
        "{sessions} hostile sessions in {:.0} s, deeds {deeds:?}, closed with {closes:?}; beside them {issued} commands of four clients, each landed once, \
         in order, decided as the log says, on connections that were never closed; {} records; the server took {memory_mib} MiB at most",
        begun.elapsed().as_secs_f64(),
        kept.records.len(),
    );
}

/// The most memory that a process ever had in RAM.
fn peak_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("this needs /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line on memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1_024
}

/// One of the gang: a member, who may do what members may.
struct Hostile {
    person: Person,
    worker: Worker,
    /// Commands that have a record, whoever issued them.
    seen: Vec<CommandId>,
    /// Connections that are open and never read.
    stuck: Vec<Socket>,
    deeds: BTreeMap<&'static str, u64>,
    closes: BTreeMap<u16, u64>,
}

impl Hostile {
    /// A connection, from a greeting that may be wrong to an end that may be none.
    async fn session(&mut self) {
        let format = *self.worker.dice().pick(&[Format::Postcard, Format::Json]);
        let mut person = self.person.clone();
        if self.worker.dice().one_in(12) {
            person.cookie = (*self.worker.dice().pick(&["", "landfall_session=forged"])).to_owned();
        }
        let Some(mut socket) = connect(&person, format).await else { return };
        if !self.worker.dice().one_in(12) {
            let hello = self.hello();
            let _ = send(&mut socket, format, &Upstream::Hello(hello)).await;
        }
        let mut open = self.worker.dice().one_in(6) || self.read(&mut socket, format).await;
        let mut deeds = self.worker.dice().below(14);
        while open && deeds > 0 {
            deeds -= 1;
            let done = timeout(Duration::from_secs(2), self.misbehave(&mut socket, format)).await;
            open = done.ok().flatten().is_some() && (self.worker.dice().one_in(3) || self.read(&mut socket, format).await);
        }
        match self.worker.dice().below(4) {
            0 => drop(timeout(Duration::from_secs(1), socket.close(None)).await),
            1 if self.stuck.len() < STUCK_MAX => self.stuck.push(socket),
            _ => drop(socket),
        }
    }

    fn hello(&mut self) -> Hello {
        let dice = self.worker.dice();
        let protocol = if dice.one_in(20) { dice.next() as u16 } else { PROTOCOL_VERSION };
        let schema = if dice.one_in(20) { dice.next() as u32 } else { Workspace::SCHEMA };
        let log = if dice.one_in(15) { LogId(dice.id()) } else { self.person.log };
        let position = match dice.below(8) {
            0 => u64::MAX,
            1 => dice.next() >> 40,
            _ => dice.below(40),
        };
        let epoch = *dice.pick(&[0, 1, 1, 1, 1, 2, u64::MAX]);
        Hello { protocol, schema, log, cursor: Cursor { epoch, position }, device: DeviceId(dice.id()) }
    }

    /// Reads for a moment; `false` when the connection is gone.
    async fn read(&mut self, socket: &mut Socket, format: Format) -> bool {
        for _ in 0..8 {
            let Ok(message) = timeout(Duration::from_millis(20), socket.next()).await else { return true };
            let bytes = match message {
                Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
                Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
                Some(Ok(Message::Close(close))) => {
                    let code = crate::plain::code(close.as_ref());
                    assert_ne!(code, CloseCode::Internal.number(), "nothing that a client sends breaks the server");
                    *self.closes.entry(code).or_default() += 1;
                    return false;
                }
                Some(Ok(_)) => continue,
                _ => return false,
            };
            match format.decode::<Downstream<Workspace>>(&bytes).expect("a frame") {
                page @ (Downstream::Records(_) | Downstream::Sealed { .. }) => {
                    for record in page.into_records().into_iter().flatten() {
                        assert!(record.actor == self.person.actor || !record.is_refusal(), "a reason is for its author only");
                        self.seen.push(record.command);
                    }
                    let surplus = self.seen.len().saturating_sub(200);
                    self.seen.drain(..surplus);
                }
                Downstream::CaughtUp { .. } => return true,
                _ => {}
            }
        }
        true
    }

    /// One deed; `None` when the connection is gone.
    async fn misbehave(&mut self, socket: &mut Socket, format: Format) -> Option<()> {
        let deed = match self.worker.dice().below(40) {
            0..16 => "submit",
            16..22 => "submit much",
            22..25 => "flood of orphans",
            25..28 => "say again",
            28 => "greet again",
            29..31 => "pings",
            31 => "too many",
            32 => "garbage",
            33 => "half a frame",
            34 => "read nothing",
            _ => "post",
        };
        *self.deeds.entry(deed).or_default() += 1;
        match deed {
            "submit" => {
                let count = 1 + self.worker.dice().below(8);
                let commands = (0..count).map(|_| self.submission()).collect();
                send(socket, format, &Upstream::Submit(commands)).await
            }
            "submit much" => {
                let commands: Vec<Submission> = (0..SUBMIT_COMMANDS_MAX).map(|_| self.submission()).collect();
                // As much of it as a frame may hold.
                let mut bytes = 0;
                let size = |command: &Submission| command.command.as_ref().map_or(0, |text| text.0.len()) + 120;
                let fitting = commands.into_iter().take_while(|command| {
                    bytes += size(command);
                    bytes < FRAME_BYTES_MAX
                });
                send(socket, format, &Upstream::Submit(fitting.collect())).await
            }
            "flood of orphans" => {
                for _ in 0..8 {
                    let orphans = (0..SUBMIT_COMMANDS_MAX).map(|_| {
                        let after = CommandId(self.worker.dice().id());
                        self.worker.submission(Some(after))
                    });
                    send(socket, format, &Upstream::Submit(orphans.collect())).await?;
                }
                Some(())
            }
            "say again" => {
                let one = self.worker.submission(None);
                let other =
                    if self.worker.dice().one_in(2) { one.clone() } else { Submission { id: one.id, ..self.worker.submission(None) } };
                send(socket, format, &Upstream::Submit(vec![one.clone(), one, other])).await
            }
            "greet again" => {
                let hello = self.hello();
                send(socket, format, &Upstream::Hello(hello)).await
            }
            "pings" => {
                for _ in 0..100 {
                    send(socket, format, &Upstream::Ping).await?;
                }
                Some(())
            }
            "too many" => {
                let commands = (0..=SUBMIT_COMMANDS_MAX).map(|_| self.worker.submission(None)).collect();
                send(socket, format, &Upstream::Submit(commands)).await
            }
            "garbage" => {
                let bytes: Vec<u8> = (0..self.worker.dice().below(600)).map(|_| self.worker.dice().next() as u8).collect();
                socket.send(Message::Binary(bytes.into())).await.ok()
            }
            "half a frame" => {
                // The head of a masked binary frame of 4,096 bytes, and a few of them.
                socket.get_mut().write_all(&[0x82, 0xfe, 0x10, 0x00, 1, 2, 3, 4, 9, 9, 9]).await.ok()?;
                None
            }
            "read nothing" => {
                // The whole log, again and again, to somebody who does not take it.
                let hello = Hello { cursor: Cursor::default(), ..self.hello() };
                let mut other = connect(&self.person, format).await?;
                send(&mut other, format, &Upstream::Hello(hello)).await?;
                if self.stuck.len() < STUCK_MAX {
                    self.stuck.push(other);
                }
                Some(())
            }
            _ => {
                let commands: Vec<Submission> = (0..self.worker.dice().below(20)).map(|_| self.submission()).collect();
                let body = serde_json::to_vec(&Body { device: DeviceId(self.worker.dice().id()), commands: &commands }).ok()?;
                let path = format!("/api/logs/{}/commands", self.person.log);
                let asked = timeout(Duration::from_millis(300), self.person.request("POST", &path, &body)).await;
                if let Ok(Ok(answer)) = asked {
                    assert!(answer.status < 500, "nothing that a client posts breaks the server: {}", answer.status);
                }
                Some(())
            }
        }
    }

    /// A command with something wrong about it, or nothing.
    fn submission(&mut self) -> Submission {
        let mut submission = self.worker.submission(None);
        let stranger = CommandId(self.worker.dice().id());
        let known = if self.seen.is_empty() { stranger } else { *self.worker.dice().pick(&self.seen) };
        submission.after = *self.worker.dice().pick(&[None, None, None, Some(known), Some(known), Some(stranger), Some(submission.id)]);
        if self.worker.dice().one_in(8) {
            submission.id = known;
        }
        submission.issued = TimeMs(*self.worker.dice().pick(&[0, 1, u64::MAX]));
        submission.command = match self.worker.dice().below(12) {
            0 => None,
            1 => Some(CommandText("null".into())),
            2 => Some(CommandText(format!("{}1{}", "[".repeat(400), "]".repeat(400)))),
            3 => Some(CommandText(json!({ "type": "comment", "version": 1, "body": { "text": "x".repeat(60 << 10) } }).to_string())),
            4 => Some(CommandText(json!({ "type": "comment", "version": *self.worker.dice().pick(&[0, 1, 1, 1]), "body": 7 }).to_string())),
            5 if self.worker.dice().one_in(6) => Some(CommandText(r#"{"type":"of_the_future","version":1,"body":{}}"#.into())),
            6..9 => Some(CommandText(self.bent())),
            _ => submission.command,
        };
        submission
    }

    /// A command of the product in which some values are others.
    fn bent(&mut self) -> String {
        let kinds = [
            "admit_member",
            "remove_member",
            "change_role",
            "rename_workspace",
            "move_task",
            "link",
            "decide_rejection",
            "hand_over",
            "react",
        ];
        let mut command: Value = serde_json::from_str(&self.worker.text()).unwrap_or_default();
        if self.worker.dice().one_in(3) {
            command["type"] = json!(*self.worker.dice().pick(&kinds));
            let actor = if self.worker.dice().one_in(2) { self.person.actor.to_string() } else { self.worker.dice().task() };
            command["body"]["actor"] = json!(actor);
            command["body"]["member"] = json!(actor);
            command["body"]["role"] = json!("owner");
        }
        let values = [
            Value::Null,
            json!(""),
            json!("\u{0}\u{202e}𝄞\u{feff}"),
            json!(-1),
            json!(u64::MAX),
            json!(1e308),
            json!([]),
            json!({ "a": [1, { "b": null }] }),
            json!("z".repeat(3_000)),
            json!("00000000-0000-0000-0000-000000000000"),
            json!("2026-02-30T25:61"),
        ];
        if let Some(body) = command["body"].as_object_mut() {
            let names: Vec<String> = body.keys().cloned().collect();
            for _ in 0..=self.worker.dice().below(2) {
                let (name, value) = (self.worker.dice().pick(&names).clone(), self.worker.dice().pick(&values).clone());
                body.insert(name, value);
            }
        }
        command.to_string()
    }
}
