//! Every route in one list, and what all of them have in common.

mod account;
pub mod answer;
mod log;
mod page;

use crate::app::App;
use crate::open_log::retry_after;
use crate::progress::Peer;
use crate::{Served, auth, connection};
use answer::{ApiError, ErrorCode};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use landfall_engine::protocol::{FRAME_BYTES_MAX, PROTOCOL_VERSION};
use std::sync::Arc;
use std::time::Instant;

/// Largest body of a request about people, bytes.
const ACCOUNT_BYTES_MAX: usize = 16 << 10;

/// The routes.
pub fn router<D: Served>(app: Arc<App<D>>) -> Router {
    let entries = Router::new()
        .route("/api/found", post(account::found::<D>))
        .route("/api/invitations", post(account::invite::<D>))
        .route("/api/invitations/{code}", get(account::invitation::<D>))
        .route("/api/join", post(account::join::<D>))
        .route("/api/tokens", post(account::make_token::<D>))
        .route_layer(from_fn_with_state(app.clone(), enter::<D>));
    let people = Router::new()
        .merge(entries)
        .route("/api/me", get(account::me::<D>))
        .route("/api/sign-out", post(account::sign_out::<D>))
        .layer(DefaultBodyLimit::max(ACCOUNT_BYTES_MAX));
    let logs = Router::new()
        .route("/sync", get(connection::sync::<D>))
        .route("/api/logs/{log}/snapshot", get(log::snapshot::<D>))
        .route("/api/logs/{log}/records", get(log::records::<D>))
        .route("/api/logs/{log}/commands", post(log::commands::<D>))
        .layer(DefaultBodyLimit::max(FRAME_BYTES_MAX));
    let operation = Router::new().route("/health", get(health::<D>)).route("/metrics", get(metrics::<D>));
    Router::new()
        .merge(people)
        .merge(logs)
        .merge(operation)
        .route("/api/{*rest}", get(nothing).post(nothing))
        .fallback(get(page::serve::<D>))
        .layer(from_fn_with_state(app.clone(), around::<D>))
        .with_state(app)
}

/// `GET /health`: well while people can be looked up, which asks the database.
async fn health<D: Served>(State(app): State<Arc<App<D>>>) -> Result<Response, ApiError> {
    app.people.is_setup_needed().await?;
    let body =
        serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "protocol": PROTOCOL_VERSION, "schema": D::SCHEMA });
    Ok(Json(body).into_response())
}

/// `GET /metrics`, for Prometheus. Numbers only: no names, no ids.
async fn metrics<D: Served>(State(app): State<Arc<App<D>>>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.to_text()).into_response()
}

async fn nothing() -> ApiError {
    ApiError::NotFound("there is no such request")
}

/// Before whatever lets somebody in: one address may not ask for it without end.
async fn enter<D: Served>(
    State(app): State<Arc<App<D>>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let address = auth::address(&app.config, request.headers(), peer.address);
    app.rates.enter(address, Instant::now()).map_err(|wait| ApiError::Busy { retry_after: retry_after(wait) })?;
    Ok(next.run(request).await)
}

/// Around every request: what a browser must know, and the count of what went wrong.
async fn around<D: Served>(State(app): State<Arc<App<D>>>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    if let Some(ErrorCode(code)) = response.extensions().get() {
        app.metrics.refused(code);
    }
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_api && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// What a browser must know of every answer.
const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws: wss:; img-src 'self' data:; \
         style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];
