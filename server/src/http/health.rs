//! Whether it runs and whether it can serve, for those who run it and for what starts, stops and chooses servers by itself.

use super::answer::ApiError;
use crate::Served;
use crate::app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use landfall_engine::protocol::PROTOCOL_VERSION;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A database that takes longer serves nobody well; another server may be nearer to it.
const READY_PATIENCE: Duration = Duration::from_secs(1);

/// `GET /health`: well while people can be looked up, which asks the database.
pub async fn health<D: Served>(State(app): State<Arc<App<D>>>) -> Result<Response, ApiError> {
    app.people.is_setup_needed().await?;
    let body = json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "protocol": PROTOCOL_VERSION, "schema": D::SCHEMA });
    Ok(Json(body).into_response())
}

/// `GET /health/live`: the process answers. The database is not asked: a new process would not mend it.
pub async fn live() -> Response {
    Json(json!({ "status": "live" })).into_response()
}

/// `GET /health/ready`: whoever is sent here is served. Otherwise 503, and why.
pub async fn ready<D: Served>(State(app): State<Arc<App<D>>>) -> Response {
    let (status, reason) = if app.is_stopping() {
        ("stopping", "this server is stopping")
    } else {
        match timeout(READY_PATIENCE, app.people.is_setup_needed()).await {
            Ok(Ok(_)) => return Json(json!({ "status": "ready" })).into_response(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the database was asked whether it is ready and failed");
                ("no_database", "the database fails; the log of this server says how")
            }
            Err(_) => ("no_database", "the database does not answer within a second"),
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": status, "reason": reason }))).into_response()
}
