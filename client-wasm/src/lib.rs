//! The browser client: thin doors around the engine's machine, and the JavaScript API that the page uses.
//!
//! `driver` is the loop: one input goes into the machine, its outputs are performed in order, through the doors `storage`, `socket`,
//! `tabs`, `host` and `bootstrap`, which decide nothing. `page` holds what JavaScript sees. This file is the composition root:
//! it names the product and joins the browser's doors to it.

mod bootstrap;
mod device;
mod download;
mod driver;
mod host;
mod inbox_view;
mod intake;
mod live_queries;
mod marks;
mod outbox_file;
mod outbox_view;
mod page;
#[cfg(test)]
mod page_tests;
mod post;
mod promises;
#[cfg(test)]
mod rehearsal;
mod socket;
mod status_view;
mod storage;
mod tabs;
mod undo;

use landfall_domain as product;

use bootstrap::HttpBootstrap;
use driver::{Doors, Driver, decoded};
use futures::future::{Either, select};
use host::{Host, Window, pause};
use landfall_engine::client::{Config, Loaded, Servers};
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Domain, LogId, Outcome, Record};
use page::{Callback, Page, Topic, json};
use post::HttpPost;
use product::day::Day;
use product::ids::{BoardId, ColumnId, TaskId};
use product::queries;
use product::{Command, Workspace};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use socket::BrowserSocket;
use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::rc::{Rc, Weak};
use storage::{BrowserStorage, Lost, NoStorage, Storage, Stored};
use tabs::BrowserTabs;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};

/// How long the database may take to open, milliseconds.
const OPEN_MS_MAX: u32 = 5_000;
/// How long it may take to be read, milliseconds.
const LOAD_MS_MAX: u32 = 20_000;
/// How long `close` waits for what is being saved, milliseconds.
const CLOSE_MS_MAX: u64 = 5_000;
/// How often the space that the browser grants is looked at, milliseconds.
const SPACE_MS: u32 = 60_000;

/// What the page must know to open a workspace.
#[derive(Deserialize)]
struct OpenOptions {
    log: LogId,
    actor: ActorId,
    /// Addresses of the server, such as `wss://example.org`, the first of which is tried first; without any, the one that the page came from.
    #[serde(default)]
    server: Vec<String>,
    /// Send each command by HTTP as well, to another of these addresses if there is one.
    #[serde(default)]
    two_routes: bool,
    /// The id of this device; without one, it is kept in `localStorage`.
    #[serde(default)]
    device: Option<DeviceId>,
}

/// Where a task is to be put in a column, or a column on a board.
#[derive(Deserialize)]
#[serde(untagged)]
enum Place {
    Task { column: ColumnId, before: Option<TaskId>, moving: Option<TaskId> },
    Column { board: BoardId, before: Option<ColumnId>, moving: Option<ColumnId> },
}

/// One open workspace: a full replica of its log on this device.
///
/// Everything crosses as JSON text, of the types in `types/generated`. Every method answers at once, unless it returns a promise;
/// none waits for the network. A method throws only when its arguments are not what they should be.
#[wasm_bindgen]
pub struct Client {
    page: Rc<Page>,
    has_asked_to_persist: Cell<bool>,
}

fn wrong(what: &str, error: impl Display) -> JsError {
    JsError::new(&format!("{what}: {error}"))
}

fn read<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, JsError> {
    serde_json::from_str(text).map_err(|error| wrong(what, error))
}

fn command_id(text: &str) -> Result<CommandId, JsError> {
    text.parse().map_err(|error| wrong("the id of a command", error))
}

/// A JavaScript function as a callback. What it throws is reported, and stops nobody else.
fn callback(function: js_sys::Function) -> Callback {
    Rc::new(move |text| {
        if let Err(error) = function.call1(&JsValue::NULL, &text.into()) {
            web_sys::console::error_2(&"Landfall: a callback has thrown".into(), &error);
        }
    })
}

