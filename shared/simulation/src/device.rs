//! Devices and their tabs: each tab takes one input at a time and then does everything its client wants done, in order.

use crate::dice::Dice;
use crate::future::as_of_today;
use crate::ledger::Promise;
use crate::network::{Down, ended};
use crate::rules;
use crate::second_route::{Leaks, Request as Posting};
use crate::storage::{Disk, Request, Written};
use crate::workload::Workload;
use crate::world::World;
use landfall_engine::client::{ALARM_MS_MAX, Client, Config, Connection, Loaded, Lock, News, Output, SaveError, SavedCommand, Servers};
use landfall_engine::domain::encode_state;
use landfall_engine::protocol::CommandText;
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Outcome, Reason, TimeMs};
use std::collections::VecDeque;
use std::rc::Rc;

/// Sources from which a tab takes its inputs; each is in order, and none waits for another.
const SOURCES: usize = 9;

/// A browser profile on a machine.
pub struct Device {
    /// Whose it is.
    pub actor: ActorId,
    /// What it is called; a cloned profile is called the same.
    pub id: DeviceId,
    /// The log it follows.
    pub log: usize,
    /// Its disk.
    pub disk: Disk,
    /// There is a network.
    pub online: bool,
    /// Its clock less the true one, milliseconds.
    pub clock_offset_ms: i64,
    /// Which server its first address leads to; the others follow.
    pub route: usize,
    /// What goes up by its lines goes up by HTTP as well.
    pub two_routes: bool,
    /// Which of its routes drop half of what they get.
    pub(crate) leaks: Leaks,
    /// One of them has done so at some time.
    pub(crate) has_leaked: bool,
    /// The chance of that.
    pub(crate) dice: Dice,
    /// The tab that holds the lock.
    pub leader: Option<usize>,
    lock_queue: VecDeque<usize>,
}

/// What a disk answers.
pub enum Answer<W: Workload> {
    /// To a save.
    Saved(u64, Result<(), SaveError>),
    /// To a load.
    Loaded(Box<Loaded<W>>),
    /// To a snapshot.
    SnapshotSaved(Result<(), SaveError>),
}

/// How far a tab has come.
pub enum Life<W: Workload> {
    /// It has read the disk, and runs next. `None` when the disk would not open.
    Opening(Option<Box<Loaded<W>>>),
    /// It runs.
    Running(Box<Client<W>>),
    /// It is gone.
    Dead,
}

/// A tab.
pub struct Tab<W: Workload> {
    /// Its device.
    pub device: usize,
    /// How far it has come.
    pub life: Life<W>,
    /// It does nothing and hears nothing, and keeps its lock.
    pub frozen: bool,
    /// It is in front.
    pub(crate) visible: bool,
    /// Its line.
    pub connection: Option<u64>,
    /// It dies after so many more things that it wants done.
    pub fuse: Option<u64>,
    /// What its client asked to be woken for, and when that is by the true time: a timer counts on whatever clocks say.
    pub(crate) alarm: Option<(TimeMs, TimeMs)>,
    /// What its person sees never goes back behind this.
    pub(crate) read: Cursor,
    /// Its storage is lost.
    pub(crate) in_memory: bool,
    answers: VecDeque<Answer<W>>,
    news: VecDeque<Rc<Vec<u8>>>,
    locks: VecDeque<bool>,
    /// The server that it fetches a snapshot from.
    bootstrapping: Option<usize>,
    /// Its request of the second route.
    pub(crate) posting: Option<Posting>,
    /// A snapshot on the disk has led it past records that it had not read.
    pub has_skipped: bool,
    encoding: Option<Written>,
}

impl Device {
    /// A device that is online, with an empty disk.
    pub fn new(actor: ActorId, id: DeviceId, log: usize, two_routes: bool) -> Self {
        let (leaks, dice, lock_queue) = (Leaks::default(), Dice::new(u64::from(id.0[0])), VecDeque::new());
        Self {
            actor,
            id,
            log,
            disk: Disk::default(),
            online: true,
            clock_offset_ms: 0,
            route: 0,
            two_routes,
            leaks,
            has_leaked: false,
            dice,
            leader: None,
            lock_queue,
        }
    }

