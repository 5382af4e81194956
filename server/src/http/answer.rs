//! What a request is answered with when it cannot be done: a code for programs, a sentence for people, and what to do.

use crate::open_log::{NotRecorded, OpenError, retry_after};
use crate::outage::is_outage;
use crate::store::StoreError;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{CONNECTION, CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use landfall_engine::CommandId;
use serde::de::DeserializeOwned;
use std::time::Duration;
use thiserror::Error;

/// When to come again after something that ends nobody knows when.
const WHILE: Duration = Duration::from_secs(2);

/// Every way in which a request can fail.
#[derive(Debug, Error)]
pub enum ApiError {
    /// The request is not what it should be.
    #[error("{0}")]
    Bad(String),
    /// No session, or one that is no longer good.
    #[error("sign in first: found this server or use an invitation")]
    NotSignedIn,
    /// They may not.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The request comes from a page of another origin.
    #[error("this page's origin is not the server's; the operator can allow it with --origin")]
    WrongOrigin,
    /// There is no such thing.
    #[error("{0}")]
    NotFound(&'static str),
    /// There is no such log.
    #[error("there is no such workspace")]
    NoSuchLog,
    /// The code is unknown, expired or used up.
    #[error("this invitation is not good any more: ask for a new one")]
    NoInvitation,
    /// No snapshot under this key: read the records instead.
    #[error("no snapshot of this version: read the records instead")]
    NoSnapshot,
    /// A part was asked for that begins beyond the end.
    #[error("there are only {bytes} bytes: begin anew without a range")]
    BeyondEnd {
        /// How many there are.
        bytes: u64,
    },
    /// The server is founded and the request came from a stranger.
    #[error("this server is set up already: ask its owner for an invitation")]
    AlreadyFounded,
    /// The product said no.
    #[error("{0}")]
    Rejected(String),
    /// A predecessor has no record.
    #[error("command {0} comes first and has no record: send it too, or send it as withdrawn")]
    Missing(CommandId),
    /// The id has a record with another payload.
    #[error("command {0} has a record with another payload: a new command needs a new id")]
    Reused(CommandId),
    /// Over a bound.
    #[error("{0}")]
    TooLarge(String),
    /// One of the two ends is too old.
    #[error("a command is newer than this server: it must be updated")]
    Version,
    /// Too much waits already, or the sender is too fast.
    #[error("too much waits already, or you are too fast: send it again after {} ms", retry_after.as_millis())]
    Busy {
        /// When to come again.
        retry_after: Duration,
    },
    /// What everything is kept in does not answer.
    #[error("the database does not answer now: nothing is lost, try again later")]
    Unavailable,
    /// The server is stopping.
    #[error("this server is stopping: ask again, and another server if there are several")]
    Stopping,
    /// The record took too long.
    #[error("no record yet: send the same commands again later, their ids keep them from counting twice")]
    TooLate,
    /// Something broke. What it was stands in the log of the server, not in the answer.
    #[error("something broke on the server")]
    Internal,
}

/// The code of an error, left on the response for whoever counts.
#[derive(Clone, Copy)]
pub struct ErrorCode(pub &'static str);

impl ApiError {
    /// Come again after a while.
    pub fn busy() -> Self {
        Self::Busy { retry_after: retry_after(WHILE) }
    }

    /// When the same may succeed.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } => Some(*retry_after),
            Self::Unavailable | Self::Stopping | Self::TooLate => Some(retry_after(WHILE)),
            _ => None,
        }
    }

    /// For programs, and the HTTP status that goes with it.
    pub fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Bad(_) => (StatusCode::BAD_REQUEST, "bad_request"),
            Self::NotSignedIn => (StatusCode::UNAUTHORIZED, "not_signed_in"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::WrongOrigin => (StatusCode::FORBIDDEN, "wrong_origin"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::NoSuchLog => (StatusCode::NOT_FOUND, "no_such_log"),
            Self::NoInvitation => (StatusCode::NOT_FOUND, "no_invitation"),
            Self::NoSnapshot => (StatusCode::NOT_FOUND, "no_snapshot"),
            Self::AlreadyFounded => (StatusCode::CONFLICT, "already_founded"),
            Self::Rejected(_) => (StatusCode::CONFLICT, "rejected"),
            Self::Missing(_) => (StatusCode::CONFLICT, "missing_predecessor"),
            Self::Reused(_) => (StatusCode::CONFLICT, "id_reused"),
            Self::BeyondEnd { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, "beyond_end"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Version => (StatusCode::UPGRADE_REQUIRED, "version"),
            Self::Busy { .. } => (StatusCode::TOO_MANY_REQUESTS, "busy"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
            Self::TooLate => (StatusCode::GATEWAY_TIMEOUT, "no_record_yet"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = self.code();
        let mut body = serde_json::json!({ "code": code, "message": self.to_string() });
        if let Self::Missing(command) | Self::Reused(command) = self {
            body["command"] = command.to_string().into();
        }
        let retry_after_ms = self.retry_after().map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
        if let Some(after_ms) = retry_after_ms {
            body["retry_after_ms"] = after_ms.into();
        }
        let mut response = (status, axum::Json(body)).into_response();
        if let Some(after_ms) = retry_after_ms {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(after_ms.div_ceil(1_000)));
        }
        if let Self::BeyondEnd { bytes } = self
            && let Ok(told) = HeaderValue::try_from(format!("bytes */{bytes}"))
        {
            response.headers_mut().insert(CONTENT_RANGE, told);
        }
        if matches!(self, Self::Stopping) {
            // Whoever asks again does so on a connection of its own, which may lead to another server.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(ErrorCode(code));
        response
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "the table of people failed");
        if is_outage(&error) { Self::Unavailable } else { Self::Internal }
    }
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NoSuchLog => Self::NoSuchLog,
            OpenError::TooMany => Self::busy(),
            OpenError::Store(StoreError::Unavailable(_)) => {
                tracing::error!(%error, "the store does not answer");
                Self::Unavailable
            }
            OpenError::Unreadable(_) | OpenError::Store(_) => {
                tracing::error!(%error, "a log cannot be read");
                Self::Internal
            }
        }
    }
}

impl From<NotRecorded> for ApiError {
    fn from(error: NotRecorded) -> Self {
        match error {
            NotRecorded::Missing(command) => Self::Missing(command),
            NotRecorded::Reused(command) => Self::Reused(command),
            NotRecorded::Busy { retry_after } => Self::Busy { retry_after },
            NotRecorded::Closed => Self::busy(),
            NotRecorded::Future => Self::Version,
            NotRecorded::TooLate => Self::TooLate,
            NotRecorded::Open(error) => error.into(),
        }
    }
}

/// The JSON that was sent. A form, which a page elsewhere could send without asking, is refused by its content type.
pub struct Sent<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content_type.starts_with("application/json") {
            return Err(ApiError::Bad("send JSON, as content type application/json".into()));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge("the body is too large".into()),
            _ => ApiError::Bad(error.body_text()),
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| ApiError::Bad(error.to_string()))
    }
}

/// What stands in the path.
pub struct InPath<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for InPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(value) = Path::from_request_parts(parts, state).await.map_err(|error| ApiError::Bad(error.body_text()))?;
        Ok(Self(value))
    }
}

/// What stands behind the question mark.
pub struct InQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for InQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(value) = Query::from_request_parts(parts, state).await.map_err(|error| ApiError::Bad(error.body_text()))?;
        Ok(Self(value))
    }
}
