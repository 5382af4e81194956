//! The built page, which is part of the program: one file to deploy.

use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// What `cargo xtask build` made of `web/`. In a debug build the files are read from there at each request.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct Dist;

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Landfall</title>\
    <p>The server runs, but the page was not built. Run <code>cargo xtask run</code>, which builds both.</p>";
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Kept, but asked about each time: so that an update is seen, and a page that did not change is not sent again.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Any path that no route answers: a file of the page, or the page itself for the addresses inside it.
pub async fn serve(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.is_empty() || path.starts_with("join/") || path == "w" || path.starts_with("w/") {
        return file("index.html", &headers).unwrap_or_else(|| (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response());
    }
    file(path, &headers).unwrap_or_else(|| super::answer::ApiError::NotFound("there is nothing here").into_response())
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let whole = Dist::get(path)?;
    let content_type = HeaderValue::try_from(whole.metadata.mimetype()).ok()?;
    let (body, encoding) = smallest(path, whole, headers);
    let tag = HeaderValue::try_from(format!("\"{}\"", hex(&body.metadata.sha256_hash()[..16]))).ok()?;
    let mut response = if headers.get(IF_NONE_MATCH) == Some(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body.data.into_owned().into_response()
    };
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, content_type);
    answer.insert(ETAG, tag);
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(CACHE_CONTROL, if path.starts_with("assets/") { FOREVER } else { ASK_AGAIN });
    if let Some(encoding) = encoding {
        answer.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// The file itself, or one that was compressed beside it, if the browser takes that.
fn smallest(path: &str, whole: EmbeddedFile, headers: &HeaderMap) -> (EmbeddedFile, Option<&'static str>) {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes = |encoding: &str| {
        accepted
            .split(',')
            .map(|offer| offer.split(';').next().unwrap_or_default().trim())
            .any(|offer| offer.eq_ignore_ascii_case(encoding))
    };
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        if takes(encoding)
            && let Some(compressed) = Dist::get(&format!("{path}.{ending}"))
        {
            return (compressed, Some(encoding));
        }
    }
    (whole, None)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