    /// What its clock says.
    pub fn time(&self, now: TimeMs) -> TimeMs {
        TimeMs(now.0.saturating_add_signed(self.clock_offset_ms))
    }
}

impl<W: Workload> Tab<W> {
    /// The machine, while it runs.
    pub fn client(&self) -> Option<&Client<W>> {
        if let Life::Running(client) = &self.life { Some(client) } else { None }
    }

    /// Does it exist?
    pub fn is_open(&self) -> bool {
        !matches!(self.life, Life::Dead)
    }

    /// Has it been told that its person may not read the log?
    pub fn is_forbidden(&self) -> bool {
        self.client().is_some_and(|client| client.status().connection == Connection::Forbidden)
    }
}

impl<W: Workload> World<W> {
    /// Somebody opens a tab; a duplicated one is nothing else.
    pub fn open_tab(&mut self, device: usize) -> usize {
        let disk = &self.devices[device].disk;
        let found = (!disk.will_not_open).then(|| Box::new(disk.image.load::<W>(Cursor::default())));
        let in_memory = found.is_none();
        self.tabs.push(Tab {
            device,
            life: Life::Opening(found),
            frozen: false,
            visible: true,
            connection: None,
            fuse: None,
            alarm: None,
            read: Cursor::default(),
            in_memory,
            answers: VecDeque::new(),
            news: VecDeque::new(),
            locks: VecDeque::new(),
            bootstrapping: None,
            posting: None,
            has_skipped: false,
            encoding: None,
        });
        let tab = self.tabs.len() - 1;
        self.trace.say(|| format!("c{tab} opens on d{device}"));
        tab
    }

    /// The open tabs of a device.
    pub fn tabs_of(&self, device: usize) -> Vec<usize> {
        (0..self.tabs.len()).filter(|tab| self.tabs[*tab].device == device && self.tabs[*tab].is_open()).collect()
    }

    /// The tab dies. Of what it had asked of the disk, the first `finishing` requests are still done.
    pub fn kill_tab(&mut self, tab: usize, finishing: usize) {
        if !self.tabs[tab].is_open() {
            return;
        }
        self.counts.crashes += 1;
        self.trace.say(|| format!("c{tab} ☠"));
        let device = self.tabs[tab].device;
        let mut left = finishing;
        self.devices[device].disk.queue.retain(|(owner, _)| {
            let goes = *owner == tab && left == 0;
            left -= usize::from(*owner == tab && !goes);
            !goes
        });
        self.forget_lines_of(tab);
        let owner = &mut self.devices[device];
        owner.lock_queue.retain(|waiting| *waiting != tab);
        if owner.leader == Some(tab) {
            owner.leader = None;
            self.grant_lock(device);
        }
    }

    /// Everything on the device dies at once, and what the disk had not kept is gone.
    pub fn lose_power(&mut self, device: usize) {
        self.trace.say(|| format!("d{device} loses power"));
        for tab in self.tabs_of(device) {
            self.kill_tab(tab, 0);
        }
        self.devices[device].disk.lose_power();
    }

    /// Everything about a device is put right; one tab is open.
    pub(crate) fn mend_device(&mut self, device: usize) {
        let owner = &mut self.devices[device];
        owner.online = true;
        owner.disk.mood = Default::default();
        owner.disk.will_not_open = false;
        owner.leaks = Leaks::default();
        for tab in self.tabs_of(device) {
            self.tabs[tab].frozen = false;
            self.tabs[tab].fuse = None;
            self.turn(tab, true);
        }
        // What lives in the memory of a tab that can store nothing lands from there; what is on the disk needs one that can.
        if self.tabs_of(device).iter().all(|tab| self.tabs[*tab].in_memory) {
            self.open_tab(device);
        }
    }

