//! What the page holds of one open log: live queries, callbacks, promises and undo, around the driver.

mod carrying;
mod delivering;
mod importing;

use self::delivering::Addressee;
use crate::driver::{Announcement, Driver};
use crate::host::{Slice, Task, Timer, after_frame};
use crate::inbox_view;
use crate::live_queries::{LiveQueries, Subscription, answer_once};
use crate::marks::{self, Marks};
use crate::outbox_view::outbox;
use crate::product::day::Day;
use crate::product::import::Plan;
use crate::product::queries::{self, Query, View};
use crate::product::words::{self, Phrase, Span};
use crate::product::{Command, Rejection, Workspace};
use crate::promises::Promises;
use crate::status_view::{Status, Surroundings, status};
use crate::undo::UndoStack;
use landfall_engine::client::{Client, Refused, Stored};
use landfall_engine::{CommandId, Context, Outcome, Reason, Record};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// After a frame, others have the thread for at least this many times as long.
const FRAME_PAUSE: f64 = 4.0;
/// Others' deeds told in one frame: nobody reads more, and each takes its time to draw. The screen shows what all of them did.
const NOTICES_PER_FRAME_MAX: usize = 8;
/// Shorter pauses are not worth a timer, milliseconds.
const FRAME_PAUSE_MS_MIN: u32 = 20;
/// What comes so long after the last time that screens were brought up to date is shown in the next turn, milliseconds: the frame that comes
/// paints it all the same, and whoever listens without painting hears of it sooner. What comes in a flood waits for its frame.
const CALM_MS: f64 = 4.0;

/// Takes JSON to the page.
pub type Callback = Rc<dyn Fn(&str)>;
/// Whether a command is durable; if not, why.
pub type Saved = Result<(), String>;

/// What the page listens to beside live queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The truth about sync.
    Status,
    /// Commands that have not landed, or landed lately.
    Outbox,
    /// Rejections that wait for a decision.
    Rejections,
    /// Others' deeds, as they happen.
    Notices,
}

/// What came of a submission, here and now.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(untagged)]
pub enum Told {
    /// It was issued under this name.
    Issued {
        /// The name.
        id: CommandId,
    },
    /// It was refused at once: nothing was saved, and nothing will be sent.
    Refused {
        /// Why.
        rejected: RefusedReason,
        /// Why, in words.
        phrase: Phrase,
    },
}

/// Why a command was refused at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum RefusedReason {
    /// The domain said no, by what this device knows.
    Domain(Rejection),
    /// The outbox is full, or the command is too large.
    TooMuch,
    /// This person may no longer open this workspace.
    NoLongerMember,
}

/// What came of a command in the end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(untagged)]
pub enum Settled {
    /// It landed.
    Accepted {
        /// Always true.
        accepted: bool,
    },
    /// It was rejected.
    Rejected {
        /// Why.
        rejected: Reason<Rejection>,
        /// Why, in words.
        phrase: Phrase,
    },
}

/// What the page holds of one open log.
pub struct Page {
    me: Weak<Page>,
    driver: Driver<Workspace>,
    live: RefCell<LiveQueries>,
    marks: RefCell<Marks>,
    subscribers: RefCell<BTreeMap<Subscription, Callback>>,
    listeners: RefCell<BTreeMap<Topic, (Callback, String)>>,
    /// What is to be delivered, in order; a callback that submits adds to its end.
    deliveries: RefCell<VecDeque<(Addressee, String)>>,
    is_delivering: Cell<bool>,
    /// Everything is to be delivered in this task: somebody has done something, and is shown what came of it.
    is_hurried: Cell<bool>,
    /// The next slice of deliveries is on its way.
    delivers_later: Cell<bool>,
    /// More is to be shown when all of them have been made.
    shows_later: Cell<bool>,
    frame_is_asked_for: Cell<bool>,
    /// Whoever listens to the status was last told that all has landed.
    says_synced: Cell<bool>,
    /// Notices since the last frame.
    noticed: Cell<usize>,
    /// The next slice of gathering is on its way.
    is_gathering: Cell<bool>,
    /// What the last frame took: long ones come more seldom, so that they never take more than a part of the time.
    frame_ms: Cell<f64>,
    /// When that was done last, by the clock that only runs forward.
    shown_at_ms: Cell<f64>,
    frame_timer: RefCell<Option<Timer>>,
    promises: RefCell<Promises<Saved, Settled>>,
    undo: RefCell<UndoStack>,
    today: Cell<Day>,
    surroundings: RefCell<Surroundings>,
    /// The file that the page has handed over last.
    file: RefCell<Arc<String>>,
    plan: RefCell<Option<Plan>>,
    /// Which plan is being made; another one, or nobody's wish for one, ends it.
    planning: Cell<u32>,
    /// How often a running import was asked to end.
    cancelled: Cell<u32>,
}

