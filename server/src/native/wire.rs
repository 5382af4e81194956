//! How a server is reached: its address, and an open connection to it.

use crate::tls::{self, Trust, Wire};
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
    secure: bool,
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
        if self.port == usual_port(self.secure) { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// Is what goes there kept from others on the way?
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The address in front of a link, and the link's path.
    pub fn split(link: &str) -> Result<(Self, String), NotAnAddress> {
        let wrong = || NotAnAddress(format!("“{link}” is no address of a server: it looks like http://board.local:8080"));
        let (scheme, rest) = link.trim().split_once("://").ok_or_else(wrong)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => false,
            "https" | "wss" => true,
            _ => return Err(wrong()),
        };
        let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
        let (host, port) = match authority.rsplit_once(':') {
            // Inside the brackets of an IPv6 address a colon is no end of the host.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
            _ => (authority, usual_port(secure)),
        };
        if host.is_empty() || host.contains(|letter: char| letter.is_whitespace() || "@?#".contains(letter)) {
            return Err(wrong());
        }
        Ok((Self { secure, host: host.to_ascii_lowercase(), port }, format!("/{path}")))
    }

    /// Opens a connection; for https with the authorities that this system trusts (or those in the file that `SSL_CERT_FILE` names).
    pub async fn connect(&self) -> io::Result<Box<dyn Wire>> {
        let trust = if self.secure { Some(tls::trust_of_system()?) } else { None };
        self.connect_trusting(trust).await
    }

    async fn connect_trusting(&self, trust: Option<Trust>) -> io::Result<Box<dyn Wire>> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let connecting = async {
            let stream = TcpStream::connect((host, self.port)).await?;
            stream.set_nodelay(true)?;
            match trust {
                Some(trust) => tls::over(stream, host, trust).await,
                None => Ok(Box::new(stream) as Box<dyn Wire>),
            }
        };
        let in_time = tokio::time::timeout(CONNECT_PATIENCE, connecting).await;
        in_time.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "it took too long"))?
    }
}

fn usual_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http{}://{}", if self.secure { "s" } else { "" }, self.authority())
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
    use crate::tls::trusting;
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let told = |text: &str| Address::split(text).map(|(address, path)| (address.to_string(), path));
        assert_eq!(told("http://Board.local:8080"), Ok(("http://board.local:8080".into(), "/".into())));
        assert_eq!(told(" http://board.local/join/CODE "), Ok(("http://board.local".into(), "/join/CODE".into())));
        assert_eq!(told("http://[::1]:4000/"), Ok(("http://[::1]:4000".into(), "/".into())));
        assert_eq!(told("https://Board.example.org/join/CODE"), Ok(("https://board.example.org".into(), "/join/CODE".into())));
        assert_eq!(told("https://board.example.org:8443"), Ok(("https://board.example.org:8443".into(), "/".into())));
        assert_eq!(told("http://[::1]"), Ok(("http://[::1]".into(), "/".into())));
    }

    #[test]
    fn what_is_no_address_says_what_would_be_one() {
        for wrong in ["board.local", "ftp://board.local", "http://", "http://a b", "http://board.local:port", "http://me@board.local"] {
            let why = wrong.parse::<Address>().unwrap_err().to_string();
            assert!(why.contains("http://board.local:8080"), "{wrong}: {why}");
        }
    }

    /// A server for `localhost` with a certificate of the authority in `testing/`, which answers with what it hears.
    async fn echo() -> Address {
        let chain = CertificateDer::pem_slice_iter(include_bytes!("testing/localhost.pem")).collect::<Result<_, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("testing/localhost.key.pem")).unwrap();
        let versions = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
        let config = versions.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(config));
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever does not trust it breaks off here.
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let mut heard = [0; 5];
                    stream.read_exact(&mut heard).await.unwrap();
                    stream.write_all(&heard).await.unwrap();
                    stream.shutdown().await.unwrap();
                }
            }
        });
        address.parse().unwrap()
    }

    #[tokio::test]
    async fn https_reaches_whom_the_system_trusts_and_nobody_else() {
        let address = echo().await;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(include_bytes!("testing/authority.pem")).unwrap()).unwrap();
        let mut wire = address.connect_trusting(Some(trusting(roots).unwrap())).await.unwrap();
        wire.write_all(b"hello").await.unwrap();
        let mut heard = String::new();
        wire.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "hello");
        let strangers = trusting(RootCertStore::empty()).unwrap();
        let refused = address.connect_trusting(Some(strangers)).await.err().unwrap().to_string();
        assert!(refused.contains("UnknownIssuer"), "{refused}");
    }
}
