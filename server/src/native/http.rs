//! Requests to a server: JSON there and back, one connection each. A large answer whose line is cut goes on where it was.

use super::wire::Address;
use anyhow::anyhow;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, COOKIE, ETAG, HOST, HeaderMap, IF_RANGE, RANGE,
};
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
/// A download goes on after a cut for as long as something comes each time; so often in a row nothing may come.
const CUTS_IN_VAIN_MAX: u32 = 3;
/// Pause after a cut.
const CUT_PAUSE: Duration = Duration::from_millis(300);

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

/// What a server answered, as far as it has come.
#[derive(Debug, Default)]
pub struct Answer {
    status: StatusCode,
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

/// Asks for something that may be large, and returns it unpacked.
pub async fn download(server: &Address, path: &str, who: Credential<'_>) -> Result<Vec<u8>, Failure> {
    let mut answer = Answer::default();
    let mut in_vain = 0;
    loop {
        let before = answer.body.len();
        match exchange_in_time(server, Method::GET, path, who, Bytes::new(), &mut answer).await {
            Ok(()) => return succeeded(server, answer)?.bytes(),
            Err(failure) => {
                in_vain = if answer.body.len() > before { 0 } else { in_vain + 1 };
                let can_go_on = answer.status.is_success() && answer.headers.contains_key(ETAG) && !answer.body.is_empty();
                if !can_go_on || in_vain >= CUTS_IN_VAIN_MAX {
                    return Err(failure);
                }
                tokio::time::sleep(CUT_PAUSE).await;
            }
        }
    }
}

/// Says something that is JSON already; the status and the body of whatever is answered.
pub async fn post_text(server: &Address, path: &str, who: Credential<'_>, body: Vec<u8>) -> Result<(u16, Vec<u8>), Failure> {
    let mut answer = Answer::default();
    exchange_in_time(server, Method::POST, path, who, body.into(), &mut answer).await?;
    Ok((answer.status.as_u16(), answer.body))
}

async fn ask(server: &Address, method: Method, path: &str, who: Credential<'_>, body: Bytes) -> Result<Answer, Failure> {
    let mut answer = Answer::default();
    exchange_in_time(server, method, path, who, body, &mut answer).await?;
    succeeded(server, answer)
}

fn succeeded(server: &Address, answer: Answer) -> Result<Answer, Failure> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let status = answer.status;
    let Refusal { code, message } = serde_json::from_slice(&answer.body).unwrap_or_else(|_| Refusal {
        code: String::new(),
        message: format!("what answers at {server} says {status}, which is nothing that a Landfall server says"),
    });
    Err(Failure::Refused { status: status.as_u16(), code, message })
}

async fn exchange_in_time(
    server: &Address,
    method: Method,
    path: &str,
    who: Credential<'_>,
    body: Bytes,
    answer: &mut Answer,
) -> Result<(), Failure> {
    let exchanging = exchange(server, method, path, who, body, answer);
    tokio::time::timeout(PATIENCE, exchanging).await.map_err(|_| Failure::Unreachable("it took too long".into()))?
}

