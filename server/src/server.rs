//! Starting and stopping: the parts are put together here and taken apart in the opposite order.

use crate::Served;
use crate::app::{App, Standing};
use crate::config::{Config, Data};
use crate::database::Database;
use crate::founding::Founding;
use crate::heads;
use crate::http;
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::people::{People, Tables};
use crate::postgres::Postgres;
use crate::progress::{Peer, ProgressListener};
use crate::store::LogStore;
use crate::store::memory::MemoryStore;
use crate::store::postgres::PostgresStore;
use crate::store::sqlite::SqliteStore;
use anyhow::Context;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

/// How long connections and requests may take to end when the server stops.
const STOP_PATIENCE: Duration = Duration::from_secs(10);
/// Most connections besides the WebSockets.
const REQUEST_CONNECTIONS_MAX: usize = 1_024;
/// How often unused logs are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);

/// A running server.
pub struct Server<D: Served> {
    app: Arc<App<D>>,
    address: SocketAddr,
    http: JoinHandle<()>,
    sweep: JoinHandle<()>,
    follow: JoinHandle<()>,
}

impl<D: Served> Server<D> {
    /// Opens what it keeps everything in, listens, and serves from then on.
    pub async fn start(listen: SocketAddr, config: Config, founding: Arc<dyn Founding<D>>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}: is another program using it? Choose another address with --listen"))?;
        let address = listener.local_addr()?;
        let (tables, store): (Tables, Arc<dyn LogStore>) = match &config.data {
            Data::Folder(folder) => {
                let database = Database::open(folder).await?;
                (Tables::Sqlite(database.clone()), Arc::new(SqliteStore::new(database)))
            }
            Data::Postgres(address) => {
                let database = Postgres::open(address).await?;
                (Tables::Postgres(database.clone()), Arc::new(PostgresStore::new(database)))
            }
            Data::Memory => (Tables::Sqlite(Database::in_memory().await?), Arc::new(MemoryStore::default())),
        };
        let metrics = Arc::new(Metrics::default());
        let logs = Logs::new(store, metrics.clone(), config.open_logs_max, config.limits.wait_max);
        let app = Arc::new(App::new(config, People::new(tables), logs, founding, metrics));

        // Pages and requests need places beside the sockets.
        let listener = ProgressListener::new(listener, app.config.connections_max.saturating_add(REQUEST_CONNECTIONS_MAX));
        let service = http::router(app.clone()).into_make_service_with_connect_info::<Peer>();
        let mut standing = app.standing.subscribe();
        let told_to_stop = async move {
            let _ = standing.wait_for(|standing| *standing == Standing::Stopping).await;
        };
        let serving = axum::serve(listener, service).with_graceful_shutdown(told_to_stop);
        let http = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the listener failed");
            }
        });
        let sweep = tokio::spawn(sweep(app.clone()));
        let follow = tokio::spawn(heads::follow(app.clone()));
        Ok(Self { app, address, http, sweep, follow })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nobody has founded anything here yet.
    pub async fn is_setup_needed(&self) -> anyhow::Result<bool> {
        Ok(self.app.people.is_setup_needed().await?)
    }

    /// What was counted so far.
    pub fn metrics(&self) -> &Metrics {
        &self.app.metrics
    }

    /// Tells every session to reconnect, finishes what was accepted, and closes the database.
    pub async fn stop(mut self) {
        self.app.standing.send_replace(Standing::Stopping);
        self.sweep.abort();
        self.follow.abort();
        let connections = self.app.connections.acquire_many(u32::try_from(self.app.config.connections_max).unwrap_or(u32::MAX));
        if timeout(STOP_PATIENCE, connections).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        if timeout(STOP_PATIENCE, &mut self.http).await.is_err() {
            tracing::warn!("some requests did not end in time and are cut off");
            self.http.abort();
        }
        self.app.logs.close().await;
        self.app.people.close().await;
    }
}

async fn sweep<D: Served>(app: Arc<App<D>>) {
    let mut ticks = interval(SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        app.logs.close_unused(app.config.log_unused);
    }
}