#[wasm_bindgen]
impl Client {
    /// Opens a workspace. `options` is `{log, actor, server?, two_routes?, device?}`; `server` is a list of addresses such as `wss://example.org`.
    ///
    /// Resolves when everything that this device has stored is folded and queries can be answered, whether there is a network or not.
    /// Where the browser lets nothing be stored, it resolves too, and `status().storage` says so.
    #[wasm_bindgen(unchecked_return_type = "Client")]
    pub async fn open(options: String) -> Result<Client, JsError> {
        let options: OpenOptions = read("the options", &options)?;
        let host: Rc<dyn Host> = Rc::new(Window::new().map_err(|error| wrong("the window", format!("{error:?}")))?);
        let origins = if options.server.is_empty() { device::own_origin().into_iter().collect() } else { options.server };
        let mut seed = [0; 8];
        host.random(&mut seed);
        let config = Config {
            log: options.log,
            actor: options.actor,
            device: options.device.unwrap_or_else(|| device::device_id(&*host)),
            seed: u64::from_le_bytes(seed),
            servers: Servers { addresses: origins.len(), two_routes: options.two_routes },
        };
        let (schema, fold) = (Workspace::SCHEMA, Workspace::FOLD);
        let name = format!("landfall-{}-{}", config.actor, config.log);
        // The storage may be lost at any time; the page that it is lost for comes later.
        let opened: Rc<RefCell<Weak<Page>>> = Rc::default();
        let late = opened.clone();
        let lost = Rc::new(move |lost: Lost| {
            let page = late.borrow().upgrade();
            if let Some(page) = page {
                page.driver().lose_storage(&lost);
            }
        });
        let (storage, stored, problem): (Rc<dyn Storage>, Stored, Option<String>) =
            match open_storage(&*host, &name, schema, fold, lost).await {
                Ok((storage, stored)) => (Rc::new(storage), stored, None),
                Err(Lost(problem)) => (Rc::new(NoStorage), Stored::default(), Some(problem)),
            };
        let doors = Doors {
            storage,
            // Tabs of two versions of this program are two groups, each with a leader of its own.
            tabs: Rc::new(BrowserTabs::new(format!("{name}-{schema}.{fold}"))),
            socket: Rc::new(BrowserSocket::new(&origins)),
            bootstrap: Rc::new(HttpBootstrap::new(&origins, config.log, fold, schema, host.clone())),
            post: Rc::new(HttpPost::new(&origins, config.log)),
            host: host.clone(),
        };
        let loaded: Loaded<Workspace> = decoded(stored, &*host).await;
        let driver = Driver::start(config, loaded, doors, problem.is_some()).await;
        let page = Page::open(driver, device::today(), problem);
        *opened.borrow_mut() = Rc::downgrade(&page);
        watch_space(&page);
        Ok(Self { page, has_asked_to_persist: Cell::new(false) })
    }

    /// Does it, here and now: decides the command by what this device knows, shows its effect to this page's own subscribers, and saves it.
    ///
    /// Answers `{id}`, or `{rejected, phrase}` when it was refused at once: then nothing was saved, and nothing will be sent.
    pub fn submit(&self, command: &str) -> Result<String, JsError> {
        let command: Command = read("the command", command)?;
        let told = json(&self.page.submit(command));
        self.ask_to_persist();
        Ok(told)
    }

    /// Several commands at once, shown together. Takes a list; answers a list like `submit`'s answers.
    pub fn submit_many(&self, commands: &str) -> Result<String, JsError> {
        let commands: Vec<Command> = read("the commands", commands)?;
        let told = json(&self.page.submit_many(commands));
        self.ask_to_persist();
        Ok(told)
    }