    /// Whoever holds commands of a future release gets that release: what they hold is readable from now on.
    pub(crate) fn install_update(&mut self) {
        for device in 0..self.devices.len() {
            let in_memory = self
                .tabs_of(device)
                .iter()
                .filter_map(|tab| self.tabs[*tab].client())
                .any(|client| client.outbox().any(|pending| as_of_today(text_of(pending.saved().command.as_ref())).is_some()));
            if in_memory || self.devices[device].disk.image.rewrite_outbox(|_, text| as_of_today(text)) > 0 {
                self.trace.say(|| format!("d{device} is updated"));
                for tab in self.tabs_of(device) {
                    self.kill_tab(tab, usize::MAX);
                }
                while self.move_disk(device) {}
                self.devices[device].disk.flush();
                self.devices[device].disk.image.rewrite_outbox(|_, text| as_of_today(text));
                self.open_tab(device);
            }
        }
    }

    /// A tab comes to the front, or goes to the back; it is told so only then. `None` when it does not run, or is there already.
    pub(crate) fn turn(&mut self, tab: usize, visible: bool) -> Option<()> {
        if self.tabs[tab].visible == visible {
            return None;
        }
        self.tell_client(tab, |client, now| client.handle_visible(visible, now))?;
        self.tabs[tab].visible = visible;
        Some(())
    }

    /// The person does something in this tab. `None` when the view refused it at once.
    pub fn submit(&mut self, tab: usize, command: W::Command) -> Option<CommandId> {
        let device = self.tabs[tab].device;
        let clock = self.devices[device].time(self.now);
        let id = self.mint(clock);
        let Life::Running(client) = &mut self.tabs[tab].life else { return None };
        let newest = client.outbox().next_back().map(|pending| pending.id);
        let refused = client.submit(id, command.clone(), clock).err();
        let is_kept = client.pending(id).is_some();
        let saved = client.pending(id).map(|pending| pending.saved().clone());
        self.judge(5, rules::rule_5_what_is_refused_is_not_kept(refused.is_some(), is_kept));
        if refused.is_some() {
            self.drain(tab);
            self.trace.say(|| format!("c{tab}: refused at once: {}", W::brief(&command)));
            return None;
        }
        let after = saved.as_ref().and_then(|saved| saved.after);
        self.judge(15, rules::rule_15_issued_after_the_newest(after, newest));
        self.promise(id, device, after, text_of(saved.as_ref().and_then(|saved| saved.command.as_ref())).into());
        self.trace.say(|| format!("c{tab}: submit {} ({})", self.ledger.letter(id), W::brief(&command)));
        self.drain(tab);
        Some(id)
    }

    /// Writes down that this command was issued on this device.
    pub(crate) fn promise(&mut self, id: CommandId, device: usize, after: Option<CommandId>, text: String) {
        let owner = &self.devices[device];
        let promise = Promise {
            number: self.ledger.len(),
            log: owner.log,
            device,
            actor: owner.actor,
            device_id: owner.id,
            after,
            text,
            kept: None,
            sent: false,
            taken_back: false,
            settled: None,
            told_unkept: false,
            excused: false,
        };
        self.counts.commands += 1;
        self.ledger.issue(id, promise);
    }

    /// The browser takes the storage of a tab away: what it had asked of the disk is not done.
    pub(crate) fn lose_storage(&mut self, tab: usize) {
        let device = self.tabs[tab].device;
        self.devices[device].disk.queue.retain(|(owner, _)| *owner != tab);
        self.tabs[tab].answers.clear();
        self.tabs[tab].in_memory = true;
        self.tell_client(tab, |client, now| client.handle_storage_lost(now));
    }

    /// Commands from a file, in this tab.
    pub(crate) fn import(&mut self, tab: usize, commands: Vec<SavedCommand>) {
        self.tell_client(tab, |client, now| client.import(commands, now));
    }

