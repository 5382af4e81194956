//! A line to a NATS server, with as much of its client protocol as hints need: one subject is heard and told of, and nothing is asked.
//!
//! Neither end is waited for: what cannot be written is dropped, and a server that falls silent is given up.

mod address;
mod decoder;

pub use address::Address;

use crate::tls::{self, Wire};
use address::Access;
use decoder::{Decoder, Info, Op};
use serde::Serialize;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

/// How long it may take until a line is open, and until the server has taken a subscription.
const OPEN_PATIENCE: Duration = Duration::from_secs(5);
/// The server is asked whether it is there when it has said nothing for so long, and is given up after so long.
const ASKED_AFTER: Duration = Duration::from_secs(10);
const SILENT_AFTER: Duration = Duration::from_secs(15);
/// What may wait to be written, bytes.
const UNWRITTEN_BYTES_MAX: usize = 64 << 10;
/// Read at a time, bytes.
const READ_BYTES: usize = 8 << 10;
/// The number of the only subscription.
const SUBSCRIPTION: u8 = 1;

/// See the module.
pub struct Line {
    wire: Box<dyn Wire>,
    decoder: Decoder,
    unwritten: Vec<u8>,
    heard_at: Instant,
    is_asked: bool,
}

/// What a client says of itself.
#[derive(Serialize)]
struct Connect<'a> {
    name: &'a str,
    lang: &'a str,
    version: &'a str,
    protocol: u8,
    verbose: bool,
    pedantic: bool,
    /// Are its own messages sent back to it?
    echo: bool,
    headers: bool,
    tls_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token: Option<&'a str>,
}

impl Line {
    /// Connects, and is let in.
    pub async fn open(server: &Address) -> io::Result<Self> {
        in_time(async {
            let stream = TcpStream::connect((server.host_name(), server.port)).await?;
            stream.set_nodelay(true)?;
            let mut line = Self::on(Box::new(stream));
            let Op::Info(info) = line.op().await? else { return Err(io::Error::other("what answers there is no NATS server")) };
            let line = line.secured(server, &info).await?;
            line.let_in(server).await
        })
        .await
    }

    fn on(wire: Box<dyn Wire>) -> Self {
        Self { wire, decoder: Decoder::default(), unwritten: Vec::new(), heard_at: Instant::now(), is_asked: false }
    }

    /// Under TLS from here on, where either end wants it.
    async fn secured(self, server: &Address, info: &Info) -> io::Result<Self> {
        if !server.is_secure && !info.tls_required {
            return Ok(self);
        }
        if !info.tls_required && !info.tls_available {
            return Err(io::Error::other("the NATS server speaks no TLS: let it, or name it by nats:// instead of tls://"));
        }
        if !self.decoder.is_empty() {
            return Err(io::Error::other("the NATS server said more than it may before TLS has begun"));
        }
        Ok(Self::on(tls::over(self.wire, server.host_name(), tls::trust_of_system()?).await?))
    }

    async fn let_in(mut self, server: &Address) -> io::Result<Self> {
        let (user, pass, auth_token) = match &server.access {
            Access::Open => (None, None, None),
            Access::Token(token) => (None, None, Some(token.as_str())),
            Access::Password { user, password } => (Some(user.as_str()), Some(password.as_str()), None),
        };
        let (name, lang, version) = ("landfall", "rust", env!("CARGO_PKG_VERSION"));
        let tls_required = server.is_secure;
        let connect = Connect {
            name,
            lang,
            version,
            protocol: 0,
            verbose: false,
            pedantic: false,
            echo: false,
            headers: false,
            tls_required,
            user,
            pass,
            auth_token,
        };
        self.write(format!("CONNECT {}\r\n", serde_json::to_string(&connect)?).as_bytes());
        self.settle().await?;
        Ok(self)
    }

    /// Hears what others say on a subject, from here on.
    pub async fn subscribe(&mut self, subject: &str) -> io::Result<()> {
        self.write(format!("SUB {subject} {SUBSCRIPTION}\r\n").as_bytes());
        in_time(self.settle()).await
    }

    /// Says something on a subject. It is written while [`heard`](Self::heard) is waited for; `false` when too much waits already.
    pub fn say(&mut self, subject: &str, text: &str) -> bool {
        let fits = self.unwritten.len() + text.len() <= UNWRITTEN_BYTES_MAX;
        if fits {
            self.write(format!("PUB {subject} {}\r\n{text}\r\n", text.len()).as_bytes());
        }
        fits
    }

    /// The next thing that somebody else says. Nothing is lost when the wait for it is called off. `Err` when the line has ended.
    pub async fn heard(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Op::Message(message) = self.op().await? {
                return Ok(message);
            }
        }
    }

    /// Until the server has done what it was told.
    async fn settle(&mut self) -> io::Result<()> {
        self.write(b"PING\r\n");
        while !matches!(self.op().await?, Op::Pong) {}
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) {
        self.unwritten.extend_from_slice(bytes);
    }

    /// The next thing that the server says, written to meanwhile.
    async fn op(&mut self) -> io::Result<Op> {
        loop {
            match self.decoder.take()? {
                Some(Op::Ping) => self.write(b"PONG\r\n"),
                Some(Op::Error(text)) => return Err(io::Error::other(format!("the NATS server says {text}"))),
                Some(op) => return Ok(op),
                None => self.exchange().await?,
            }
        }
    }

    /// Writes what waits, and reads more.
    async fn exchange(&mut self) -> io::Result<()> {
        let patience = if self.is_asked { SILENT_AFTER } else { ASKED_AFTER };
        let (wire, unwritten) = (&mut self.wire, &mut self.unwritten);
        let exchange = async {
            // Each of these may be called off between two bytes, and goes on there.
            while !unwritten.is_empty() {
                let written = wire.write(unwritten).await?;
                if written == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                unwritten.drain(..written);
            }
            wire.flush().await?;
            wire.read_buf(self.decoder.room(READ_BYTES)).await
        };
        match timeout_at(self.heard_at + patience, exchange).await {
            Ok(Ok(0)) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the NATS server has closed the line")),
            Ok(Ok(_)) => {
                self.heard_at = Instant::now();
                self.is_asked = false;
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(_) if self.is_asked => Err(io::Error::new(io::ErrorKind::TimedOut, "the NATS server says nothing any more")),
            Err(_) => {
                self.is_asked = true;
                self.write(b"PING\r\n");
                Ok(())
            }
        }
    }
}

async fn in_time<T>(opening: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(OPEN_PATIENCE, opening).await.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "it took too long")))
}
