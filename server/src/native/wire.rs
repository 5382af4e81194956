//! How a server is reached: its address, and an open connection to it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::io;
use std::str::FromStr;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long opening a connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

/// Text that names no server, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnAddress(String);

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAnAddress {}

impl Address {
    /// Host and port, as they stand in the header `Host`.
    pub fn authority(&self) -> String {
        match self.port {
            80 => self.host.clone(),
            port => format!("{}:{port}", self.host),
        }
    }

    /// The address in front of a link, and the link's path.
    pub fn split(link: &str) -> Result<(Self, String), NotAnAddress> {
        let wrong = || NotAnAddress(format!("“{link}” is no address of a server: it looks like http://board.local:4000"));
        let (scheme, rest) = link.trim().split_once("://").ok_or_else(wrong)?;
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => {}
            "https" | "wss" => {
                let why = "This program does not speak https. Give it an address inside your network, such as http://board.local:4000, or import in the page.";
                return Err(NotAnAddress(why.into()));
            }
            _ => return Err(wrong()),
        }
        let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
        let (host, port) = match authority.rsplit_once(':') {
            // Inside the brackets of an IPv6 address a colon is no end of the host.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
            _ => (authority, 80),
        };
        if host.is_empty() || host.contains(|letter: char| letter.is_whitespace() || "@?#".contains(letter)) {
            return Err(wrong());
        }
        Ok((Self { host: host.to_ascii_lowercase(), port }, format!("/{path}")))
    }

    /// Opens a connection.
    pub async fn connect(&self) -> io::Result<TcpStream> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let stream = tokio::time::timeout(CONNECT_PATIENCE, TcpStream::connect((host, self.port)))
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no answer"))??;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority())
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::split(text).map(|(address, _)| address)
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let told = |text: &str| Address::split(text).map(|(address, path)| (address.to_string(), path));
        assert_eq!(told("http://Board.local:4000"), Ok(("http://board.local:4000".into(), "/".into())));
        assert_eq!(told(" http://board.local/join/CODE "), Ok(("http://board.local".into(), "/join/CODE".into())));
        assert_eq!(told("http://[::1]:4000/"), Ok(("http://[::1]:4000".into(), "/".into())));
        assert_eq!(told("http://[::1]"), Ok(("http://[::1]".into(), "/".into())));
    }

    #[test]
    fn what_is_no_address_says_what_would_be_one() {
        for wrong in ["board.local", "ftp://board.local", "http://", "http://a b", "http://board.local:port", "http://me@board.local"] {
            let why = wrong.parse::<Address>().unwrap_err().to_string();
            assert!(why.contains("http://board.local:4000"), "{wrong}: {why}");
        }
        assert!("https://board.local".parse::<Address>().unwrap_err().to_string().contains("does not speak https"));
    }
}