    /// Resolves when the command would survive the death of this tab, or has landed. Rejects, with the reason in words, when this device cannot store it;
    /// it is sent all the same.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn saved(&self, id: &str) -> Result<js_sys::Promise, JsError> {
        let id = command_id(id)?;
        let page = self.page.clone();
        Ok(future_to_promise(async move {
            page.saved(id).await.map(|()| JsValue::UNDEFINED).map_err(|problem| js_sys::Error::new(&problem).into())
        }))
    }

    /// Resolves when the server has answered, which may take days: `{accepted: true}` or `{rejected, phrase}`.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn settled(&self, id: &str) -> Result<js_sys::Promise, JsError> {
        let id = command_id(id)?;
        let page = self.page.clone();
        Ok(future_to_promise(async move { Ok(json(&page.settled(id).await).into()) }))
    }

    /// Asks once. Answers `{head, rows, partial}`: a search, a filter or a grouping that needs a look at more tasks than there is time for in 8 ms
    /// is answered in part; who subscribes gets the rest.
    pub fn query(&self, query: &str) -> Result<String, JsError> {
        Ok(self.page.query(&read("the query", query)?))
    }

    /// Follows a query. The callback gets `{head, order, rows, partial}` before this returns, and later `{head?, order?, rows?, partial?}` with what differs:
    /// in the same task for this page's own commands, else at most once per frame. Answers the number of the subscription.
    pub fn subscribe(&self, query: &str, callback: js_sys::Function) -> Result<u32, JsError> {
        Ok(self.page.subscribe(read("the query", query)?, self::callback(callback)))
    }

    /// Points a subscription at another query. Rows that the page has already do not come again.
    pub fn resubscribe(&self, subscription: u32, query: &str) -> Result<(), JsError> {
        self.page.resubscribe(subscription, read("the query", query)?);
        Ok(())
    }

    /// Ends a subscription.
    pub fn unsubscribe(&self, subscription: u32) {
        self.page.unsubscribe(subscription);
    }

    /// The truth about sync: a `Status`.
    pub fn status(&self) -> String {
        self.page.say(Topic::Status)
    }

    /// Calls back with the `Status` whenever it has changed, at most once per frame.
    pub fn on_status(&self, callback: js_sys::Function) {
        self.page.listen(Topic::Status, self::callback(callback));
    }

    /// Calls back with a `Notice` when somebody else has just done something.
    pub fn on_notice(&self, callback: js_sys::Function) {
        self.page.listen(Topic::Notices, self::callback(callback));
    }

    /// What waits, oldest first, then what landed lately, newest first: `OutboxEntry[]`. Of a long outbox both ends are shown; `status().pending` counts all of it.
    pub fn outbox(&self) -> String {
        self.page.say(Topic::Outbox)
    }

    /// Calls back with the outbox whenever it has changed, at most once per frame.
    pub fn on_outbox(&self, callback: js_sys::Function) {
        self.page.listen(Topic::Outbox, self::callback(callback));
    }

    /// Ends `on_outbox`. A list that nobody shows costs nothing.
    pub fn off_outbox(&self) {
        self.page.stop_listening(Topic::Outbox);
    }

    /// Rejected commands that wait for their author's decision, oldest first: `RejectionEntry[]`.
    pub fn rejections(&self) -> String {
        self.page.say(Topic::Rejections)
    }

    /// Calls back with the rejections whenever they have changed, at most once per frame.
    pub fn on_rejections(&self, callback: js_sys::Function) {
        self.page.listen(Topic::Rejections, self::callback(callback));
    }

    /// Takes back a command that was never sent; `false` when it is too late. Its effect disappears at once.
    pub fn take_back(&self, id: &str) -> Result<bool, JsError> {
        Ok(self.page.take_back(command_id(id)?))
    }

    /// Connects now rather than when the next attempt is due.
    pub fn ask_now(&self) {
        self.page.driver().tell(landfall_engine::client::Client::ask_now);
    }

    /// Issues the command that undoes this one: answers as `submit` does, or nothing when there is no such command.
    /// Commands of this tab can be undone, the last 200 of them, each once.
    pub fn undo(&self, id: &str) -> Result<Option<String>, JsError> {
        Ok(self.page.undo(command_id(id)?).map(|told| json(&told)))
    }

    /// The outbox as a text that can be kept in a file, written in slices: calls back with one part after the other, and resolves after the last.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn export_outbox(&self, part: js_sys::Function) -> js_sys::Promise {
        let page = self.page.clone();
        future_to_promise(async move {
            page.export_outbox(callback(part)).await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Brings in, in slices, the file that was handed over: an outbox that was exported by the same person from the same workspace.
    /// Resolves with `{imported, known, problems}`.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn import_outbox(&self) -> js_sys::Promise {
        let page = self.page.clone();
        future_to_promise(async move { Ok(json(&page.import_outbox().await).into()) })
    }

    /// A file will be handed over, of about so many bytes, in place of the one before: a long one in pieces, so that no call takes long.
    pub fn begin_file(&self, bytes: usize) {
        self.page.begin_file(bytes);
    }

    /// The next piece of the file.
    pub fn add_to_file(&self, piece: &str) {
        self.page.add_to_file(piece);
    }

    /// What kind of export the file is that was handed over: resolves with `"csv"`, `"trello"` or `"github"`, or `null` when it is none of them.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn recognize_file(&self, name: String) -> js_sys::Promise {
        let page = self.page.clone();
        future_to_promise(async move { Ok(json(&page.recognize_file(&name).await).into()) })
    }

    /// A new id, for whatever a command makes.
    pub fn mint(&self) -> String {
        self.page.mint().to_string()
    }

    /// The rank that puts a task before another one, or at the end of a column: `{column, before, moving}`. `moving` is the task itself, which does not count.
    /// The same for a column on a board: `{board, before, moving}`.
    pub fn rank_between(&self, place: &str) -> Result<String, JsError> {
        let rank = match read("the place", place)? {
            Place::Task { column, before, moving } => self.page.look(|view| queries::rank_between(view.state, column, before, moving)),
            Place::Column { board, before, moving } => {
                self.page.look(|view| queries::column_rank_between(view.state, board, before, moving))
            }
        };
        Ok(rank.to_string())
    }

    /// Puts records that came over HTTP into words: `{at, person, phrase, position}[]`. What was rejected changed nothing and is left out.
    pub fn describe_records(&self, records: &str) -> Result<String, JsError> {
        let records: Vec<Box<RawValue>> = read("the records", records)?;
        let lines: Vec<_> = self.page.look(|view| {
            let line = |text: &str| {
                let record = Record::<Workspace>::from_json(text).ok()?;
                match &record.outcome {
                    Outcome::Accepted(events) => queries::history_line(view, &record.context(), events),
                    Outcome::Rejected(_) => None,
                }
            };
            records.iter().filter_map(|raw| line(raw.get())).collect()
        });
        Ok(json(&lines))
    }

    /// Plans an import of the file that was handed over, in slices: `format` is `csv`, `trello` or `github`; `options` is `{board, name?, key?}`. Calls back with how far it is,
    /// from 0 to 1, and resolves with an `ImportPlan`, or with `null` when another plan was asked for meanwhile. Nothing is issued yet.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn plan_import(&self, format: &str, options: &str, progress: js_sys::Function) -> Result<js_sys::Promise, JsError> {
        let format = read("the format", &json(&format))?;
        let options = read("the options", options)?;
        let page = self.page.clone();
        Ok(future_to_promise(async move {
            let plan = page.plan_import(format, options, device::offset_minutes(), callback(progress)).await;
            Ok(json(&plan).into())
        }))
    }

    /// Ends the plan that is being made.
    pub fn cancel_plan(&self) {
        self.page.cancel_plan();
    }

    /// Ends the import that runs: its last `ImportProgress` says `cancelled`. What was issued stays issued.
    pub fn cancel_import(&self) {
        self.page.cancel_import();
    }

    /// Carries the last plan out, in slices; calls back with an `ImportProgress` after each. Resolves when everything is issued.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn run_import(&self, progress: js_sys::Function) -> js_sys::Promise {
        let page = self.page.clone();
        self.ask_to_persist();
        future_to_promise(async move {
            page.run_import(callback(progress)).await.map(|()| JsValue::UNDEFINED).map_err(|problem| js_sys::Error::new(&problem).into())
        })
    }

    /// Tells the local day, such as `2026-11-21`, on which "today" and "overdue" depend: at the start, and when it changes.
    pub fn today(&self, date: &str) -> Result<(), JsError> {
        let day: Day = date.parse().map_err(|error| wrong("the day", error))?;
        self.page.set_today(day);
        Ok(())
    }

    /// Ends the use of the workspace in this tab. Resolves when what was issued is saved; callbacks are called no more.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn close(&self) -> js_sys::Promise {
        let page = self.page.clone();
        future_to_promise(async move {
            let host = page.driver().host().clone();
            let began = host.now();
            while page.is_saving() && host.now().since(began) < CLOSE_MS_MAX {
                pause(&*host, 5).await;
            }
            page.close();
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Client {
    /// The first command is when a person has something to lose, and when browsers are likeliest to agree.
    fn ask_to_persist(&self) {
        if !self.has_asked_to_persist.replace(true) {
            let page = Rc::downgrade(&self.page);
            spawn_local(async move {
                let persisted = device::ask_to_persist().await;
                if let (Some(page), Some(_)) = (page.upgrade(), persisted) {
                    page.surround(|around| around.persisted = persisted);
                }
            });
        }
    }
}

/// Opens and reads the database; whatever hangs is given up.
async fn open_storage(
    host: &dyn Host,
    name: &str,
    schema: u32,
    fold: u32,
    lost: Rc<dyn Fn(Lost)>,
) -> Result<(BrowserStorage, Stored), Lost> {
    let storage = in_time(host, OPEN_MS_MAX, BrowserStorage::open(name, schema, fold, lost)).await?;
    let stored = in_time(host, LOAD_MS_MAX, storage.load(Cursor::default())).await?;
    Ok((storage, stored))
}

async fn in_time<T>(host: &dyn Host, limit_ms: u32, work: impl Future<Output = Result<T, Lost>>) -> Result<T, Lost> {
    match select(Box::pin(work), Box::pin(pause(host, limit_ms))).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => {
            host.report("the browser's storage does not answer");
            Err(Lost(
                "The browser's storage does not answer. Work stays in this tab's memory until it has landed. Reloading may help.".into(),
            ))
        }
    }
}

/// Looks at the space and at the other tabs now and then, for the status.
fn watch_space(page: &Rc<Page>) {
    let page = Rc::downgrade(page);
    spawn_local(async move {
        while let Some(open) = page.upgrade().filter(|page| !page.driver().is_closed()) {
            open.driver().count_tabs();
            let host = open.driver().host().clone();
            let space = device::space().await;
            open.surround(|around| {
                around.persisted = space.persisted;
                around.usage = space.usage;
                around.quota = space.quota;
            });
            drop(open);
            pause(&*host, SPACE_MS).await;
        }
    });
}
