//! The snapshot with which a new device starts, fetched from the server.

use crate::download::download;
use crate::host::Host;
use futures::future::LocalBoxFuture;
use landfall_engine::LogId;
use landfall_engine::protocol::Snapshot;
use std::rc::Rc;

/// What came of asking for a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// Here it is, in pieces.
    Snapshot(Snapshot),
    /// The server has none of our version, or not for us.
    None,
    /// The server did not answer.
    Unreachable,
}

/// The door to the server's snapshots.
pub trait Bootstrap {
    /// Asks the server in this place of the list for the newest snapshot of the log.
    fn fetch(&self, server: usize) -> LocalBoxFuture<'static, Fetched>;
}

/// The browser's `fetch`.
pub struct HttpBootstrap {
    addresses: Vec<String>,
    host: Rc<dyn Host>,
}

impl HttpBootstrap {
    /// Asks these servers, such as `wss://example.org`, for snapshots of one version.
    pub fn new(origins: &[String], log: LogId, fold: u32, schema: u32, host: Rc<dyn Host>) -> Self {
        let address = |origin: &String| format!("{}/api/logs/{log}/snapshot?fold={fold}&schema={schema}", over_http(origin));
        Self { addresses: origins.iter().map(address).collect(), host }
    }
}

/// `wss://example.org` as `https://example.org`.
pub fn over_http(origin: &str) -> String {
    match origin.strip_prefix("ws") {
        Some(rest) => format!("http{}", rest.trim_end_matches('/')),
        None => origin.trim_end_matches('/').to_owned(),
    }
}

impl Bootstrap for HttpBootstrap {
    fn fetch(&self, server: usize) -> LocalBoxFuture<'static, Fetched> {
        let (address, host) = (self.addresses.get(server).cloned(), self.host.clone());
        Box::pin(async move {
            let Some(address) = address else { return Fetched::Unreachable };
            match download(&address, &*host).await {
                Ok(Some(body)) => match postcard::from_bytes(&body) {
                    Ok(snapshot) => Fetched::Snapshot(snapshot),
                    Err(_) => Fetched::None,
                },
                Ok(None) => Fetched::None,
                // The browser has written the error to its console already.
                Err(_) => Fetched::Unreachable,
            }
        })
    }
}
