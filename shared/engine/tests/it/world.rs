//! Devices with tabs and storage, one server with its log, and a network in between: one thread, no clock, every message in bytes.

use crate::toy::{self, Command, State, Toy};
use landfall_engine::client::{self, Client, Config, Ended, InboxRow, Loaded, Lock, News, OutboxRow, Save, SavedCommand, Servers};
use landfall_engine::domain::encode_state;
use landfall_engine::protocol::{Downstream, Format, Piece};
use landfall_engine::sequencer::{self, AppendError, Entry, Found, Sequencer};
use landfall_engine::session::{self, Session};
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Domain, LogId, Outcome, Record, Seal, TimeMs};
use std::collections::{BTreeMap, VecDeque};

const LOG: LogId = LogId([9; 16]);

pub struct Tab {
    pub client: Client<Toy>,
    pub settled: BTreeMap<CommandId, Option<String>>,
    pub kept: BTreeMap<CommandId, bool>,
    pub happened: usize,
    saves: VecDeque<Save>,
    connection: Option<usize>,
}

#[derive(Default)]
pub struct Disk {
    pub broken: bool,
    pub outbox: BTreeMap<CommandId, String>,
    pub inbox: BTreeMap<CommandId, String>,
    pub tail: BTreeMap<u64, Vec<u8>>,
    pub snapshot: Option<(Cursor, Vec<u8>)>,
    pub epoch: u64,
}

pub struct Device {
    pub actor: ActorId,
    pub disk: Disk,
    pub tabs: Vec<Option<Tab>>,
    pub online: bool,
    leader: Option<usize>,
    lock_queue: VecDeque<usize>,
}

struct Connection {
    device: usize,
    tab: usize,
    session: Session<Toy>,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Result<Vec<u8>, u16>>,
}

