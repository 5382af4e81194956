//! What stands in front of a server where people are: something that speaks https.

use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Takes connections for `localhost` and passes on what they bring.
pub struct Proxy {
    port: u16,
    _runtime: Runtime,
}

impl Proxy {
    /// The file with the authority that vouches for it.
    pub const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/testing/authority.pem");

    pub fn start(server: &str) -> Self {
        let chain = CertificateDer::pem_slice_iter(include_bytes!("../../src/native/testing/localhost.pem"));
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../src/native/testing/localhost.key.pem")).unwrap();
        let versions = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
        let config = versions.unwrap().with_no_client_auth().with_single_cert(chain.collect::<Result<_, _>>().unwrap(), key).unwrap();
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (port, server) = (listener.local_addr().unwrap().port(), server.to_owned());
        let acceptor = TlsAcceptor::from(Arc::new(config));
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, server) = (acceptor.clone(), server.clone());
                tokio::spawn(async move {
                    // Whoever does not trust it breaks off; that is for the test to notice.
                    let Ok(mut client) = acceptor.accept(stream).await else { return };
                    let mut server = TcpStream::connect(server).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self { port, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}
