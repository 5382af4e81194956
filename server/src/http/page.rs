//! The built page, which is part of the program: one file to deploy.

use super::answer::ApiError;
use crate::Served;
use crate::app::App;
use crate::hex::hex;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What `cargo xtask build` made of `web/`. In a debug build without the feature `embedded-page` the files are read from there at each request.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct Dist;

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Landfall</title>\
    <p>The server runs, but the page was not built. Run <code>cargo xtask run</code>, which builds both.</p>";
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Kept, but asked about each time: so that an update is seen, and a page that did not change is not sent again.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// Smaller files are not worth compressing, bytes.
const COMPRESS_BYTES_MIN: usize = 1_024;

/// Compressed files that are kept, at most; a page has fewer, unless it is changed in its folder again and again.
const GZIPPED_MAX: usize = 256;

/// Files that nobody compressed beforehand, compressed when they were first asked for; by the hash of what is in them.
static GZIPPED: Mutex<BTreeMap<[u8; 32], Bytes>> = Mutex::new(BTreeMap::new());

/// Any path that no route answers: a file of the page, or the page itself for the addresses inside it.
pub async fn serve<D: Served>(State(app): State<Arc<App<D>>>, uri: Uri, headers: HeaderMap) -> Response {
    let page = Page(app.config.page.as_deref());
    let path = uri.path().trim_start_matches('/');
    if path.is_empty() || path.starts_with("join/") || path == "w" || path.starts_with("w/") {
        let page = file(page, "index.html", &headers).await;
        return page.unwrap_or_else(|| (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response());
    }
    file(page, path, &headers).await.unwrap_or_else(|| ApiError::NotFound("there is nothing here").into_response())
}

/// Where the page is taken from: a folder, or this program.
#[derive(Clone, Copy)]
struct Page<'a>(Option<&'a Path>);

impl Page<'_> {
    fn get(self, path: &str) -> Option<EmbeddedFile> {
        let Some(folder) = self.0 else { return Dist::get(path) };
        let file = folder.join(path).canonicalize().ok()?;
        // Nothing outside the folder is the page, whatever dots and links the path has.
        let is_inside = file.starts_with(folder.canonicalize().ok()?);
        if is_inside { rust_embed::utils::read_file_from_fs(&file).ok() } else { None }
    }
}

async fn file(page: Page<'_>, path: &str, headers: &HeaderMap) -> Option<Response> {
    let whole = page.get(path)?;
    let content_type = HeaderValue::try_from(whole.metadata.mimetype()).ok()?;
    let hash = whole.metadata.sha256_hash();
    let (body, encoding) = smallest(page, path, whole, headers).await;
    let tag = HeaderValue::try_from(format!("\"{}-{}\"", hex(&hash[..16]), encoding.unwrap_or("plain"))).ok()?;
    let known = headers.get(IF_NONE_MATCH) == Some(&tag);
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let answer = response.headers_mut();
    answer.insert(ETAG, tag);
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(CACHE_CONTROL, if path.starts_with("assets/") { FOREVER } else { ASK_AGAIN });
    if !known {
        answer.insert(CONTENT_TYPE, content_type);
        if let Some(encoding) = encoding {
            answer.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
    }
    Some(response)
}

/// The file in the best encoding that the browser takes: as it was compressed beside the file, or gzipped here, or as it is.
async fn smallest(page: Page<'_>, path: &str, whole: EmbeddedFile, headers: &HeaderMap) -> (Bytes, Option<&'static str>) {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        if takes(accepted, encoding)
            && let Some(compressed) = page.get(&format!("{path}.{ending}"))
        {
            return (bytes(compressed), Some(encoding));
        }
    }
    if takes(accepted, "gzip") && whole.data.len() >= COMPRESS_BYTES_MIN && is_compressible(whole.metadata.mimetype()) {
        let hash = whole.metadata.sha256_hash();
        if let Some(kept) = GZIPPED.lock().unwrap_or_else(PoisonError::into_inner).get(&hash) {
            return (kept.clone(), Some("gzip"));
        }
        let plain = bytes(whole);
        let compressed = tokio::task::spawn_blocking({
            let plain = plain.clone();
            move || gzip(&plain)
        });
        let Ok(Ok(compressed)) = compressed.await else { return (plain, None) };
        let mut kept = GZIPPED.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= GZIPPED_MAX {
            kept.clear();
        }
        kept.insert(hash, compressed.clone());
        return (compressed, Some("gzip"));
    }
    (bytes(whole), None)
}