    /// Tells a client something, and does what it wants done. `None` when it does not run.
    pub(crate) fn tell_client<R>(&mut self, tab: usize, input: impl FnOnce(&mut Client<W>, TimeMs) -> R) -> Option<R> {
        let clock = self.devices[self.tabs[tab].device].time(self.now);
        let Life::Running(client) = &mut self.tabs[tab].life else { return None };
        let result = input(client, clock);
        self.drain(tab);
        Some(result)
    }

    /// A tab takes one input from one of its sources, beginning with the one that `start` points at; `false` when there is none.
    pub(crate) fn move_tab(&mut self, tab: usize, start: usize) -> bool {
        if self.tabs[tab].frozen || !self.tabs[tab].is_open() {
            return false;
        }
        if matches!(self.tabs[tab].life, Life::Opening(_)) {
            self.begin(tab);
            return true;
        }
        (0..SOURCES).any(|index| self.take_input(tab, (start % SOURCES + index) % SOURCES))
    }

    fn begin(&mut self, tab: usize) {
        let device = self.tabs[tab].device;
        let owner = &self.devices[device];
        let config = Config {
            log: self.logs[owner.log].id,
            actor: owner.actor,
            device: owner.id,
            seed: (tab as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            servers: Servers { addresses: self.nodes.len(), two_routes: owner.two_routes },
        };
        let clock = owner.time(self.now);
        let Life::Opening(found) = std::mem::replace(&mut self.tabs[tab].life, Life::Dead) else { return };
        let lost = found.is_none();
        let mut client = Client::new(config, found.map(|found| *found).unwrap_or_default(), clock);
        while client.work(clock) {}
        if lost {
            client.handle_storage_lost(clock);
        }
        client.handle_visible(true, clock);
        self.tabs[tab].life = Life::Running(Box::new(client));
        self.drain(tab);
    }

    fn take_input(&mut self, tab: usize, source: usize) -> bool {
        let clock = self.devices[self.tabs[tab].device].time(self.now);
        let state = &mut self.tabs[tab];
        let Life::Running(client) = &mut state.life else { return false };
        match source {
            0 if client.has_work() => {
                client.work(clock);
            }
            1 => {
                let Some(heard) = self.hear(tab) else { return false };
                let Life::Running(client) = &mut self.tabs[tab].life else { return false };
                match heard {
                    Down::Opened => client.handle_connected(clock),
                    Down::Frame(frame) => client.handle_message(&frame, clock),
                    Down::Closed(code) => client.handle_disconnected(ended(code), clock),
                }
            }
            2 => match state.answers.pop_front() {
                Some(Answer::Saved(token, result)) => client.handle_saved(token, result, clock),
                Some(Answer::Loaded(loaded)) => {
                    state.has_skipped |= loaded.snapshot.as_ref().is_some_and(|(cursor, _)| *cursor > client.cursor());
                    client.handle_loaded(*loaded, clock);
                }
                Some(Answer::SnapshotSaved(Ok(()))) => client.handle_snapshot_saved(),
                Some(Answer::SnapshotSaved(Err(_))) => client.handle_snapshot_failed(clock),
                None => return false,
            },
            3 => {
                let Some(news) = state.news.pop_front() else { return false };
                client.handle_news(News::decode(&news).expect("news reads back"), clock);
            }
            4 => {
                let Some(granted) = state.locks.pop_front() else { return false };
                client.handle_lock(granted, clock);
            }
            5 => {
                let Some(server) = state.bootstrapping.take() else { return false };
                let fetched = self.fetch_snapshot(tab, server);
                let Life::Running(client) = &mut self.tabs[tab].life else { return false };
                match fetched {
                    Ok((cursor, state, mark)) => client.handle_snapshot(cursor, state, Some(mark), clock),
                    Err(reachable) => client.handle_no_snapshot(reachable, clock),
                }
            }
            6 => {
                let Some((cursor, mark, chunks)) = state.encoding.take() else { return false };
                let newest = client.cursor();
                if newest.epoch != cursor.epoch || newest < cursor {
                    client.handle_snapshot_saved();
                } else {
                    self.ask_disk(tab, Request::Snapshot(cursor, mark, chunks));
                }
            }
            7 if state.alarm.is_some_and(|(_, rings)| self.now >= rings) => {
                state.alarm = None;
                client.handle_timeout(clock);
            }
            8 => {
                let Some((number, posted)) = self.move_posting(tab) else { return false };
                let Some(posted) = posted else { return true };
                let Life::Running(client) = &mut self.tabs[tab].life else { return false };
                client.handle_posted(number, posted, clock);
            }
            _ => return false,
        }
        self.drain(tab);
        true
    }

    /// Everything the client wants done, in order, unless the tab dies in the middle of it.
    fn drain(&mut self, tab: usize) {
        while let Life::Running(client) = &mut self.tabs[tab].life {
            let Some(output) = client.poll_output() else { return self.set_alarm(tab) };
            self.perform(tab, output);
            if let Some(fuse) = &mut self.tabs[tab].fuse {
                if *fuse == 0 {
                    self.kill_tab(tab, 0);
                    return;
                }
                *fuse -= 1;
            }
        }
    }

    fn set_alarm(&mut self, tab: usize) {
        let clock = self.devices[self.tabs[tab].device].time(self.now);
        let due = self.tabs[tab].client().and_then(Client::poll_timeout);
        if self.tabs[tab].alarm.map(|(due, _)| due) != due {
            self.tabs[tab].alarm = due.map(|due| (due, self.now.plus(due.since(clock).min(ALARM_MS_MAX))));
        }
    }

    fn perform(&mut self, tab: usize, output: Output<W>) {
        let device = self.tabs[tab].device;
        match output {
            Output::Save(save) => self.ask_disk(tab, Request::Save(Rc::new(save))),
            Output::Load { cursor } => self.ask_disk(tab, Request::Load(cursor)),
            Output::LetGo(_) => {}
            Output::Snapshot => {
                let encoded = |client: &Client<W>| (client.cursor(), client.mark(), Rc::new(encode_state::<W>(client.confirmed())));
                self.tabs[tab].encoding = self.tabs[tab].client().map(encoded);
            }
            Output::Bootstrap { server } => self.tabs[tab].bootstrapping = Some(server),
            Output::Lock(Lock::Request) => {
                self.devices[device].lock_queue.push_back(tab);
                self.grant_lock(device);
            }
            Output::Lock(Lock::Steal) => self.steal_lock(tab),
            Output::Tell(news) => {
                let bytes = Rc::new(news.encode());
                for other in self.tabs_of(device) {
                    if other != tab && matches!(self.tabs[other].life, Life::Running(_)) && !self.tabs[other].in_memory {
                        self.tabs[other].news.push_back(bytes.clone());
                    }
                }
            }
            Output::Connect { server } => self.connect(tab, server),
            Output::Send(frame) => self.send(tab, frame),
            Output::Post { number, server, body } => self.post(tab, number, server, &body),
            Output::Disconnect => self.hang_up(tab),
            Output::Kept { id, durable } => {
                self.judge(4, rules::rule_4_saved_before_told(self, device, id, durable));
                if let Some(promise) = self.ledger.get_mut(id) {
                    promise.kept = Some(durable || promise.kept == Some(true));
                }
            }
            Output::Settled { id, rejected } => self.settled(tab, id, rejected.as_ref()),
            Output::Happened(record) => self.judge(19, rules::rule_19_news_is_of_others(&record, self.devices[device].actor)),
            Output::Show => {}
        }
    }

    fn settled(&mut self, tab: usize, id: CommandId, rejected: Option<&Reason<W::Rejection>>) {
        let (device, in_memory) = (self.tabs[tab].device, self.tabs[tab].in_memory);
        self.trace.say(|| format!("d{device}: {} {}", self.ledger.letter(id), if rejected.is_some() { "was rejected" } else { "landed" }));
        self.judge(6, rules::rule_6_the_outcome_is_the_records(self, device, id, rejected));
        if let Some(promise) = self.ledger.get_mut(id) {
            promise.settled = Some(rejected.is_some());
            promise.told_unkept |= in_memory && rejected.is_some();
        }
    }

    fn ask_disk(&mut self, tab: usize, request: Request) {
        let device = self.tabs[tab].device;
        if self.tabs[tab].in_memory {
            if let Request::Save(save) = &request {
                self.tabs[tab].answers.push_back(Answer::Saved(save.token, Err(SaveError::Failed)));
            }
            return;
        }
        self.devices[device].disk.queue.push_back((tab, request));
    }

    /// The disk does the next thing that was asked of it.
    pub(crate) fn move_disk(&mut self, device: usize) -> bool {
        let Some((tab, request)) = self.devices[device].disk.queue.pop_front() else { return false };
        let answer = match request {
            Request::Save(save) => {
                self.judge(12, rules::rule_12_nothing_is_deleted_unsettled(self, device, &save));
                let result = self.devices[device].disk.write::<W>(&save);
                if self.trace.is_told() {
                    let brief = self.in_brief(&save);
                    self.trace.say(|| format!("d{device}: save of c{tab}{brief} {}", on_disk(&result)));
                }
                Answer::Saved(save.token, result)
            }
            Request::Load(cursor) => Answer::Loaded(Box::new(self.devices[device].disk.image.load::<W>(cursor))),
            Request::Snapshot(cursor, mark, chunks) => {
                let result = self.devices[device].disk.write_snapshot(cursor, mark, &chunks);
                self.trace.say(|| format!("d{device}: snapshot of c{tab} at {}:{} {}", cursor.epoch, cursor.position, on_disk(&result)));
                Answer::SnapshotSaved(result)
            }
        };
        if self.tabs[tab].is_open() {
            self.tabs[tab].answers.push_back(answer);
        }
        true
    }

    fn grant_lock(&mut self, device: usize) {
        let owner = &mut self.devices[device];
        if owner.leader.is_none()
            && let Some(next) = owner.lock_queue.pop_front()
        {
            owner.leader = Some(next);
            self.tabs[next].locks.push_back(true);
        }
    }

    fn steal_lock(&mut self, tab: usize) {
        let owner = &mut self.devices[self.tabs[tab].device];
        owner.lock_queue.retain(|waiting| *waiting != tab);
        let before = owner.leader.replace(tab);
        self.trace.say(|| format!("c{tab} takes the lead"));
        if let Some(robbed) = before.filter(|before| *before != tab) {
            self.tabs[robbed].locks.push_back(false);
        }
        self.tabs[tab].locks.push_back(true);
    }

    /// What must hold of a tab whenever it has done something.
    pub(crate) fn check_tab(&mut self, tab: usize) {
        if self.tabs[tab].client().is_none() {
            return;
        }
        self.judge(9, rules::rule_9_a_prefix_of_the_log(self, tab));
        self.judge(9, rules::rule_9_reads_never_go_back(self, tab));
        self.judge(5, rules::rule_5_confirmed_with_the_outbox_replayed(self, tab));
        self.judge(10, rules::rule_10_synced_is_true(self, tab));
        if let Some(cursor) = self.tabs[tab].client().map(Client::cursor) {
            self.tabs[tab].read = cursor;
        }
    }
}

fn on_disk(result: &Result<(), SaveError>) -> &'static str {
    if result.is_ok() { "is on disk" } else { "failed" }
}

/// What came of a record, as far as its author is told.
pub(crate) fn is_rejected<W: Workload>(outcome: &Outcome<W>) -> bool {
    matches!(outcome, Outcome::Rejected(_))
}

/// A command's text, or nothing.
pub(crate) fn text_of(command: Option<&CommandText>) -> &str {
    command.map_or("", |text| &text.0)
}
