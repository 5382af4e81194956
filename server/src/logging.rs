//! The program's own log, on its standard error: in words for people, or as JSON for what collects logs. Spans go to a collector on request.
//!
//! It names logs, sessions and actors by their ids and numbers. Names, texts, cookies and tokens stay out of it at every level,
//! and where somebody's device is stands in it at `debug` only.

#[cfg(feature = "otel")]
mod spans;

use anyhow::Context;
use clap::ValueEnum;
use std::io::stderr;
use std::time::Duration;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

/// How a line of it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// In words
    Text,
    /// An object of JSON a line
    Json,
}

/// The log that was begun.
pub struct Logging {
    #[cfg(feature = "otel")]
    spans: Option<spans::Spans>,
}

/// Begins it, once in a process. `level` is `error`, `warn`, `info`, `debug` or `trace`, or a list such as `info,landfall_server=debug`;
/// `collector` is the address to which spans go.
pub fn start(format: LogFormat, level: &str, collector: Option<&str>) -> anyhow::Result<Logging> {
    let filter = EnvFilter::try_new(level).with_context(|| format!("“{level}” is no level of logging"))?;
    let lines = fmt::layer().with_writer(stderr).log_internal_errors(false);
    let lines = match format {
        LogFormat::Text => lines.with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let subscriber = registry().with(lines.with_filter(filter));
    #[cfg(feature = "otel")]
    {
        let (spans, layer) = collector.map(spans::begin).transpose()?.unzip();
        subscriber.with(layer).init();
        Ok(Logging { spans })
    }
    #[cfg(not(feature = "otel"))]
    {
        anyhow::ensure!(
            collector.is_none(),
            "this landfall was built without OpenTelemetry: build it with `cargo build --release --features landfall/otel`, or leave --otel away"
        );
        subscriber.init();
        Ok(Logging {})
    }
}

impl Logging {
    /// Sends what was not sent yet, for as long as that may take.
    pub async fn finish(self, patience: Duration) {
        #[cfg(feature = "otel")]
        if let Some(spans) = self.spans {
            spans.finish(patience).await;
        }
        #[cfg(not(feature = "otel"))]
        let _ = patience;
    }
}
