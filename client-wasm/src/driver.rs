//! The loop: one input goes into the machine, then its outputs are performed in order.

use crate::bootstrap::{Bootstrap, Fetched};
use crate::host::{Host, PageEvent, Slice, Timer, idle, pause};
use crate::post::Post;
use crate::socket::{self, Heard, Socket};
use crate::storage::{Lost, Storage, Stored, outbox_row};
use crate::tabs::{TabEvent, Tabs};
use landfall_engine::client::{ALARM_MS_MAX, Client, Config, Loaded, Output};
use landfall_engine::{CommandId, Cursor, Domain, Mark, Reason, Record, TimeMs};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// Until screens have gone on to the newest state, milliseconds. Whoever still holds the one before would let it go in one piece.
const SHOWN_MS: u32 = 2_000;
/// Entities let go between two looks at the clock.
const LET_GO_COUNT: usize = 256;

/// The doors through which the machine reaches the world.
pub struct Doors {
    /// Time, chance, the event loop.
    pub host: Rc<dyn Host>,
    /// What the device keeps.
    pub storage: Rc<dyn Storage>,
    /// The other tabs.
    pub tabs: Rc<dyn Tabs>,
    /// The server.
    pub socket: Rc<dyn Socket>,
    /// The server's snapshots.
    pub bootstrap: Rc<dyn Bootstrap>,
    /// The server again, by HTTP.
    pub post: Rc<dyn Post>,
}

/// What the page is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Announcement<D: Domain> {
    /// View, outbox, inbox or status have changed.
    Show,
    /// A command is on disk, or never will be.
    Kept {
        /// Which.
        id: CommandId,
        /// Whether it would survive the death of the tab.
        durable: bool,
    },
    /// A command has its record.
    Settled {
        /// Which.
        id: CommandId,
        /// `None` when it was accepted.
        rejected: Option<Reason<D::Rejection>>,
    },
    /// Somebody else did this, just now.
    Happened(Record<D>),
    /// So many tabs are open.
    Tabs(usize),
    /// The storage cannot be used, for this reason.
    StorageLost(String),
}

/// Whoever shows what the machine knows. Called when the machine is at rest, so that it may be asked and told again at once.
pub type Audience<D> = Rc<dyn Fn(Announcement<D>)>;

/// One open log: the machine and its doors. Clones drive the same machine.
pub struct Driver<D: Domain> {
    inner: Rc<Inner<D>>,
}

struct Inner<D: Domain> {
    machine: RefCell<Client<D>>,
    doors: Doors,
    audience: RefCell<Option<Audience<D>>>,
    alarm: RefCell<Option<(TimeMs, Timer)>>,
    /// The next slice of long work is on its way.
    is_working: Cell<bool>,
    is_closed: Cell<bool>,
}

impl<D: Domain> Clone for Driver<D> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// Turns what the device kept into what the machine takes, in slices.
pub async fn decoded<D: Domain>(stored: Stored, host: &dyn Host) -> Loaded<D> {
    let snapshot = match stored.snapshot {
        Some((cursor, chunks)) => decoded_snapshot::<D>(&chunks, host).await.map(|state| (cursor, state)),
        None => None,
    };
    let mut outbox = Vec::new();
    let mut slice = Slice::begin(host);
    for (key, commands) in stored.outbox {
        match outbox_row(&key, &commands) {
            Ok(row) => outbox.push(row),
            Err(problem) => host.report(&format!("a row that cannot be read stays where it is: {problem}")),
        }
        slice.breathe().await;
    }
    Loaded { epoch: stored.epoch, snapshot, mark: stored.mark, tail: stored.tail, outbox, inbox: stored.inbox }
}

/// `None` when a piece does not decode: then there is no snapshot.
async fn decoded_snapshot<D: Domain>(chunks: &[Vec<u8>], host: &dyn Host) -> Option<D::State> {
    let mut state = D::State::default();
    let mut slice = Slice::begin(host);
    for (index, chunk) in chunks.iter().enumerate() {
        if D::decode_chunk(&mut state, index, chunk).is_err() {
            host.report("a snapshot does not decode, so the log is read again");
            return None;
        }
        slice.breathe().await;
    }
    Some(state)
}

