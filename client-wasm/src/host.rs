//! What the machine under the page offers: time, chance, turns of the event loop, and whether somebody looks.

use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use landfall_engine::TimeMs;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// How long work may keep the page's thread before it lets others go first, milliseconds.
pub const SLICE_MS: f64 = 8.0;
/// How long a question may be gathered for that is answered before the call returns; making the answer takes its time too, milliseconds.
const ANSWER_MS: f64 = 4.0;
/// Longest wait for an animation frame: windows that are covered get none, milliseconds.
const FRAME_MS_MAX: u32 = 200;
/// A pause in which screens are brought up to date while nobody looks, milliseconds.
const HIDDEN_FRAME_MS: u32 = 500;
/// Where `requestIdleCallback` is missing, its stand-in, milliseconds.
const IDLE_MS: u32 = 50;

/// Something to do later.
pub type Task = Box<dyn FnOnce()>;
/// A timer that runs; dropping it stops it.
pub type Timer = Box<dyn Any>;

/// What happens to the page as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageEvent {
    /// It came to the front, or went to the back.
    Visible(bool),
    /// The browser believes that there is a network again.
    Online,
}

/// The door to time, chance and the event loop.
pub trait Host {
    /// The device's clock.
    fn now(&self) -> TimeMs;
    /// A clock that only goes forward, milliseconds from anywhere.
    fn elapsed_ms(&self) -> f64;
    /// Fills `bytes` with bytes that nobody can guess.
    fn random(&self, bytes: &mut [u8]);
    /// Does `task` after a while.
    fn after(&self, delay_ms: u32, task: Task) -> Timer;
    /// Does `task` in the next turn of the event loop: input and painting may come in between.
    fn soon(&self, task: Task);
    /// Does `task` before the next painting; at leisure while nobody looks.
    fn before_paint(&self, task: Task);
    /// Does `task` when there is nothing better to do.
    fn when_idle(&self, task: Task);
    /// Runs `future` on this thread.
    fn spawn(&self, future: LocalBoxFuture<'static, ()>);
    /// Tells `heard` what happens to the page, until the host is dropped. Never calls it from within this call.
    fn listen(&self, heard: Rc<dyn Fn(PageEvent)>);
    /// Is somebody looking?
    fn is_visible(&self) -> bool;
    /// Writes a line for developers.
    fn report(&self, line: &str);
}

/// Does `task` in the turn after the next frame: what it draws is laid out and painted in a task of its own.
pub fn after_frame(host: &Rc<dyn Host>, task: Task) {
    let later = host.clone();
    host.before_paint(Box::new(move || later.soon(task)));
}

/// Lets others go first.
pub async fn turn(host: &dyn Host) {
    let (sender, receiver) = oneshot::channel();
    host.soon(Box::new(move || {
        let _ = sender.send(());
    }));
    // A host that drops tasks is going away; so is whoever waits.
    let _ = receiver.await;
}

/// Waits until there is nothing better to do.
pub async fn idle(host: &dyn Host) {
    let (sender, receiver) = oneshot::channel();
    host.when_idle(Box::new(move || {
        let _ = sender.send(());
    }));
    let _ = receiver.await;
}

/// Waits a while.
pub async fn pause(host: &dyn Host, delay_ms: u32) {
    let (sender, receiver) = oneshot::channel();
    let _timer = host.after(
        delay_ms,
        Box::new(move || {
            let _ = sender.send(());
        }),
    );
    let _ = receiver.await;
}

/// A slice of the page's thread.
pub struct Slice<'a> {
    host: &'a dyn Host,
    began: f64,
    length_ms: f64,
}

impl<'a> Slice<'a> {
    /// Begins one.
    pub fn begin(host: &'a dyn Host) -> Self {
        Self { host, began: host.elapsed_ms(), length_ms: SLICE_MS }
    }

    /// Begins one in which somebody waits for an answer.
    pub fn for_answer(host: &'a dyn Host) -> Self {
        Self { length_ms: ANSWER_MS, ..Self::begin(host) }
    }

    /// Is it used up?
    pub fn is_over(&self) -> bool {
        self.host.elapsed_ms() - self.began >= self.length_ms
    }

    /// When it is used up, lets others go first and begins the next one.
    pub async fn breathe(&mut self) {
        if self.is_over() {
            turn(self.host).await;
            self.began = self.host.elapsed_ms();
        }
    }
}

/// The host that a browser's window is.
pub struct Window {
    window: web_sys::Window,
    performance: Option<web_sys::Performance>,
    turns: Turns,
    listeners: RefCell<Vec<EventListener>>,
    /// Bytes drawn in advance: asking the browser costs more than the bytes.
    drawn: RefCell<Vec<u8>>,
}

