//! Somebody who is known to the server, and speaks to it over HTTP.

use landfall_engine::{ActorId, LogId};
use serde_json::{Value, json};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than the server lets a command wait for its record.
const PATIENCE: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Clone, Debug)]
pub struct Person {
    pub address: SocketAddr,
    pub cookie: String,
    pub actor: ActorId,
    pub log: LogId,
}

impl Person {
    /// The first visitor, who founds.
    pub async fn founder(address: SocketAddr) -> Self {
        Self::enter(address, "/api/found", json!({ "workspace": "Dry dock", "name": "Edda" })).await
    }

    /// Somebody whom this person lets in.
    pub async fn invite(&self, name: &str) -> Self {
        let invitation = self.post("/api/invitations", &json!({ "log": self.log, "role": "member" })).await;
        let code = invitation["link"].as_str().expect("a link").rsplit('/').next().unwrap_or_default();
        Self::enter(self.address, "/api/join", json!({ "code": code, "name": name })).await
    }

    /// What a program of this person signs in with.
    pub async fn token(&self) -> String {
        let made = self.post("/api/tokens", &json!({ "log": self.log, "label": "trial" })).await;
        made["token"].as_str().expect("a token").to_owned()
    }

    async fn enter(address: SocketAddr, path: &str, body: Value) -> Self {
        let nobody = Self { address, cookie: String::new(), actor: ActorId::default(), log: LogId::default() };
        let Answer { status, head, body } = nobody.request("POST", path, body.to_string().as_bytes()).await.expect("an answer");
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let entered: Value = serde_json::from_slice(&body).expect("JSON");
        let id = |name: &str| entered[name].as_str().expect("an id");
        Self { address, cookie, actor: id("actor").parse().expect("an actor"), log: id("log").parse().expect("a log") }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.request("POST", path, body.to_string().as_bytes()).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    /// One request on a connection of its own. An answer that is cut off is none.
    pub async fn request(&self, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
        timeout(PATIENCE, self.exchange(method, path, body)).await.map_err(|_| io::Error::from(ErrorKind::TimedOut))?
    }

    async fn exchange(&self, method: &str, path: &str, body: &[u8]) -> io::Result<Answer> {
        let (host, cookie, length) = (self.address, &self.cookie, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Answer::read(&answer).ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }
}

/// What the server answered, whole.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?.to_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length: usize = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse().ok()?;
        let body = bytes[end + 4..].to_vec();
        (body.len() == length).then_some(Self { status, head, body })
    }
}
