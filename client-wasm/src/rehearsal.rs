//! Doors of memory, so that tests can drive the loop and the page without a browser: time stands still until it is moved.

use crate::bootstrap::{Bootstrap, Fetched};
use crate::driver::{Doors, Driver, decoded};
use crate::host::{Host, PageEvent, Task, Timer};
use crate::intake::{ImportOptions, ImportPlan};
use crate::page::{Callback, Page};
use crate::post::Post;
use crate::product::Workspace;
use crate::product::import::Format::Csv;
use crate::socket::{self, Heard, Socket};
use crate::storage::{Lost, Storage, Stored};
use crate::tabs::{Listener, TabEvent, Tabs};
use futures::executor::{LocalPool, LocalSpawner};
use futures::future::LocalBoxFuture;
use futures::task::LocalSpawnExt;
use landfall_engine::client::{Config, InboxRow, Lock, News, OutboxRow, Posted, Save, SaveError, Servers};
use landfall_engine::protocol::{Commands, Downstream, Format, PROTOCOL_VERSION, Upstream, Welcome};
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, LogId, Mark, Record, TimeMs};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// The person who acts.
pub const ME: ActorId = ActorId([1; 16]);
/// Another person.
pub const OTHER: ActorId = ActorId([2; 16]);
/// At so many addresses the server is reached.
pub const ADDRESSES: usize = 3;
/// The log.
pub const LOG: LogId = LogId([3; 16]);

/// Time, chance and an event loop that a test turns by hand.
pub struct HandHost {
    now: Cell<u64>,
    drawn: Cell<u64>,
    /// By how much the clock goes forward each time that it is looked at, as if work took time; milliseconds.
    pace: Cell<f64>,
    worked: Cell<f64>,
    tasks: RefCell<VecDeque<Task>>,
    timers: RefCell<Vec<(u64, std::rc::Weak<()>, Task)>>,
    spawner: LocalSpawner,
}

impl Host for HandHost {
    fn now(&self) -> TimeMs {
        TimeMs(self.now.get())
    }

    fn elapsed_ms(&self) -> f64 {
        self.worked.set(self.worked.get() + self.pace.get());
        self.now.get() as f64 + self.worked.get()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.drawn.set(self.drawn.get() + 1);
        bytes.fill(0);
        let number = self.drawn.get().to_be_bytes();
        let length = bytes.len().min(8);
        let start = bytes.len() - length;
        bytes[start..].copy_from_slice(&number[8 - length..]);
    }

    fn after(&self, delay_ms: u32, task: Task) -> Timer {
        let alive = Rc::new(());
        self.timers.borrow_mut().push((self.now.get() + u64::from(delay_ms), Rc::downgrade(&alive), task));
        Box::new(alive)
    }

    fn soon(&self, task: Task) {
        self.tasks.borrow_mut().push_back(task);
    }

    fn before_paint(&self, task: Task) {
        self.tasks.borrow_mut().push_back(task);
    }

    fn when_idle(&self, task: Task) {
        self.tasks.borrow_mut().push_back(task);
    }

    fn spawn(&self, future: LocalBoxFuture<'static, ()>) {
        self.spawner.spawn_local(future).unwrap();
    }

    fn listen(&self, _heard: Rc<dyn Fn(PageEvent)>) {}

    fn is_visible(&self) -> bool {
        true
    }

    fn report(&self, line: &str) {
        println!("{line}");
    }
}

/// A disk that can be full.
#[derive(Default)]
pub struct MemoryDisk {
    outbox: RefCell<BTreeMap<CommandId, OutboxRow>>,
    inbox: RefCell<BTreeMap<CommandId, InboxRow>>,
    tail: RefCell<Vec<Vec<u8>>>,
    /// Writes fail for this reason.
    pub fails: Cell<Option<SaveError>>,
}

impl Storage for Rc<MemoryDisk> {
    fn load(&self, _after: Cursor) -> LocalBoxFuture<'static, Result<Stored, Lost>> {
        let disk = self.clone();
        Box::pin(async move { Ok(disk.stored()) })
    }

    fn save(&self, save: Save) -> LocalBoxFuture<'static, Result<(), SaveError>> {
        let disk = self.clone();
        Box::pin(async move {
            if let Some(error) = disk.fails.get() {
                return Err(error);
            }
            disk.outbox.borrow_mut().retain(|key, _| !save.outbox_delete.contains(key));
            disk.inbox.borrow_mut().retain(|key, _| !save.inbox_delete.contains(key));
            disk.outbox.borrow_mut().extend(save.outbox_put.into_iter().map(|row| (row.key, row)));
            disk.inbox.borrow_mut().extend(save.inbox_put.into_iter().map(|row| (row.id, row)));
            disk.tail.borrow_mut().extend(save.tail_put);
            Ok(())
        })
    }

    fn save_snapshot(&self, _cursor: Cursor, _mark: Option<Mark>, _chunks: Vec<Vec<u8>>) -> LocalBoxFuture<'static, Result<(), SaveError>> {
        Box::pin(async { Ok(()) })
    }

    fn close(&self) {}
}