/// Turns of the event loop through a message channel, which no browser delays as it delays timers.
struct Turns {
    waiting: Rc<RefCell<VecDeque<Task>>>,
    bell: web_sys::MessagePort,
    _listener: Closure<dyn FnMut()>,
}

impl Turns {
    fn new() -> Result<Self, JsValue> {
        let channel = web_sys::MessageChannel::new()?;
        let waiting: Rc<RefCell<VecDeque<Task>>> = Rc::default();
        let listener = {
            let waiting = waiting.clone();
            Closure::<dyn FnMut()>::new(move || {
                let task = waiting.borrow_mut().pop_front();
                if let Some(task) = task {
                    task();
                }
            })
        };
        channel.port1().set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Ok(Self { waiting, bell: channel.port2(), _listener: listener })
    }
}

impl Window {
    /// The window that this program runs in.
    pub fn new() -> Result<Self, JsValue> {
        let window = web_sys::window().ok_or("Landfall runs in a window")?;
        Ok(Self {
            performance: window.performance(),
            window,
            turns: Turns::new()?,
            listeners: RefCell::default(),
            drawn: RefCell::default(),
        })
    }
}

impl Host for Window {
    fn now(&self) -> TimeMs {
        TimeMs(js_sys::Date::now() as u64)
    }

    fn elapsed_ms(&self) -> f64 {
        self.performance.as_ref().map_or_else(js_sys::Date::now, web_sys::Performance::now)
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut drawn = self.drawn.borrow_mut();
        if drawn.len() < bytes.len() {
            let mut fresh = vec![0; 4096.max(bytes.len())];
            let crypto = self.window.crypto().expect("every browser has a source of randomness");
            crypto.get_random_values_with_u8_array(&mut fresh).expect("at most 64 KiB are asked for");
            *drawn = fresh;
        }
        let rest = drawn.len() - bytes.len();
        bytes.copy_from_slice(&drawn.split_off(rest));
    }

    fn after(&self, delay_ms: u32, task: Task) -> Timer {
        Box::new(Timeout::new(delay_ms, task))
    }

    fn soon(&self, task: Task) {
        self.turns.waiting.borrow_mut().push_back(task);
        if self.turns.bell.post_message(&JsValue::NULL).is_err() {
            self.report("a message channel did not take a message");
        }
    }

    fn before_paint(&self, task: Task) {
        if !self.is_visible() {
            Timeout::new(HIDDEN_FRAME_MS, task).forget();
            return;
        }
        // Whichever of the two comes first takes the task.
        let task = Rc::new(Cell::new(Some(task)));
        let run = |task: Rc<Cell<Option<Task>>>| {
            move || {
                if let Some(task) = task.take() {
                    task();
                }
            }
        };
        let late = Timeout::new(FRAME_MS_MAX, run(task.clone()));
        let painting = run(task);
        let painting = Closure::once_into_js(move || {
            drop(late);
            painting();
        });
        if self.window.request_animation_frame(painting.unchecked_ref()).is_err() {
            self.report("the window gives no animation frames");
        }
    }

    fn when_idle(&self, task: Task) {
        let has_idle = js_sys::Reflect::has(&self.window, &"requestIdleCallback".into()).unwrap_or(false);
        let (first, second) = {
            let task = Rc::new(Cell::new(Some(task)));
            (task.clone(), task)
        };
        let run = move || {
            if let Some(task) = first.take() {
                task();
            }
        };
        let asked = has_idle && self.window.request_idle_callback(Closure::once_into_js(run).unchecked_ref()).is_ok();
        if !asked && let Some(task) = second.take() {
            Timeout::new(IDLE_MS, task).forget();
        }
    }

    fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(future);
    }

    fn listen(&self, heard: Rc<dyn Fn(PageEvent)>) {
        let mut listeners = self.listeners.borrow_mut();
        let online = heard.clone();
        listeners.push(EventListener::new(&self.window, "online", move |_| online(PageEvent::Online)));
        let shown = heard.clone();
        listeners.push(EventListener::new(&self.window, "pageshow", move |_| shown(PageEvent::Visible(true))));
        if let Some(document) = self.window.document() {
            let seen = document.clone();
            listeners.push(EventListener::new(&document, "visibilitychange", move |_| {
                heard(PageEvent::Visible(seen.visibility_state() == web_sys::VisibilityState::Visible));
            }));
        }
    }

    fn is_visible(&self) -> bool {
        self.window.document().is_none_or(|document| document.visibility_state() == web_sys::VisibilityState::Visible)
    }

    fn report(&self, line: &str) {
        web_sys::console::warn_2(&"Landfall:".into(), &line.into());
    }
}
