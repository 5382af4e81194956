//! Reading a log from a position on, as JSON: for `tail` and `export`.
//!
//! One page is in memory at a time. While nobody takes it the server waits, and closes the connection when that takes too long; then reading
//! goes on where it was.

use super::http::{self, Credential};
use super::profile::Place;
use super::socket::{Heard, Socket};
use anyhow::{Context as _, bail};
use landfall_engine::client::Ended;
use landfall_engine::protocol::{Format, Hello, KEEPALIVE_MS, PROTOCOL_VERSION_MIN, Upstream, Welcome};
use landfall_engine::{ActorId, Cursor, DeviceId, Position, TimeMs};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// The server closes a connection on which it hears nothing for four times as long.
const KEEPALIVE: Duration = Duration::from_millis(KEEPALIVE_MS);
/// Pause after the first failure; doubles each time.
const PAUSE_MIN: Duration = Duration::from_millis(400);
/// Longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// One log, read by one person.
pub struct Follower {
    place: Place,
    token: String,
    device: DeviceId,
    cursor: Cursor,
    socket: Option<Socket>,
    heard: Instant,
    ping_at: Instant,
    failures: u32,
    /// Which of the place's addresses is in use.
    address: usize,
}

/// What reading a log brings.
pub enum News {
    /// The next records, ordered and without gaps.
    Records(Vec<Line>),
    /// Everything that there was has come; from now on records come as they are made.
    CaughtUp,
    /// The connection ended, for this reason. Asking for more news reconnects.
    Lost(String),
    /// The server's log is another than the one that was read: it was restored. What comes next is its first record.
    Restored,
}

/// A record as it came.
pub struct Line {
    /// Its place in the log.
    pub position: Position,
    /// Its JSON, on one line.
    pub json: String,
}

/// What everybody may know of a record without knowing the product.
#[derive(Deserialize)]
pub struct Outline<'a> {
    /// Place in the log.
    pub position: Position,
    /// Who issued it.
    pub actor: ActorId,
    /// When it was decided.
    pub at: TimeMs,
    /// What came of it.
    #[serde(borrow)]
    pub outcome: OutlinedOutcome<'a>,
}

/// What came of a command, as far as everybody may know it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutlinedOutcome<'a> {
    /// These events.
    #[serde(borrow)]
    Accepted(Vec<OutlinedEvent<'a>>),
    /// It was rejected; why, for its author only.
    Rejected(Option<&'a RawValue>),
}

/// An event: its kind, and the rest in the product's words.
#[derive(Deserialize)]
pub struct OutlinedEvent<'a> {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// The rest.
    #[serde(borrow)]
    pub body: &'a RawValue,
}

#[derive(Deserialize)]
struct Numbered {
    position: Position,
}

/// A JSON frame; records stay text.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Frame {
    Welcome(Welcome),
    Records(Vec<Box<RawValue>>),
    CaughtUp(IgnoredAny),
    Pong(IgnoredAny),
    Missing(IgnoredAny),
    Reused(IgnoredAny),
    Recorded(IgnoredAny),
}

/// How far a log goes.
#[derive(Deserialize)]
struct Extent {
    epoch: u64,
    head: Position,
}

impl Follower {
    /// Reads from after this position of the server's timeline; `None` for everything from the start.
    pub fn new(place: Place, token: String, device: DeviceId, after: Option<Cursor>) -> Self {
        let (cursor, now) = (after.unwrap_or_default(), Instant::now());
        Self { place, token, device, cursor, socket: None, heard: now, ping_at: now, failures: 0, address: 0 }
    }

    /// The last position that was read.
    pub fn position(&self) -> Position {
        self.cursor.position
    }

