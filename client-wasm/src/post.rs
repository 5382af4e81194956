//! The second route to the server: commands by HTTP.

use crate::bootstrap::over_http;
use futures::future::LocalBoxFuture;
use landfall_engine::LogId;
use landfall_engine::client::{POST_MS_MAX, Posted};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The door to the server's `POST /api/logs/LOG/commands`.
pub trait Post {
    /// Says this to the server in this place of the list.
    fn post(&self, server: usize, body: Vec<u8>) -> LocalBoxFuture<'static, Posted>;
}

/// The browser's `fetch`.
pub struct HttpPost {
    addresses: Vec<String>,
}

impl HttpPost {
    /// Speaks to these servers, such as `wss://example.org`.
    pub fn new(origins: &[String], log: LogId) -> Self {
        Self { addresses: origins.iter().map(|origin| format!("{}/api/logs/{log}/commands", over_http(origin))).collect() }
    }
}

impl Post for HttpPost {
    fn post(&self, server: usize, body: Vec<u8>) -> LocalBoxFuture<'static, Posted> {
        let address = self.addresses.get(server).cloned();
        Box::pin(async move {
            let Some(address) = address else { return Posted::unanswered() };
            match say(&address, &body).await {
                Ok((status, answer)) => Posted::of(status, &answer),
                // The browser has written the error to its console already.
                Err(_) => Posted::unanswered(),
            }
        })
    }
}

async fn say(address: &str, body: &[u8]) -> Result<(u16, Vec<u8>), JsValue> {
    let window = web_sys::window().ok_or("there is no window")?;
    let headers = web_sys::Headers::new()?;
    headers.set("content-type", "application/json")?;
    let options = web_sys::RequestInit::new();
    options.set_method("POST");
    options.set_headers(&headers);
    options.set_body(&js_sys::Uint8Array::from(body));
    // Another node than the one that the page came from knows the session too.
    options.set_credentials(web_sys::RequestCredentials::Include);
    options.set_signal(Some(&web_sys::AbortSignal::timeout_with_u32(POST_MS_MAX as u32)));
    let response: web_sys::Response = JsFuture::from(window.fetch_with_str_and_init(address, &options)).await?.dyn_into()?;
    let answer = JsFuture::from(response.array_buffer()?).await?;
    Ok((response.status(), js_sys::Uint8Array::new(&answer).to_vec()))
}
