//! A large answer by HTTP, unpacked as it comes; of one that is cut the rest is asked for.

use crate::host::{Host, Slice, pause};
use futures::future::{Either, select};
use js_sys::{Promise, Uint8Array};
use std::pin::pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, ReadableStreamDefaultReader, Response, WritableStreamDefaultWriter};

/// The gzip as a file, which the page unpacks itself: where a browser unpacks an answer by its encoding, it tells nobody how many packed bytes
/// have come, and unpacks no rest alone.
const PACKED: &str = "application/gzip";
/// A line that brings nothing for so long counts as cut, milliseconds.
const SILENCE_MS_MAX: u32 = 30_000;
/// A download goes on after a cut for as long as it gets further each time; so often in a row it may not.
const CUTS_IN_VAIN_MAX: u32 = 3;
/// Pause after a cut, milliseconds.
const CUT_PAUSE_MS: u32 = 300;
/// What is unpacked at a time, packed bytes: the browser does it on the page's thread.
const STEP_BYTES: u32 = 64 << 10;

#[wasm_bindgen]
extern "C" {
    /// web-sys has it behind a flag for unstable interfaces only.
    type DecompressionStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &DecompressionStream) -> web_sys::ReadableStream;
    #[wasm_bindgen(method, getter)]
    fn writable(this: &DecompressionStream) -> web_sys::WritableStream;
}

/// What has come of an answer.
struct Begun {
    /// By which the rest is known to be of the same; something on the way may have taken it off, and then there is no going on.
    tag: Option<String>,
    /// Packed bytes.
    received: u64,
    total: Option<u64>,
    unpacking: WritableStreamDefaultWriter,
    unpacked: JsFuture,
}

/// What is answered at this address, unpacked; `None` when the server says that there is nothing for us, or what there is does not unpack.
pub async fn download(address: &str, host: &dyn Host) -> Result<Option<Vec<u8>>, JsValue> {
    let (mut begun, mut furthest, mut in_vain) = (None, 0, 0);
    loop {
        match take(address, host, &mut begun).await {
            Err(cut) => {
                let received = begun.as_ref().filter(|begun: &&Begun| begun.tag.is_some()).map_or(0, |begun| begun.received);
                in_vain = if received > furthest { 0 } else { in_vain + 1 };
                furthest = furthest.max(received);
                if received == 0 || in_vain >= CUTS_IN_VAIN_MAX {
                    return Err(cut);
                }
                pause(host, CUT_PAUSE_MS).await;
            }
            taken => return taken,
        }
    }
}

/// Asks for it, or for the rest of what has begun, and takes what comes.
async fn take(address: &str, host: &dyn Host, begun: &mut Option<Begun>) -> Result<Option<Vec<u8>>, JsValue> {
    let request = AbortController::new()?;
    let response: Response = in_time(ask(address, begun.as_ref(), &request)?, &request, host).await?.unchecked_into();
    let going_on = match response.status() {
        206 => begun.as_mut().filter(|begun| begun.is_continued_by(&response)).ok_or("the rest is of something else")?,
        200 if header(&response, "content-type").as_deref() == Some(PACKED) => begun.insert(Begun::new(&response)?),
        // A browser that cannot unpack, or a server of the release before.
        200 => {
            *begun = None;
            let body = JsFuture::from(response.array_buffer()?).await?;
            return Ok(Some(Uint8Array::new(&body).to_vec()));
        }
        400..=499 => return Ok(None),
        other => return Err(format!("the server answered {other}").into()),
    };
    let does_unpack = going_on.receive(&response, &request, host).await?;
    Ok(if does_unpack { going_on.finish().await } else { None })
}

fn ask(address: &str, begun: Option<&Begun>, request: &AbortController) -> Result<Promise, JsValue> {
    let window = web_sys::window().ok_or("there is no window")?;
    let headers = Headers::new()?;
    if js_sys::Reflect::has(&window, &"DecompressionStream".into())? {
        headers.set("accept", PACKED)?;
    }
    if let Some(Begun { tag: Some(tag), received, .. }) = begun {
        headers.set("range", &format!("bytes={received}-"))?;
        headers.set("if-range", tag)?;
    }
    let options = web_sys::RequestInit::new();
    options.set_headers(&headers);
    // Another node than the one that the page came from knows the session too.
    options.set_credentials(web_sys::RequestCredentials::Include);
    options.set_signal(Some(&request.signal()));
    Ok(window.fetch_with_str_and_init(address, &options))
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

impl Begun {
    fn new(response: &Response) -> Result<Self, JsValue> {
        let unpacking = DecompressionStream::new("gzip")?;
        let unpacked = Response::new_with_opt_readable_stream(Some(&unpacking.readable()))?.array_buffer()?;
        Ok(Self {
            tag: header(response, "etag"),
            received: 0,
            total: header(response, "content-length").and_then(|length| length.parse().ok()),
            unpacking: unpacking.writable().get_writer()?,
            unpacked: unpacked.into(),
        })
    }

    fn is_continued_by(&self, response: &Response) -> bool {
        header(response, "content-range").is_some_and(|range| range.starts_with(&format!("bytes {}-", self.received)))
    }

    /// Takes what comes, until it is whole; false when it does not unpack.
    async fn receive(&mut self, response: &Response, request: &AbortController, host: &dyn Host) -> Result<bool, JsValue> {
        let reader: ReadableStreamDefaultReader = response.body().ok_or("the answer has no body")?.get_reader().unchecked_into();
        let mut slice = Slice::begin(host);
        loop {
            let read = in_time(reader.read(), request, host).await?;
            let part = js_sys::Reflect::get(&read, &"value".into())?;
            if part.is_undefined() {
                // Not every browser holds a body that ends too early for a failure.
                let is_whole = self.total.is_none_or(|total| self.received == total);
                return if is_whole { Ok(true) } else { Err("the answer was cut".into()) };
            }
            let bytes: Uint8Array = part.unchecked_into();
            for from in (0..bytes.length()).step_by(STEP_BYTES as usize) {
                let step = bytes.subarray(from, bytes.length().min(from + STEP_BYTES));
                if JsFuture::from(self.unpacking.write_with_chunk(&step)).await.is_err() {
                    request.abort();
                    return Ok(false);
                }
                self.received += u64::from(step.length());
                slice.breathe().await;
            }
        }
    }

    async fn finish(&mut self) -> Option<Vec<u8>> {
        JsFuture::from(self.unpacking.close()).await.ok()?;
        let unpacked = (&mut self.unpacked).await.ok()?;
        Some(Uint8Array::new(&unpacked).to_vec())
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // Whoever waits for the rest of it waits no longer. Of one that has ended this changes nothing.
        let _ = self.unpacking.abort();
    }
}

/// Ends the request when this takes too long.
async fn in_time(promise: Promise, request: &AbortController, host: &dyn Host) -> Result<JsValue, JsValue> {
    match select(JsFuture::from(promise), pin!(pause(host, SILENCE_MS_MAX))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            request.abort();
            Err("the line has fallen silent".into())
        }
    }
}
