//! Spans of requests, commands and appends to a collector of OpenTelemetry, by OTLP over HTTP. They hold ids and counts, as the log does.

use anyhow::Context;
use async_trait::async_trait;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// What the collector may take for one batch; batches that do not fit into the queue meanwhile are lost, and nobody waits for them.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest answer of a collector, bytes.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Spans on their way.
pub(super) struct Spans(SdkTracerProvider);

/// Begins to send. Must be called within the runtime.
pub(super) fn begin<S>(collector: &str) -> anyhow::Result<(Spans, impl Layer<S> + use<S>)>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client(Handle::current()))
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{collector}/v1/traces"))
        .build()
        .context("spans cannot be sent")?;
    let resource = Resource::builder_empty().with_service_name("landfall").build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("landfall")).with_threads(false).with_location(false);
    // Not what is said within a span: at `debug` that names addresses.
    let ours = filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with("landfall"));
    Ok((Spans(provider), layer.with_filter(ours)))
}

impl Spans {
    /// Sends what was not sent yet.
    pub(super) async fn finish(self, patience: Duration) {
        let finished = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(patience)).await;
        if !matches!(finished, Ok(Ok(()))) {
            tracing::warn!("the last spans were not sent in time");
        }
    }
}

/// The spans are sent by a thread of their own, which knows no runtime.
#[derive(Debug)]
struct Client(Handle);

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.0.spawn(async { timeout(PATIENCE, send(request)).await? }).await?
    }
}

async fn send(mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let authority = request.uri().authority().ok_or("the collector has no host")?.clone();
    let stream = TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    request.headers_mut().insert(HOST, HeaderValue::try_from(authority.as_str())?);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).parse::<Uri>()?;
    *request.uri_mut() = path;
    let (parts, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
    Ok(Response::from_parts(parts, Limited::new(body, ANSWER_BYTES_MAX).collect().await?.to_bytes()))
}
