//! A device that speaks `/sync` in postcard, and is thin: thousands of them share this process.
//!
//! Of a frame of records it reads which positions are in it, and nothing else; what they say, one device of a log decodes for all (see [`Ledger`]).

use crate::ledger::Ledger;
use crate::work::{Product, Worker};
use anyhow::{Context, Result, anyhow, bail, ensure};
use futures::{SinkExt, StreamExt};
use landfall_engine::protocol::{
    CommandText, Downstream, FRAME_BYTES_MAX, Format, Hello, KEEPALIVE_MS, PROTOCOL_VERSION, SUBMIT_COMMANDS_MAX, SUBPROTOCOL_POSTCARD,
    Submission, Upstream,
};
use landfall_engine::{CommandId, Cursor, DeviceId, Domain, LogId, Position, Seal, TimeMs};
use landfall_server::host::{now, random};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{COOKIE, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// How long the server may take to let a device in, also when thousands knock.
const PATIENCE: Duration = Duration::from_secs(60);
const READ_BUFFER_BYTES: usize = 4 << 10;
/// The index of `Downstream::Sealed`.
const SEALED: u8 = 7;

/// Where a device knocks, and as whom.
#[derive(Clone, Debug)]
pub struct Place {
    pub server: SocketAddr,
    pub cookie: String,
    pub log: LogId,
}

/// An open connection that has caught up.
pub struct Device {
    socket: WebSocketStream<TcpStream>,
    id: DeviceId,
    keepalive: Interval,
    /// How far it has read.
    pub cursor: Cursor,
}

/// A command that has no record yet.
struct Waiting {
    id: CommandId,
    due: Instant,
}

/// The commands of one device: what waits for its record, in order.
pub struct Outbox {
    worker: Worker,
    device: DeviceId,
    ledger: Arc<Ledger>,
    waiting: VecDeque<Waiting>,
}

impl Device {
    /// Comes in, and reads from `cursor` until it has caught up.
    pub async fn connect(place: &Place, cursor: Cursor) -> Result<Self> {
        timeout(PATIENCE, Self::enter(place, cursor)).await.with_context(|| format!("the server has let nobody in for {PATIENCE:?}"))?
    }

    /// How far the log goes, and when the server said so.
    pub async fn head(place: &Place) -> Result<(Cursor, Instant)> {
        let mut device = Self::knock(place, Cursor::default()).await?;
        let Message::Binary(frame) = device.message().await? else { bail!("the server welcomes with what is no frame") };
        let welcomed = Instant::now();
        match Format::Postcard.decode::<Downstream<Product>>(&frame) {
            Ok(Downstream::Welcome(welcome)) => Ok((Cursor { epoch: welcome.epoch, position: welcome.head }, welcomed)),
            other => bail!("the server does not welcome: {other:?}"),
        }
    }

    async fn knock(place: &Place, cursor: Cursor) -> Result<Self> {
        let mut request = format!("ws://{}/sync", place.server).into_client_request()?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL_POSTCARD));
        request.headers_mut().insert(COOKIE, HeaderValue::try_from(&place.cookie)?);
        let stream = TcpStream::connect(place.server).await.context("the server does not answer")?;
        stream.set_nodelay(true)?;
        let bounds = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(READ_BUFFER_BYTES)
            .max_write_buffer_size(2 * FRAME_BYTES_MAX)
            .max_message_size(Some(FRAME_BYTES_MAX))
            .max_frame_size(Some(FRAME_BYTES_MAX));
        let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(bounds)).await?;
        let mut keepalive = interval(Duration::from_millis(KEEPALIVE_MS));
        keepalive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        keepalive.tick().await;
        let mut device = Self { socket, id: DeviceId(random()), keepalive, cursor };
        let hello = Hello { protocol: PROTOCOL_VERSION, schema: Product::SCHEMA, log: place.log, cursor, device: device.id };
        device.send(&Upstream::Hello(hello)).await?;
        Ok(device)
    }

    async fn enter(place: &Place, cursor: Cursor) -> Result<Self> {
        let mut device = Self::knock(place, cursor).await?;
        loop {
            let Message::Binary(frame) = device.message().await? else { continue };
            if device.take_records(&frame)?.is_some() {
                continue;
            }
            match Format::Postcard.decode::<Downstream<Product>>(&frame) {
                Ok(Downstream::Welcome(welcome)) => {
                    ensure!(cursor.position == 0 || cursor.epoch == welcome.epoch, "the log is on another timeline");
                    device.cursor.epoch = welcome.epoch;
                }
                Ok(Downstream::CaughtUp { .. }) => return Ok(device),
                other => bail!("the server says before it is time: {other:?}"),
            }
        }
    }

    /// What this device issues.
    pub fn outbox(&self, worker: Worker, ledger: Arc<Ledger>) -> Outbox {
        Outbox { worker, device: self.id, ledger, waiting: VecDeque::new() }
    }

    /// The next frame; meanwhile it says now and then that it is there.
    async fn hear(&mut self) -> Result<Vec<u8>> {
        loop {
            tokio::select! {
                message = self.socket.next() => {
                    if let Message::Binary(frame) = opened(message)? {
                        return Ok(frame.into());
                    }
                }
                _ = self.keepalive.tick() => self.send(&Upstream::Ping).await?,
            }
        }
    }

    async fn message(&mut self) -> Result<Message> {
        opened(self.socket.next().await)
    }

    pub async fn send(&mut self, frame: &Upstream) -> Result<()> {
        Ok(self.socket.send(Message::Binary(Format::Postcard.encode(frame).into())).await?)
    }

    /// The next frame of records and the positions in it. May be dropped and called again.
    pub async fn hear_records(&mut self) -> Result<(Vec<u8>, Range<Position>)> {
        loop {
            let frame = self.hear().await?;
            if let Some(positions) = self.take_records(&frame)? {
                return Ok((frame, positions));
            }
            match Format::Postcard.decode::<Downstream<Product>>(&frame) {
                Ok(Downstream::Pong { .. }) => {}
                other => bail!("the server asks or tells what it need not, as no line was lost: {other:?}"),
            }
        }
    }

    /// The positions in a frame of records, after which the cursor stands; `None` when it is another frame.
    fn take_records(&mut self, frame: &[u8]) -> Result<Option<Range<Position>>> {
        if frame.first() != Some(&SEALED) {
            return Ok(None);
        }
        let ((_, count, _, first), _) = postcard::take_from_bytes::<(Seal, u64, Seal, Position)>(&frame[1..])?;
        ensure!(first == self.cursor.position + 1, "position {first} came after {}", self.cursor.position);
        self.cursor.position += count;
        Ok(Some(first..first + count))
    }
}

