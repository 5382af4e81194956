//! Connections to other servers under TLS, by the authorities that this system trusts.

use rustls_native_certs::load_native_certs;
use std::io;
use std::sync::{Arc, OnceLock};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

/// An open connection, in the clear or not.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Whose certificates are believed.
pub(crate) type Trust = Arc<ClientConfig>;

/// The same connection, from here on under TLS with the host of this name; an IPv6 address without brackets.
pub(crate) async fn over(wire: impl Wire + 'static, host: &str, trust: Trust) -> io::Result<Box<dyn Wire>> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    Ok(Box::new(TlsConnector::from(trust).connect(name, wire).await?))
}

/// The authorities that this system trusts, or those in the file that `SSL_CERT_FILE` names. Read once: on some systems it takes a while.
pub(crate) fn trust_of_system() -> io::Result<Trust> {
    static TRUST: OnceLock<Result<Trust, String>> = OnceLock::new();
    let trust = TRUST.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        let loaded = load_native_certs();
        roots.add_parsable_certificates(loaded.certs);
        if roots.is_empty() {
            let why = loaded.errors.first().map_or_else(|| "it names none".into(), ToString::to_string);
            return Err(format!("this system trusts no authority, so that nobody's certificate can be checked ({why})"));
        }
        trusting(roots)
    });
    trust.clone().map_err(io::Error::other)
}

/// Those of somebody's own.
pub(crate) fn trusting(roots: RootCertStore) -> Result<Trust, String> {
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    let config = versions.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config))
}