/// Asks, and takes what comes into the answer. Of one that has begun, the rest is asked for.
async fn exchange(
    server: &Address,
    method: Method,
    path: &str,
    who: Credential<'_>,
    body: Bytes,
    answer: &mut Answer,
) -> Result<(), Failure> {
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
    if let Some(tag) = answer.headers.get(ETAG).filter(|_| !answer.body.is_empty()) {
        request = request.header(RANGE, format!("bytes={}-", answer.body.len())).header(IF_RANGE, tag);
    }
    let request = request.body(Full::new(body)).map_err(unreachable)?;
    let answering = async {
        let (head, body) = sender.send_request(request).await.map_err(unreachable)?.into_parts();
        if !is_the_rest(head.status, &head.headers, answer.body.len()) {
            answer.body.clear();
        }
        (answer.status, answer.headers) = (head.status, head.headers);
        let mut body = Limited::new(body, ANSWER_BYTES_MAX.saturating_sub(answer.body.len()));
        while let Some(frame) = body.frame().await {
            let data = frame.map_err(unreachable)?.into_data();
            answer.body.extend_from_slice(&data.unwrap_or_default());
        }
        Ok(())
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

/// Does what comes begin where it was cut?
fn is_the_rest(status: StatusCode, headers: &HeaderMap, at: usize) -> bool {
    let range = headers.get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    status == StatusCode::PARTIAL_CONTENT && range.is_some_and(|range| range.starts_with(&format!("bytes {at}-")))
}

fn unreachable(error: impl fmt::Display) -> Failure {
    Failure::Unreachable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::random;
    use std::io::Write;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that answers each connection with the next of these, and returns what it was asked for.
    async fn serve(answers: Vec<Vec<u8>>) -> (Address, tokio::task::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let serving = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                asked.push(String::from_utf8(request).unwrap());
                stream.write_all(&answer).await.unwrap();
            }
            asked
        });
        (address, serving)
    }

    /// What a server says: so much of `packed` from `at` on, and then the line is cut.
    fn answer(tag: &str, packed: &[u8], at: usize, until: usize) -> Vec<u8> {
        let (status, length) = (if at > 0 { "206 Partial Content" } else { "200 OK" }, packed.len() - at);
        let range = if at > 0 { format!("content-range: bytes {at}-{}/{}\r\n", packed.len() - 1, packed.len()) } else { String::new() };
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\ncontent-encoding: gzip\r\netag: \"{tag}\"\r\n{range}\r\n");
        [head.as_bytes(), &packed[at..until]].concat()
    }

    fn packed() -> (Vec<u8>, Vec<u8>) {
        let text: Vec<u8> = (0..1_000).flat_map(|_| random::<100>()).collect();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        (text, gzip.finish().unwrap())
    }

    #[tokio::test]
    async fn a_download_that_is_cut_goes_on_where_it_was() {
        let (text, packed) = packed();
        let (one, two) = (packed.len() / 3, packed.len() / 2);
        let answers = [(0, one), (one, two), (two, packed.len())].map(|(at, until)| answer("a", &packed, at, until));
        let (server, serving) = serve(answers.into()).await;
        assert_eq!(download(&server, "/snapshot", Credential::Nobody).await, Ok(text));
        let asked = serving.await.unwrap();
        assert!(!asked[0].contains("range"), "{}", asked[0]);
        for (request, at) in [(&asked[1], one), (&asked[2], two)] {
            assert!(request.contains(&format!("range: bytes={at}-\r\n")) && request.contains("if-range: \"a\"\r\n"), "{request}");
        }
    }

    #[tokio::test]
    async fn where_there_is_another_by_then_it_begins_anew() {
        let ((_, first), (text, second)) = (packed(), packed());
        let answers = vec![answer("a", &first, 0, first.len() / 2), answer("b", &second, 0, second.len())];
        let (server, serving) = serve(answers).await;
        assert_eq!(download(&server, "/snapshot", Credential::Nobody).await, Ok(text));
        serving.await.unwrap();
    }

    #[tokio::test]
    async fn when_nothing_more_comes_it_is_given_up() {
        let (_, packed) = packed();
        let half = packed.len() / 2;
        let in_vain = std::iter::repeat_n(answer("a", &packed, half, half), CUTS_IN_VAIN_MAX as usize);
        let (server, serving) = serve(std::iter::once(answer("a", &packed, 0, half)).chain(in_vain).collect()).await;
        let failure = download(&server, "/snapshot", Credential::Nobody).await.unwrap_err();
        assert!(matches!(failure, Failure::Unreachable(_)), "{failure}");
        assert_eq!(serving.await.unwrap().len(), 1 + CUTS_IN_VAIN_MAX as usize);
    }
}
