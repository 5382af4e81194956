//! One request on a connection of its own.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Fifty devices on two processors take a while to be given 50,000 tasks each.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a server answered, whole.
pub struct Answer {
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).context("the server answers with what is no JSON")
    }

    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    fn succeeded(self) -> Result<Self> {
        ensure!(self.status() == "200", "status {}: {}", self.status(), String::from_utf8_lossy(&self.body));
        Ok(self)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

pub async fn get(server: SocketAddr, path: &str, cookie: &str) -> Result<Answer> {
    request(server, "GET", path, cookie, "").await
}

pub async fn post(server: SocketAddr, path: &str, cookie: &str, body: &Value) -> Result<Answer> {
    request(server, "POST", path, cookie, &body.to_string()).await
}

/// Says something that may come too soon: `Some` is when to say it again.
pub async fn offer(server: SocketAddr, path: &str, cookie: &str, body: &str) -> Result<Option<Duration>> {
    let answer = timeout(PATIENCE, exchange(server, "POST", path, cookie, body)).await.context("an offer had no answer")??;
    if answer.status() == "429" {
        let after_ms = answer.json()?["retry_after_ms"].as_u64().context("busy, and no time to come again")?;
        return Ok(Some(Duration::from_millis(after_ms)));
    }
    answer.succeeded()?;
    Ok(None)
}

async fn request(server: SocketAddr, method: &str, path: &str, cookie: &str, body: &str) -> Result<Answer> {
    let exchanged = timeout(PATIENCE, exchange(server, method, path, cookie, body)).await;
    let answer = exchanged.with_context(|| format!("{method} {path} had no answer in {PATIENCE:?}"))?;
    answer.and_then(Answer::succeeded).with_context(|| format!("{method} {path} failed"))
}

async fn exchange(server: SocketAddr, method: &str, path: &str, cookie: &str, body: &str) -> Result<Answer> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {server}\r\ncookie: {cookie}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").context("no head")?;
    let body = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes)?;
    let answer = Answer { head, body };
    let length: usize = answer.header("content-length").context("an answer without a length")?.parse()?;
    ensure!(answer.body.len() == length, "the answer was cut off after {} of {length} bytes", answer.body.len());
    Ok(answer)
}