/// The JSON of plain data.
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("rows are plain data")
}

impl Page {
    /// Attends to the driver. `today` is the local day until the page tells another.
    pub fn open(driver: Driver<Workspace>, today: Day, problem: Option<String>) -> Rc<Self> {
        let page = Rc::new_cyclic(|me: &Weak<Self>| Self {
            me: me.clone(),
            driver,
            live: RefCell::default(),
            marks: RefCell::default(),
            subscribers: RefCell::default(),
            listeners: RefCell::default(),
            deliveries: RefCell::default(),
            is_delivering: Cell::default(),
            is_hurried: Cell::default(),
            delivers_later: Cell::default(),
            shows_later: Cell::default(),
            frame_is_asked_for: Cell::default(),
            says_synced: Cell::default(),
            noticed: Cell::default(),
            is_gathering: Cell::default(),
            frame_ms: Cell::default(),
            shown_at_ms: Cell::new(f64::NEG_INFINITY),
            frame_timer: RefCell::default(),
            promises: RefCell::default(),
            undo: RefCell::default(),
            today: Cell::new(today),
            surroundings: RefCell::new(Surroundings { problem, ..Surroundings::default() }),
            file: RefCell::default(),
            plan: RefCell::default(),
            planning: Cell::default(),
            cancelled: Cell::default(),
        });
        let me = Rc::downgrade(&page);
        page.driver.attend(Rc::new(move |announcement| {
            if let Some(page) = me.upgrade() {
                page.hear(announcement);
            }
        }));
        page.refresh_marks();
        page
    }

    /// The loop underneath.
    pub fn driver(&self) -> &Driver<Workspace> {
        &self.driver
    }

    /// Is something on its way to the disk?
    pub fn is_saving(&self) -> bool {
        self.driver.ask(|client| client.status().saving > 0)
    }

    /// Ends everything; callbacks are called no more.
    pub fn close(&self) {
        self.driver.close();
        self.subscribers.borrow_mut().clear();
        self.listeners.borrow_mut().clear();
        self.deliveries.borrow_mut().clear();
    }

    // What the person does.

    /// Does it here and now: decides it, shows it to the page's own subscribers, and saves it.
    pub fn submit(&self, command: Command) -> Told {
        let told = self.issue(command, true);
        self.show_views();
        told
    }

    /// Several, shown together.
    pub fn submit_many(&self, commands: Vec<Command>) -> Vec<Told> {
        let told = commands.into_iter().map(|command| self.issue(command, true)).collect();
        self.show_views();
        told
    }

    /// Issues the command that undoes this one; `None` when there is none.
    pub fn undo(&self, id: CommandId) -> Option<Told> {
        let inverse = self.undo.borrow_mut().take(id)?;
        Some(self.submit(inverse))
    }

    /// Takes back a command that was not sent; `false` when it is too late.
    pub fn take_back(&self, id: CommandId) -> bool {
        self.driver.tell(|client, now| client.take_back(id, now))
    }

    fn issue(&self, command: Command, undoable: bool) -> Told {
        let id = self.mint();
        let issued = self.driver.tell(|client, now| {
            let inverse = undoable.then(|| {
                let config = client.config();
                let at = client.server_time(now);
                let context = Context { command: id, actor: config.actor, device: config.device, at, position: None };
                Workspace::inverse(client.view(), &command, &context)
            });
            client.submit(id, command, now).map(|()| inverse.flatten())
        });
        match issued {
            Ok(inverse) => {
                self.undo.borrow_mut().remember(id, inverse);
                Told::Issued { id }
            }
            Err(refused) => {
                let (rejected, phrase) = self.refusal(refused);
                Told::Refused { rejected, phrase }
            }
        }
    }

