//! A client as PROTOCOL.md describes it and no more: an outbox, a cursor, and everything it was ever told.

use crate::person::Person;
use crate::work::Worker;
use futures::{SinkExt, StreamExt};
use landfall_domain::Workspace;
use landfall_engine::protocol::*;
use landfall_engine::{CommandId, Cursor, DeviceId, Domain, Record};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// Commands without a record, at most, of one client.
const WINDOW: usize = 96;
/// How long a client waits before it knocks again.
const PAUSE: Duration = Duration::from_millis(20);

/// What everybody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Issue commands without pause.
    Work,
    /// Issue nothing more, and see to it that everything lands.
    Finish,
}

pub type Socket = WebSocketStream<TcpStream>;

/// See the module.
pub struct Plain {
    person: Person,
    format: Format,
    device: DeviceId,
    worker: Worker,
    window: usize,
    /// When it last said anything.
    said: Instant,
    cursor: Cursor,
    outbox: VecDeque<Submission>,
    /// Commands at the front of the outbox that were sent on this connection.
    sent: usize,
    caught_up: bool,
    pub issued: Vec<CommandId>,
    /// The log as it was told, from the first record.
    pub told: Vec<Record<Workspace>>,
    /// Codes with which the server closed.
    pub closes: BTreeMap<u16, u64>,
    pub connections: u64,
}

/// The connection is gone.
struct Lost;

impl Plain {
    pub fn new(person: Person, format: Format, mut worker: Worker) -> Self {
        Self {
            person,
            format,
            device: DeviceId(worker.dice().id()),
            worker,
            window: WINDOW,
            said: Instant::now(),
            cursor: Cursor::default(),
            outbox: VecDeque::new(),
            sent: 0,
            caught_up: false,
            issued: Vec::new(),
            told: Vec::new(),
            closes: BTreeMap::new(),
            connections: 0,
        }
    }

    /// With so many commands without a record at most.
    pub fn with_window(self, window: usize) -> Self {
        Self { window, ..self }
    }

    pub fn person(&self) -> &Person {
        &self.person
    }

    /// Works until it is told to finish, and until nothing waits any more.
    pub async fn run(mut self, mut phase: watch::Receiver<Phase>) -> Self {
        while self.connection(&mut phase).await.is_err() {
            sleep(PAUSE).await;
        }
        self
    }

    /// Reads whatever there is.
    pub async fn catch_up(&mut self) {
        let (_finish, mut phase) = watch::channel(Phase::Finish);
        while self.connection(&mut phase).await.is_err() {
            sleep(PAUSE).await;
        }
    }

    async fn connection(&mut self, phase: &mut watch::Receiver<Phase>) -> Result<(), Lost> {
        let mut socket = connect(&self.person, self.format).await.ok_or(Lost)?;
        self.connections += 1;
        (self.sent, self.caught_up, self.said) = (0, false, Instant::now());
        let (log, cursor, device) = (self.person.log, self.cursor, self.device);
        let hello = Hello { protocol: PROTOCOL_VERSION, schema: Workspace::SCHEMA, log, cursor, device };
        send(&mut socket, self.format, &Upstream::Hello(hello)).await.ok_or(Lost)?;
        loop {
            if self.caught_up {
                let wanted = *phase.borrow_and_update();
                if wanted == Phase::Finish && self.outbox.is_empty() {
                    let _ = socket.close(None).await;
                    return Ok(());
                }
                self.work(&mut socket, wanted).await?;
            }
            tokio::select! {
                message = socket.next() => {
                    let message = message.and_then(Result::ok).ok_or(Lost)?;
                    self.hear(&mut socket, message).await?;
                }
                changed = phase.changed() => changed.unwrap_or(()),
                () = sleep_until(self.said + Duration::from_millis(KEEPALIVE_MS)) => {
                    self.said = Instant::now();
                    send(&mut socket, self.format, &Upstream::Ping).await.ok_or(Lost)?;
                }
            }
        }
    }

