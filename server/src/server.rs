//! Starting and stopping: the parts are put together here and taken apart in the opposite order.

use crate::Served;
use crate::app::{App, Standing};
use crate::config::{Config, Data};
use crate::database::Database;
use crate::founding::Founding;
use crate::heads;
use crate::http;
use crate::listeners::Teller;
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::people::{People, Tables};
use crate::progress::{Peer, ProgressListener};
use crate::store::LogStore;
use crate::store::memory::MemoryStore;
use crate::store::placed::PlacedStore;
use crate::store::sqlite::SqliteStore;
use anyhow::Context;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, timeout_at};

/// Of the time in which the server is to stop, by when its parts are cut off, in percent: those who come after one that hangs must have time too.
const SESSIONS_UNTIL: u32 = 50;
const REQUESTS_UNTIL: u32 = 65;
const WRITERS_UNTIL: u32 = 85;
const DATABASE_UNTIL: u32 = 95;
/// Most connections besides the WebSockets.
const REQUEST_CONNECTIONS_MAX: usize = 1_024;
/// How often unused logs are looked for: as often as they may be unused, within these bounds.
const SWEEP_INTERVAL: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_secs(30);

/// A running server.
pub struct Server<D: Served> {
    app: Arc<App<D>>,
    address: SocketAddr,
    close: oneshot::Sender<()>,
    http: JoinHandle<()>,
    sweep: JoinHandle<()>,
    follow: JoinHandle<()>,
    teller: Arc<Teller>,
    telling: JoinHandle<()>,
}

impl<D: Served> Server<D> {
    /// Opens what it keeps everything in, listens, and serves from then on.
    pub async fn start(listen: SocketAddr, config: Config, founding: Arc<dyn Founding<D>>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}: is another program using it? Choose another address with --listen"))?;
        let address = listener.local_addr()?;
        let metrics = Arc::new(Metrics::default());
        let (tables, store): (Tables, Arc<dyn LogStore>) = match &config.data {
            Data::Folder(folder) => {
                let database = Database::open(folder).await?;
                (Tables::Sqlite(database.clone()), Arc::new(SqliteStore::new(database)))
            }
            Data::Postgres(address) => {
                let mut placed = PlacedStore::open(address, &config.placement).await?;
                if let Some(server) = &config.hints {
                    placed.hint_over(server.clone(), metrics.nats_connected.clone()).await?;
                }
                (Tables::Postgres(placed.main()), Arc::new(placed))
            }
            Data::Memory => (Tables::Sqlite(Database::in_memory().await?), Arc::new(MemoryStore::default())),
        };
        let teller = Arc::new(Teller::new(tables.clone(), config.listeners_interval));
        let logs = Logs::new(store, metrics.clone(), config.open_logs_max);
        let app = Arc::new(App::new(config, People::new(tables), logs, founding, metrics));

        // Pages and requests need places beside the sockets.
        let listener = ProgressListener::new(listener, app.config.connections_max.saturating_add(REQUEST_CONNECTIONS_MAX));
        let service = http::router(app.clone()).into_make_service_with_connect_info::<Peer>();
        let (close, told_to_close) = oneshot::channel();
        let serving = axum::serve(listener, service).with_graceful_shutdown(async {
            let _ = told_to_close.await;
        });
        let http = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the listener failed");
            }
        });
        let sweep = tokio::spawn(sweep(app.clone()));
        let follow = tokio::spawn(heads::follow(app.clone()));
        let telling = tokio::spawn(teller.clone().run(app.clone()));
        Ok(Self { app, address, close, http, sweep, follow, teller, telling })
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

    /// Tells every session to reconnect, finishes what was accepted, and closes the database, within [`Config::stop_within`].
    ///
    /// Until the sessions have ended whoever comes is answered that the server stops; then nobody is let in any more.
    pub async fn stop(mut self) {
        let begun = Instant::now();
        let until = |percent| begun + self.app.config.stop_within * percent / 100;
        self.app.standing.send_replace(Standing::Stopping);
        self.sweep.abort();
        self.telling.abort();
        let connections = self.app.connections.acquire_many(u32::try_from(self.app.config.connections_max).unwrap_or(u32::MAX));
        if timeout_at(until(SESSIONS_UNTIL), connections).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        let _ = self.close.send(());
        if timeout_at(until(REQUESTS_UNTIL), &mut self.http).await.is_err() {
            tracing::warn!("some requests did not end in time and are cut off");
            self.http.abort();
        }
        self.follow.abort();
        self.app.logs.finish(until(WRITERS_UNTIL)).await;
        let closing = async {
            // One that cannot be asked any more forgets it by itself, in a while.
            if let Err(error) = self.teller.forget().await {
                tracing::debug!(%error, "how many followed each log is not taken back");
            }
            self.app.logs.store().close().await;
            self.app.people.close().await;
        };
        if timeout_at(until(DATABASE_UNTIL), closing).await.is_err() {
            tracing::warn!("the database was not closed in time; what was recorded is safe");
        }
    }
}

async fn sweep<D: Served>(app: Arc<App<D>>) {
    let mut ticks = interval(app.config.log_unused.clamp(*SWEEP_INTERVAL.start(), *SWEEP_INTERVAL.end()));
    loop {
        ticks.tick().await;
        app.logs.close_unused(app.config.log_unused);
    }
}