    fn refusal(&self, refused: Refused<Rejection>) -> (RefusedReason, Phrase) {
        let say = |text: &str| vec![Span::Text(text.to_owned())];
        match refused {
            Refused::Domain(rejection) => {
                let reason = Reason::Domain(rejection.clone());
                (RefusedReason::Domain(rejection), self.why_not(&reason))
            }
            Refused::TooMuch => (RefusedReason::TooMuch, say("The outbox is full, or this is too long. Wait until some of it has landed.")),
            Refused::NoLongerMember => (RefusedReason::NoLongerMember, say("The workspace no longer lists you.")),
        }
    }

    /// Why something was rejected, as this person reads it.
    fn why_not(&self, reason: &Reason<Rejection>) -> Phrase {
        self.driver.ask(|client| queries::for_reader(words::rejection(client.view(), reason), client.config().actor))
    }

    /// A new id: sorts by time, and nobody can guess it.
    pub fn mint(&self) -> CommandId {
        let mut random = [0; 10];
        self.driver.host().random(&mut random);
        CommandId::mint(self.driver.host().now(), random)
    }

    // Promises.

    /// Resolves when the command is durable on this device; fails when it will not be.
    pub async fn saved(&self, id: CommandId) -> Saved {
        let stored = self.driver.ask(|client| client.pending(id).map(|pending| pending.stored));
        let waiting = match stored {
            // What is no longer in the outbox has its record.
            None | Some(Stored::Durable) => return Ok(()),
            Some(Stored::MemoryOnly) => return Err(self.not_durable()),
            Some(Stored::Saving) => self.promises.borrow_mut().saved(id),
        };
        waiting.await.unwrap_or_else(|_| Err("The workspace was closed before this was saved.".into()))
    }

    /// Resolves when the command has its record, which may take days.
    pub async fn settled(&self, id: CommandId) -> Settled {
        if self.driver.ask(|client| client.pending(id).is_none()) {
            let reason =
                self.driver.ask(|client| client.rejections().find(|rejected| rejected.id == id).map(|rejected| rejected.reason.clone()));
            return self.settlement(reason);
        }
        let waiting = self.promises.borrow_mut().settled(id);
        match waiting.await {
            Ok(settled) => settled,
            // The page is gone, and with it whoever asked.
            Err(_) => std::future::pending().await,
        }
    }

    fn settlement(&self, rejected: Option<Reason<Rejection>>) -> Settled {
        match rejected {
            None => Settled::Accepted { accepted: true },
            Some(reason) => {
                let phrase = self.why_not(&reason);
                Settled::Rejected { rejected: reason, phrase }
            }
        }
    }

    fn not_durable(&self) -> String {
        self.status().storage.problem.unwrap_or_else(|| "The browser could not write to its storage.".into())
    }

    // What the page asks.

    /// Asks once. What needs a look at more tasks than a slice has time for is answered in part, and says so.
    pub fn query(&self, query: &Query) -> String {
        let slice = Slice::for_answer(&**self.driver.host());
        let answer = self.look(|view| answer_once(view, query, &|| slice.is_over()));
        let rows: Vec<&str> = answer.rows.iter().filter_map(|row| row.json.as_deref()).collect();
        format!("{{\"head\":{},\"rows\":[{}],\"partial\":{}}}", answer.head, rows.join(","), answer.is_partial)
    }

    /// Follows a query; the first patch is delivered before this returns.
    pub fn subscribe(&self, query: Query, callback: Callback) -> Subscription {
        let slice = Slice::for_answer(&**self.driver.host());
        let (subscription, patch) = self.look(|view| self.live.borrow_mut().subscribe(query, view, &|| slice.is_over()));
        self.subscribers.borrow_mut().insert(subscription, callback.clone());
        callback(&patch);
        self.keep_gathering();
        subscription
    }