impl<D: Domain> Driver<D> {
    /// Starts the machine on what was loaded, works until it can answer, then opens the doors to tabs and network.
    pub async fn start(config: Config, loaded: Loaded<D>, doors: Doors, storage_is_lost: bool) -> Self {
        let machine = Client::new(config, loaded, doors.host.now());
        let inner = Inner {
            machine: RefCell::new(machine),
            doors,
            audience: RefCell::default(),
            alarm: RefCell::default(),
            is_working: Cell::new(true),
            is_closed: Cell::new(false),
        };
        let driver = Self { inner: Rc::new(inner) };
        let mut slice = Slice::begin(&*driver.inner.doors.host);
        while driver.work_once() {
            slice.breathe().await;
        }
        driver.inner.is_working.set(false);
        if storage_is_lost {
            driver.inner.machine.borrow_mut().handle_storage_lost(driver.inner.doors.host.now());
        }
        // Doors were shut until now: what the machine wants of them is still queued.
        driver.listen();
        driver
    }

    /// Who shows what the machine knows.
    pub fn attend(&self, audience: Audience<D>) {
        *self.inner.audience.borrow_mut() = Some(audience);
    }

    /// Asks the machine something.
    pub fn ask<R>(&self, question: impl FnOnce(&Client<D>) -> R) -> R {
        question(&self.inner.machine.borrow())
    }

    /// Takes something from the machine of which nothing follows.
    pub fn take<R>(&self, taking: impl FnOnce(&mut Client<D>) -> R) -> R {
        taking(&mut self.inner.machine.borrow_mut())
    }

    /// Tells the machine something, and performs what follows. Long work follows in slices of its own.
    pub fn tell<R>(&self, input: impl FnOnce(&mut Client<D>, TimeMs) -> R) -> R {
        let now = self.inner.doors.host.now();
        let (result, announcements) = {
            let mut machine = self.inner.machine.borrow_mut();
            let result = input(&mut machine, now);
            (result, self.perform(&mut machine))
        };
        self.set_alarm();
        self.keep_working();
        self.announce(announcements);
        result
    }

    /// The door to time and chance.
    pub fn host(&self) -> &Rc<dyn Host> {
        &self.inner.doors.host
    }

    /// Counts the open tabs; the answer is announced.
    pub fn count_tabs(&self) {
        self.inner.doors.tabs.count();
    }

