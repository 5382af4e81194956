//! Every route in one list, and what all of them have in common.

mod account;
mod across;
pub mod answer;
mod health;
mod log;
mod page;
mod snapshot;

use crate::app::App;
use crate::metrics::Route;
use crate::open_log::retry_after;
use crate::progress::Peer;
use crate::{Served, auth, connection};
use answer::{ApiError, ErrorCode};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use landfall_engine::protocol::FRAME_BYTES_MAX;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;

/// Largest body of a request about people, bytes.
const ACCOUNT_BYTES_MAX: usize = 16 << 10;

/// The routes.
pub fn router<D: Served>(app: Arc<App<D>>) -> Router {
    let counted = |(pattern, methods): (&'static str, MethodRouter<Arc<App<D>>>)| {
        (pattern, methods.layer(from_fn_with_state(app.metrics.requests.route(pattern), counted)))
    };
    let paced = |(pattern, methods): (&'static str, MethodRouter<Arc<App<D>>>)| {
        (pattern, methods.layer(from_fn_with_state(app.clone(), enter::<D>)))
    };
    let entries = list(
        [
            ("/api/found", post(account::found::<D>)),
            ("/api/invitations", post(account::invite::<D>)),
            ("/api/invitations/{code}", get(account::invitation::<D>)),
            ("/api/join", post(account::join::<D>)),
            ("/api/tokens", post(account::make_token::<D>)),
        ]
        .map(paced)
        .map(counted),
    );
    let known = list([("/api/me", get(account::me::<D>)), ("/api/sign-out", post(account::sign_out::<D>))].map(counted));
    let people = entries.merge(known).layer(DefaultBodyLimit::max(ACCOUNT_BYTES_MAX));
    let logs = list(
        [
            ("/sync", get(connection::sync::<D>)),
            ("/api/logs/{log}/snapshot", get(snapshot::serve::<D>)),
            ("/api/logs/{log}/records", get(log::records::<D>)),
            ("/api/logs/{log}/commands", post(log::commands::<D>)),
        ]
        .map(counted),
    )
    .layer(DefaultBodyLimit::max(FRAME_BYTES_MAX))
    .layer(from_fn_with_state(app.clone(), across::nodes::<D>));
    let operation = list(
        [
            ("/health", get(health::health::<D>)),
            ("/health/live", get(health::live)),
            ("/health/ready", get(health::ready::<D>)),
            ("/metrics", get(metrics::<D>)),
        ]
        .map(counted),
    );
    let nothing = list([("/api/{*rest}", get(nothing).post(nothing))].map(counted));
    let (_, page) = counted(("page", get(page::serve::<D>)));
    Router::new()
        .merge(people)
        .merge(logs)
        .merge(nothing)
        .fallback(page)
        .layer(from_fn_with_state(app.clone(), unless_stopping::<D>))
        .merge(operation)
        .layer(from_fn_with_state((app.clone(), across::content_policy(&app.config)), around::<D>))
        .with_state(app)
}

fn list<S: Clone + Send + Sync + 'static, const N: usize>(routes: [(&str, MethodRouter<S>); N]) -> Router<S> {
    routes.into_iter().fold(Router::new(), |router, (pattern, methods)| router.route(pattern, methods))
}

/// Around each request that has a route. What was asked for in its words stays out of the log: a path may hold the code of an invitation.
async fn counted(State(route): State<Arc<Route>>, request: Request, next: Next) -> Response {
    let span = tracing::debug_span!("request", method = %request.method(), route = route.pattern);
    let begun = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    route.answered(status, took);
    span.in_scope(|| tracing::debug!(status, took_ms = took.as_secs_f64() * 1e3, "answered"));
    response
}

/// `GET /metrics`, for Prometheus. Numbers only: no names, no ids.
async fn metrics<D: Served>(State(app): State<Arc<App<D>>>) -> Result<Response, ApiError> {
    let (in_use, idle) = app.people.connections();
    app.metrics.database_in_use.set(in_use);
    app.metrics.database_idle.set(idle);
    // The system is asked for what the process takes, which may take it a while.
    let text = tokio::task::spawn_blocking(move || app.metrics.to_text()).await.map_err(|_| ApiError::Internal)?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

async fn nothing() -> ApiError {
    ApiError::NotFound("there is no such request")
}

/// A server that stops finishes what it was asked and begins nothing new.
async fn unless_stopping<D: Served>(State(app): State<Arc<App<D>>>, request: Request, next: Next) -> Response {
    if app.is_stopping() { ApiError::Stopping.into_response() } else { next.run(request).await }
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
async fn around<D: Served>(State((app, content_policy)): State<(Arc<App<D>>, HeaderValue)>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    if let Some(ErrorCode(code)) = response.extensions().get() {
        app.metrics.refused(code);
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, content_policy);
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_api && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// What a browser must know of every answer, besides the policy of [`across::content_policy`].
const SECURITY_HEADERS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];
