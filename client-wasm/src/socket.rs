//! The connection to the server: one WebSocket of binary frames.

use gloo_events::EventListener;
use landfall_engine::client::Ended;
use landfall_engine::protocol::SUBPROTOCOL_POSTCARD;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// What a connection tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is open.
    Opened,
    /// A frame came.
    Frame(Vec<u8>),
    /// It could not be opened, or has ended.
    Ended(Ended),
}

/// Whoever hears the connection.
pub type Listener = Rc<dyn Fn(Heard)>;

/// The door to the server.
pub trait Socket {
    /// Opens a connection to the server in this place of the list, instead of the one before, which is heard of no more. `heard` is never called
    /// from within this call.
    fn connect(&self, server: usize, heard: Listener);
    /// Writes a frame, if there is a connection.
    fn send(&self, frame: &[u8]);
    /// Ends the connection; it is heard of no more.
    fn close(&self);
}

/// The browser's WebSocket.
///
/// It is used as it is: `gloo-net` wraps every frame into a `Blob`, which the browser then reads back asynchronously.
pub struct BrowserSocket {
    /// Addresses of `/sync`.
    addresses: Vec<String>,
    line: RefCell<Option<Line>>,
}

struct Line {
    socket: web_sys::WebSocket,
    /// Dropping them makes the connection silent.
    _listeners: [EventListener; 3],
}

impl BrowserSocket {
    /// Connects to these servers, such as `wss://example.org`.
    pub fn new(origins: &[String]) -> Self {
        let addresses = origins.iter().map(|origin| format!("{}/sync", origin.trim_end_matches('/'))).collect();
        Self { addresses, line: RefCell::new(None) }
    }
}

impl Socket for BrowserSocket {
    fn connect(&self, server: usize, heard: Listener) {
        self.close();
        let opened = self.addresses.get(server).map(|address| open(address, &heard));
        match opened {
            Some(Ok(line)) => *self.line.borrow_mut() = Some(line),
            Some(Err(error)) => {
                web_sys::console::warn_2(&"Landfall: the connection cannot be opened".into(), &error);
                wasm_bindgen_futures::spawn_local(async move { heard(Heard::Ended(Ended::Dropped)) });
            }
            None => wasm_bindgen_futures::spawn_local(async move { heard(Heard::Ended(Ended::Dropped)) }),
        }
    }

    fn send(&self, frame: &[u8]) {
        if let Some(line) = &*self.line.borrow()
            && let Err(error) = line.socket.send_with_u8_array(frame)
        {
            // A connection that is closing takes no frame; its `close` event follows.
            web_sys::console::debug_2(&"Landfall: a frame was not sent".into(), &error);
        }
    }

    fn close(&self) {
        if let Some(Line { socket, _listeners }) = self.line.borrow_mut().take() {
            drop(_listeners);
            // It fails for no code but a bad one.
            let _ = socket.close();
        }
    }
}

fn open(address: &str, heard: &Listener) -> Result<Line, JsValue> {
    let socket = web_sys::WebSocket::new_with_str(address, SUBPROTOCOL_POSTCARD)?;
    socket.set_binary_type(web_sys::BinaryType::Arraybuffer);
    let opened = heard.clone();
    let framed = heard.clone();
    let ended = heard.clone();
    let listeners = [
        EventListener::new(&socket, "open", move |_| opened(Heard::Opened)),
        EventListener::new(&socket, "message", move |event| {
            let data = event.unchecked_ref::<web_sys::MessageEvent>().data();
            // A text frame is none of ours; as an empty one it does not decode, and the machine hangs up.
            framed(Heard::Frame(js_sys::Uint8Array::new(&data).to_vec()));
        }),
        EventListener::new(&socket, "close", move |event| {
            ended(Heard::Ended(Ended::of(event.unchecked_ref::<web_sys::CloseEvent>().code())));
        }),
    ];
    Ok(Line { socket, _listeners: listeners })
}