    /// Points a subscription elsewhere; what differs is delivered before this returns. When a callback is running, it comes when its turn
    /// has come: what others are to be told is not hurried for it.
    pub fn resubscribe(&self, subscription: Subscription, query: Query) {
        let slice = Slice::for_answer(&**self.driver.host());
        let patch = self.look(|view| self.live.borrow_mut().resubscribe(subscription, query, view, &|| slice.is_over()));
        self.address(patch.map(|patch| (subscription, patch)).into_iter().collect());
        self.deliver_to(subscription);
        self.keep_gathering();
    }

    /// Ends a subscription.
    pub fn unsubscribe(&self, subscription: Subscription) {
        self.live.borrow_mut().unsubscribe(subscription);
        self.subscribers.borrow_mut().remove(&subscription);
    }

    /// Listens to a topic, in place of who listened before.
    pub fn listen(&self, topic: Topic, callback: Callback) {
        let said = self.say(topic);
        if topic == Topic::Status {
            self.says_synced.set(self.status().synced);
        }
        self.listeners.borrow_mut().insert(topic, (callback, said));
    }

    /// Nobody listens to this topic any more; it costs nothing then.
    pub fn stop_listening(&self, topic: Topic) {
        self.listeners.borrow_mut().remove(&topic);
    }

    /// The truth about sync.
    pub fn status(&self) -> Status {
        self.driver.ask(|client| {
            let landed = client.landed().map(|(_, at)| *at).max();
            status(&client.status(), landed, client.is_starting_over(), &self.surroundings.borrow())
        })
    }

    /// What a topic says now, as JSON.
    pub fn say(&self, topic: Topic) -> String {
        match topic {
            Topic::Status => json(&self.status()),
            Topic::Outbox => self.driver.ask(|client| json(&outbox(client))),
            Topic::Rejections => self.look_with_client(|client, view| json(&inbox_view::rejections(client, view))),
            Topic::Notices => String::new(),
        }
    }