    /// Issues what there is room for, and sends what was not sent.
    async fn work(&mut self, socket: &mut Socket, phase: Phase) -> Result<(), Lost> {
        if phase == Phase::Work && self.outbox.len() <= self.window / 2 {
            let count = 1 + self.worker.dice().below((self.window - self.outbox.len()) as u64);
            for _ in 0..count {
                let submission = self.worker.submission(self.outbox.back().map(|newest| newest.id));
                self.issued.push(submission.id);
                self.outbox.push_back(submission);
            }
        }
        if self.sent < self.outbox.len() {
            let commands: Vec<Submission> = self.outbox.iter().skip(self.sent).take(SUBMIT_COMMANDS_MAX).cloned().collect();
            self.sent += commands.len();
            self.said = Instant::now();
            send(socket, self.format, &Upstream::Submit(commands)).await.ok_or(Lost)?;
        }
        Ok(())
    }

    async fn hear(&mut self, socket: &mut Socket, message: Message) -> Result<(), Lost> {
        let frame: Downstream<Workspace> = match &message {
            Message::Binary(bytes) => self.format.decode(bytes).expect("a frame"),
            Message::Text(text) => self.format.decode(text.as_bytes()).expect("a frame"),
            Message::Close(close) => {
                *self.closes.entry(code(close.as_ref())).or_default() += 1;
                return Err(Lost);
            }
            _ => return Ok(()),
        };
        match frame {
            Downstream::Welcome(welcome) => {
                let same = self.cursor.epoch == welcome.epoch || self.cursor.position == 0;
                assert!(same, "the server is on another timeline, {}, though nothing was restored", welcome.epoch);
                self.cursor.epoch = welcome.epoch;
            }
            page @ (Downstream::Records(_) | Downstream::Sealed { .. }) => {
                page.into_records().into_iter().flatten().for_each(|record| self.take(record));
            }
            Downstream::CaughtUp { head } => {
                assert_eq!(head, self.cursor.position, "everything up to the head has come");
                self.caught_up = true;
            }
            Downstream::Recorded(record) => {
                assert_eq!(Some(&record), self.told.get(record.position as usize - 1), "a record that is told again is the same");
                self.settle(record.command);
            }
            Downstream::Missing { command } => {
                let kept = self.outbox.iter().find(|submission| submission.id == command).cloned();
                let withdrawn = Submission { id: command, after: None, issued: landfall_engine::TimeMs(1), command: None };
                let again = Upstream::Submit(vec![kept.unwrap_or(withdrawn)]);
                send(socket, self.format, &again).await.ok_or(Lost)?;
            }
            Downstream::Busy { command, retry_after_ms } => {
                let index = self.outbox.iter().position(|submission| submission.id == command);
                self.sent = self.sent.min(index.unwrap_or(0));
                sleep(Duration::from_millis(retry_after_ms)).await;
            }
            Downstream::Reused { command } => panic!("{command} was never used for anything else"),
            Downstream::Pong { .. } => {}
        }
        Ok(())
    }

    fn take(&mut self, record: Record<Workspace>) {
        assert_eq!(record.position, self.cursor.position + 1, "positions have no gap");
        self.cursor.position = record.position;
        self.settle(record.command);
        self.told.push(record);
    }

    fn settle(&mut self, command: CommandId) {
        let Some(index) = self.outbox.iter().position(|submission| submission.id == command) else { return };
        assert_eq!(index, 0, "a device's commands land in their order");
        self.outbox.pop_front();
        self.sent = self.sent.saturating_sub(1);
    }
}

/// Opens a socket; `None` when there is nobody or it is refused.
pub async fn connect(person: &Person, format: Format) -> Option<Socket> {
    let mut request = format!("ws://{}/sync", person.address).into_client_request().ok()?;
    let subprotocol = if format == Format::Json { SUBPROTOCOL_JSON } else { SUBPROTOCOL_POSTCARD };
    request.headers_mut().insert("sec-websocket-protocol", subprotocol.parse().ok()?);
    request.headers_mut().insert("cookie", person.cookie.parse().ok()?);
    let stream = TcpStream::connect(person.address).await.ok()?;
    stream.set_nodelay(true).ok()?;
    Some(tokio_tungstenite::client_async(request, stream).await.ok()?.0)
}

/// Sends a frame; `None` when the connection is gone.
pub async fn send(socket: &mut Socket, format: Format, frame: &Upstream) -> Option<()> {
    let bytes = format.encode(frame);
    let message = match format {
        Format::Postcard => Message::Binary(bytes.into()),
        Format::Json => Message::Text(String::from_utf8(bytes).ok()?.into()),
    };
    socket.send(message).await.ok()
}

pub fn code(close: Option<&CloseFrame>) -> u16 {
    close.map_or(1005, |frame| frame.code.into())
}