    /// How often in a row there was no connection.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// What comes next. An error is one that trying again does not change.
    pub async fn next(&mut self) -> anyhow::Result<News> {
        // While nobody asked for news, silence was ours.
        self.heard = Instant::now();
        loop {
            let socket = match &mut self.socket {
                Some(socket) => socket,
                none => {
                    // Another address first: only when all have failed is there reason to wait.
                    let (tried, addresses) = (self.failures as usize, self.place.servers_len());
                    if tried > 0 && tried.is_multiple_of(addresses) {
                        sleep(pause((tried / addresses) as u32)).await;
                    }
                    self.heard = Instant::now();
                    self.ping_at = self.heard + KEEPALIVE;
                    none.insert(Socket::open(self.place.server(self.address), &self.token, Format::Json))
                }
            };
            let heard = tokio::select! {
                biased;
                heard = socket.hear() => heard,
                () = sleep_until(self.ping_at) => {
                    self.ping_at = Instant::now() + KEEPALIVE;
                    socket.send(Format::Json.encode(&Upstream::Ping));
                    continue;
                }
                () = sleep_until(self.heard + 2 * KEEPALIVE) => Heard::Ended(Ended::Dropped, "the server has fallen silent".into()),
            };
            self.heard = Instant::now();
            match heard {
                Heard::Open => {
                    let (log, device, cursor) = (self.place.log, self.device, self.cursor);
                    // What was read is printed and not kept, so that there is no seal to be compared.
                    let hello = Hello { protocol: PROTOCOL_VERSION_MIN, schema: 0, log, cursor, device };
                    socket.send(Format::Json.encode(&Upstream::Hello(hello)));
                }
                Heard::Frame(frame) => {
                    if let Some(news) = self.read(&frame)? {
                        return Ok(news);
                    }
                }
                Heard::Ended(ended, why) => return self.handle_ended(ended, why),
            }
        }
    }

    fn read(&mut self, frame: &[u8]) -> anyhow::Result<Option<News>> {
        let frame = serde_json::from_slice(frame).context("The server said something that this version does not understand")?;
        match frame {
            Frame::Welcome(welcome) => {
                self.failures = 0;
                let restored = self.cursor.epoch != welcome.epoch && self.cursor != Cursor::default();
                if self.cursor.epoch != welcome.epoch {
                    self.cursor = Cursor { epoch: welcome.epoch, position: 0 };
                }
                Ok(restored.then_some(News::Restored))
            }
            Frame::Records(records) => {
                let lines: Vec<Line> = records.into_iter().map(line).collect::<anyhow::Result<_>>()?;
                if lines.iter().zip(self.cursor.position + 1..).any(|(line, expected)| line.position != expected) {
                    bail!("The server left a gap after position {}.", self.cursor.position);
                }
                self.cursor.position += lines.len() as u64;
                Ok(Some(News::Records(lines)))
            }
            Frame::CaughtUp(_) => Ok(Some(News::CaughtUp)),
            Frame::Pong(_) | Frame::Missing(_) | Frame::Reused(_) | Frame::Recorded(_) => Ok(None),
        }
    }

    fn handle_ended(&mut self, ended: Ended, why: String) -> anyhow::Result<News> {
        self.socket = None;
        match ended {
            Ended::SignedOut => bail!("{}", signed_out(&why)),
            Ended::Forbidden => bail!("This may not be read: {why}."),
            Ended::Version => bail!("The server is of another version: {why}."),
            Ended::CursorAhead => bail!("The log does not go as far as position {}: {why}.", self.cursor.position),
            Ended::Dropped | Ended::Busy | Ended::Diverged => {
                self.failures = self.failures.saturating_add(1);
                self.address = self.address.wrapping_add(1);
                Ok(News::Lost(why))
            }
        }
    }
}

/// How far a log goes now.
pub async fn extent(place: &Place, token: &str) -> Result<Cursor, http::Failure> {
    // No limit is smaller, and what it brings is not read.
    let path = format!("/api/logs/{}/records?after={}&limit=1", place.log, i64::MAX);
    let answer = http::get_from_any(place.servers(), &path, Credential::Token(token)).await?;
    let extent: Extent = answer.json().map_err(|error| http::Failure::Unreachable(error.to_string()))?;
    Ok(Cursor { epoch: extent.epoch, position: extent.head })
}

/// What to do when a token is no longer good.
pub(super) fn signed_out(why: &str) -> String {
    format!("The server does not know this token any more: {why}. Make a new one in the page and give it with --token, or join again.")
}

fn line(record: Box<RawValue>) -> anyhow::Result<Line> {
    let Numbered { position } = serde_json::from_str(record.get()).context("The server sent a record without its position")?;
    let mut json = String::from(Box::<str>::from(record));
    if json.contains('\n') {
        json = serde_json::from_str::<serde_json::Value>(&json)?.to_string();
    }
    Ok(Line { position, json })
}

fn pause(failures: u32) -> Duration {
    let longest = (PAUSE_MIN * 2_u32.pow(failures.min(8) - 1)).min(PAUSE_MAX);
    // Not all of many readers come back at once.
    longest.mul_f64(0.5 + f64::from(crate::host::random::<1>()[0]) / 512.0)
}
