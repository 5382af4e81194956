//! Requests to a server: JSON there and back, one connection each.

use super::wire::Address;
use anyhow::anyhow;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;
use std::io::Read;
use std::time::Duration;

/// How long a request may take, a snapshot of a large workspace included.
const PATIENCE: Duration = Duration::from_secs(120);
/// Largest answer, bytes, packed and unpacked.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// A stranger.
    Nobody,
    /// The holder of a token.
    Token(&'a str),
    /// A session that was just begun, by its cookie `name=value`.
    Session(&'a str),
}

/// Why there is no answer to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server was not reached, or fell silent. The text says how.
    Unreachable(String),
    /// The server answered, and said no.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's code for it, as PROTOCOL.md lists them; empty when something else answered in its place.
        code: String,
        /// What it said.
        message: String,
    },
}

impl Failure {
    /// May another server of the same installation, or the same one later, answer otherwise?
    fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => matches!(status, 429 | 500..=599),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the server does not answer ({why})"),
            Self::Refused { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for Failure {}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| anyhow!("what answers there is no Landfall server of this version ({error})"))
    }

    /// The body, unpacked.
    pub fn bytes(self) -> Result<Vec<u8>, Failure> {
        if self.headers.get(CONTENT_ENCODING).is_none_or(|encoding| encoding != "gzip") {
            return Ok(self.body);
        }
        let mut unpacked = Vec::new();
        let mut unpacking = flate2::read::GzDecoder::new(&self.body[..]).take(ANSWER_BYTES_MAX as u64);
        unpacking.read_to_end(&mut unpacked).map_err(unreachable)?;
        Ok(unpacked)
    }

    /// The cookie that the answer sets, as `name=value`.
    pub fn cookie(&self) -> Option<String> {
        let header = self.headers.get(hyper::header::SET_COOKIE)?.to_str().ok()?;
        header.split(';').next().map(|pair| pair.trim().to_owned())
    }
}

/// What a server says when it says no.
#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
}

/// Asks for something.
pub async fn get(server: &Address, path: &str, who: Credential<'_>) -> Result<Answer, Failure> {
    ask(server, Method::GET, path, who, Bytes::new()).await
}

/// Asks one server after the other, until one answers that can.
pub async fn get_from_any(servers: impl IntoIterator<Item = &Address>, path: &str, who: Credential<'_>) -> Result<Answer, Failure> {
    let mut last = Failure::Unreachable("there is no address".into());
    for server in servers {
        match get(server, path, who).await {
            Err(failure) if failure.is_passing() => last = failure,
            answered => return answered,
        }
    }
    Err(last)
}

/// Says something.
pub async fn post<T: Serialize + Sync>(server: &Address, path: &str, who: Credential<'_>, body: &T) -> Result<Answer, Failure> {
    let body = serde_json::to_vec(body).map_err(unreachable)?;
    ask(server, Method::POST, path, who, body.into()).await
}

/// Says something that is JSON already; the status and the body of whatever is answered.
pub async fn post_text(server: &Address, path: &str, who: Credential<'_>, body: Vec<u8>) -> Result<(u16, Vec<u8>), Failure> {
    let (status, answer) = exchange(server, Method::POST, path, who, body.into()).await?;
    Ok((status.as_u16(), answer.body))
}

async fn ask(server: &Address, method: Method, path: &str, who: Credential<'_>, body: Bytes) -> Result<Answer, Failure> {
    let asking = exchange(server, method, path, who, body);
    let (status, answer) = tokio::time::timeout(PATIENCE, asking).await.map_err(|_| Failure::Unreachable("it took too long".into()))??;
    if status.is_success() {
        return Ok(answer);
    }
    let Refusal { code, message } = serde_json::from_slice(&answer.body).unwrap_or_else(|_| Refusal {
        code: String::new(),
        message: format!("what answers at {server} says {status}, which is nothing that a Landfall server says"),
    });
    Err(Failure::Refused { status: status.as_u16(), code, message })
}

async fn exchange(server: &Address, method: Method, path: &str, who: Credential<'_>, body: Bytes) -> Result<(StatusCode, Answer), Failure> {
    let stream = server.connect().await.map_err(unreachable)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    let mut request = Request::builder().method(method).uri(path).header(HOST, server.authority()).header(ACCEPT_ENCODING, "gzip");
    request = match who {
        Credential::Nobody => request,
        Credential::Token(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
        Credential::Session(cookie) => request.header(COOKIE, cookie),
    };
    if !body.is_empty() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    let request = request.body(Full::new(body)).map_err(unreachable)?;
    let answering = async {
        let response = sender.send_request(request).await.map_err(unreachable)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(unreachable)?;
        Ok((head.status, Answer { headers: head.headers, body: body.to_bytes().to_vec() }))
    };
    // The connection must be driven while its answer is awaited; it may end first, with the answer already read.
    tokio::pin!(answering);
    tokio::select! {
        answer = &mut answering => answer,
        ended = connection => match ended {
            Ok(()) => answering.await,
            Err(error) => Err(unreachable(error)),
        },
    }
}

fn unreachable(error: impl fmt::Display) -> Failure {
    Failure::Unreachable(error.to_string())
}
