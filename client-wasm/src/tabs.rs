//! The tabs of one device: a lock that one of them holds, and a channel on which they tell each other.

use gloo_events::EventListener;
use landfall_engine::client::{Lock, News};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// What comes from the other tabs.
#[derive(Clone, Debug, PartialEq)]
pub enum TabEvent {
    /// The lock was granted (`true`), or taken away (`false`).
    Lock(bool),
    /// Another tab tells.
    News(News),
    /// So many tabs are open, this one included.
    Count(usize),
}

/// Whoever hears the other tabs.
pub type Listener = Rc<dyn Fn(TabEvent)>;

/// The door to the other tabs.
pub trait Tabs {
    /// Tells `heard` what comes. Never calls it from within this or any other call.
    fn listen(&self, heard: Listener);
    /// Queues for the lock, or takes it.
    fn lock(&self, how: Lock);
    /// Tells the other tabs.
    fn tell(&self, news: &News);
    /// Counts the tabs; answered with [`TabEvent::Count`].
    fn count(&self);
    /// Gives the lock up and is silent from now on.
    fn leave(&self);
}

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks`; web-sys has it behind a flag for unstable interfaces only.
    type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, options: &js_sys::Object, granted: &js_sys::Function) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn query(this: &LockManager) -> Result<js_sys::Promise, JsValue>;
}

/// Web Locks and a `BroadcastChannel`. Where the browser lacks one of them, this tab works as if it were alone.
pub struct BrowserTabs {
    inner: Rc<Inner>,
}

struct Inner {
    /// Of the lock that leads; the lock that every tab shares is named after it.
    name: String,
    locks: Option<LockManager>,
    channel: Option<web_sys::BroadcastChannel>,
    listener: RefCell<Option<EventListener>>,
    heard: RefCell<Option<Listener>>,
    /// The request that waits or holds. Each has a number, so that one that was given up is heard of no more.
    request: RefCell<Option<Request>>,
    requests: Cell<u32>,
    /// Calling it ends the share in the lock by which tabs are counted.
    present: RefCell<Option<js_sys::Function>>,
}

struct Request {
    number: u32,
    queued: Option<web_sys::AbortController>,
    /// Calling it lets the lock go.
    release: Rc<RefCell<Option<js_sys::Function>>>,
}

impl BrowserTabs {
    /// Tabs of this name are one group. The name carries person, log and version.
    pub fn new(name: String) -> Self {
        let channel = web_sys::BroadcastChannel::new(&name).ok();
        let inner = Inner {
            name,
            locks: lock_manager(),
            channel,
            listener: RefCell::default(),
            heard: RefCell::default(),
            request: RefCell::default(),
            requests: Cell::default(),
            present: RefCell::default(),
        };
        Self { inner: Rc::new(inner) }
    }
}

fn lock_manager() -> Option<LockManager> {
    let navigator = web_sys::window()?.navigator();
    let locks = js_sys::Reflect::get(&navigator, &"locks".into()).ok()?;
    // Missing on pages that are not secure, and in old browsers.
    (!locks.is_undefined() && !locks.is_null()).then(|| locks.unchecked_into())
}

fn options(pairs: &[(&str, &JsValue)]) -> js_sys::Object {
    let object = js_sys::Object::new();
    for (key, value) in pairs {
        // Setting a property of a fresh object does not fail.
        let _ = js_sys::Reflect::set(&object, &(*key).into(), value);
    }
    object
}

impl Tabs for BrowserTabs {
    fn listen(&self, heard: Listener) {
        if let Some(channel) = &self.inner.channel {
            let tell = heard.clone();
            let inner = Rc::downgrade(&self.inner);
            *self.inner.listener.borrow_mut() = Some(EventListener::new(channel, "message", move |event| {
                let data = event.unchecked_ref::<web_sys::MessageEvent>().data();
                let message = js_sys::Uint8Array::new(&data).to_vec();
                if message.is_empty()
                    && let Some(inner) = inner.upgrade()
                {
                    inner.count();
                } else if let Some(news) = News::decode(&message) {
                    tell(TabEvent::News(news));
                }
            }));
        }
        *self.inner.heard.borrow_mut() = Some(heard);
        self.inner.clone().be_present();
    }

    fn lock(&self, how: Lock) {
        self.inner.clone().ask(how);
    }

    fn tell(&self, news: &News) {
        if let Some(channel) = &self.inner.channel
            && let Err(error) = channel.post_message(&js_sys::Uint8Array::from(&*news.encode()))
        {
            web_sys::console::warn_2(&"Landfall: the other tabs were not told".into(), &error);
        }
    }

    fn count(&self) {
        self.inner.count();
    }

    fn leave(&self) {
        *self.inner.heard.borrow_mut() = None;
        *self.inner.listener.borrow_mut() = None;
        self.inner.give_up();
        if let Some(leave) = self.inner.present.borrow_mut().take() {
            let _ = leave.call0(&JsValue::NULL);
        }
        if let Some(channel) = &self.inner.channel {
            channel.close();
        }
    }
}

impl Inner {
    fn hear(&self, event: TabEvent) {
        let heard = self.heard.borrow().clone();
        if let Some(heard) = heard {
            heard(event);
        }
    }

    /// Lets the lock go, or leaves the queue for it.
    fn give_up(&self) {
        if let Some(request) = self.request.borrow_mut().take() {
            if let Some(queued) = &request.queued {
                queued.abort();
            }
            if let Some(release) = request.release.borrow_mut().take() {
                let _ = release.call0(&JsValue::NULL);
            }
        }
    }

    fn ask(self: Rc<Self>, how: Lock) {
        self.give_up();
        let number = self.requests.get().wrapping_add(1);
        self.requests.set(number);
        let Some(locks) = &self.locks else {
            spawn_local(async move { self.hear(TabEvent::Lock(true)) });
            return;
        };
        // A request that steals can neither wait nor be aborted.
        let queued = if how == Lock::Steal { None } else { web_sys::AbortController::new().ok() };
        let options = match &queued {
            Some(queued) => options(&[("signal", &queued.signal())]),
            None if how == Lock::Steal => options(&[("steal", &JsValue::TRUE)]),
            None => js_sys::Object::new(),
        };
        let release: Rc<RefCell<Option<js_sys::Function>>> = Rc::default();
        let granted = {
            let inner = self.clone();
            let release = release.clone();
            Closure::once_into_js(move |_lock: JsValue| -> js_sys::Promise {
                let held = js_sys::Promise::new(&mut |resolve, _| *release.borrow_mut() = Some(resolve));
                let is_current = inner.request.borrow().as_ref().is_some_and(|request| request.number == number);
                if is_current {
                    inner.count();
                    spawn_local(async move { inner.hear(TabEvent::Lock(true)) });
                    held
                } else {
                    js_sys::Promise::resolve(&JsValue::NULL)
                }
            })
        };
        *self.request.borrow_mut() = Some(Request { number, queued, release });
        let asked = locks.request(&self.name, &options, granted.unchecked_ref());
        spawn_local(async move {
            let ended = match asked {
                Ok(promise) => JsFuture::from(promise).await,
                Err(error) => Err(error),
            };
            let is_current = self.request.borrow().as_ref().is_some_and(|request| request.number == number);
            let Err(error) = ended else { return };
            if !is_current {
                return;
            }
            let was_held = self.request.borrow_mut().take().is_some_and(|request| request.release.borrow().is_some());
            if was_held {
                self.hear(TabEvent::Lock(false));
            } else {
                // The lock is not to be had at all (a sandboxed frame, say): this tab works alone.
                web_sys::console::warn_2(&"Landfall: the browser gives no locks".into(), &error);
                self.hear(TabEvent::Lock(true));
            }
        });
    }

    /// Takes a share in the lock by which tabs are counted, for as long as this tab lives.
    fn be_present(self: Rc<Self>) {
        let Some(locks) = &self.locks else { return };
        let inner = self.clone();
        let granted = Closure::once_into_js(move |_lock: JsValue| -> js_sys::Promise {
            let held = js_sys::Promise::new(&mut |resolve, _| *inner.present.borrow_mut() = Some(resolve));
            inner.come_or_go();
            held
        });
        let options = options(&[("mode", &"shared".into())]);
        if let Ok(promise) = locks.request(&self.presence(), &options, granted.unchecked_ref()) {
            spawn_local(async move { drop(JsFuture::from(promise).await) });
        }
    }

    /// This tab has come or goes: an empty message tells the others to count again.
    fn come_or_go(self: &Rc<Self>) {
        self.count();
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&js_sys::Uint8Array::new_with_length(0));
        }
    }

    fn presence(&self) -> String {
        format!("{}/present", self.name)
    }

    fn count(self: &Rc<Self>) {
        let Some(promise) = self.locks.as_ref().and_then(|locks| locks.query().ok()) else { return };
        let inner = Rc::downgrade(self);
        spawn_local(async move {
            let Ok(answer) = JsFuture::from(promise).await else { return };
            let Some(inner) = inner.upgrade() else { return };
            let Ok(held) = js_sys::Reflect::get(&answer, &"held".into()) else { return };
            let presence = inner.presence();
            let is_ours = |lock: &JsValue| js_sys::Reflect::get(lock, &"name".into()).is_ok_and(|name| name == presence.as_str());
            let count = js_sys::Array::from(&held).iter().filter(is_ours).count();
            inner.hear(TabEvent::Count(count));
        });
    }
}