    /// Was it ended?
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed.get()
    }

    /// Ends it: the lock is given up, connection and database are closed. What is saved stays saved.
    pub fn close(&self) {
        if !self.is_closed() {
            self.tell(|machine, _| machine.handle_close());
            self.inner.is_closed.set(true);
            *self.inner.audience.borrow_mut() = None;
            *self.inner.alarm.borrow_mut() = None;
            self.inner.doors.socket.close();
            self.inner.doors.tabs.leave();
            self.inner.doors.storage.close();
        }
    }

    /// Goes on in memory.
    pub fn lose_storage(&self, why: &Lost) {
        self.announce(vec![Announcement::StorageLost(why.0.clone())]);
        self.tell(|machine, now| machine.handle_storage_lost(now));
    }

    fn listen(&self) {
        let driver = Rc::downgrade(&self.inner);
        self.inner.doors.tabs.listen(Rc::new(move |event| {
            let Some(driver) = Self::alive(&driver) else { return };
            match event {
                TabEvent::Lock(granted) => driver.hear(|machine, now| machine.handle_lock(granted, now)),
                TabEvent::News(news) => driver.hear(|machine, now| machine.handle_news(news, now)),
                TabEvent::Count(count) => driver.announce(vec![Announcement::Tabs(count)]),
            }
        }));
        let driver = Rc::downgrade(&self.inner);
        self.inner.doors.host.listen(Rc::new(move |event| {
            let Some(driver) = Self::alive(&driver) else { return };
            match event {
                PageEvent::Visible(visible) => driver.tell(|machine, now| machine.handle_visible(visible, now)),
                PageEvent::Online => driver.tell(Client::handle_online),
            }
            driver.announce(vec![Announcement::Show]);
        }));
        let visible = self.inner.doors.host.is_visible();
        self.tell(|machine, now| machine.handle_visible(visible, now));
    }

    /// The driver, unless it was closed or dropped.
    fn alive(inner: &Weak<Inner<D>>) -> Option<Self> {
        inner.upgrade().filter(|inner| !inner.is_closed.get()).map(|inner| Self { inner })
    }

    /// Tells the machine what the world says, and does a slice of the work that follows at once, so that news is seen without a detour.
    fn hear(&self, input: impl FnOnce(&mut Client<D>, TimeMs)) {
        let was_working = self.inner.is_working.replace(true);
        self.tell(input);
        if !was_working {
            self.work_slice();
        }
    }

    /// Does one bounded piece of long work; `true` while there is more.
    fn work_once(&self) -> bool {
        let now = self.inner.doors.host.now();
        self.inner.machine.borrow_mut().work(now)
    }

    fn work_slice(&self) {
        let slice = Slice::begin(&*self.inner.doors.host);
        while self.work_once() && !slice.is_over() {}
        self.inner.is_working.set(false);
        self.tell(|_, _| ());
    }

    fn keep_working(&self) {
        if self.inner.is_working.get() || !self.ask(Client::has_work) {
            return;
        }
        self.inner.is_working.set(true);
        let driver = Rc::downgrade(&self.inner);
        self.inner.doors.host.soon(Box::new(move || {
            if let Some(driver) = Self::alive(&driver) {
                driver.work_slice();
            }
        }));
    }

    fn set_alarm(&self) {
        let due = self.ask(Client::poll_timeout);
        let mut alarm = self.inner.alarm.borrow_mut();
        if self.inner.is_closed.get() || alarm.as_ref().map(|(at, _)| *at) == due {
            return;
        }
        *alarm = due.map(|due| {
            let driver = Rc::downgrade(&self.inner);
            let delay_ms = due.since(self.inner.doors.host.now()).min(ALARM_MS_MAX) as u32;
            let ring = Box::new(move || {
                let Some(driver) = Self::alive(&driver) else { return };
                *driver.inner.alarm.borrow_mut() = None;
                driver.tell(Client::handle_timeout);
                driver.announce(vec![Announcement::Show]);
            });
            (due, self.inner.doors.host.after(delay_ms, ring))
        });
    }

    fn announce(&self, announcements: Vec<Announcement<D>>) {
        let audience = self.inner.audience.borrow().clone();
        if let Some(audience) = audience {
            for announcement in announcements {
                audience(announcement);
            }
        }
    }

    /// Performs what the machine wants, in order; returns what the page is to be told once the machine is at rest.
    fn perform(&self, machine: &mut Client<D>) -> Vec<Announcement<D>> {
        let mut announcements = Vec::new();
        if self.inner.is_closed.get() {
            return announcements;
        }
        let doors = &self.inner.doors;
        while let Some(output) = machine.poll_output() {
            match output {
                Output::Save(save) => {
                    let (token, saving) = (save.token, doors.storage.save(save));
                    self.later(saving, move |driver, result| driver.tell(|machine, now| machine.handle_saved(token, result, now)));
                }
                Output::Load { cursor } => self.load(cursor),
                Output::Snapshot => self.write_snapshot(machine.cursor(), machine.mark(), machine.confirmed().clone()),
                Output::LetGo(state) => self.let_go(state),
                Output::Bootstrap { server } => self.fetch_snapshot(server),
                Output::Lock(how) => doors.tabs.lock(how),
                Output::Tell(news) => doors.tabs.tell(&news),
                Output::Connect { server } => self.connect(server),
                Output::Send(frame) => doors.socket.send(&frame),
                Output::Post { number, server, body } => {
                    let posting = doors.post.post(server, body);
                    self.later(posting, move |driver, posted| driver.hear(|machine, now| machine.handle_posted(number, posted, now)));
                }
                Output::Disconnect => doors.socket.close(),
                Output::Show => announcements.push(Announcement::Show),
                Output::Kept { id, durable } => announcements.push(Announcement::Kept { id, durable }),
                Output::Settled { id, rejected } => announcements.push(Announcement::Settled { id, rejected }),
                Output::Happened(record) => announcements.push(Announcement::Happened(record)),
            }
        }
        announcements
    }

    /// Waits for `future`, then goes on, unless the driver is gone by then.
    fn later<T: 'static>(&self, future: impl Future<Output = T> + 'static, then: impl FnOnce(Self, T) + 'static) {
        let driver = Rc::downgrade(&self.inner);
        self.inner.doors.host.spawn(Box::pin(async move {
            let outcome = future.await;
            if let Some(driver) = Self::alive(&driver) {
                then(driver, outcome);
            }
        }));
    }

    fn connect(&self, server: usize) {
        let driver = Rc::downgrade(&self.inner);
        let heard: socket::Listener = Rc::new(move |heard| {
            let Some(driver) = Self::alive(&driver) else { return };
            match heard {
                Heard::Opened => driver.hear(Client::handle_connected),
                Heard::Frame(frame) => driver.hear(|machine, now| machine.handle_message(&frame, now)),
                Heard::Ended(ended) => driver.hear(|machine, now| machine.handle_disconnected(ended, now)),
            }
        });
        self.inner.doors.socket.connect(server, heard);
    }

    fn load(&self, cursor: Cursor) {
        let (host, loading) = (self.inner.doors.host.clone(), self.inner.doors.storage.load(cursor));
        let loading = async move {
            match loading.await {
                Ok(stored) => Ok(decoded::<D>(stored, &*host).await),
                Err(lost) => Err(lost),
            }
        };
        self.later(loading, |driver, loaded| {
            let loaded = loaded.unwrap_or_else(|lost| {
                driver.lose_storage(&lost);
                Loaded::default()
            });
            driver.hear(|machine, now| machine.handle_loaded(loaded, now));
        });
    }

    fn write_snapshot(&self, cursor: Cursor, mark: Option<Mark>, state: D::State) {
        let host = self.inner.doors.host.clone();
        let encoding = async move {
            let (mut chunks, mut place) = (Vec::new(), D::Place::default());
            loop {
                idle(&*host).await;
                let Some(chunk) = D::encode_chunk(&state, &mut place) else { return chunks };
                chunks.push(chunk);
            }
        };
        self.later(encoding, move |driver, chunks| {
            let newest = driver.ask(Client::cursor);
            if newest.epoch != cursor.epoch || newest < cursor {
                // What was read is no longer to be kept: another timeline, or no longer a member.
                driver.tell(|machine, _| machine.handle_snapshot_saved());
                return;
            }
            let saving = driver.inner.doors.storage.save_snapshot(cursor, mark, chunks);
            driver.later(saving, |driver, result| {
                driver.tell(|machine, now| match result {
                    Ok(()) => machine.handle_snapshot_saved(),
                    Err(_) => machine.handle_snapshot_failed(now),
                });
            });
        });
    }

    fn let_go(&self, mut state: D::State) {
        let host = self.inner.doors.host.clone();
        self.inner.doors.host.spawn(Box::pin(async move {
            pause(&*host, SHOWN_MS).await;
            idle(&*host).await;
            let mut slice = Slice::begin(&*host);
            while D::dismantle(&mut state, LET_GO_COUNT) {
                slice.breathe().await;
            }
        }));
    }

    fn fetch_snapshot(&self, server: usize) {
        let (host, fetching) = (self.inner.doors.host.clone(), self.inner.doors.bootstrap.fetch(server));
        let fetching = async move {
            match fetching.await {
                Fetched::Snapshot(snapshot) => match decoded_snapshot::<D>(&snapshot.chunks, &*host).await {
                    Some(state) => Ok((snapshot.cursor, state, snapshot.mark())),
                    None => Err(true),
                },
                Fetched::None => Err(true),
                Fetched::Unreachable => Err(false),
            }
        };
        self.later(fetching, |driver, fetched| match fetched {
            Ok((cursor, state, mark)) => driver.hear(|machine, now| machine.handle_snapshot(cursor, state, Some(mark), now)),
            Err(reachable) => driver.hear(|machine, now| machine.handle_no_snapshot(reachable, now)),
        });
    }
}