impl MemoryDisk {
    /// What is on it.
    pub fn stored(&self) -> Stored {
        Stored {
            tail: self.tail.borrow().clone(),
            outbox: self.outbox.borrow().values().map(|row| (row.key.to_string(), serde_json::to_string(&row.commands).unwrap())).collect(),
            inbox: self.inbox.borrow().values().cloned().collect(),
            ..Stored::default()
        }
    }
}

/// A tab that is alone on its device.
struct OnlyTab {
    heard: RefCell<Option<Listener>>,
    host: Rc<HandHost>,
}

impl Tabs for Rc<OnlyTab> {
    fn listen(&self, heard: Listener) {
        *self.heard.borrow_mut() = Some(heard);
    }

    fn lock(&self, _how: Lock) {
        let tab = self.clone();
        self.host.soon(Box::new(move || {
            let heard = tab.heard.borrow().clone();
            heard.unwrap()(TabEvent::Lock(true));
        }));
    }

    fn tell(&self, _news: &News) {}

    fn count(&self) {}

    fn leave(&self) {}
}

/// A line to a server that the test plays.
#[derive(Default)]
pub struct HandLine {
    heard: RefCell<Option<socket::Listener>>,
    sent: RefCell<Vec<Vec<u8>>>,
    /// The servers that the client has asked for, by their places in the list.
    pub tried: RefCell<Vec<usize>>,
}

impl Socket for Rc<HandLine> {
    fn connect(&self, server: usize, heard: socket::Listener) {
        self.tried.borrow_mut().push(server);
        *self.heard.borrow_mut() = Some(heard);
    }

    fn send(&self, frame: &[u8]) {
        self.sent.borrow_mut().push(frame.to_vec());
    }

    fn close(&self) {
        *self.heard.borrow_mut() = None;
    }
}

impl HandLine {
    /// Tells the client something.
    pub fn say(&self, heard: Heard) {
        let listener = self.heard.borrow().clone();
        listener.expect("the client has asked for a connection")(heard);
    }

    /// Sends the client a frame.
    pub fn frame(&self, frame: &Downstream<Workspace>) {
        self.say(Heard::Frame(Format::Postcard.encode(frame)));
    }

    /// Commands that the client has sent since this was asked last.
    pub fn submitted(&self) -> Vec<CommandId> {
        let frames = std::mem::take(&mut *self.sent.borrow_mut());
        let commands = frames.iter().filter_map(|frame| match Format::Postcard.decode::<Upstream>(frame) {
            Ok(Upstream::Submit(commands)) => Some(commands),
            _ => None,
        });
        commands.flatten().map(|submission| submission.id).collect()
    }
}

/// A server without snapshots.
struct NoSnapshots;

impl Bootstrap for NoSnapshots {
    fn fetch(&self, _server: usize) -> LocalBoxFuture<'static, Fetched> {
        Box::pin(async { Fetched::None })
    }
}

/// A server that takes everything by HTTP, and that a test asks what it got.
#[derive(Default)]
pub struct Posts(RefCell<Vec<(usize, Vec<u8>)>>);

impl Post for Rc<Posts> {
    fn post(&self, server: usize, body: Vec<u8>) -> LocalBoxFuture<'static, Posted> {
        self.0.borrow_mut().push((server, body));
        Box::pin(async { Posted::Landed })
    }
}

impl Posts {
    /// What came since this was asked last: at which server, and which commands.
    pub fn took(&self) -> Vec<(usize, Vec<CommandId>)> {
        let ids = |body: &[u8]| {
            let Commands { commands, .. } = serde_json::from_slice(body).unwrap();
            commands.into_iter().map(|command| command.id).collect()
        };
        self.0.take().into_iter().map(|(server, body)| (server, ids(&body))).collect()
    }
}

/// One tab on a stage.
pub struct Stage {
    pool: RefCell<LocalPool>,
    host: Rc<HandHost>,
    /// Its disk.
    pub disk: Rc<MemoryDisk>,
    /// Its line to the server.
    pub line: Rc<HandLine>,
    /// Its second route.
    pub posts: Rc<Posts>,
    /// The second route is used.
    pub two_routes: Cell<bool>,
}

impl Stage {
    /// An empty one.
    pub fn new() -> Self {
        let pool = LocalPool::new();
        let host = HandHost {
            now: Cell::new(1_795_000_000_000),
            drawn: Cell::new(0),
            pace: Cell::default(),
            worked: Cell::default(),
            tasks: RefCell::default(),
            timers: RefCell::default(),
            spawner: pool.spawner(),
        };
        Self {
            pool: RefCell::new(pool),
            host: Rc::new(host),
            disk: Rc::default(),
            line: Rc::default(),
            posts: Rc::default(),
            two_routes: Cell::default(),
        }
    }

