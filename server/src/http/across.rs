//! Pages that came from one node and speak to another: what their browsers must be told before they let them.

use crate::app::App;
use crate::config::Config;
use crate::{Served, auth};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Around requests about logs, which are all that a page asks of a node that it did not come from.
///
/// A page of a node, or of an origin that the operator listed, may read the answer; of any other page the browser keeps it.
pub async fn nodes<D: Served>(State(app): State<Arc<App<D>>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).filter(|origin| origin.to_str().is_ok_and(|origin| auth::is_listed(&app.config, origin)));
    let Some(origin) = origin.cloned() else {
        let mut response = next.run(request).await;
        if !app.config.addresses.is_empty() {
            // What a browser keeps of this is not the answer to a page of another node.
            response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
        }
        return response;
    };
    let is_asking = request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_asking { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    // By these a page goes on with a download that was cut.
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag, content-range"));
    headers.append(VARY, HeaderValue::from_static("origin"));
    if is_asking {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, range, if-range"));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    }
    response
}

/// What a page of this server may load, and whom it may speak to.
pub fn content_policy(config: &Config) -> HeaderValue {
    let nodes: String = config.addresses.iter().map(|address| format!(" {address}")).collect();
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws: wss:{nodes}; img-src 'self' data:; \
         style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("an address is an origin, and that is plain text")
}
