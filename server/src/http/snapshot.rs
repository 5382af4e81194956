//! Snapshots for new devices, piece by piece from where they are kept: however many read one, and however slowly, none is held whole.

use super::account::reader;
use super::answer::{ApiError, InPath, InQuery};
use super::log::PRIVATE;
use crate::app::App;
use crate::open_log::OpenError;
use crate::store::{LogStore, SNAPSHOT_PIECE_BYTES, SnapshotExtent};
use crate::{Served, auth};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{
    ACCEPT, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE,
    RANGE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::stream::try_unfold;
use landfall_engine::LogId;
use serde::Deserialize;
use std::io;
use std::ops::Range;
use std::sync::Arc;

#[derive(Deserialize)]
pub struct SnapshotKey {
    fold: u32,
    schema: u32,
}

/// What a page asks for that unpacks it itself. Where a browser does, it tells no page how many bytes of the gzip have come, and unpacks no rest
/// of it: such a page could not go on after a cut.
const PACKED: &str = "application/gzip";

/// `GET /api/logs/{log}/snapshot?fold=N&schema=N`: the newest snapshot, always gzipped; the rest of the log follows by socket. A download that
/// was cut goes on by `Range`, which counts bytes of the gzip.
pub async fn serve<D: Served>(
    State(app): State<Arc<App<D>>>,
    InPath(log): InPath<LogId>,
    InQuery(key): InQuery<SnapshotKey>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let identity = auth::identify(&app.people, &headers).await?.ok_or(ApiError::NotSignedIn)?;
    let open = reader(&app, &identity, log).await?;
    if (key.fold, key.schema) != (D::FOLD, D::SCHEMA) {
        return Err(ApiError::NoSnapshot);
    }
    let extent = app.logs.store().snapshot_extent(log, D::FOLD).await.map_err(OpenError::from)?;
    let head = open.head().borrow().cursor;
    let is_usable = |extent: &SnapshotExtent| extent.cursor.epoch == head.epoch && extent.cursor.position <= head.position;
    let extent = extent.filter(is_usable).ok_or(ApiError::NoSnapshot)?;
    let tag = format!("\"{}-{}-{}-{}\"", D::FOLD, extent.cursor.epoch, extent.cursor.position, extent.bytes);
    let mut response = if is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match asked(&headers, &tag, extent.bytes) {
            Asked::Whole => body(app.logs.store().clone(), log, D::FOLD, extent, 0..extent.bytes).into_response(),
            Asked::Part(range) => {
                let told = format!("bytes {}-{}/{}", range.start, range.end - 1, extent.bytes);
                let body = body(app.logs.store().clone(), log, D::FOLD, extent, range);
                (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, told)], body).into_response()
            }
            Asked::Beyond => return Err(ApiError::BeyondEnd { bytes: extent.bytes }),
        }
    };
    let is_packed = headers.get(ACCEPT).is_some_and(|accepted| accepted == PACKED);
    let answer = response.headers_mut();
    if is_packed && answer.remove(CONTENT_ENCODING).is_some() {
        answer.insert(CONTENT_TYPE, HeaderValue::from_static(PACKED));
    }
    answer.append(VARY, HeaderValue::from_static("accept"));
    answer.insert(CACHE_CONTROL, PRIVATE);
    answer.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(ETAG, HeaderValue::try_from(tag).map_err(|_| ApiError::Internal)?);
    Ok(response)
}

/// These bytes of a snapshot. The next piece is read when the one before is on its way.
fn body(store: Arc<dyn LogStore>, log: LogId, fold_key: u32, extent: SnapshotExtent, range: Range<u64>) -> impl IntoResponse {
    const STEP: u64 = SNAPSHOT_PIECE_BYTES as u64;
    let length = range.end - range.start;
    let pieces = try_unfold(range.start, move |at| {
        let (store, end) = (store.clone(), range.end);
        async move {
            if at >= end {
                return Ok(None);
            }
            let piece = store.snapshot_piece(log, fold_key, extent.cursor, at / STEP).await.map_err(io::Error::other)?;
            // The device asks for the rest, and begins with the newer one.
            let piece = Bytes::from(piece.ok_or_else(|| io::Error::other("newer snapshots took its place"))?);
            let from = usize::try_from(at % STEP).map_err(io::Error::other)?.min(piece.len());
            let wanted = piece.slice(from..piece.len().min(from.saturating_add(usize::try_from(end - at).unwrap_or(usize::MAX))));
            if wanted.is_empty() {
                return Err(io::Error::other("a piece of it is too short"));
            }
            let next = at + wanted.len() as u64;
            Ok(Some((wanted, next)))
        }
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (CONTENT_ENCODING, HeaderValue::from_static("gzip")),
        (CONTENT_LENGTH, HeaderValue::from(length)),
    ];
    (headers, Body::from_stream(pieces))
}

/// Does the device have it already? A proxy on the way may have called the tag a weak one.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(IF_NONE_MATCH).and_then(|known| known.to_str().ok()).unwrap_or_default();
    known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag)
}

/// What of it is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    /// Nothing that there is.
    Beyond,
}

/// One part may be asked for. Who asks for several, or in words that are not understood, is given the whole, as is whose part is of another one.
fn asked(headers: &HeaderMap, tag: &str, bytes: u64) -> Asked {
    let is_of_another = headers.get(IF_RANGE).is_some_and(|of| of.as_bytes() != tag.as_bytes());
    let range = headers.get(RANGE).and_then(|range| range.to_str().ok()?.trim().strip_prefix("bytes="));
    let Some((first, last)) = range.filter(|_| !is_of_another).and_then(|range| range.split_once('-')) else { return Asked::Whole };
    let (first, last) = (first.trim().parse::<u64>(), last.trim());
    let range = match (first, last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..bytes.min(last.saturating_add(1)),
        (Ok(first), Err(_)) if last.is_empty() => first..bytes,
        (Err(_), Ok(count)) if headers.get(RANGE).is_some_and(|range| range.as_bytes().starts_with(b"bytes=-")) => {
            bytes.saturating_sub(count)..bytes
        }
        _ => return Asked::Whole,
    };
    if range.is_empty() { Asked::Beyond } else { Asked::Part(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_is_understood_and_everything_else_is_the_whole() {
        let asked_by = |range: &str, of: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, range.parse().unwrap());
            if let Some(of) = of {
                headers.insert(IF_RANGE, of.parse().unwrap());
            }
            asked(&headers, "\"5-1-7-100\"", 100)
        };
        for (range, expected) in [
            ("bytes=0-", Asked::Part(0..100)),
            ("bytes=40-", Asked::Part(40..100)),
            ("bytes=40-49", Asked::Part(40..50)),
            ("bytes=99-400", Asked::Part(99..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-400", Asked::Part(0..100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=100-200", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=50-40", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("bytes=x-5", Asked::Whole),
            ("bytes=", Asked::Whole),
            ("records=1-2", Asked::Whole),
        ] {
            assert_eq!(asked_by(range, None), expected, "{range}");
        }
        assert_eq!(asked_by("bytes=40-", Some("\"5-1-7-100\"")), Asked::Part(40..100));
        assert_eq!(asked_by("bytes=40-", Some("\"5-1-6-90\"")), Asked::Whole, "it is of another snapshot");
    }
}