    /// Opens the log on what is on the disk; `storage_is_lost` when there is none to be had.
    pub fn open(&self, storage_is_lost: bool) -> Rc<Page> {
        let tab = Rc::new(OnlyTab { heard: RefCell::default(), host: self.host.clone() });
        let doors = Doors {
            host: self.host.clone(),
            storage: Rc::new(self.disk.clone()),
            tabs: Rc::new(tab),
            socket: Rc::new(self.line.clone()),
            bootstrap: Rc::new(NoSnapshots),
            post: Rc::new(self.posts.clone()),
        };
        let config = Config {
            log: LOG,
            actor: ME,
            device: DeviceId([4; 16]),
            seed: 5,
            servers: Servers { addresses: ADDRESSES, two_routes: self.two_routes.get() },
        };
        let stored = self.disk.stored();
        let problem = storage_is_lost.then(|| "There is no storage.".to_owned());
        let host = self.host.clone();
        let starting = async move {
            let loaded = decoded(stored, &*host).await;
            Driver::start(config, loaded, doors, storage_is_lost).await
        };
        let driver = self.pool.borrow_mut().run_until(starting);
        let page = Page::open(driver, "2026-11-21".parse().unwrap(), problem);
        self.settle();
        page
    }

    /// Connects to a server that has these records.
    pub fn go_online(&self, records: Vec<Record<Workspace>>) {
        let head = records.last().map_or(0, |record| record.position);
        self.line.say(Heard::Opened);
        let welcome = Welcome { protocol: PROTOCOL_VERSION, epoch: 0, head, server_time: self.host.now(), actor: ME };
        self.line.frame(&Downstream::Welcome(welcome));
        if !records.is_empty() {
            self.line.frame(&Downstream::Records(records));
        }
        self.line.frame(&Downstream::CaughtUp { head });
        self.settle();
    }

    /// From now on each look at the clock finds it so much later: eight looks at a pace of 1 ms use a slice up.
    pub fn work_takes(&self, pace_ms: f64) {
        self.host.pace.set(pace_ms);
    }

    /// Begins something that goes on as the loop is turned.
    pub fn begin(&self, future: impl Future<Output = ()> + 'static) {
        self.host.spawn(Box::pin(future));
        self.pool.borrow_mut().run_until_stalled();
    }

    /// Plans the import of a spreadsheet.
    pub fn plans(&self, page: &Rc<Page>, text: &str, options: ImportOptions) -> ImportPlan {
        let planned: Rc<RefCell<Option<ImportPlan>>> = Rc::default();
        page.begin_file(text.len());
        page.add_to_file(text);
        let (page, keep) = (page.clone(), planned.clone());
        self.begin(async move {
            let plan = page.plan_import(Csv, options, 60, Rc::new(|_| ())).await;
            *keep.borrow_mut() = plan;
        });
        while planned.borrow().is_none() && self.turn() {}
        planned.take().expect("it was planned")
    }

    /// Turns the loop once; `false` when nothing was left to do.
    pub fn turn(&self) -> bool {
        let task = self.host.tasks.borrow_mut().pop_front();
        let is_something = task.is_some();
        task.into_iter().for_each(|task| task());
        self.pool.borrow_mut().run_until_stalled();
        is_something
    }

    /// Turns the loop until nothing is left to do at this moment.
    pub fn settle(&self) {
        loop {
            self.pool.borrow_mut().run_until_stalled();
            let task = self.host.tasks.borrow_mut().pop_front();
            match task {
                Some(task) => task(),
                None => break,
            }
        }
    }

    /// Moves time.
    pub fn wait(&self, duration_ms: u64) {
        let until = self.host.now.get() + duration_ms;
        loop {
            let due = {
                let mut timers = self.host.timers.borrow_mut();
                timers.retain(|(_, alive, _)| alive.strong_count() > 0);
                let next = (0..timers.len()).filter(|&place| timers[place].0 <= until).min_by_key(|&place| timers[place].0);
                next.map(|place| timers.remove(place))
            };
            let Some((at, _, task)) = due else { break };
            self.host.now.set(at.max(self.host.now.get()));
            task();
            self.settle();
        }
        self.host.now.set(until);
        self.settle();
    }

    /// Runs a future that does not wait for time.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.pool.borrow_mut().run_until(future)
    }
}

/// A callback that keeps what it was told.
pub fn keeper() -> (Callback, Rc<RefCell<Vec<serde_json::Value>>>) {
    let told: Rc<RefCell<Vec<serde_json::Value>>> = Rc::default();
    let keep = told.clone();
    (Rc::new(move |text| keep.borrow_mut().push(serde_json::from_str(text).unwrap())), told)
}