pub struct World {
    pub now: TimeMs,
    pub devices: Vec<Device>,
    pub log: Vec<Entry<Toy>>,
    pub epoch: u64,
    /// Frames from server to client vanish while this is set: a lost acknowledgement. A line never heals in its middle, so hearing again drops it.
    deaf: bool,
    sequencer: Sequencer<Toy>,
    connections: BTreeMap<usize, Connection>,
    next_connection: usize,
    next_id: u64,
    random: u64,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut world = Self {
            now: TimeMs(1_000_000),
            devices: Vec::new(),
            log: Vec::new(),
            epoch: 1,
            deaf: false,
            sequencer: Sequencer::new(LOG, State::default(), Cursor { epoch: 1, position: 0 }, Seal::NONE, TimeMs(0)),
            connections: BTreeMap::new(),
            next_connection: 0,
            next_id: 0,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        };
        world.run();
        world
    }

    /// A device of this person, with one tab, online.
    pub fn device(&mut self, person: u8) -> usize {
        let device = Device {
            actor: toy::actor(person),
            disk: Disk::default(),
            tabs: Vec::new(),
            online: true,
            leader: None,
            lock_queue: VecDeque::new(),
        };
        self.devices.push(device);
        let index = self.devices.len() - 1;
        self.open_tab(index);
        index
    }

    pub fn open_tab(&mut self, device: usize) -> usize {
        let owner = &mut self.devices[device];
        let (id, seed, servers) = (DeviceId([device as u8; 16]), device as u64 + 1, Servers::default());
        let config = Config { log: LOG, actor: owner.actor, device: id, seed, servers };
        let loaded = owner.disk.load(Cursor::default());
        let client = Client::new(config, loaded, self.now);
        owner.tabs.push(Some(Tab {
            client,
            settled: BTreeMap::new(),
            kept: BTreeMap::new(),
            happened: 0,
            saves: VecDeque::new(),
            connection: None,
        }));
        owner.tabs.len() - 1
    }

    /// The tab dies. What it had given to the disk is written, or not.
    pub fn kill_tab(&mut self, device: usize, tab: usize, saves_finish: bool) {
        let owner = &mut self.devices[device];
        let Some(dead) = owner.tabs[tab].take() else { return };
        if saves_finish {
            for save in dead.saves {
                owner.disk.write(&save);
            }
        }
        if let Some(connection) = dead.connection {
            self.connections.remove(&connection);
        }
        let owner = &mut self.devices[device];
        owner.lock_queue.retain(|waiting| *waiting != tab);
        if owner.leader == Some(tab) {
            owner.leader = None;
            self.grant_lock(device);
        }
    }

    pub fn tab(&mut self, device: usize, tab: usize) -> &mut Tab {
        self.devices[device].tabs[tab].as_mut().expect("the tab is open")
    }

    pub fn submit(&mut self, device: usize, tab: usize, command: Command) -> Result<CommandId, client::Refused<toy::Rejection>> {
        self.next_id += 1;
        let (id, now) = (toy::id(self.next_id), self.now);
        self.tab(device, tab).client.submit(id, command, now).map(|()| id)
    }

    pub fn cut(&mut self, device: usize) {
        self.devices[device].online = false;
        let dropped: Vec<usize> =
            self.connections.iter().filter(|(_, connection)| connection.device == device).map(|(number, _)| *number).collect();
        for number in dropped {
            self.drop_connection(number, Ended::Dropped);
        }
    }

    pub fn deafen(&mut self, deaf: bool) {
        if self.deaf && !deaf {
            let numbers: Vec<usize> = self.connections.keys().copied().collect();
            for number in numbers {
                self.drop_connection(number, Ended::Dropped);
            }
        }
        self.deaf = deaf;
    }

    pub fn mend(&mut self, device: usize) {
        self.devices[device].online = true;
    }

    /// The server dies and comes back with what is on its disk.
    pub fn restart_server(&mut self) {
        let numbers: Vec<usize> = self.connections.keys().copied().collect();
        for number in numbers {
            self.drop_connection(number, Ended::Dropped);
        }
        self.sequencer = Sequencer::new(LOG, State::default(), Cursor { epoch: self.epoch, position: 0 }, Seal::NONE, TimeMs(0));
    }

    /// The server's log is restored from a backup that ends at `position`.
    pub fn restore_server(&mut self, position: usize) {
        self.log.truncate(position);
        self.epoch += 1;
        self.restart_server();
    }

    /// Everything that can happen without time passing happens; then time passes in small steps, for `duration_ms`.
    pub fn run_for(&mut self, duration_ms: u64) {
        let end = self.now.plus(duration_ms);
        loop {
            self.run();
            if self.now >= end {
                return;
            }
            self.now = self.now.plus(100);
            self.pass_time();
        }
    }

    /// Until nothing moves without time.
    pub fn run(&mut self) {
        for _ in 0..100_000 {
            if !self.step() {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// One small thing somewhere; `false` when there is none.
    pub fn step(&mut self) -> bool {
        let mut moved = self.drive_server();
        for device in 0..self.devices.len() {
            for tab in 0..self.devices[device].tabs.len() {
                moved |= self.drive_tab(device, tab);
            }
        }
        moved | self.carry_frames()
    }

    /// Steps that leave everything half done: a random number of them.
    pub fn run_partly(&mut self) {
        for _ in 0..self.random(6) {
            self.step();
        }
        if self.random(3) == 0 {
            self.now = self.now.plus(self.random_ms());
            self.pass_time();
        }
    }

    pub fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % below
    }

    fn random_ms(&mut self) -> u64 {
        self.random(3_000)
    }

    /// What the log says, folded from its beginning: obviously right.
    pub fn truth(&self) -> State {
        let mut state = State::default();
        for entry in &self.log {
            entry.record.fold_into(&mut state);
        }
        state
    }

    /// One line a tab: what it knows and what it does.
    pub fn describe(&self) -> Vec<String> {
        let mut lines = vec![format!("log {}", self.log.len())];
        for (number, device) in self.devices.iter().enumerate() {
            for (tab, state) in device.tabs.iter().enumerate() {
                let Some(state) = state else { continue };
                let outbox: Vec<_> = state.client.outbox().map(|pending| (pending.id, pending.sent, pending.stored)).collect();
                lines.push(format!("device {number} tab {tab} leader {:?}: {:?} {outbox:?}", device.leader, state.client.status()));
            }
        }
        lines
    }

    pub fn records_of(&self, id: CommandId) -> Vec<&Record<Toy>> {
        self.log.iter().map(|entry| &entry.record).filter(|record| record.command == id).collect()
    }

    fn pass_time(&mut self) {
        let now = self.now;
        self.sequencer.handle_timeout(now);
        for connection in self.connections.values_mut() {
            connection.session.handle_timeout(now);
        }
        for device in &mut self.devices {
            for tab in device.tabs.iter_mut().flatten() {
                if tab.client.poll_timeout().is_some_and(|due| now >= due) {
                    tab.client.handle_timeout(now);
                }
            }
        }
    }

    fn drive_server(&mut self) -> bool {
        let now = self.now;
        let mut moved = false;
        while let Some(output) = self.sequencer.poll_output(now) {
            moved = true;
            match output {
                sequencer::Output::Append { expected, entries, .. } => {
                    let result = self.append(expected, entries);
                    self.sequencer.handle_appended(result);
                }
                sequencer::Output::Read { after } => {
                    let page: Vec<_> = self.log.iter().skip(after as usize).take(5).cloned().collect();
                    let at_end = after as usize + page.len() >= self.log.len();
                    self.sequencer.handle_page(seal_at(&self.log, after), page, at_end);
                }
                sequencer::Output::Find { ids } => {
                    let entries = self.log.iter().filter(|entry| ids.contains(&entry.record.command));
                    let found = entries.map(|entry| Found {
                        id: entry.record.command,
                        position: entry.record.position,
                        fingerprint: entry.fingerprint,
                    });
                    let found = found.collect();
                    self.sequencer.handle_found(found, now);
                }
                sequencer::Output::Publish { .. } => {
                    let (cursor, state) = (self.sequencer.cursor(), self.sequencer.state().clone());
                    for connection in self.connections.values_mut() {
                        if connection.session.cursor().is_some() {
                            connection.session.handle_head(cursor, Toy::may_read(&state, connection.session.actor()), now);
                        }
                    }
                }
                sequencer::Output::Diverged => panic!("this store loses nothing"),
                sequencer::Output::Tell { session, notice } => {
                    if let Some(connection) = self.connections.get_mut(&(session as usize)) {
                        connection.session.handle_notice(notice);
                    }
                }
            }
        }
        moved
    }

    fn append(&mut self, expected: Cursor, entries: Vec<Entry<Toy>>) -> Result<Vec<Seal>, AppendError> {
        if expected != (Cursor { epoch: self.epoch, position: self.log.len() as u64 }) {
            return Err(AppendError::HeadMoved);
        }
        if entries.iter().any(|entry| !self.records_of(entry.record.command).is_empty()) {
            return Err(AppendError::AlreadyRecorded);
        }
        let keep = |entry: Entry<Toy>| {
            // What is on disk is text, and is read back from text.
            let body = entry.record.to_json();
            let seal = self.log.last().map_or(Seal::NONE, |last| last.seal).then(&body);
            assert_eq!(Record::from_json(&body).as_ref(), Ok(&entry.record), "a record reads back");
            self.log.push(Entry { seal, ..entry });
            seal
        };
        Ok(entries.into_iter().map(keep).collect())
    }

    fn carry_frames(&mut self) -> bool {
        let mut moved = false;
        let numbers: Vec<usize> = self.connections.keys().copied().collect();
        for number in numbers {
            moved |= self.drive_session(number);
            let Some(connection) = self.connections.get_mut(&number) else { continue };
            if let Some(frame) = connection.up.pop_front() {
                connection.session.handle_message(&frame, self.now);
                moved = true;
            }
            let Some(connection) = self.connections.get_mut(&number) else { continue };
            let (device, tab) = (connection.device, connection.tab);
            if self.devices[device].tabs[tab].is_none() {
                continue;
            }
            let Some(connection) = self.connections.get_mut(&number) else { continue };
            match connection.down.pop_front() {
                Some(_) if self.deaf => moved = true,
                Some(Ok(frame)) => {
                    let now = self.now;
                    self.tab(device, tab).client.handle_message(&frame, now);
                    moved = true;
                }
                Some(Err(code)) => {
                    self.drop_connection(number, Ended::of(code));
                    moved = true;
                }
                None => {}
            }
        }
        moved
    }

    fn drive_session(&mut self, number: usize) -> bool {
        let mut moved = false;
        let now = self.now;
        while let Some(connection) = self.connections.get_mut(&number) {
            let Some(output) = connection.session.poll_output() else { break };
            moved = true;
            match output {
                session::Output::Open(log) if log == LOG => {
                    let may_read = Toy::may_read(self.sequencer.state(), connection.session.actor());
                    connection.session.handle_head(self.sequencer.cursor(), may_read, now);
                }
                session::Output::Open(_) => connection.session.handle_no_such_log(),
                session::Output::Read { after } => {
                    let records = self.log.iter().skip(after as usize).take(4);
                    let pieces: Vec<Piece> = records.map(|entry| Piece::of(&entry.record, entry.seal, Format::Postcard)).collect();
                    connection.session.handle_page(seal_at(&self.log, after), &pieces);
                }
                session::Output::Fetch { position } => {
                    let entry = &self.log[position as usize - 1];
                    connection.session.handle_fetched(&Piece::of(&entry.record, entry.seal, Format::Postcard));
                }
                session::Output::Seal { position } => {
                    connection.session.handle_seal(seal_at(&self.log, position));
                }
                session::Output::Diverged { .. } => panic!("this store loses nothing"),
                session::Output::Submit { device, commands } => {
                    let actor = connection.session.actor();
                    for submission in commands {
                        self.sequencer.handle_submit(number as u64, actor, device, submission);
                    }
                }
                session::Output::Send(frame) => connection.down.push_back(Ok(frame)),
                session::Output::Close(code, _) => connection.down.push_back(Err(code.number())),
            }
        }
        moved
    }

    fn drop_connection(&mut self, number: usize, ended: Ended) {
        let Some(connection) = self.connections.remove(&number) else { return };
        let now = self.now;
        if let Some(tab) = self.devices[connection.device].tabs[connection.tab].as_mut()
            && tab.connection == Some(number)
        {
            tab.connection = None;
            tab.client.handle_disconnected(ended, now);
        }
    }

    fn drive_tab(&mut self, device: usize, tab: usize) -> bool {
        let now = self.now;
        let mut moved = false;
        while let Some(state) = self.devices[device].tabs[tab].as_mut() {
            if state.client.work(now) {
                moved = true;
                continue;
            }
            let Some(output) = state.client.poll_output() else { break };
            moved = true;
            self.perform(device, tab, output);
        }
        let owner = &mut self.devices[device];
        if let Some(state) = owner.tabs[tab].as_mut()
            && let Some(save) = state.saves.pop_front()
        {
            let result = if owner.disk.broken { Err(client::SaveError::Full) } else { Ok(()) };
            if result.is_ok() {
                owner.disk.write(&save);
            }
            state.client.handle_saved(save.token, result, now);
            moved = true;
        }
        moved
    }

    fn perform(&mut self, device: usize, tab: usize, output: client::Output<Toy>) {
        let now = self.now;
        match output {
            client::Output::Save(save) => self.tab(device, tab).saves.push_back(save),
            client::Output::Load { cursor } => {
                let loaded = self.devices[device].disk.load(cursor);
                self.tab(device, tab).client.handle_loaded(loaded, now);
            }
            client::Output::LetGo(_) => {}
            client::Output::Snapshot => {
                let state = &self.devices[device].tabs[tab].as_ref().expect("open").client;
                let (cursor, bytes) = (state.cursor(), encode_state::<Toy>(state.confirmed()).remove(0));
                self.devices[device].disk.write_snapshot(cursor, bytes);
                self.tab(device, tab).client.handle_snapshot_saved();
            }
            client::Output::Bootstrap { .. } => {
                let reachable = self.devices[device].online;
                self.tab(device, tab).client.handle_no_snapshot(reachable, now);
            }
            client::Output::Lock(Lock::Request) => {
                self.devices[device].lock_queue.push_back(tab);
                self.grant_lock(device);
            }
            client::Output::Lock(Lock::Steal) => {
                let before = self.devices[device].leader.replace(tab);
                self.devices[device].lock_queue.retain(|waiting| *waiting != tab);
                if let Some(before) = before.filter(|before| *before != tab)
                    && let Some(robbed) = self.devices[device].tabs[before].as_mut()
                {
                    robbed.client.handle_lock(false, now);
                }
                self.tab(device, tab).client.handle_lock(true, now);
            }
            client::Output::Tell(news) => {
                let bytes = news.encode();
                for other in (0..self.devices[device].tabs.len()).filter(|other| *other != tab) {
                    if let Some(state) = self.devices[device].tabs[other].as_mut() {
                        state.client.handle_news(News::decode(&bytes).expect("news reads back"), now);
                    }
                }
            }
            client::Output::Connect { .. } => self.connect(device, tab),
            client::Output::Send(frame) => {
                if let Some(number) = self.tab(device, tab).connection
                    && let Some(connection) = self.connections.get_mut(&number)
                {
                    connection.up.push_back(frame);
                }
            }
            client::Output::Disconnect => {
                if let Some(number) = self.tab(device, tab).connection.take() {
                    self.connections.remove(&number);
                }
            }
            client::Output::Kept { id, durable } => {
                self.tab(device, tab).kept.insert(id, durable);
            }
            client::Output::Settled { id, rejected } => {
                self.tab(device, tab).settled.insert(id, rejected.map(|reason| format!("{reason:?}")));
            }
            client::Output::Happened(_) => self.tab(device, tab).happened += 1,
            client::Output::Show | client::Output::Post { .. } => {}
        }
    }

    fn connect(&mut self, device: usize, tab: usize) {
        let now = self.now;
        if !self.devices[device].online {
            return self.tab(device, tab).client.handle_disconnected(Ended::Dropped, now);
        }
        let number = self.next_connection;
        self.next_connection += 1;
        let session = Session::new(self.devices[device].actor, Format::Postcard, now);
        self.connections.insert(number, Connection { device, tab, session, up: VecDeque::new(), down: VecDeque::new() });
        let state = self.tab(device, tab);
        state.connection = Some(number);
        state.client.handle_connected(now);
    }

    fn grant_lock(&mut self, device: usize) {
        let now = self.now;
        let owner = &mut self.devices[device];
        if owner.leader.is_none()
            && let Some(next) = owner.lock_queue.pop_front()
        {
            owner.leader = Some(next);
            self.tab(device, next).client.handle_lock(true, now);
        }
    }
}

impl Disk {
    fn write(&mut self, save: &Save) {
        if save.forget_cache {
            self.tail.clear();
            self.snapshot = None;
        }
        for key in &save.outbox_delete {
            self.outbox.remove(key);
        }
        for id in &save.inbox_delete {
            self.inbox.remove(id);
        }
        for row in &save.outbox_put {
            self.outbox.insert(row.key, serde_json::to_string(&row.commands).expect("plain data"));
        }
        for row in &save.inbox_put {
            self.inbox.insert(row.id, row.text.clone());
        }
        if let Some(cursor) = save.cursor.filter(|cursor| cursor.epoch >= self.epoch) {
            self.epoch = cursor.epoch;
            for frame in &save.tail_put {
                let Ok(Downstream::<Toy>::Sealed { records, .. }) = Format::Postcard.decode(frame) else { panic!("a page reads back") };
                self.tail.insert(records[0].record.position, frame.clone());
            }
        }
    }

    fn write_snapshot(&mut self, cursor: Cursor, bytes: Vec<u8>) {
        self.tail.retain(|first, _| *first > cursor.position);
        self.epoch = cursor.epoch;
        self.snapshot = Some((cursor, bytes));
    }

    fn load(&self, after: Cursor) -> Loaded<Toy> {
        let snapshot = self.snapshot.as_ref().filter(|(cursor, _)| *cursor > after).map(|(cursor, bytes)| {
            let mut state = State::default();
            Toy::decode_chunk(&mut state, 0, bytes).expect("a snapshot reads back");
            (*cursor, state)
        });
        let commands = |text: &String| -> Vec<SavedCommand> { serde_json::from_str(text).expect("an outbox reads back") };
        Loaded {
            epoch: self.epoch,
            snapshot,
            mark: None,
            tail: self.tail.values().cloned().collect(),
            outbox: self.outbox.iter().map(|(key, text)| OutboxRow { key: *key, commands: commands(text) }).collect(),
            inbox: self.inbox.iter().map(|(id, text)| InboxRow { id: *id, text: text.clone() }).collect(),
        }
    }
}

/// Is this what the person sees once everything has landed?
pub fn rejected(record: &Record<Toy>) -> bool {
    matches!(record.outcome, Outcome::Rejected(_))
}

fn seal_at(log: &[Entry<Toy>], position: u64) -> Option<Seal> {
    if position == 0 { Some(Seal::NONE) } else { log.get(position as usize - 1).map(|entry| entry.seal) }
}
