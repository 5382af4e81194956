//! A real server on a random port, and people who speak to it over real sockets.

use crate::toy::{Command, Say, Toy};
use futures::{SinkExt, StreamExt};
use landfall_engine::protocol::*;
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Domain, LogId, Record, TimeMs, upcast};
use landfall_server::config::{Config, Data, Limits};
use landfall_server::host::random;
use landfall_server::metrics::Metrics;
use landfall_server::server::Server;
use serde::Serialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const PATIENCE: Duration = Duration::from_secs(20);

/// See the module.
pub struct World {
    server: Option<Server<Toy>>,
    config: Config,
    folder: Option<Folder>,
}

/// A folder of data that is gone afterwards.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let name: String = random::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        Self(std::env::temp_dir().join(format!("landfall-sync-{name}")))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl World {
    /// A server with a folder of data of its own.
    pub async fn start() -> Self {
        let folder = Folder::new();
        let mut world = Self::start_with(Config { data: Data::Folder(folder.0.clone()), ..patient() }).await;
        world.folder = Some(folder);
        world
    }

    pub async fn start_with(config: Config) -> Self {
        let mut world = Self { server: None, config, folder: None };
        world.start_again().await;
        world
    }

    /// Stops the server and starts another one on the same folder.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    async fn start_again(&mut self) {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        self.server = Some(Server::start(listen, self.config.clone(), Arc::new(Toy)).await.expect("the server starts"));
    }

    fn server(&self) -> &Server<Toy> {
        self.server.as_ref().expect("the server runs")
    }

    pub fn metrics(&self) -> &Metrics {
        self.server().metrics()
    }

    /// Somebody nobody knows.
    pub fn stranger(&self) -> Person {
        Person::at(self.server().address())
    }

    /// The same person, at the server that runs now.
    pub fn again(&self, person: &Person) -> Person {
        Person { address: self.server().address(), ..person.clone() }
    }

    /// The first visitor, who founds.
    pub async fn owner(&self) -> Person {
        let mut person = self.stranger();
        person.enter("/api/found", json!({ "workspace": "Hull 7", "name": "Ada" })).await;
        person
    }

    /// Somebody whom the owner invited.
    pub async fn member(&self, owner: &Person, name: &str) -> Person {
        let code = owner.invite().await;
        let mut person = self.stranger();
        person.enter("/api/join", json!({ "code": code, "name": name })).await;
        person
    }
}

/// The usual configuration, of a server that turns nobody away because this machine is busy with other tests too.
pub fn patient() -> Config {
    Config { limits: Limits { wait_max: Duration::from_secs(10), ..Limits::default() }, ..Config::default() }
}

/// What the server answered.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    /// The code of the error, with its status.
    pub fn error(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().expect("an error has a code").to_owned())
    }
}

/// Somebody with a browser, or a program with a token.
#[derive(Clone)]
pub struct Person {
    pub address: SocketAddr,
    pub cookie: Option<String>,
    pub token: Option<String>,
    pub actor: ActorId,
    pub log: LogId,
}

impl Person {
    /// Somebody nobody knows.
    pub fn at(address: SocketAddr) -> Self {
        Self { address, cookie: None, token: None, actor: ActorId::default(), log: LogId::default() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], &[]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_text(path, &body.to_string()).await
    }

    async fn post_text(&self, path: &str, body: &str) -> Answer {
        self.try_post_text(path, body).await.expect("an answer")
    }

    async fn try_post_text(&self, path: &str, body: &str) -> Option<Answer> {
        let headers = [("content-type", "application/json".to_owned()), ("origin", format!("http://{}", self.address))];
        self.try_request("POST", path, &headers, body.as_bytes()).await
    }

    /// Submits commands by HTTP.
    pub async fn post_commands(&self, commands: &[Submission]) -> Answer {
        self.post_text(&self.commands_path(), &commands_body(commands)).await
    }

