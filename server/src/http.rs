//! Every route in one list, and what all of them have in common.

mod account;
pub mod answer;
mod health;
mod log;
mod page;

use crate::app::App;
use crate::{Served, connection};
use answer::{ApiError, ErrorCode};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use landfall_engine::protocol::FRAME_BYTES_MAX;
use std::sync::Arc;

/// Largest body of a request about people, bytes.
const ACCOUNT_BYTES_MAX: usize = 16 << 10;

/// The routes.
pub fn router<D: Served>(app: Arc<App<D>>) -> Router {
    let people = Router::new()
        .route("/api/me", get(account::me::<D>))
        .route("/api/found", post(account::found::<D>))
        .route("/api/invitations", post(account::invite::<D>))
        .route("/api/invitations/{code}", get(account::invitation::<D>))
        .route("/api/join", post(account::join::<D>))
        .route("/api/tokens", post(account::make_token::<D>))
        .route("/api/sign-out", post(account::sign_out::<D>))
        .layer(DefaultBodyLimit::max(ACCOUNT_BYTES_MAX));
    let logs = Router::new()
        .route("/sync", get(connection::sync::<D>))
        .route("/api/logs/{log}/snapshot", get(log::snapshot::<D>))
        .route("/api/logs/{log}/records", get(log::records::<D>))
        .route("/api/logs/{log}/commands", post(log::commands::<D>))
        .layer(DefaultBodyLimit::max(FRAME_BYTES_MAX));
    let operation = Router::new()
        .route("/health", get(health::health::<D>))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready::<D>))
        .route("/metrics", get(metrics::<D>));
    Router::new()
        .merge(people)
        .merge(logs)
        .route("/api/{*rest}", get(nothing).post(nothing))
        .fallback(get(page::serve::<D>))
        .layer(from_fn_with_state(app.clone(), unless_stopping::<D>))
        .merge(operation)
        .layer(from_fn_with_state(app.clone(), around::<D>))
        .with_state(app)
}

/// `GET /metrics`, for Prometheus. Numbers only: no names, no ids.
async fn metrics<D: Served>(State(app): State<Arc<App<D>>>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.to_text()).into_response()
}

async fn nothing() -> ApiError {
    ApiError::NotFound("there is no such request")
}

/// A server that stops finishes what it was asked and begins nothing new.
async fn unless_stopping<D: Served>(State(app): State<Arc<App<D>>>, request: Request, next: Next) -> Response {
    if app.is_stopping() { ApiError::Stopping.into_response() } else { next.run(request).await }
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