/// Does the header `Accept-Encoding` name this encoding, and not to refuse it?
fn takes(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        name.trim().eq_ignore_ascii_case(encoding) && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

/// Pictures and fonts are compressed as they are.
fn is_compressible(content_type: &str) -> bool {
    let kinds = ["text/", "application/javascript", "application/json", "application/wasm", "application/manifest+json", "image/svg+xml"];
    kinds.iter().any(|kind| content_type.starts_with(kind))
}

fn gzip(plain: &[u8]) -> std::io::Result<Bytes> {
    let mut gzip = GzEncoder::new(Vec::with_capacity(plain.len() / 3), Compression::default());
    gzip.write_all(plain)?;
    Ok(gzip.finish()?.into())
}

/// In a release the files are part of the program and need no copy.
fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_used_only_when_the_browser_takes_it() {
        assert!(takes("gzip, deflate, br", "br"));
        assert!(takes("gzip;q=0.5 , BR", "br"));
        assert!(!takes("gzip;q=0, deflate", "gzip"));
        assert!(!takes("", "gzip"));
        assert!(!takes("xgzip", "gzip"));
    }

    #[test]
    fn a_page_from_a_folder_is_that_folder_and_nothing_beside_it() {
        let folder = std::env::temp_dir().join(format!("landfall-page-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("page/assets")).unwrap();
        std::fs::write(folder.join("page/assets/index.js"), "1").unwrap();
        std::fs::write(folder.join("secret"), "2").unwrap();
        let inside = folder.join("page");
        let page = Page(Some(&inside));
        assert_eq!(&*page.get("assets/index.js").unwrap().data, b"1");
        assert!(page.get("assets").is_none(), "a folder is no file");
        assert!(page.get("../secret").is_none() && page.get("assets/../../secret").is_none());
        assert!(page.get(&folder.join("secret").to_string_lossy()).is_none(), "nor is an absolute path");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_compressed_already_is_left_alone() {
        assert!(is_compressible("application/wasm") && is_compressible("text/javascript") && is_compressible("image/svg+xml"));
        assert!(!is_compressible("image/png") && !is_compressible("font/woff2"));
    }

    /// In a program that carries its page: every file of it is inside, and every file that the page, the worker or the manifest names.
    #[cfg(any(feature = "embedded-page", not(debug_assertions)))]
    #[test]
    fn the_whole_page_is_inside_the_program() {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/dist");
        for path in Dist::iter() {
            let file = Dist::get(&path).unwrap();
            assert!(matches!(file.data, Cow::Borrowed(_)), "{path} is part of the program, not read from the disk");
            assert_eq!(*file.data, std::fs::read(built.join(&*path)).unwrap(), "{path} is as it was built last");
        }
        let text = |path: &str| String::from_utf8(Dist::get(path).expect("the page was built").data.into_owned()).unwrap();
        let is_inside = |name: &str| Dist::get(name.trim_start_matches(['.', '/'])).is_some();
        let addresses = |text: &str| -> Vec<String> {
            text.split('"').skip(1).step_by(2).filter(|word| word.starts_with('/') && word.len() > 1).map(str::to_owned).collect()
        };
        let worker = text("sw.js");
        let after =
            |mark: &str| worker.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect::<Vec<_>>();
        let libraries = after("\"./").into_iter().map(|name| name + ".js");
        let in_worker: Vec<String> = after("url:\"").into_iter().chain(libraries).collect();
        let in_page = addresses(&text("index.html"));
        let in_manifest = addresses(&text("manifest.webmanifest"));
        for (place, names) in [("index.html", &in_page), ("manifest.webmanifest", &in_manifest), ("sw.js", &in_worker)] {
            assert!(names.len() > 1 && names.iter().all(|name| is_inside(name)), "{place} names {names:?}, and not all of it is inside");
        }
        assert!(in_worker.iter().any(|name| name.ends_with(".wasm")), "the engine works without a server too: {in_worker:?}");
    }
}
