//! One WebSocket to `/sync`, driven by a task of its own, so that reading never waits for writing.

use super::wire::Address;
use crate::tls::Wire;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use landfall_engine::client::Ended;
use landfall_engine::protocol::{FRAME_BYTES_MAX, Format, SUBPROTOCOL_JSON, SUBPROTOCOL_POSTCARD};
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};

/// Frames that were read and that nobody has taken yet; the server waits when there are more.
const HEARD_MAX: usize = 8;
/// How long the server may take to answer the upgrade.
const UPGRADE_PATIENCE: Duration = Duration::from_secs(10);
/// How long a farewell may take.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(1);

/// What a connection tells.
#[derive(Debug)]
pub enum Heard {
    /// It is open.
    Open,
    /// A frame came.
    Frame(Vec<u8>),
    /// It could not be opened, or has ended: what that means, and in words. The last thing it tells.
    Ended(Ended, String),
}

/// A connection that is open or being opened. Dropped, it says goodbye.
#[derive(Debug)]
pub struct Socket {
    frames: mpsc::UnboundedSender<Vec<u8>>,
    heard: mpsc::Receiver<Heard>,
}

impl Socket {
    /// Begins to open a connection.
    pub fn open(server: &Address, token: &str, format: Format) -> Self {
        let (frames, to_write) = mpsc::unbounded_channel();
        let (tell, heard) = mpsc::channel(HEARD_MAX);
        let (server, token) = (server.clone(), token.to_owned());
        tokio::spawn(async move {
            let (ended, why) = match upgrade(&server, &token, format).await {
                Ok(stream) => {
                    let (sink, stream) = stream.split();
                    if tell.send(Heard::Open).await.is_err() {
                        return;
                    }
                    tokio::select! {
                        ended = read(stream, &tell) => ended,
                        ended = write(sink, to_write, format) => ended,
                    }
                }
                Err(ended) => ended,
            };
            // Nobody listens any more when the other end of this channel is gone; that is no loss.
            let _ = tell.send(Heard::Ended(ended, why)).await;
        });
        Self { frames, heard }
    }

    /// Writes a frame, as soon as the ones before it are written. The engine bounds how many commands are on their way.
    pub fn send(&self, frame: Vec<u8>) {
        // A connection that has ended says so by itself.
        let _ = self.frames.send(frame);
    }

    /// The next thing that it tells. After `Ended` it tells that again.
    pub async fn hear(&mut self) -> Heard {
        self.heard.recv().await.unwrap_or_else(|| Heard::Ended(Ended::Dropped, "the connection has ended".into()))
    }
}

async fn upgrade(server: &Address, token: &str, format: Format) -> Result<WebSocketStream<Box<dyn Wire>>, (Ended, String)> {
    let dropped = |error: io::Error| (Ended::Dropped, format!("the server does not answer ({error})"));
    let stream = server.connect().await.map_err(dropped)?;
    let broken = |error: Error| (Ended::Dropped, error.to_string());
    let mut request = format!("ws://{}/sync", server.authority()).into_client_request().map_err(broken)?;
    let subprotocol = match format {
        Format::Postcard => SUBPROTOCOL_POSTCARD,
        Format::Json => SUBPROTOCOL_JSON,
    };
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(subprotocol));
    let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| (Ended::SignedOut, "this is no token".to_owned()))?;
    bearer.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, bearer);
    let bounds =
        WebSocketConfig::default().max_message_size(Some(FRAME_BYTES_MAX)).max_frame_size(Some(FRAME_BYTES_MAX)).read_buffer_size(64 << 10);
    let upgrading = tokio_tungstenite::client_async_with_config(request, stream, Some(bounds));
    match tokio::time::timeout(UPGRADE_PATIENCE, upgrading).await {
        Ok(Ok((stream, _))) => Ok(stream),
        Ok(Err(Error::Http(response))) => Err(refused(response.status().as_u16())),
        Ok(Err(error)) => Err(broken(error)),
        Err(_) => Err((Ended::Dropped, "the server does not answer (it took too long)".into())),
    }
}

/// What it means that the upgrade was answered with an HTTP status. Nothing that a server or a proxy says here makes anybody give up an outbox.
fn refused(status: u16) -> (Ended, String) {
    match status {
        401 | 403 => (Ended::SignedOut, format!("the server refuses the connection (HTTP {status})")),
        429 | 503 => (Ended::Busy, "the server has too much to do".into()),
        _ => (Ended::Dropped, format!("what answers there is no Landfall server, or it is starting (HTTP {status})")),
    }
}

async fn read(mut stream: SplitStream<WebSocketStream<Box<dyn Wire>>>, tell: &mpsc::Sender<Heard>) -> (Ended, String) {
    loop {
        let frame = match stream.next().await {
            Some(Ok(Message::Binary(frame))) => frame.to_vec(),
            Some(Ok(Message::Text(frame))) => frame.as_bytes().to_vec(),
            Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => {
                let why = if reason.is_empty() { format!("the server closed the connection (code {code})") } else { reason.to_string() };
                return (Ended::of(code.into()), why);
            }
            Some(Ok(Message::Close(None))) | None => return (Ended::Dropped, "the server closed the connection".into()),
            Some(Ok(_)) => continue,
            Some(Err(error)) => return (Ended::Dropped, error.to_string()),
        };
        if tell.send(Heard::Frame(frame)).await.is_err() {
            return (Ended::Dropped, "nobody listens any more".into());
        }
    }
}

async fn write(
    mut sink: SplitSink<WebSocketStream<Box<dyn Wire>>, Message>,
    mut frames: mpsc::UnboundedReceiver<Vec<u8>>,
    format: Format,
) -> (Ended, String) {
    while let Some(frame) = frames.recv().await {
        let message = match format {
            Format::Postcard => Message::Binary(frame.into()),
            Format::Json => Message::Text(String::from_utf8_lossy(&frame).into_owned().into()),
        };
        if let Err(error) = sink.send(message).await {
            return (Ended::Dropped, error.to_string());
        }
    }
    let _ = tokio::time::timeout(FAREWELL_PATIENCE, sink.close()).await;
    (Ended::Dropped, "closed from here".into())
}