    /// The records of these commands; `None` when the server is gone before it has answered.
    pub async fn try_post_commands(&self, commands: &[Submission]) -> Option<Value> {
        let answer = self.try_post_text(&self.commands_path(), &commands_body(commands)).await?;
        (answer.status == 200).then(|| answer.json())
    }

    fn commands_path(&self) -> String {
        format!("/api/logs/{}/commands", self.log)
    }

    pub async fn request(&self, method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Answer {
        self.try_request(method, path, headers, body).await.expect("an answer")
    }

    /// `None` when the server is gone before it has answered.
    async fn try_request(&self, method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Option<Answer> {
        let mut text =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n", self.address, body.len());
        for (name, value) in self.credentials().iter().chain(headers) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        let mut stream = TcpStream::connect(self.address).await.ok()?;
        stream.write_all(text.as_bytes()).await.ok()?;
        // A server that refuses a body may close before it has read all of it.
        let _ = stream.write_all(body).await;
        let mut bytes = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an answer in time");
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let answer = Answer { status, head, body: bytes[end + 4..].to_vec() };
        let length: Option<usize> = answer.header("content-length").and_then(|length| length.parse().ok());
        length.is_none_or(|length| length == answer.body.len()).then_some(answer)
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        let cookie = self.cookie.iter().map(|cookie| ("cookie", format!("theme=dark; landfall_session={cookie}")));
        let token = self.token.iter().map(|token| ("authorization", format!("Bearer {token}")));
        cookie.chain(token).collect()
    }

    /// Founds or joins.
    pub async fn enter(&mut self, path: &str, body: Value) {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let cookie = answer.header("set-cookie").expect("a cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        self.cookie = cookie.split(['=', ';']).nth(1).map(str::to_owned);
        let entered = answer.json();
        self.actor = entered["actor"].as_str().unwrap().parse().unwrap();
        self.log = entered["log"].as_str().unwrap().parse().unwrap();
    }

    /// The code of a new invitation.
    pub async fn invite(&self) -> String {
        let answer = self.post("/api/invitations", json!({ "log": self.log, "role": "member" })).await;
        let link = answer.json()["link"].as_str().expect("a link").to_owned();
        assert!(link.starts_with(&format!("http://{}/join/", self.address)), "{link}");
        link.rsplit('/').next().unwrap().to_owned()
    }

    /// Opens a socket; `Err` is the HTTP status of a refusal.
    pub async fn connect(&self, subprotocol: &str, origin: &str) -> Result<Socket, u16> {
        let mut request = format!("ws://{}/sync", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", subprotocol.parse().unwrap());
        request.headers_mut().insert("origin", origin.parse().unwrap());
        for (name, value) in self.credentials() {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(self.address).await.expect("the server listens");
        let format = if subprotocol.contains("json") { Format::Json } else { Format::Postcard };
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((stream, _)) => Ok(Socket { stream, format, device: DeviceId(random()), cursor: Cursor::default(), seen: Vec::new() }),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn socket(&self, format: Format) -> Socket {
        let subprotocol = match format {
            Format::Postcard => SUBPROTOCOL_POSTCARD,
            Format::Json => SUBPROTOCOL_JSON,
        };
        self.connect(subprotocol, &format!("http://{}", self.address)).await.expect("the socket opens")
    }

    /// Opens a socket, says hello and reads until it has caught up.
    pub async fn follow(&self, format: Format, cursor: Cursor) -> Socket {
        let mut socket = self.socket(format).await;
        socket.cursor = cursor;
        socket.hello(self.log).await;
        socket.catch_up().await;
        socket
    }
}

/// A connection as a client has it: with a cursor that accepts no gap.
pub struct Socket {
    pub stream: WebSocketStream<TcpStream>,
    pub format: Format,
    pub device: DeviceId,
    pub cursor: Cursor,
    pub seen: Vec<Record<Toy>>,
}

impl Socket {
    pub async fn send(&mut self, frame: &Upstream) {
        let bytes = self.format.encode(frame);
        self.send_bytes(bytes).await;
    }

    pub async fn send_bytes(&mut self, bytes: Vec<u8>) {
        let message = match self.format {
            Format::Postcard => Message::Binary(bytes.into()),
            Format::Json => Message::Text(String::from_utf8(bytes).unwrap().into()),
        };
        // The server may have closed already; what it said is read next.
        let _ = self.stream.send(message).await;
    }

    pub async fn hello(&mut self, log: LogId) {
        self.hello_as(PROTOCOL_VERSION, Toy::SCHEMA, log).await;
    }

    /// As a client of other versions says it.
    pub async fn hello_as(&mut self, protocol: u16, schema: u32, log: LogId) {
        let hello = Hello { protocol, schema, log, cursor: self.cursor, device: self.device };
        self.send(&Upstream::Hello(hello)).await;
    }

    pub async fn message(&mut self) -> Message {
        let next = timeout(PATIENCE, self.stream.next()).await.expect("a message in time");
        next.expect("the connection is open").expect("the connection is whole")
    }

    /// The next frame; records move the cursor.
    pub async fn next(&mut self) -> Downstream<Toy> {
        let frame: Downstream<Toy> = match self.message().await {
            Message::Binary(bytes) if self.format == Format::Postcard => self.format.decode(&bytes).unwrap(),
            Message::Text(text) if self.format == Format::Json => self.format.decode(text.as_bytes()).unwrap(),
            other => panic!("not a frame: {other:?}"),
        };
        match &frame {
            Downstream::Welcome(welcome) if welcome.epoch != self.cursor.epoch => {
                self.cursor = Cursor { epoch: welcome.epoch, position: 0 }
            }
            _ => {}
        }
        for record in frame.clone().into_records().into_iter().flatten() {
            assert_eq!(record.position, self.cursor.position + 1, "positions have no gaps");
            self.cursor.position = record.position;
            self.seen.push(record);
        }
        frame
    }

    pub async fn catch_up(&mut self) {
        while !matches!(self.next().await, Downstream::CaughtUp { .. }) {}
    }

    /// Reads until the record of this command has come.
    pub async fn read_until(&mut self, command: CommandId) -> Record<Toy> {
        loop {
            if let Some(record) = self.seen.iter().find(|record| record.command == command) {
                return record.clone();
            }
            if let Downstream::Recorded(record) = self.next().await
                && record.command == command
            {
                return record;
            }
        }
    }

    pub async fn submit(&mut self, submission: Submission) -> CommandId {
        let id = submission.id;
        self.send(&Upstream::Submit(vec![submission])).await;
        id
    }

    pub async fn say(&mut self, text: &str) -> CommandId {
        self.submit(say(text)).await
    }

    /// The code with which the server closes, whatever it sends before.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.message().await {
                return frame.expect("a close has a code").code.into();
            }
        }
    }

    /// Is the connection still good?
    pub async fn ping(&mut self) {
        self.send(&Upstream::Ping).await;
        while !matches!(self.next().await, Downstream::Pong { .. }) {}
    }
}

/// Commands as they are posted. Their texts go up letter by letter: a resend is told by that.
fn commands_body(commands: &[Submission]) -> String {
    #[derive(Serialize)]
    struct Body<'a> {
        device: DeviceId,
        commands: &'a [Submission],
    }
    serde_json::to_string(&Body { device: DeviceId(random()), commands }).expect("plain data")
}

/// A command to say something, under a new id.
pub fn say(text: &str) -> Submission {
    submission(&Command::Say(Say { about: ActorId::default(), text: text.into() }))
}

pub fn submission(command: &Command) -> Submission {
    let text = CommandText(upcast::encode(command, Toy::command_shapes()));
    Submission { id: CommandId(random()), after: None, issued: TimeMs(1), command: Some(text) }
}