fn opened(message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>) -> Result<Message> {
    match message {
        Some(Ok(Message::Close(close))) => bail!("the server closed the connection: {close:?}"),
        Some(message) => Ok(message?),
        None => bail!("the line dropped"),
    }
}

impl Outbox {
    pub fn worker(&self) -> &Worker {
        &self.worker
    }

    /// How many wait for their record.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Issues commands, one for each time that one was due, in frames as large as they may be.
    pub fn issue(&mut self, due: &[Instant]) -> Vec<Upstream> {
        due.chunks(SUBMIT_COMMANDS_MAX).map(|due| Upstream::Submit(due.iter().map(|due| self.submission(*due)).collect())).collect()
    }

    fn submission(&mut self, due: Instant) -> Submission {
        let issued: TimeMs = now();
        let (id, after) = (self.worker.id(issued), self.waiting.back().map(|newest| newest.id));
        self.waiting.push_back(Waiting { id, due });
        Submission { id, after, issued, command: Some(CommandText(self.worker.text(issued))) }
    }

    /// Takes out what has a record in this frame, and tells when each was due. A device's commands land in their order.
    pub fn settle(&mut self, frame: &[u8], positions: &Range<Position>, mut landed: impl FnMut(Instant)) -> Result<()> {
        for command in self.ledger.landed(self.device, frame, positions)? {
            let waiting = self.waiting.pop_front().context("a record of a command that does not wait")?;
            ensure!(waiting.id == command, "{command} landed before {}, which was issued first", waiting.id);
            landed(waiting.due);
        }
        Ok(())
    }
}

/// Lets many come in, a few at a time, so that the server's queue of new connections does not run over.
pub async fn connect_all(places: Vec<(Place, Cursor)>) -> Result<Vec<Device>> {
    const AT_A_TIME: usize = 32;
    let knocking = places.into_iter().map(|(place, cursor)| async move { Device::connect(&place, cursor).await });
    let devices: Vec<Result<Device>> = futures::stream::iter(knocking).buffered(AT_A_TIME).collect().await;
    devices.into_iter().collect::<Result<_>>().map_err(|why: anyhow::Error| anyhow!("a device could not come in: {why:#}"))
}
