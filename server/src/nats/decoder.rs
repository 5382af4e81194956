//! What a NATS server says, out of its bytes as they come.

use serde::Deserialize;
use std::io;

/// Longest line, bytes; the server's introduction names every server of its cluster.
const LINE_BYTES_MAX: usize = 64 << 10;
/// Longest message that is looked at, bytes. Ours are shorter, and those of others are passed over.
pub const MESSAGE_BYTES_MAX: usize = 8_000;

/// One thing that it says.
#[derive(Debug, PartialEq, Eq)]
pub enum Op {
    /// Who it is.
    Info(Info),
    /// Is this end there?
    Ping,
    /// It is there, and has done what it was told before.
    Pong,
    /// Somebody has said this on the subject that is heard.
    Message(Vec<u8>),
    /// What it does not like.
    Error(String),
}

/// As much of its introduction as matters.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Info {
    pub tls_required: bool,
    pub tls_available: bool,
}

/// See the module. Holds one line and one message at most, and what was read along with them.
#[derive(Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    /// Of a message that is passed over, what is still to come.
    skipped: usize,
}

impl Decoder {
    /// Where to put the next bytes, at least so many.
    pub fn room(&mut self, bytes: usize) -> &mut Vec<u8> {
        self.bytes.reserve(bytes);
        &mut self.bytes
    }

    /// Has it said nothing that was not taken yet?
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next thing; `None` when more bytes are needed.
    pub fn take(&mut self) -> io::Result<Option<Op>> {
        loop {
            let passed = self.skipped.min(self.bytes.len());
            self.bytes.drain(..passed);
            self.skipped -= passed;
            let Some(end) = self.bytes.windows(2).position(|pair| pair == b"\r\n") else {
                return if self.bytes.len() > LINE_BYTES_MAX { Err(malformed("a line without an end")) } else { Ok(None) };
            };
            let line = str::from_utf8(&self.bytes[..end]).map_err(|_| malformed("a line that is no text"))?;
            let (verb, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
            let op = match verb.to_ascii_uppercase().as_str() {
                "MSG" => {
                    let length = rest.split_ascii_whitespace().next_back().and_then(|length| length.parse::<usize>().ok());
                    let length = length.ok_or_else(|| malformed("a message without a length"))?;
                    if length > MESSAGE_BYTES_MAX {
                        self.skipped = length.saturating_add(end + 4);
                        continue;
                    }
                    let Some(message) = self.bytes.get(end + 2..end + 4 + length) else { return Ok(None) };
                    let message = message.strip_suffix(b"\r\n").ok_or_else(|| malformed("a message of another length"))?.to_vec();
                    self.bytes.drain(..end + 4 + length);
                    return Ok(Some(Op::Message(message)));
                }
                "INFO" => Some(Op::Info(serde_json::from_str(rest).map_err(|_| malformed("no introduction"))?)),
                "PING" => Some(Op::Ping),
                "PONG" => Some(Op::Pong),
                "-ERR" => Some(Op::Error(rest.trim().to_owned())),
                "+OK" => None,
                _ => return Err(malformed("what is no word of NATS")),
            };
            self.bytes.drain(..end + 2);
            if op.is_some() {
                return Ok(op);
            }
        }
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("what answers there says {what}, and so is no NATS server"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::random;

    fn told(pieces: &[&[u8]]) -> io::Result<Vec<Op>> {
        let (mut decoder, mut told) = (Decoder::default(), Vec::new());
        for piece in pieces {
            decoder.room(piece.len()).extend_from_slice(piece);
            while let Some(op) = decoder.take()? {
                told.push(op);
            }
        }
        assert!(decoder.bytes.len() <= LINE_BYTES_MAX, "what is held has a bound");
        Ok(told)
    }

    #[test]
    fn what_a_server_says_is_understood_wherever_it_is_cut() {
        let long = "x".repeat(MESSAGE_BYTES_MAX + 1);
        let said = format!(
            "INFO {{\"server_id\":\"a\",\"tls_required\":true}} \r\n+OK\r\nPING\r\nMSG a.b 1 5\r\na\r\nbc\r\nmsg a.b 1 reply 0\r\n\r\n\
             MSG a.b 1 {}\r\n{long}\r\nPONG\r\n-ERR 'Authorization Violation'\r\n",
            long.len()
        );
        let expected = [
            Op::Info(Info { tls_required: true, tls_available: false }),
            Op::Ping,
            Op::Message(b"a\r\nbc".to_vec()),
            Op::Message(Vec::new()),
            Op::Pong,
            Op::Error("'Authorization Violation'".into()),
        ];
        assert_eq!(told(&[said.as_bytes()]).unwrap(), expected, "one too long is passed over");
        let one_by_one: Vec<&[u8]> = said.as_bytes().chunks(1).collect();
        assert_eq!(told(&one_by_one).unwrap(), expected);
        for cut in 0..200 {
            let (before, after) = said.as_bytes().split_at(cut);
            assert_eq!(told(&[before, after]).unwrap(), expected, "cut at {cut}");
        }
    }

    #[test]
    fn what_no_nats_server_would_say_ends_the_line() {
        let endless = vec![b'a'; LINE_BYTES_MAX + 1];
        for said in [
            b"HTTP/1.1 400 Bad Request\r\n".as_slice(),
            b"MSG a.b 1 many\r\n",
            b"MSG a.b 1 99999999999999999999999\r\n",
            b"MSG\r\n",
            b"MSG a.b 1 2\r\nabcdef\r\n",
            b"INFO nothing\r\n",
            b"\xff\xfe\r\n",
            &endless,
        ] {
            assert_eq!(told(&[said]).unwrap_err().kind(), io::ErrorKind::InvalidData, "{said:?}");
        }
        assert_eq!(told(&[format!("MSG a.b 1 {}\r\nmore", usize::MAX).as_bytes()]).unwrap(), [], "this one is passed over for ever");
    }

    #[test]
    fn noise_is_refused_or_waited_out_and_nothing_breaks() {
        let letters = b"MSG 1\r\nPINGINFO{}-ER+OK\0\xff";
        for _ in 0..2_000 {
            let mut noise = random::<64>().map(|byte| letters[usize::from(byte) % letters.len()]).to_vec();
            noise.extend_from_slice(b"\r\nPING\r\n");
            let _ = told(&noise.chunks(7).collect::<Vec<_>>());
        }
    }
}