    /// Asks a question about what the person sees.
    pub fn look<R>(&self, question: impl FnOnce(&View<'_>) -> R) -> R {
        self.look_with_client(|_, view| question(view))
    }

    fn look_with_client<R>(&self, question: impl FnOnce(&Client<Workspace>, &View<'_>) -> R) -> R {
        let now = self.driver.host().now();
        self.driver.ask(|client| {
            let marks = self.marks.borrow();
            let view = View {
                state: client.view(),
                me: client.config().actor,
                marks: marks.now(),
                today: self.today.get(),
                now: client.server_time(now),
            };
            question(client, &view)
        })
    }

    /// The local day has changed.
    pub fn set_today(&self, today: Day) {
        if self.today.replace(today) != today {
            let patches = self.look(|view| self.live.borrow_mut().refresh_all(view));
            self.address(patches);
            self.keep_delivering();
            self.keep_gathering();
        }
    }

    /// What the page knows beside the machine has changed.
    pub fn surround(&self, change: impl FnOnce(&mut Surroundings)) {
        change(&mut self.surroundings.borrow_mut());
        self.ask_for_frame();
    }

    // What the driver announces.

    fn hear(&self, announcement: Announcement<Workspace>) {
        match announcement {
            Announcement::Show => self.ask_for_frame(),
            Announcement::Kept { id, durable } => {
                let saved = if durable { Ok(()) } else { Err(self.not_durable()) };
                self.promises.borrow_mut().tell_saved(id, &saved);
            }
            Announcement::Settled { id, rejected } => {
                if self.promises.borrow().waits_for(id) {
                    let settled = self.settlement(rejected);
                    self.promises.borrow_mut().tell_settled(id, &settled);
                }
            }
            Announcement::Happened(record) => self.notice(&record),
            Announcement::Tabs(count) => self.surround(|around| around.tabs = count),
            Announcement::StorageLost(problem) => self.surround(|around| around.problem = Some(problem)),
        }
    }

    fn notice(&self, record: &Record<Workspace>) {
        let Outcome::Accepted(events) = &record.outcome else { return };
        let Some((callback, _)) = self.listeners.borrow().get(&Topic::Notices).cloned() else { return };
        if self.noticed.get() >= NOTICES_PER_FRAME_MAX {
            return;
        }
        if let Some(notice) = self.look(|view| queries::notice(view, &record.context(), events)) {
            self.noticed.set(self.noticed.get() + 1);
            self.deliveries.borrow_mut().push_back((Addressee::Listener(callback), json(&notice)));
            self.ask_for_frame();
        }
    }

    fn ask_for_frame(&self) {
        if self.frame_is_asked_for.replace(true) {
            return;
        }
        let me = self.me.clone();
        let paint: Task = Box::new(move || {
            if let Some(page) = me.upgrade() {
                page.frame_is_asked_for.set(false);
                page.show_all_in_turn();
            }
        });
        let pause_ms = (self.frame_ms.get() * FRAME_PAUSE) as u32;
        let host = self.driver.host().clone();
        let calm_ms = host.elapsed_ms() - self.shown_at_ms.get();
        if host.is_visible() && calm_ms >= CALM_MS.max(f64::from(pause_ms)) {
            host.soon(paint);
        } else if pause_ms < FRAME_PAUSE_MS_MIN {
            after_frame(&host, paint);
        } else {
            let later = host.clone();
            *self.frame_timer.borrow_mut() = Some(host.after(pause_ms, Box::new(move || after_frame(&later, paint))));
        }
    }

    /// What was to be shown before is drawn first: patches do not gather faster than they are drawn.
    fn show_all_in_turn(&self) {
        if self.delivers_later.get() {
            self.shows_later.set(true);
        } else {
            self.show_all();
        }
    }

    /// All was drawn that was to be: now what came meanwhile.
    fn show_what_waited(&self) {
        if !self.delivers_later.get() && self.shows_later.replace(false) {
            self.ask_for_frame();
        }
    }

    /// Brings everything on screen up to date.
    fn show_all(&self) {
        let host = self.driver.host().clone();
        let (began, slice) = (host.elapsed_ms(), Slice::begin(&*host));
        self.noticed.set(0);
        self.refresh_views();
        for topic in [Topic::Status, Topic::Outbox, Topic::Rejections] {
            self.refresh_topic(topic);
        }
        self.deliver_within(&slice);
        self.shown_at_ms.set(host.elapsed_ms());
        self.frame_ms.set(self.shown_at_ms.get() - began);
    }

    fn refresh_topic(&self, topic: Topic) {
        if !self.listeners.borrow().contains_key(&topic) {
            return;
        }
        let said = self.say(topic);
        if let Some((callback, before)) = self.listeners.borrow_mut().get_mut(&topic)
            && *before != said
        {
            before.clone_from(&said);
            if topic == Topic::Status {
                self.says_synced.set(self.status().synced);
            }
            self.deliveries.borrow_mut().push_back((Addressee::Listener(callback.clone()), said));
        }
    }

    /// Brings marks up to date. What is too much for now follows with the next frame.
    fn refresh_marks(&self) {
        let looked_at = self.driver.take(|client| self.marks.borrow_mut().refresh(client));
        if looked_at >= marks::REFRESHED_MAX {
            self.ask_for_frame();
        }
    }

    /// Brings live queries up to date, and shows it before this returns.
    fn show_views(&self) {
        self.refresh_views();
        // A lamp that says that all has landed never stands beside a command that has not (rule 10); any other may change with the next frame.
        if self.says_synced.get() {
            self.refresh_topic(Topic::Status);
        }
        self.empty_deliveries();
    }

    /// Brings marks and live queries up to date; what differs is to be delivered.
    fn refresh_views(&self) {
        self.refresh_marks();
        let remarked: BTreeSet<[u8; 16]> = self.marks.borrow_mut().take_changed();
        let patches = self.look(|view| self.live.borrow_mut().refresh(view, &remarked));
        self.address(patches);
        self.keep_gathering();
    }

    /// Where a query needs a look at more tasks, that goes on in slices of its own.
    fn keep_gathering(&self) {
        if !self.live.borrow().has_more() || self.is_gathering.replace(true) {
            return;
        }
        let me = self.me.clone();
        self.driver.host().soon(Box::new(move || {
            let Some(page) = me.upgrade().filter(|page| !page.driver.is_closed()) else { return };
            page.is_gathering.set(false);
            let slice = Slice::begin(&**page.driver.host());
            let patches = page.look(|view| page.live.borrow_mut().go_on(view, &|| slice.is_over()));
            page.address(patches);
            page.keep_delivering();
            page.keep_gathering();
        }));
    }
}
