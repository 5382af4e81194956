//! Logs over HTTP: records for whoever reads back, commands from other programs.

use super::account::{reader, signed_in};
use super::answer::{ApiError, InPath, InQuery, Sent};
use crate::app::App;
use crate::open_log::retry_after;
use crate::{Served, auth};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use landfall_engine::protocol::{COMMAND_BYTES_MAX, Commands, Format, PAGE_RECORDS_MAX, Piece, SUBMIT_COMMANDS_MAX};
use landfall_engine::{ActorId, LogId, Position, Seal};
use serde::Deserialize;
use std::sync::Arc;
use std::time::{Duration, Instant};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Ask again each time, and never keep it for somebody else.
pub const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const RECORDS_DEFAULT: usize = 100;

#[derive(Deserialize)]
pub struct Wanted {
    after: Option<Position>,
    subject: Option<String>,
    before: Option<Position>,
    limit: Option<usize>,
}

/// `GET /api/logs/{log}/records`: after a position, oldest first; or about a subject before a position, newest first.
pub async fn records<D: Served>(
    State(app): State<Arc<App<D>>>,
    InPath(log): InPath<LogId>,
    InQuery(wanted): InQuery<Wanted>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let identity = auth::identify(&app.people, &headers).await?.ok_or(ApiError::NotSignedIn)?;
    let open = reader(&app, &identity, log).await?;
    let limit = wanted.limit.unwrap_or(RECORDS_DEFAULT).clamp(1, PAGE_RECORDS_MAX);
    let (pieces, head) = match wanted.subject {
        None => open.history(wanted.after.unwrap_or(0), limit).await?,
        Some(subject) => {
            // Any of the ids will do here: they all read the same way.
            let subject: LogId = subject.parse().map_err(|error| ApiError::Bad(format!("subject: {error}")))?;
            open.history_of(subject.0, wanted.before.unwrap_or(Position::MAX), limit).await?
        }
    };
    let start = format!(r#"{{"epoch":{},"head":{},"records":["#, head.epoch, head.position);
    let mut response = list(start, &pieces, identity.actor).into_response();
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response.headers_mut().insert(CACHE_CONTROL, PRIVATE);
    Ok(response)
}

/// `POST /api/logs/{log}/commands`: submits commands and waits for their records, which come in the same order.
pub async fn commands<D: Served>(
    State(app): State<Arc<App<D>>>,
    InPath(log): InPath<LogId>,
    headers: HeaderMap,
    Sent(body): Sent<Commands>,
) -> Result<Response, ApiError> {
    let identity = signed_in(&app, &headers).await?;
    let open = reader(&app, &identity, log).await?;
    if body.commands.len() > SUBMIT_COMMANDS_MAX {
        return Err(ApiError::TooLarge(format!("at most {SUBMIT_COMMANDS_MAX} commands at a time")));
    }
    if body.commands.iter().any(|command| command.command.as_ref().is_some_and(|text| text.0.len() > COMMAND_BYTES_MAX)) {
        return Err(ApiError::TooLarge(format!("a command has at most {COMMAND_BYTES_MAX} bytes")));
    }
    let bytes = body.commands.iter().filter_map(|command| command.command.as_ref()).map(|text| text.0.len()).sum();
    app.rates.submit(identity.actor, body.commands.len(), bytes, Duration::ZERO, Instant::now()).map_err(|wait| {
        app.metrics.submits_too_fast.add_one();
        ApiError::Busy { retry_after: retry_after(wait) }
    })?;
    app.metrics.commands_by_http.add(body.commands.len() as u64);
    let records = open.submit_and_wait(app.new_session(), identity.actor, body.device, body.commands, app.config.limits.wait_max).await?;
    let pieces: Vec<Piece> = records.iter().map(|record| Piece::of(record, Seal::NONE, Format::Json)).collect();
    let mut response = list(r#"{"records":["#.into(), &pieces, identity.actor).into_response();
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    Ok(response)
}

/// Records as this person may see them, after the start of a JSON object.
fn list(start: String, pieces: &[Piece], reader: ActorId) -> Vec<u8> {
    let mut bytes = start.into_bytes();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(piece.for_reader(reader));
    }
    bytes.extend_from_slice(b"]}");
    bytes
}
